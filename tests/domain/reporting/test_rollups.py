"""Roll-ups count what stands below, name every gap, and are signed by other persons."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.evidence.canonical_json import canonical_json
from domain.evidence.digest import merkle_root
from domain.ledger.query import boundary_query
from domain.registry.errors import WrongOrganisation, WrongRole
from domain.registry.events import Role
from domain.reporting import errors
from domain.reporting.digests import rollup_digest
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.rollup_state import RollupState
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU_ROLLUP,
    DAY,
    DELEGATE,
    DUE_3,
    EVENING,
    FAR,
    FAR_PRINCIPAL,
    FAR_REPORT,
    FAR_REPORTER,
    FAR_REVIEWER,
    NORTH,
    NORTH_ROLLUP,
    OFFICE_OF,
    OFFICER,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REGISTRAR,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SECOND_REVIEWER,
    SECTION,
    SMALL,
    SMALL_REPORT,
    SMALL_REPORTER,
    SOUTH,
    SOUTH_ROLLUP,
    Story,
    acting,
    appointed,
    delegation,
    opened,
    uuid,
)

ALL = (SCHOOL, SMALL, FAR)
NEXT_DAY = EVENING + timedelta(days=1)


def answered(story: Story, *, upto: int = 2) -> Any:
    """The school's report, signed up to a level; the last signature, or the filing."""
    filed = story.filed()
    last = filed if upto == 0 else story.signed(PRINCIPAL, 1, filed.digest)
    return last if upto < 2 else story.signed(REVIEWER, 2, filed.digest)


def bureau_builds(story: Story, **changes: Any) -> Any:
    return story.builds(OFFICER, BUREAU_ROLLUP, changes.pop("at", DUE_3), changes.pop("section", SECTION))


def state_of(story: Story, rollup: str) -> RollupState:
    state = RollupState(rollup)
    for event in story.history:
        event.mutate(state)
    return state


def test_a_district_rollup_counts_and_names_its_gaps() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    signed = answered(story)
    built = story.does(story.builds())
    assert (built.level, built.organisation, built.revision, built.parent) == (2, NORTH, 1, BUREAU_ROLLUP)
    assert (built.expected, built.covered, built.missing, built.excused, built.unsigned) == (2, 1, (SMALL,), (), ())
    assert built.sums["roster_total"] == 62
    assert built.root == merkle_root([canonical_json([SCHOOL, signed.digest, signed.signature])]).hex()
    assert (built.changed, built.supplemented_on) == (None, None)


@pytest.mark.parametrize("upto", [0, 1])
def test_a_report_without_level_2_is_covered_but_named_as_unsigned(upto: int) -> None:
    story = Story()
    digest = answered(story, upto=upto).digest
    built = story.does(story.builds())
    assert (built.covered, built.unsigned) == (1, (SCHOOL,))
    assert built.root == merkle_root([canonical_json([SCHOOL, digest])]).hex()


def test_a_late_report_that_was_excused_and_then_withdrawn_is_missing() -> None:
    story = Story()
    story.filed(at=EVENING)
    by = acting(REVIEWER, EVENING)
    story.does(ExcuseDuty(acting=by, report=REPORT, level=1, reason=REASON, late=True))
    story.does(WithdrawReport(acting=acting(REPORTER, EVENING), report=REPORT, reason=REASON))
    built = story.does(story.builds(at=EVENING))
    assert (built.missing, built.excused) == ((SCHOOL,), ())


def test_an_excused_school_is_not_missing_and_a_withdrawn_one_is() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    story.does(ExcuseDuty(acting=acting(REVIEWER, EVENING), report=SMALL_REPORT, level=1, reason=REASON))
    story.filed()
    story.does(WithdrawReport(acting=acting(REPORTER), report=REPORT, reason=REASON))
    built = story.does(story.builds())
    assert (built.expected, built.covered, built.missing, built.excused) == (2, 0, (SCHOOL,), (SMALL,))
    assert built.sums == {}


def test_whatever_a_rollup_must_cover_lies_in_its_boundary() -> None:
    story = Story(duties=ALL)
    answered(story)
    for command, counted in ((story.builds(), [REPORT, SMALL_REPORT]), (bureau_builds(story), [])):
        query = boundary_query(command.consistency_boundary())
        for event in story.history:
            report = getattr(event, "report", "")
            if report in counted or (event.type_name == "DutyOpened" and not counted):
                assert query.matches(event.type_name, event.tags())


def test_the_digest_covers_everything_but_itself() -> None:
    story = Story()
    built = story.does(story.builds())
    assert built.digest == rollup_digest(ORIGIN, built)
    assert built.digest != rollup_digest("other/log", built)
    assert built.digest != rollup_digest(ORIGIN, msgspec.structs.replace(built, missing=()))


def test_only_a_reviewer_of_the_district_builds_and_signs() -> None:
    story = Story(duties=ALL)
    story.refuses(story.builds(FAR_REVIEWER), WrongOrganisation, needed=NORTH)
    story.refuses(story.builds(PRINCIPAL), WrongRole)
    Story(duties=()).refuses(story.builds(), errors.NothingToRollUp)
    story.refuses(story.signs_rollup("00" * 32), errors.RollupNotBuilt)
    digest = story.does(story.builds()).digest
    story.refuses(story.signs_rollup(digest, FAR_REVIEWER), WrongOrganisation)
    story.refuses(story.signs_rollup("00" * 32), errors.NotTheCurrentRevision, current=digest)
    signed = story.does(story.signs_rollup(digest, SECOND_REVIEWER))
    assert (signed.level, signed.revision, signed.person) == (2, 1, SECOND_REVIEWER)
    story.refuses(story.signs_rollup(digest), errors.AlreadySigned)


def test_the_bureau_covers_signed_district_rollups_and_names_the_rest() -> None:
    story = Story(duties=ALL)
    answered(story)
    district = story.does(story.builds())
    story.does(story.builds(FAR_REVIEWER, SOUTH_ROLLUP))
    signed = story.does(story.signs_rollup(district.digest))
    built = story.does(bureau_builds(story))
    assert (built.level, built.expected, built.covered) == (3, 3, 1)
    assert built.missing == (SMALL, FAR)  # the south has not signed: all of it is a gap
    assert built.unsigned == (SOUTH,)
    assert built.sums == district.sums
    assert built.root == merkle_root([canonical_json([NORTH, district.digest, signed.signature])]).hex()
    over = story.does(story.signs_rollup(built.digest, OFFICER, BUREAU_ROLLUP, SECTION))
    assert (over.level, over.parent) == (3, BUREAU_ROLLUP)


def test_a_duty_opened_after_the_districts_rollup_is_a_gap_of_the_bureaus() -> None:
    story = Story()
    answered(story)
    story.does(story.signs_rollup(story.does(story.builds()).digest))
    story.history.append(opened(SMALL))
    built = story.does(bureau_builds(story))
    assert (built.expected, built.covered, built.missing) == (2, 1, (SMALL,))


def test_a_district_that_never_built_is_a_gap_by_name() -> None:
    built = Story(duties=ALL).does(bureau_builds(Story()))
    assert (built.expected, built.covered, built.missing, built.unsigned) == (3, 0, ALL, (NORTH, SOUTH))


def test_level_3_is_a_section_of_the_bureau() -> None:
    story = Story()
    story.refuses(bureau_builds(story, section=None), errors.NotASection)
    story.refuses(bureau_builds(story, section=NORTH), WrongOrganisation)
    story.refuses(story.builds(REVIEWER, BUREAU_ROLLUP, DUE_3, NORTH), WrongRole)
    story.refuses(story.builds(REGISTRAR, BUREAU_ROLLUP, DUE_3), WrongRole)
    digest = story.does(bureau_builds(story)).digest
    story.refuses(story.signs_rollup(digest, OFFICER, BUREAU_ROLLUP), errors.NotASection)


def test_a_supplement_needs_a_difference_lists_it_and_comes_once_a_day() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    answered(story)
    first = story.does(story.builds())
    story.does(story.signs_rollup(first.digest))
    story.refuses(story.builds(), errors.NothingNew, revision=1)
    story.filed(SMALL_REPORTER, SMALL_REPORT, EVENING)
    second = story.does(story.builds(at=EVENING))
    assert (second.revision, second.changed, second.covered) == (2, (SMALL,), 2)
    assert second.digest != first.digest
    story.does(story.signs_rollup(second.digest))
    story.corrected(at=EVENING)
    story.refuses(story.builds(at=EVENING), errors.SupplementedToday)
    third = story.does(story.builds(at=NEXT_DAY))
    assert (third.revision, third.changed, third.unsigned) == (3, (SCHOOL,), (SCHOOL, SMALL))


def test_what_was_never_signed_uses_up_no_supplement() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    first = story.does(story.builds())
    answered(story)
    second = story.does(story.builds())
    assert (first.supplemented_on, second.supplemented_on, second.changed) == (None, None, None)
    story.filed(SMALL_REPORTER, SMALL_REPORT)
    third = story.does(story.builds())
    story.does(story.signs_rollup(third.digest))
    story.corrected(at=EVENING)
    draft = story.does(story.builds(at=EVENING))
    assert (draft.supplemented_on, draft.changed) == (DAY, (SCHOOL,))
    story.does(WithdrawReport(acting=acting(SMALL_REPORTER, EVENING), report=SMALL_REPORT, reason=REASON))
    supplement = story.does(story.builds(at=EVENING))
    assert (supplement.supplemented_on, supplement.changed) == (DAY, (SCHOOL, SMALL))


def test_there_is_no_supplement_of_what_was_taken_back() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    answered(story)
    story.does(story.signs_rollup(story.does(story.builds()).digest))
    story.filed(SMALL_REPORTER, SMALL_REPORT, EVENING)
    draft = story.does(story.builds(at=EVENING))
    assert draft.changed == (SMALL,)
    story.does(WithdrawReport(acting=acting(SMALL_REPORTER, EVENING), report=SMALL_REPORT, reason=REASON))
    story.refuses(story.builds(at=EVENING), errors.NothingNew, revision=1)


def test_a_correction_makes_the_rollup_outdated_and_leaves_its_signature() -> None:
    story = Story()
    answered(story)
    built = story.does(story.builds())
    signed = story.does(story.signs_rollup(built.digest))
    assert not state_of(story, NORTH_ROLLUP).is_outdated
    story.corrected(at=EVENING)
    state = state_of(story, NORTH_ROLLUP)
    assert state.is_outdated
    assert state.built[0].signature == signed.signature
    bureau = story.does(bureau_builds(story))
    assert bureau.covered == 1  # the bureau stands on the latest signed roll-up for what it covered


def test_a_returned_rollup_no_longer_counts_and_is_built_anew_at_once() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    answered(story)
    digest = story.does(story.builds()).digest
    story.refuses(story.returns_rollup(digest), errors.LevelSkipped)
    story.does(story.signs_rollup(digest))
    story.refuses(story.returns_rollup("00" * 32), errors.NotTheCurrentRevision)
    story.refuses(story.returns_rollup(digest, section=None), errors.NotASection)
    story.refuses(story.returns_rollup(digest, REVIEWER), WrongRole)
    returned = story.does(story.returns_rollup(digest))
    assert (returned.level, returned.digest, returned.parent) == (3, digest, BUREAU_ROLLUP)
    story.refuses(story.returns_rollup(digest), errors.ReturnedForCorrection)
    story.refuses(story.signs_rollup(digest), errors.ReturnedForCorrection)
    assert story.does(bureau_builds(story)).unsigned == (NORTH,)
    again = story.does(story.builds())
    assert (again.revision, again.changed) == (2, None)
    story.does(story.signs_rollup(again.digest))
    assert story.does(bureau_builds(story)).covered == 1


def test_the_bureaus_draft_over_a_rollup_that_was_sent_back_is_not_signed_but_built_anew() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    answered(story)
    digest = story.does(story.builds()).digest
    story.does(story.signs_rollup(digest))
    draft = story.does(bureau_builds(story))
    story.does(story.returns_rollup(digest))
    story.refuses(story.signs_rollup(draft.digest, OFFICER, BUREAU_ROLLUP, SECTION), errors.ReturnedForCorrection)
    anew = story.does(bureau_builds(story))
    assert anew.unsigned == (NORTH,)
    story.does(story.signs_rollup(anew.digest, OFFICER, BUREAU_ROLLUP, SECTION))


def test_the_bureaus_rollup_has_no_level_above() -> None:
    story = Story()
    digest = story.does(bureau_builds(story)).digest
    story.refuses(story.returns_rollup(digest, rollup=BUREAU_ROLLUP), errors.LevelSkipped)
    Story().refuses(Story().returns_rollup(digest), errors.RollupNotBuilt)


def test_who_prepared_or_signed_level_1_signs_no_rollup_of_the_district() -> None:
    offices = {REPORTER: uuid(401), PRINCIPAL: uuid(402)}
    story = Story(*(appointed(person, Role.DISTRICT_REVIEWER, NORTH, name) for person, name in offices.items()))
    answered(story)
    digest = story.does(story.builds()).digest
    for person, office in offices.items():
        story.refuses(story.signs_rollup(digest, person, appointment=office), errors.SamePerson)


def test_a_delegate_who_prepared_signs_no_rollup_for_the_reviewer() -> None:
    story = Story(delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH, delegate=REPORTER))
    answered(story, upto=1)
    digest = story.does(story.builds()).digest
    as_delegate = {"appointment": OFFICE_OF[REVIEWER], "delegation": uuid(301)}
    story.refuses(story.signs_rollup(digest, REPORTER, **as_delegate), errors.SamePerson)


def test_a_delegate_signs_the_rollup_on_behalf_of_the_reviewer() -> None:
    story = Story(delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH))
    answered(story)
    digest = story.does(story.builds()).digest
    as_delegate = {"appointment": OFFICE_OF[REVIEWER], "delegation": uuid(301)}
    signed = story.does(story.signs_rollup(digest, DELEGATE, **as_delegate))
    assert (signed.person, signed.on_behalf_of) == (DELEGATE, REVIEWER)


def test_who_stood_at_a_level_below_that_day_does_not_sign_level_3() -> None:
    people = {FAR_REPORTER: uuid(401), FAR_PRINCIPAL: uuid(402), REVIEWER: uuid(403), FAR_REVIEWER: uuid(404)}
    story = Story(
        *(appointed(person, Role.SECTION_OFFICER, SECTION, name) for person, name in people.items()), duties=ALL
    )
    digest = story.filed(FAR_REPORTER, FAR_REPORT).digest
    story.signed(FAR_PRINCIPAL, 1, digest, FAR_REPORT)
    answered(story)
    story.does(
        story.signs_rollup(story.does(story.builds(FAR_REVIEWER, SOUTH_ROLLUP)).digest, FAR_REVIEWER, SOUTH_ROLLUP)
    )
    built = story.does(bureau_builds(story)).digest
    for person, office in people.items():
        command = story.signs_rollup(built, person, BUREAU_ROLLUP, SECTION, appointment=office)
        story.refuses(command, errors.SamePerson, level=3)
    story.does(story.signs_rollup(built, OFFICER, BUREAU_ROLLUP, SECTION))


def test_who_stood_at_a_level_below_lets_no_delegate_sign_level_3() -> None:
    people = {REPORTER: uuid(401), PRINCIPAL: uuid(402), REVIEWER: uuid(403)}
    lent = {
        person: msgspec.structs.replace(
            delegation(OFFICER, Role.SECTION_OFFICER, SECTION, name=uuid(int(office[-3:]) + 100)),
            appointment=office,
            holder=person,
        )
        for person, office in people.items()
    }
    story = Story(
        *(appointed(person, Role.SECTION_OFFICER, SECTION, office) for person, office in people.items()),
        *lent.values(),
        delegation(OFFICER, Role.SECTION_OFFICER, SECTION, name=uuid(600)),
        duties=ALL,
    )
    answered(story)
    built = story.does(bureau_builds(story)).digest
    for person, office in people.items():
        command = story.signs_rollup(
            built, DELEGATE, BUREAU_ROLLUP, SECTION, appointment=office, delegation=lent[person].delegation
        )
        story.refuses(command, errors.SamePerson, level=3)
    by_officer = {"appointment": OFFICE_OF[OFFICER], "delegation": uuid(600)}
    signed = story.does(story.signs_rollup(built, DELEGATE, BUREAU_ROLLUP, SECTION, **by_officer))
    assert (signed.person, signed.on_behalf_of) == (DELEGATE, OFFICER)


def test_who_stood_at_a_level_below_signs_no_level_3_as_a_delegate() -> None:
    story = Story(delegation(OFFICER, Role.SECTION_OFFICER, SECTION, delegate=PRINCIPAL), duties=ALL)
    answered(story)
    built = story.does(bureau_builds(story)).digest
    as_delegate = {"appointment": OFFICE_OF[OFFICER], "delegation": uuid(301)}
    story.refuses(
        story.signs_rollup(built, PRINCIPAL, BUREAU_ROLLUP, SECTION, **as_delegate), errors.SamePerson, level=3
    )
