"""A nonce proves by itself that this server gave it to this person, not long ago."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.nonces import LASTS, LASTS_ON_PAPER, NonceExpired, NonceForeign, Nonces

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECRET = bytes(range(32))
NONCES = Nonces(SECRET, origin="wenze.test/log")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_nonce_is_good_for_its_person_until_its_time_is_over() -> None:
    nonce = NONCES.issue("a", at=NOW)
    NONCES.require(nonce, "a", at=NOW)
    NONCES.require(nonce, "a", at=NOW + LASTS - timedelta(seconds=1))
    with pytest.raises(NonceExpired):
        NONCES.require(nonce, "a", at=NOW + LASTS)


def test_a_nonce_that_lasts_a_day_is_for_paper_alone() -> None:
    """Otherwise whoever asked for one could keep a signature back for a day."""
    nonce = NONCES.issue("a", at=NOW, on_paper=True)
    NONCES.require(nonce, "a", at=NOW + LASTS_ON_PAPER - timedelta(seconds=1), on_paper=True)
    with pytest.raises(NonceExpired):
        NONCES.require(nonce, "a", at=NOW + LASTS_ON_PAPER, on_paper=True)
    with pytest.raises(NonceForeign):
        NONCES.require(nonce, "a", at=NOW)
    NONCES.require(NONCES.issue("a", at=NOW), "a", at=NOW, on_paper=True)


def test_no_two_nonces_are_alike_and_each_fits_the_field() -> None:
    nonces = {NONCES.issue("a", at=NOW) for _ in range(100)}
    assert len(nonces) == 100
    assert {len(nonce) for nonce in nonces} == {44}
    assert all(set(nonce) <= set(LETTERS) for nonce in nonces)


def test_another_persons_nonce_is_foreign_and_so_is_one_of_another_log_or_another_secret() -> None:
    nonce = NONCES.issue("a", at=NOW)
    elsewhere = (Nonces(SECRET, origin="wenze.test/other"), Nonces(bytes(32), origin="wenze.test/log"))
    for nonces, person in ((NONCES, "b"), *((each, "a") for each in elsewhere)):
        with pytest.raises(NonceForeign):
            nonces.require(nonce, person, at=NOW)


def test_a_foreign_nonce_is_never_said_to_be_expired() -> None:
    """Which of somebody else's nonces was once good is nobody's business."""
    with pytest.raises(NonceForeign):
        NONCES.require(NONCES.issue("a", at=NOW), "b", at=NOW + timedelta(days=400))


@given(place=st.integers(0, 43), letter=st.sampled_from(LETTERS))
def test_a_nonce_changed_in_one_letter_is_foreign(place: int, letter: str) -> None:
    nonce = NONCES.issue("a", at=NOW)
    changed = nonce[:place] + letter + nonce[place + 1 :]
    if changed != nonce:
        with pytest.raises(NonceForeign):
            NONCES.require(changed, "a", at=NOW)


@pytest.mark.parametrize("nonce", ["", "=" * 44, "A" * 44, "A" * 43, "A" * 45, "+" * 44, "甲" * 44, "A" * 43 + "\n"])
def test_what_is_no_nonce_is_foreign(nonce: str) -> None:
    with pytest.raises(NonceForeign):
        NONCES.require(nonce, "a", at=NOW)
