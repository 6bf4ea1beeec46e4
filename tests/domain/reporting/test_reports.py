"""Draft, submit, correct, withdraw, sign, return, refuse."""

from datetime import timedelta

import msgspec
import pytest

from domain.evidence.statement import statement, statement_digest
from domain.ledger.errors import Invalid
from domain.registry.errors import NotAppointed, WrongOrganisation, WrongRole
from domain.registry.events import DelegationRevoked, Relieved, Role, SiteClosed
from domain.reporting import errors
from domain.reporting.correct_report import CorrectReport
from domain.reporting.draft_report import DraftReport
from domain.reporting.events import DutyInherited, ReportDrafted, ReportReturned, ReportWithdrawn, SignatureRefused
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.submit_report import SubmitReport
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    DAY,
    DELEGATE,
    EVENING,
    FAR_PRINCIPAL,
    FAR_REPORTER,
    FAR_REVIEWER,
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
    positive,
    uuid,
)
from tests.keys import held


def submit(person: str = REPORTER, report: str = REPORT) -> SubmitReport:
    return SubmitReport(acting=acting(person), origin=ORIGIN, report=report, content=content(person))


def withdraw(person: str = REPORTER) -> WithdrawReport:
    return WithdrawReport(acting=acting(person), report=REPORT, reason=REASON)


def test_the_reporter_files_revision_1() -> None:
    filed = Story().filed(said=positive())
    assert (filed.report, filed.district, filed.revision, filed.form_version) == (REPORT, NORTH, 1, 1)


def test_nothing_is_filed_without_a_duty() -> None:
    Story(duties=()).refuses(submit(), errors.NoDuty)
    Story(duties=()).refuses(withdraw(), errors.NoDuty)


def test_only_the_reporter_of_the_school_files() -> None:
    story = Story()
    story.refuses(submit(PRINCIPAL), WrongRole)
    story.refuses(submit(FAR_REPORTER), WrongOrganisation, needed=SCHOOL)
    relieved = Relieved(appointment=OFFICE_OF[REPORTER], person=REPORTER, organisation=SCHOOL, relieved_at=NOON)
    Story(relieved).refuses(submit(), NotAppointed)


def test_the_principal_files_only_where_the_small_site_is_exempt() -> None:
    Story(duties=(SMALL,)).refuses(submit(SMALL_PRINCIPAL, SMALL_REPORT), WrongRole)
    Story(exemption(), duties=(SMALL,)).filed(SMALL_PRINCIPAL, SMALL_REPORT)
    Story(exemption(), duties=(SMALL,)).filed(SMALL_REPORTER, SMALL_REPORT)


def test_who_files_is_who_prepared() -> None:
    said = content(PRINCIPAL)
    story = Story()
    story.refuses(
        SubmitReport(acting=acting(REPORTER), origin=ORIGIN, report=REPORT, content=said), errors.PreparedByAnother
    )
    story.refuses(DraftReport(acting=acting(REPORTER), report=REPORT, content=said), errors.PreparedByAnother)
    story.filed()
    command = CorrectReport(acting=acting(REPORTER), origin=ORIGIN, report=REPORT, content=said, reason=REASON)
    story.refuses(command, errors.PreparedByAnother)


def test_content_that_breaks_the_form_is_refused_when_filed_and_when_corrected() -> None:
    wrong = content(counts={"staff_total": 5})
    story = Story()
    story.refuses(
        SubmitReport(acting=acting(REPORTER), origin=ORIGIN, report=REPORT, content=wrong), errors.ArithmeticBroken
    )
    story.filed()
    command = CorrectReport(acting=acting(REPORTER), origin=ORIGIN, report=REPORT, content=wrong, reason=REASON)
    story.refuses(command, errors.ArithmeticBroken)


def test_the_decision_ends_with_the_office_it_relied_on() -> None:
    revoked = DelegationRevoked(delegation=uuid(301), appointment=OFFICE_OF[PRINCIPAL], revoked_at=EVENING)
    story = Story(delegation(PRINCIPAL, Role.PRINCIPAL, SCHOOL), revoked)
    command = story.signs(DELEGATE, 1, story.filed().digest, appointment=OFFICE_OF[PRINCIPAL], delegation=uuid(301))
    story.does(command)
    assert command.recorded_before == EVENING


def test_what_relied_on_the_exemption_ends_with_it() -> None:
    until = EVENING + timedelta(days=2)
    story = Story(msgspec.structs.replace(exemption(), valid_to=until), duties=(SMALL,))
    filing = submit(SMALL_PRINCIPAL, SMALL_REPORT)
    digest = story.does(filing).digest
    signing = story.signs(SMALL_PRINCIPAL, 1, digest, SMALL_REPORT)
    story.does(signing)
    correcting = CorrectReport(
        acting=acting(SMALL_PRINCIPAL),
        origin=ORIGIN,
        report=SMALL_REPORT,
        content=content(SMALL_PRINCIPAL),
        reason=REASON,
    )
    story.does(correcting)
    withdrawing = WithdrawReport(acting=acting(SMALL_PRINCIPAL), report=SMALL_REPORT, reason=REASON)
    story.does(withdrawing)
    drafting = DraftReport(acting=acting(SMALL_PRINCIPAL), report=SMALL_REPORT, content=content(SMALL_PRINCIPAL))
    story.does(drafting)
    for command in (filing, signing, correcting, withdrawing, drafting):
        assert command.recorded_before == until, command.name


def test_what_the_exemption_was_not_needed_for_does_not_end_with_it() -> None:
    story = Story(msgspec.structs.replace(exemption(), valid_to=EVENING), duties=(SMALL,))
    filing = submit(SMALL_REPORTER, SMALL_REPORT)
    signing = story.signs(SMALL_PRINCIPAL, 1, story.does(filing).digest, SMALL_REPORT)
    story.does(signing)
    assert (filing.recorded_before, signing.recorded_before) == (None, None)


def test_an_heir_has_no_part_in_the_exemption_of_the_site_it_answers_for() -> None:
    inherited = DutyInherited(report=SMALL_REPORT, district=NORTH, heir=SCHOOL)
    office = uuid(401)
    story = Story(exemption(), inherited, appointed(REPORTER, Role.PRINCIPAL, SCHOOL, office), duties=(SMALL,))
    story.refuses(submit(PRINCIPAL, SMALL_REPORT), WrongRole)
    digest = story.filed(REPORTER, SMALL_REPORT).digest
    story.refuses(story.signs(REPORTER, 1, digest, SMALL_REPORT, appointment=office), errors.SamePerson)
    story.signed(PRINCIPAL, 1, digest, SMALL_REPORT)


def test_a_draft_is_saved_incomplete_and_fulfils_nothing() -> None:
    story = Story()
    draft = content(classes=())
    assert story.does(DraftReport(acting=acting(REPORTER), report=REPORT, content=draft)) == ReportDrafted(
        report=REPORT, district=NORTH, content=draft
    )
    story.refuses(story.signs(PRINCIPAL, 1, "00" * 32), errors.NothingSubmitted)
    story.refuses(DraftReport(acting=acting(PRINCIPAL), report=REPORT, content=content(PRINCIPAL)), WrongRole)


def test_a_withdrawn_report_is_unanswered_and_may_be_filed_again() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.refuses(withdraw(FAR_REPORTER), WrongOrganisation)
    assert story.does(withdraw()) == ReportWithdrawn(
        report=REPORT, district=NORTH, revision=1, digest=digest, person=REPORTER, reason=REASON
    )
    story.refuses(withdraw(), errors.NothingSubmitted)
    story.refuses(story.signs(REVIEWER, 2, digest), errors.NothingSubmitted)
    correction = CorrectReport(acting=acting(REPORTER), origin=ORIGIN, report=REPORT, content=content(), reason=REASON)
    story.refuses(correction, errors.NothingSubmitted)
    assert story.filed().revision == 2


def test_each_level_signs_by_its_own_role_and_place() -> None:
    story = Story()
    digest = story.filed().digest
    story.refuses(story.signs(REVIEWER, 1, digest), WrongRole)
    story.refuses(story.signs(FAR_PRINCIPAL, 1, digest), WrongOrganisation)
    story.signed(PRINCIPAL, 1, digest)
    story.refuses(story.signs(PRINCIPAL, 2, digest), WrongRole)
    story.refuses(story.signs(FAR_REVIEWER, 2, digest), WrongOrganisation, needed=NORTH)
    story.refuses(story.signs(OFFICER, 2, digest), WrongRole)


@pytest.mark.parametrize("level", [0, 3, 4])
def test_only_levels_1_and_2_sign_reports(level: int) -> None:
    with pytest.raises(Invalid):
        Story().signs(OFFICER, level, "")


def test_a_returned_report_can_only_be_corrected() -> None:
    story = Story()
    digest = story.filed().digest
    below = story.signed(PRINCIPAL, 1, digest).signature
    command = story.declines(ReturnReport, REVIEWER, 2, digest)
    signed = statement(
        origin=ORIGIN,
        digest=digest,
        level=2,
        decision="return",
        appointment=OFFICE_OF[REVIEWER],
        nonce=command.signing.nonce,
        below=below,
        rules="r1",
        reason=REASON,
    )
    assert story.does(command) == ReportReturned(
        report=REPORT,
        district=NORTH,
        revision=1,
        level=2,
        digest=digest,
        person=REVIEWER,
        appointment=OFFICE_OF[REVIEWER],
        reason=REASON,
        nonce=command.signing.nonce,
        signature=statement_digest(signed),
        below=below,
        held=held(REVIEWER, signed),
    )
    story.refuses(story.signs(PRINCIPAL, 1, digest), errors.ReturnedForCorrection, level=2)
    story.refuses(story.declines(ReturnReport, REVIEWER, 2, digest), errors.ReturnedForCorrection)
    story.refuses(story.declines(RefuseSignature, PRINCIPAL, 1, digest), errors.ReturnedForCorrection)
    corrected = story.corrected().digest
    story.signed(PRINCIPAL, 1, corrected)
    story.signed(REVIEWER, 2, corrected)


def test_what_was_returned_or_ever_signed_by_level_2_is_not_withdrawn() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.does(story.declines(ReturnReport, REVIEWER, 2, digest))
    story.refuses(withdraw(), errors.ReturnedForCorrection, level=2)
    corrected = story.corrected().digest
    story.signed(PRINCIPAL, 1, corrected)
    story.signed(REVIEWER, 2, corrected)
    story.does(story.declines(ReturnReport, OFFICER, 3, corrected, SECTION))
    story.refuses(withdraw(), errors.WithdrawalTooLate, revision=2)
    story.corrected()
    story.does(withdraw())


def test_a_level_returns_only_what_it_was_given_and_nobody_above_has_signed() -> None:
    story = Story()
    digest = story.filed().digest
    story.refuses(story.declines(ReturnReport, REVIEWER, 2, digest), errors.LevelSkipped)
    story.refuses(story.declines(ReturnReport, OFFICER, 3, digest, SECTION), errors.LevelSkipped)
    story.refuses(story.declines(ReturnReport, PRINCIPAL, 1, "00" * 32), errors.NotTheCurrentRevision)
    story.signed(PRINCIPAL, 1, digest)
    story.signed(REVIEWER, 2, digest)
    story.refuses(story.declines(ReturnReport, PRINCIPAL, 1, digest), errors.AlreadySigned)
    story.does(story.declines(ReturnReport, OFFICER, 3, digest, SECTION))
    story.refuses(story.signs(REVIEWER, 2, digest), errors.ReturnedForCorrection, level=3)


def test_a_level_may_return_what_it_has_signed() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.does(story.declines(ReturnReport, PRINCIPAL, 1, digest))


def test_level_3_is_a_section_of_the_bureau() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.signed(REVIEWER, 2, digest)
    story.refuses(story.declines(ReturnReport, OFFICER, 3, digest), errors.NotASection)
    story.refuses(story.declines(ReturnReport, OFFICER, 3, digest, NORTH), WrongOrganisation)
    story.refuses(story.declines(ReturnReport, REVIEWER, 3, digest, NORTH), WrongRole)


def test_an_officer_of_what_is_no_section_of_the_bureau_is_no_level_3() -> None:
    story = Story(appointed(DELEGATE, Role.SECTION_OFFICER, NORTH, uuid(401)))
    digest = story.filed().digest
    command = story.declines(ReturnReport, DELEGATE, 3, digest, NORTH, appointment=uuid(401))
    story.refuses(command, errors.NotASection)


def test_a_refusal_to_sign_stays_visible_and_does_not_bind() -> None:
    story = Story()
    digest = story.filed().digest
    refused = story.does(story.declines(RefuseSignature, PRINCIPAL, 1, digest))
    assert isinstance(refused, SignatureRefused)
    assert (refused.level, refused.digest, refused.reason) == (1, digest, REASON)
    story.refuses(story.declines(RefuseSignature, REVIEWER, 2, digest), errors.LevelSkipped)
    story.refuses(story.declines(RefuseSignature, REVIEWER, 1, digest), WrongRole)
    story.refuses(story.declines(RefuseSignature, PRINCIPAL, 1, "00" * 32), errors.NotTheCurrentRevision)
    story.signed(PRINCIPAL, 1, digest)
    story.refuses(story.declines(RefuseSignature, PRINCIPAL, 1, digest), errors.AlreadySigned)
    story.does(story.declines(RefuseSignature, REVIEWER, 2, digest))


def test_the_heir_answers_an_inherited_duty() -> None:
    closed = SiteClosed(organisation=SMALL, closed_on=DAY, heir=SCHOOL)
    inherited = DutyInherited(report=SMALL_REPORT, district=NORTH, heir=SCHOOL)
    Story(closed, duties=(SMALL,)).refuses(submit(REPORTER, SMALL_REPORT), WrongOrganisation)
    story = Story(closed, inherited, duties=(SMALL,))
    digest = story.filed(REPORTER, SMALL_REPORT).digest
    story.signed(PRINCIPAL, 1, digest, SMALL_REPORT)
    story.refuses(submit(FAR_REPORTER, SMALL_REPORT), WrongOrganisation)


@pytest.mark.parametrize("command", [ReturnReport, RefuseSignature])
def test_there_are_three_levels(command: type[ReturnReport] | type[RefuseSignature]) -> None:
    with pytest.raises(Invalid):
        Story().declines(command, OFFICER, 4, "")


def test_a_report_has_a_name_of_form_day_and_school() -> None:
    with pytest.raises(Invalid):
        submit(report="f1")
