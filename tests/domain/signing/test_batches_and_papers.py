"""One signature over many decisions, and a signature by hand that a second person attests."""

from typing import Any

import msgspec
import pytest

from domain.evidence.statement import Decision, Statement
from domain.registry.events import Role
from domain.reporting.errors import SamePerson
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup
from domain.signing import errors
from domain.signing.held_signature import BatchPart, PaperPart
from tests.domain.reporting.story import (
    DELEGATE,
    NORTH,
    NORTH_ROLLUP,
    OFFICE_OF,
    OFFICER,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REPORT,
    REPORTER,
    REVIEWER,
    SECOND_REVIEWER,
    TEACHER,
    Story,
    acting,
    delegation,
    uuid,
)
from tests.domain.signing.hand import BY, Hand
from tests.keys import (
    SCAN,
    credential,
    held,
    held_in_batch,
    held_on_paper,
    held_over,
)

# Batches


def batch_of(hand: Hand, size: int, index: int = 0) -> list[Statement]:
    others = [hand.says | {"digest": f"{number:064x}"} for number in range(1, size)]
    return [*others[:index], hand.says, *others[index:]]


@pytest.mark.parametrize(("size", "index"), [(1, 0), (2, 1), (3, 2), (7, 3), (20, 0), (20, 19)])
def test_a_decision_of_a_batch_is_proved_by_its_path_alone(size: int, index: int) -> None:
    hand = Hand()
    signed = hand.story.does(hand.hands_in(held_in_batch(REVIEWER, batch_of(hand, size, index))[index]))
    assert signed.held.batch.size == size


def broken(part: BatchPart, how: str) -> BatchPart:
    flipped = f"{int(part.path[0][0], 16) ^ 1:x}{part.path[0][1:]}"
    changes: dict[str, dict[str, Any]] = {
        "path altered": {"path": (flipped, *part.path[1:])},
        "path turned round": {"path": part.path[::-1]},
        "path too short": {"path": part.path[:-1]},
        "path too long": {"path": (*part.path, part.path[0])},
        "another index": {"index": part.index ^ 1},
        "index beyond size": {"index": part.size},
        "index below 0": {"index": -1},
        "another size": {"size": part.size + 1},
        "size 0": {"size": 0, "index": 0, "path": ()},
    }
    return msgspec.structs.replace(part, **changes[how])


@pytest.mark.parametrize(
    "how",
    [
        "path altered",
        "path turned round",
        "path too short",
        "path too long",
        "another index",
        "index beyond size",
        "index below 0",
        "another size",
        "size 0",
    ],
)
def test_a_broken_batch_is_wrong(how: str) -> None:
    hand = Hand()
    signature = held_in_batch(REVIEWER, batch_of(hand, 12, 5))[5]
    assert signature.batch is not None
    hand.refuses(msgspec.structs.replace(signature, batch=broken(signature.batch, how)), errors.SignatureWrong)


def test_a_batch_of_twenty_one_is_refused() -> None:
    hand = Hand()
    part = BatchPart(index=20, size=21, path=("00" * 32,) * 2)
    hand.refuses(held_over(REVIEWER, "00" * 32, batch=part), errors.BatchTooLarge)


def test_what_is_not_in_the_batch_is_not_signed_by_it() -> None:
    hand = Hand()
    others = [hand.says | {"digest": f"{number:064x}"} for number in range(4)]
    hand.refuses(held_in_batch(REVIEWER, others)[0], errors.SignatureWrong)


def test_a_batch_for_another_log_or_with_another_nonce_is_wrong() -> None:
    hand = Hand()
    for change in ({"origin": "another/log"}, {"nonce": "another"}):
        elsewhere = [hand.says | change, *batch_of(hand, 3)[1:]]
        hand.refuses(held_in_batch(REVIEWER, elsewhere)[0], errors.SignatureWrong)


def test_the_signature_of_a_batch_is_no_signature_of_one_and_the_other_way_round() -> None:
    hand = Hand()
    part = held_in_batch(REVIEWER, [hand.says])[0]
    hand.refuses(msgspec.structs.replace(part, batch=None), errors.SignatureWrong)
    alone = msgspec.structs.replace(held(REVIEWER, hand.says), batch=part.batch)
    hand.refuses(alone, errors.SignatureWrong)


# Papers


def test_a_paper_is_signed_by_one_and_attested_by_another() -> None:
    hand = Hand()
    signed = hand.story.does(hand.hands_in(held_on_paper(TEACHER, REVIEWER, hand.says)))
    assert (signed.person, signed.held.credential) == (REVIEWER, credential(TEACHER))
    assert f"person:{TEACHER}" in signed.tags()


def test_nobody_attests_the_own_paper_nor_the_holder_the_delegates() -> None:
    hand = Hand(delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH))
    hand.refuses(held_on_paper(REVIEWER, REVIEWER, hand.says), errors.PaperAttestedBySigner)
    by, says = acting(DELEGATE, appointment=OFFICE_OF[REVIEWER], delegation=uuid(301)), dict(hand.says)
    says["delegation"] = uuid(301)
    for attester in (REVIEWER, DELEGATE):
        hand.refuses(held_on_paper(attester, DELEGATE, says), errors.PaperAttestedBySigner, by=by)
    hand.refuses(held_on_paper(TEACHER, REVIEWER, says), errors.SignatureWrong, by=by)
    hand.story.does(hand.hands_in(held_on_paper(TEACHER, DELEGATE, says), by=by))


@pytest.mark.parametrize("person", [REPORTER, PRINCIPAL])
def test_who_stands_at_another_level_attests_no_paper(person: str) -> None:
    hand = Hand()
    hand.refuses(held_on_paper(person, REVIEWER, hand.says), SamePerson)


def test_who_attested_a_paper_at_level_1_does_not_sign_level_2_nor_the_roll_up() -> None:
    story = Story()
    digest = story.filed().digest
    says = story.states(acting(PRINCIPAL), "sign", 1, digest, REPORT)
    signing = {"nonce": says["nonce"], "held": held_on_paper(REVIEWER, PRINCIPAL, says)}
    story.does(SignReport(acting=acting(PRINCIPAL), origin=ORIGIN, report=REPORT, level=1, digest=digest, **signing))
    story.refuses(story.signs(REVIEWER, 2, digest), SamePerson)
    built = story.does(story.builds())
    story.refuses(story.signs_rollup(built.digest), SamePerson)
    story.signed(SECOND_REVIEWER, 2, digest)


@pytest.mark.parametrize("act", [ReturnReport, RefuseSignature])
def test_who_stands_at_another_level_attests_no_paper_that_declines(act: type[ReturnReport | RefuseSignature]) -> None:
    hand = Hand()
    decision: Decision = "return" if act is ReturnReport else "refuse"
    says = hand.story.states(BY, decision, 2, hand.digest, REPORT, reason=REASON)
    given: dict[str, Any] = {"report": REPORT, "level": 2, "digest": hand.digest, "reason": REASON, "origin": ORIGIN}

    def declines(attester: str) -> ReturnReport | RefuseSignature:
        signature = held_on_paper(attester, REVIEWER, says)
        return act(acting=BY, nonce=str(says["nonce"]), held=signature, **given)

    hand.story.refuses(declines(PRINCIPAL), SamePerson)
    hand.story.does(declines(TEACHER))


@pytest.mark.parametrize("attests", [False, True])
def test_who_signed_the_roll_up_or_attested_it_attests_no_paper_below_it(attests: bool) -> None:
    story = Story()
    built = story.does(story.builds())
    command = story.signs_rollup(built.digest)
    if attests:
        by = acting(SECOND_REVIEWER)
        says = story.states(by, "sign", 2, built.digest, NORTH_ROLLUP, examined="examined")
        signing: dict[str, Any] = {"nonce": says["nonce"], "held": held_on_paper(REVIEWER, SECOND_REVIEWER, says)}
        command = SignRollup(
            acting=by, origin=ORIGIN, rollup=NORTH_ROLLUP, digest=built.digest, examined="examined", **signing
        )
    story.does(command)
    digest = story.filed().digest
    says = story.states(acting(PRINCIPAL), "sign", 1, digest, REPORT)
    signing = {"nonce": says["nonce"], "held": held_on_paper(REVIEWER, PRINCIPAL, says)}
    command = SignReport(acting=acting(PRINCIPAL), origin=ORIGIN, report=REPORT, level=1, digest=digest, **signing)
    story.refuses(command, SamePerson)


@pytest.mark.parametrize("what", ["signer", "scan", "attester"])
def test_a_paper_of_another_signer_scan_or_attester_is_wrong(what: str) -> None:
    hand = Hand()
    right = held_on_paper(TEACHER, REVIEWER, hand.says)
    assert right.paper is not None
    wrong = {
        "signer": held_on_paper(TEACHER, OFFICER, hand.says),
        "scan": msgspec.structs.replace(right, paper=PaperPart(scan="00" * 32, attested_by=TEACHER)),
        "attester": msgspec.structs.replace(right, paper=PaperPart(scan=SCAN, attested_by=DELEGATE)),
    }
    error = errors.NotYourCredential if what == "attester" else errors.SignatureWrong
    hand.refuses(wrong[what], error)
