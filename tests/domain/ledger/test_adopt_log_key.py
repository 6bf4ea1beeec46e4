"""Which key may become the log's."""

import pytest

from domain.evidence.note import COSIGNATURE, ED25519, VerifierKey
from domain.ledger.adopt_log_key import AdoptLogKey
from domain.ledger.errors import Invalid, LogKeyTaken
from domain.ledger.events import LogKeyAdopted
from tests.given_when_then import Given

ORIGIN = "wenze.test/log"


def vkey(number: int, origin: str = ORIGIN, key_type: int = ED25519) -> str:
    return VerifierKey(origin, key_type, bytes([number]) * 32).vkey()


def adopted(number: int, origin: str = ORIGIN) -> LogKeyAdopted:
    return LogKeyAdopted(vkey=vkey(number, origin))


def test_the_first_key_and_another_after_it_are_adopted() -> None:
    Given().when(AdoptLogKey(vkey=vkey(2), origin=ORIGIN, first=True)).then(adopted(2))
    Given(adopted(2)).when(AdoptLogKey(vkey=vkey(3), origin=ORIGIN)).then(adopted(3))


def test_a_key_that_was_given_up_is_not_adopted_again() -> None:
    Given(adopted(2), adopted(3)).when(AdoptLogKey(vkey=vkey(2), origin=ORIGIN)).refuses_with(LogKeyTaken)


def test_of_two_that_want_to_be_the_first_one_is() -> None:
    Given(adopted(2)).when(AdoptLogKey(vkey=vkey(3), origin=ORIGIN, first=True)).refuses_with(LogKeyTaken)


def test_a_log_that_goes_on_under_a_new_name_has_a_first_key_again() -> None:
    before = adopted(2, "before.test/log")
    Given(before).when(AdoptLogKey(vkey=vkey(3), origin=ORIGIN, first=True)).then(adopted(3))


@pytest.mark.parametrize(
    "wrong", ["", "nonsense", vkey(2, "other.test/log"), vkey(2, key_type=COSIGNATURE), vkey(2)[:-4], f"{vkey(2)}\n"]
)
def test_what_is_no_key_of_this_log_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid):
        AdoptLogKey(vkey=wrong, origin=ORIGIN)
