"""The invariants of reporting, each with what is refused because of it, and what is kept although it is void."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.evidence.statement import statement, statement_digest
from domain.ledger.errors import Invalid
from domain.ledger.event import Event
from domain.registry.errors import NotDelegated
from domain.registry.events import Role
from domain.reporting import errors, events
from domain.reporting.correct_report import CorrectReport
from domain.reporting.digests import report_digest
from domain.reporting.identifiers import parts_of
from domain.reporting.record_missed import RecordMissed
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.report_state import ReportState
from domain.reporting.return_report import ReturnReport
from domain.reporting.serve_reminder import ServeReminder
from domain.reporting.submit_report import SubmitReport
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU_ROLLUP,
    CLOSES,
    DELEGATE,
    DUE_1,
    EVENING,
    FAR,
    FAR_REPORT,
    FAR_REPORTER,
    NOON,
    NORTH,
    OFFICE_OF,
    OFFICER,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SECTION,
    SMALL,
    SMALL_PRINCIPAL,
    SMALL_REPORT,
    SMALL_REPORTER,
    Story,
    acting,
    appointed,
    content,
    delegation,
    exemption,
    uuid,
)


def state_of(story: Story, report: str = REPORT) -> ReportState:
    state = ReportState(report)
    for event in story.history:
        event.mutate(state)
    return state


# 1. A level's signature names the revision and holds the signature of the level below.


def test_a_signature_binds_revision_and_signature_below() -> None:
    story = Story()
    digest = story.filed().digest
    first = story.signed(PRINCIPAL, 1, digest)
    second = story.signed(REVIEWER, 2, digest)
    assert first.below is None
    assert second.below == first.signature
    one = statement(
        origin=ORIGIN,
        digest=digest,
        level=1,
        decision="sign",
        appointment=OFFICE_OF[PRINCIPAL],
        nonce=first.nonce,
        rules="r1",
    )
    two = one | {"level": 2, "appointment": OFFICE_OF[REVIEWER], "nonce": second.nonce}
    two |= {"below": first.signature, "examined": "examined"}
    assert (first.signature, second.signature) == (statement_digest(one), statement_digest(two))
    assert (first.examined, second.examined) == (None, "examined")


def test_a_signature_over_another_digest_than_the_current_is_refused() -> None:
    story = Story()
    old = story.filed().digest
    story.refuses(story.signs(PRINCIPAL, 1, "00" * 32), errors.NotTheCurrentRevision, current=old)
    new = story.corrected().digest
    story.refuses(story.signs(PRINCIPAL, 1, old), errors.NotTheCurrentRevision, current=new)


def test_nothing_is_signed_before_it_is_filed() -> None:
    Story().refuses(Story().signs(PRINCIPAL, 1, "00" * 32), errors.NothingSubmitted)


def test_no_level_is_skipped() -> None:
    story = Story()
    digest = story.filed().digest
    story.refuses(story.signs(REVIEWER, 2, digest), errors.LevelSkipped, level=2)


def test_a_level_signs_a_revision_once() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.refuses(story.signs(PRINCIPAL, 1, digest), errors.AlreadySigned)
    story.signed(REVIEWER, 2, digest)
    story.refuses(story.signs(PRINCIPAL, 1, digest), errors.AlreadySigned)


# 2. Three levels, three natural persons.


def test_who_prepared_does_not_sign_level_1() -> None:
    office = uuid(401)
    story = Story(appointed(REPORTER, Role.PRINCIPAL, SCHOOL, office))
    digest = story.filed().digest
    story.refuses(story.signs(REPORTER, 1, digest, appointment=office), errors.SamePerson, level=1)


def test_who_prepared_or_signed_level_1_does_not_sign_level_2() -> None:
    offices = {REPORTER: uuid(401), PRINCIPAL: uuid(402)}
    story = Story(*(appointed(person, Role.DISTRICT_REVIEWER, NORTH, name) for person, name in offices.items()))
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    for person, office in offices.items():
        story.refuses(story.signs(person, 2, digest, appointment=office), errors.SamePerson, level=2)


@pytest.mark.parametrize("act", [ReturnReport, RefuseSignature])
def test_who_prepared_or_signed_below_does_not_decline_above(act: type[ReturnReport | RefuseSignature]) -> None:
    """To decline is an act of the level too: afterwards it has missed nothing."""
    offices = {REPORTER: uuid(401), PRINCIPAL: uuid(402)}
    story = Story(*(appointed(person, Role.DISTRICT_REVIEWER, NORTH, name) for person, name in offices.items()))
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    for person, office in offices.items():
        story.refuses(story.declines(act, person, 2, digest, appointment=office), errors.SamePerson, level=2)
    story.does(story.declines(act, REVIEWER, 2, digest))


@pytest.mark.parametrize("day", ["20200209", "2020-W06-7", "2020-2-9", "2020-02-30", ""])
def test_a_day_is_written_in_one_way(day: str) -> None:
    with pytest.raises(Invalid):
        parts_of(f"f1.{day}.{SCHOOL}")


def test_a_delegation_makes_no_third_person() -> None:
    given_to_reporter = delegation(PRINCIPAL, Role.PRINCIPAL, SCHOOL, delegate=REPORTER)
    story = Story(given_to_reporter)
    digest = story.filed().digest
    as_delegate = {"appointment": OFFICE_OF[PRINCIPAL], "delegation": uuid(301)}
    story.refuses(story.signs(REPORTER, 1, digest, **as_delegate), errors.SamePerson)


def test_who_let_a_delegate_sign_does_not_sign_another_level() -> None:
    story = Story(
        delegation(PRINCIPAL, Role.PRINCIPAL, SCHOOL), appointed(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, uuid(402))
    )
    digest = story.filed().digest
    signed = story.signed(DELEGATE, 1, digest, appointment=OFFICE_OF[PRINCIPAL], delegation=uuid(301))
    assert (signed.person, signed.on_behalf_of, signed.delegation) == (DELEGATE, PRINCIPAL, uuid(301))
    story.refuses(story.signs(PRINCIPAL, 2, digest, appointment=uuid(402)), errors.SamePerson)


def test_who_let_a_delegate_prepare_does_not_sign() -> None:
    story = Story(delegation(REPORTER, Role.REPORTER, SCHOOL), appointed(REPORTER, Role.PRINCIPAL, SCHOOL, uuid(401)))
    filing = acting(DELEGATE, appointment=OFFICE_OF[REPORTER], delegation=uuid(301))
    filed = story.does(SubmitReport(acting=filing, origin=ORIGIN, report=REPORT, content=content(DELEGATE)))
    assert filed.on_behalf_of == REPORTER
    story.refuses(story.signs(REPORTER, 1, filed.digest, appointment=uuid(401)), errors.SamePerson)


def test_a_delegate_without_a_delegation_is_refused() -> None:
    story = Story()
    digest = story.filed().digest
    command = story.signs(DELEGATE, 1, digest, appointment=OFFICE_OF[PRINCIPAL], delegation=uuid(301))
    story.refuses(command, NotDelegated)


def test_at_an_exempt_small_site_one_person_files_and_signs_level_1_but_never_level_2() -> None:
    office = uuid(401)
    story = Story(exemption(), appointed(SMALL_PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, office), duties=(SMALL,))
    digest = story.filed(SMALL_PRINCIPAL, SMALL_REPORT).digest
    story.signed(SMALL_PRINCIPAL, 1, digest, SMALL_REPORT)
    story.refuses(story.signs(SMALL_PRINCIPAL, 2, digest, SMALL_REPORT, appointment=office), errors.SamePerson)
    story.signed(REVIEWER, 2, digest, SMALL_REPORT)


def test_without_the_exemption_nobody_files_and_signs() -> None:
    office = uuid(401)
    story = Story(appointed(SMALL_REPORTER, Role.PRINCIPAL, SMALL, office), duties=(SMALL,))
    digest = story.filed(SMALL_REPORTER, SMALL_REPORT).digest
    story.refuses(story.signs(SMALL_REPORTER, 1, digest, SMALL_REPORT, appointment=office), errors.SamePerson)


def test_who_signed_the_districts_roll_up_neither_files_nor_corrects_nor_signs_level_1() -> None:
    school, office = uuid(401), uuid(402)
    story = Story(
        appointed(REVIEWER, Role.PRINCIPAL, SCHOOL, school),
        appointed(REVIEWER, Role.REPORTER, SCHOOL, office),
        duties=(SCHOOL, FAR),
    )
    story.does(story.signs_rollup(story.does(story.builds()).digest))
    by = acting(REVIEWER, appointment=office)
    filing: dict[str, Any] = {"acting": by, "origin": ORIGIN, "report": REPORT, "content": content(REVIEWER)}
    story.refuses(SubmitReport(**filing), errors.SamePerson, level=0)
    digest = story.filed().digest
    story.refuses(CorrectReport(**filing, reason=REASON), errors.SamePerson, level=0)
    story.refuses(story.signs(REVIEWER, 1, digest, appointment=school), errors.SamePerson, level=1)
    story.signed(PRINCIPAL, 1, digest)
    story.signed(REVIEWER, 2, digest)
    # Another district's schools are no part of it.
    elsewhere = Story(appointed(REVIEWER, Role.PRINCIPAL, FAR, uuid(403)), duties=(SCHOOL, FAR))
    elsewhere.does(elsewhere.signs_rollup(elsewhere.does(elsewhere.builds()).digest))
    far = elsewhere.filed(FAR_REPORTER, FAR_REPORT).digest
    elsewhere.signed(REVIEWER, 1, far, FAR_REPORT, appointment=uuid(403))


def test_who_signed_the_bureaus_roll_up_has_no_part_in_anything_below() -> None:
    school, district = uuid(401), uuid(402)
    story = Story(
        appointed(OFFICER, Role.PRINCIPAL, SCHOOL, school),
        appointed(OFFICER, Role.DISTRICT_REVIEWER, NORTH, district),
        delegation(OFFICER, Role.SECTION_OFFICER, SECTION),
        appointed(DELEGATE, Role.DISTRICT_REVIEWER, NORTH, uuid(403)),
    )
    bureau = story.does(story.builds(OFFICER, BUREAU_ROLLUP, section=SECTION))
    under = {"appointment": OFFICE_OF[OFFICER], "delegation": uuid(301)}
    story.does(story.signs_rollup(bureau.digest, DELEGATE, BUREAU_ROLLUP, SECTION, **under))
    digest = story.filed().digest
    story.refuses(story.signs(OFFICER, 1, digest, appointment=school), errors.SamePerson)
    story.signed(PRINCIPAL, 1, digest)
    for person, office in ((OFFICER, district), (DELEGATE, uuid(403))):
        story.refuses(story.signs(person, 2, digest, appointment=office), errors.SamePerson, level=2)
    story.signed(REVIEWER, 2, digest)
    rollup = story.does(story.builds())
    story.refuses(story.signs_rollup(rollup.digest, OFFICER, appointment=district), errors.SamePerson, level=2)
    story.does(story.signs_rollup(rollup.digest))


def test_what_the_holder_signed_above_a_delegate_does_not_sign_below() -> None:
    story = Story(
        appointed(REVIEWER, Role.PRINCIPAL, SCHOOL, uuid(401)),
        msgspec.structs.replace(delegation(REVIEWER, Role.PRINCIPAL, SCHOOL), appointment=uuid(401)),
    )
    story.does(story.signs_rollup(story.does(story.builds()).digest))
    command = story.signs(DELEGATE, 1, story.filed().digest, appointment=uuid(401), delegation=uuid(301))
    story.refuses(command, errors.SamePerson)


# 3. A correction supersedes, voids the signatures above it, and they stay visible.


def test_a_correction_voids_the_signatures_and_keeps_them() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.signed(REVIEWER, 2, digest)
    corrected = story.corrected(at=EVENING)
    assert (corrected.revision, corrected.supersedes) == (2, digest)
    state = state_of(story)
    assert state.valid == {}
    assert [(each.level, each.digest) for each in state.signatures] == [(1, digest), (2, digest)]
    story.refuses(story.signs(REVIEWER, 2, corrected.digest), errors.LevelSkipped)
    story.signed(PRINCIPAL, 1, corrected.digest)
    story.signed(REVIEWER, 2, corrected.digest)
    assert state_of(story).signed_level == 2


def test_there_is_no_second_submission_beside_a_standing_one() -> None:
    story = Story()
    story.filed()
    command = SubmitReport(acting=acting(REPORTER), origin=ORIGIN, report=REPORT, content=content())
    story.refuses(command, errors.AlreadySubmitted, revision=1)


def test_what_level_2_has_signed_is_not_withdrawn() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.signed(REVIEWER, 2, digest)
    story.refuses(WithdrawReport(acting=acting(REPORTER), report=REPORT, reason=REASON), errors.WithdrawalTooLate)


# 4. Late is accepted, never refused.


def test_a_report_and_a_correction_after_deadline_and_close_are_accepted() -> None:
    story = Story()
    story.does(RecordMissed(report=REPORT, level=1, at=DUE_1 + timedelta(microseconds=1)))
    filed = story.filed(at=CLOSES + timedelta(days=3))
    corrected = story.corrected(at=CLOSES + timedelta(days=4))
    assert (filed.revision, corrected.revision) == (1, 2)


# 5. A client's time decides nothing: no instant of arrival stands in any payload of a report.


def test_no_filing_or_signature_carries_an_instant_of_its_own() -> None:
    deciding: tuple[type[Event], ...] = (
        events.ReportSubmitted,
        events.ReportCorrected,
        events.ReportSigned,
        events.RollupSigned,
    )
    for event in deciding:
        assert not [name for name in event.__struct_fields__ if name.endswith("_at")]


def test_the_digest_of_a_report_is_the_same_whenever_it_is_filed() -> None:
    early, late = Story().filed(at=NOON), Story().filed(at=EVENING)
    assert early.digest == late.digest
    assert early.digest == report_digest(
        origin=ORIGIN, report=REPORT, revision=1, form="F1", form_version=1, content=content()
    )


# 6. Nothing here finds, determines or sanctions: the machine records absences, people decide.


def test_no_event_of_reporting_is_a_finding_or_a_measure() -> None:
    names = " ".join(each.type_name for each in events.EVENTS)
    assert not any(word in names for word in ("Finding", "Determin", "Measure", "Sanction", "Late"))


def test_a_machine_serves_no_reminder() -> None:
    assert "None" not in str(ServeReminder.__init__.__annotations__["acting"])


# 7. Missing is an event: at the deadline, once, with the rule version.


def test_missing_is_recorded_after_the_deadline_once_with_deadline_and_rules() -> None:
    story = Story()
    story.refuses(RecordMissed(report=REPORT, level=1, at=DUE_1), errors.NotDueYet)
    missed = story.does(RecordMissed(report=REPORT, level=1, at=DUE_1 + timedelta(microseconds=1)))
    assert (missed.level, missed.deadline, missed.rules) == (1, DUE_1, "r1")
    story.refuses(RecordMissed(report=REPORT, level=1, at=EVENING), errors.MissedAlreadyRecorded)


def test_what_was_filed_is_not_missed() -> None:
    story = Story()
    story.filed(at=DUE_1)
    story.refuses(RecordMissed(report=REPORT, level=1, at=EVENING), errors.NotMissing)
