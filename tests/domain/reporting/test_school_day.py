"""What a school-day shows after which events, and what its levels did with their time."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.ledger.event import Event
from domain.ledger.events import ServiceInterrupted
from domain.ledger.time import at_shanghai
from domain.registry.events import OrganisationKind
from domain.reporting.corrections import Correction, Prompts, Side
from domain.reporting.events import DutyExcused, DutyLifted, OutageDeclared, ReportWithdrawn, RollupSigned
from domain.reporting.identifiers import report_id, rollup_id
from domain.reporting.school_history import SchoolHistory, replay_school
from domain.reporting.standing import Awaited, DayStatus, Standing, standing
from tests.histories import (
    COMMITMENT,
    FIRST_DAY,
    History,
    ListedLog,
    ReportOfDay,
    Site,
    built,
    corrected,
    digest,
    duty,
    missed,
    reminder,
    returned,
    seal,
    served,
    signed,
    submitted,
)

SITE = Site("school-1", "district-1", OrganisationKind.PRIMARY)
REPORT = report_id("f1", FIRST_DAY, SITE.school)
DISTRICT = SITE.district
MINUTE = timedelta(minutes=1)


def at(clock: str) -> datetime:
    return at_shanghai(FIRST_DAY, clock)


def after(*happened: tuple[str | datetime, Event]) -> SchoolHistory:
    history, fold = History(), SchoolHistory(SITE.school)
    fold.take(history.happen(duty(SITE, FIRST_DAY), at("00:10")))
    for clock, event in happened:
        fold.take(history.happen(event, at(clock) if isinstance(clock, str) else clock))
    return fold


def judged(fold: SchoolHistory) -> Standing:
    return standing(fold.days[REPORT], fold.windows)


def test_a_duty_is_open_until_the_clock_records_its_absence() -> None:
    assert judged(after()).status is DayStatus.OPEN
    assert judged(after()).awaited == Awaited(level=1, deadline=at("15:00"))
    fold = after(("15:01", missed(REPORT, DISTRICT, 1, at("15:00"))))
    assert judged(fold).status is DayStatus.MISSING
    assert judged(fold).awaited is None


def test_a_lifted_duty_is_no_school_day_until_it_is_opened_again() -> None:
    history, fold = History(), SchoolHistory(SITE.school)
    lifted = DutyLifted(report=REPORT, district=DISTRICT, bureau="bureau")
    fold.take(history.happen(duty(SITE, FIRST_DAY), at("00:10")))
    (step,) = fold.take(history.happen(lifted, at("08:00")))
    assert step.before is not None
    assert (step.event, step.report, step.after) == ("DutyLifted", REPORT, None)
    assert not fold.days
    fold.take(history.happen(duty(SITE, FIRST_DAY), at("09:00")))
    assert judged(fold).status is DayStatus.OPEN


def test_a_late_correction_does_not_make_an_on_time_report_late() -> None:
    fold = after(("14:00", submitted(REPORT, DISTRICT)), ("19:00", corrected(REPORT, DISTRICT, 2)))
    assert judged(fold).status is DayStatus.ON_TIME
    assert judged(fold).corrected_after
    assert not judged(fold).corrected_before


def test_a_correction_in_time_does_not_make_a_late_report_punctual() -> None:
    fold = after(("15:00", submitted(REPORT, DISTRICT)), ("15:00", corrected(REPORT, DISTRICT, 2)))
    assert judged(fold).corrected_before
    late = after(("15:01", submitted(REPORT, DISTRICT)), ("15:02", corrected(REPORT, DISTRICT, 2)))
    assert judged(late).status is DayStatus.LATE


def test_each_correction_stands_before_or_after_deadline_flag_and_visit() -> None:
    fold = after(
        ("14:00", submitted(REPORT, DISTRICT)),
        ("15:00", corrected(REPORT, DISTRICT, 2)),
        ("15:30", corrected(REPORT, DISTRICT, 3)),
        ("18:00", corrected(REPORT, DISTRICT, 4)),
    )
    before, late = Side.BEFORE, Side.AFTER
    assert judged(fold).corrections == (
        Correction(revision=2, deadline=before),
        Correction(revision=3, deadline=late),
        Correction(revision=4, deadline=late),
    )
    prompts = Prompts(flags=(at("17:00"), at("15:10")), visits=(at("15:30"),))
    assert standing(fold.days[REPORT], fold.windows, prompts).corrections == (
        Correction(revision=2, deadline=before, flag=before, visit=before),
        Correction(revision=3, deadline=late, flag=late, visit=before),
        Correction(revision=4, deadline=late, flag=late, visit=late),
    )


def test_what_is_filed_after_a_withdrawal_is_no_correction() -> None:
    fold = after(("13:00", submitted(REPORT, DISTRICT)), withdrawn("13:30"), refiled("14:00"))
    assert judged(fold).corrections == ()
    assert not fold.snapshot(REPORT).corrected
    corrected_since = after(
        ("13:00", submitted(REPORT, DISTRICT)),
        withdrawn("13:30"),
        refiled("14:00"),
        ("15:30", corrected(REPORT, DISTRICT, 3)),
    )
    assert judged(corrected_since).corrections == (Correction(revision=3, deadline=Side.AFTER),)


def test_a_correction_voids_the_signatures_and_they_stay_visible() -> None:
    fold = after(
        ("14:00", submitted(REPORT, DISTRICT)),
        ("14:10", signed(REPORT, DISTRICT, 1, 1)),
        ("14:20", signed(REPORT, DISTRICT, 1, 2)),
        ("14:30", corrected(REPORT, DISTRICT, 2)),
    )
    day = fold.days[REPORT]
    assert day.signed_level == 0
    assert [(each.level, each.voided_by) for each in day.signatures] == [(1, "corrected"), (2, "corrected")]


def test_a_returned_report_is_returned_until_it_is_corrected() -> None:
    story = [
        ("14:00", submitted(REPORT, DISTRICT)),
        ("14:10", signed(REPORT, DISTRICT, 1, 1)),
        ("14:20", returned(REPORT, DISTRICT, 1)),
    ]
    fold = after(*story)
    assert fold.days[REPORT].returned
    assert fold.days[REPORT].signed_level == 0
    assert not after(*story, ("14:30", corrected(REPORT, DISTRICT, 2))).days[REPORT].returned


def withdrawn(clock: str, revision: int = 1, day: date = FIRST_DAY) -> tuple[datetime, Event]:
    event = ReportWithdrawn(
        report=REPORT,
        district=DISTRICT,
        revision=revision,
        digest=digest(REPORT, revision),
        person="p",
        reason=COMMITMENT,
    )
    return at_shanghai(day, clock), event


def refiled(clock: str) -> tuple[str, Event]:
    return clock, submitted(REPORT, DISTRICT, revision=2)


def test_what_is_filed_after_a_withdrawal_is_judged_by_its_own_arrival() -> None:
    absence = ("15:01", missed(REPORT, DISTRICT, 1, at("15:00")))
    early = ("08:00", submitted(REPORT, DISTRICT))
    late = judged(after(early, withdrawn("08:01"), absence, refiled("20:00")))
    assert (late.status, late.counted_at, late.levels[0].late) == (DayStatus.LATE, at("20:00"), timedelta(hours=5))
    assert judged(after(early, withdrawn("08:01"), refiled("15:00"))).status is DayStatus.ON_TIME
    after_the_deadline = after(("14:59", submitted(REPORT, DISTRICT)), withdrawn("15:01"), refiled("20:00"))
    assert judged(after_the_deadline).status is DayStatus.LATE


def test_what_was_withdrawn_and_not_filed_again_is_missing_and_the_clock_will_record_it() -> None:
    before = after(("13:00", submitted(REPORT, DISTRICT)), withdrawn("14:00"))
    assert before.days[REPORT].withdrawn
    assert judged(before).status is DayStatus.OPEN
    assert judged(before).awaited == Awaited(level=1, deadline=at("15:00"))
    closes = before.days[REPORT].closes_at
    later = after(("14:59", submitted(REPORT, DISTRICT)), withdrawn("15:01"))
    assert (judged(later).status, judged(later).counted_at) == (DayStatus.MISSING, None)
    assert judged(later).awaited == Awaited(level=1, deadline=closes)
    recorded = (closes + MINUTE, missed(REPORT, DISTRICT, 1, closes))
    assert judged(after(("14:59", submitted(REPORT, DISTRICT)), withdrawn("15:01"), recorded)).awaited is None
    over = after(("14:59", submitted(REPORT, DISTRICT)), withdrawn("13:00", day=FIRST_DAY + timedelta(days=1)))
    assert judged(over).awaited == Awaited(level=1, deadline=closes + timedelta(hours=1))


def test_what_was_done_with_a_withdrawn_report_is_not_done_with_the_next() -> None:
    fold = after(
        ("14:00", submitted(REPORT, DISTRICT)),
        ("14:10", signed(REPORT, DISTRICT, 1, 1)),
        withdrawn("14:20"),
        refiled("14:30"),
    )
    assert judged(fold).levels[0].decided == at("14:30")
    assert judged(fold).awaited is None


def test_a_withdrawal_that_an_interruption_held_up_counts_where_it_arrived() -> None:
    history, fold = History(), SchoolHistory(SITE.school)
    fold.take(history.happen(duty(SITE, FIRST_DAY), at("00:10")))
    fold.take(history.happen(submitted(REPORT, DISTRICT), at("14:00")))
    fold.take(history.happen(withdrawn("14:59")[1], at("14:59"), stalled=10 * MINUTE))
    assert judged(fold).status is DayStatus.MISSING
    fold.take(history.happen(ServiceInterrupted(began_at=at("14:58"), ended_at=at("15:09")), at("15:10")))
    assert judged(fold).awaited == Awaited(level=1, deadline=at("15:00"))


def rolled_up(
    revision: int = 1, *, unsigned: bool = False, district: str = "16:00", bureau: str = "16:45"
) -> list[tuple[str, Event]]:
    below = {SITE.school: ReportOfDay(digest=digest(REPORT, 1), signed_2=not unsigned)}
    happened: list[tuple[str, Event]] = []
    for clock, level, organisation in ((district, 2, DISTRICT), (bureau, 3, "bureau")):
        name = rollup_id("F1", FIRST_DAY, organisation)
        signing = RollupSigned(
            rollup=name,
            parent=rollup_id("F1", FIRST_DAY, "bureau"),
            revision=revision,
            level=level,
            digest=digest(name, revision),
            person="officer",
            appointment="a",
            **seal(name, revision),
        )
        happened += [(clock, built(name, level, organisation, FIRST_DAY, revision, below)), (clock, signing)]
    return happened


def in_good_order() -> list[tuple[str, Event]]:
    return [
        ("14:00", submitted(REPORT, DISTRICT)),
        ("14:10", signed(REPORT, DISTRICT, 1, 1)),
        ("15:20", signed(REPORT, DISTRICT, 1, 2)),
    ]


def test_the_school_is_not_blamed_for_what_the_district_held() -> None:
    fold = after(
        ("14:00", submitted(REPORT, DISTRICT)),
        ("14:10", signed(REPORT, DISTRICT, 1, 1)),
        ("19:00", signed(REPORT, DISTRICT, 1, 2)),
    )
    first, second, _ = judged(fold).levels
    assert first.late == timedelta()
    assert second.late == timedelta(hours=3)
    assert second.took == timedelta(hours=4)


def test_the_district_is_not_blamed_for_what_the_school_held() -> None:
    fold = after(
        ("15:30", submitted(REPORT, DISTRICT)),
        ("15:40", signed(REPORT, DISTRICT, 1, 1)),
        ("16:30", signed(REPORT, DISTRICT, 1, 2)),
    )
    first, second, _ = judged(fold).levels
    assert first.late == 40 * MINUTE
    assert second.deadline == at("16:40")
    assert second.late == timedelta()


def test_a_level_is_awaited_only_while_it_has_the_report() -> None:
    story = [("14:00", submitted(REPORT, DISTRICT)), ("14:10", signed(REPORT, DISTRICT, 1, 1))]
    assert judged(after(*story[:1])).awaited is None
    assert judged(after(*story)).awaited == Awaited(level=2, deadline=at("16:00"))
    assert judged(after(*story, ("14:20", corrected(REPORT, DISTRICT, 2)))).awaited is None
    assert judged(after(*story, ("16:01", missed(REPORT, DISTRICT, 2, at("16:00"))))).awaited is None
    assert judged(after(*story, ("14:20", returned(REPORT, DISTRICT, 1)))).awaited is None
    bureau = rollup_id("F1", FIRST_DAY, "bureau")
    handed = after(*in_good_order(), *rolled_up()[:2])
    assert judged(handed).awaited == Awaited(level=3, deadline=at("17:00"), rollup=bureau)
    assert judged(after(*in_good_order(), *rolled_up())).awaited is None


def excuse() -> Event:
    return DutyExcused(report=REPORT, district=DISTRICT, level=1, person="r", appointment="a", reason=COMMITMENT)


def test_an_excuse_ends_with_a_withdrawal() -> None:
    late = ("15:30", submitted(REPORT, DISTRICT))
    fold = after(late, ("16:00", excuse()), withdrawn("16:30"))
    assert judged(fold).status is DayStatus.MISSING
    again = ("17:00", excuse())
    assert judged(after(late, ("16:00", excuse()), withdrawn("16:30"), again)).status is DayStatus.EXCUSED


def test_an_excuse_changes_what_is_late_or_missing_and_nothing_else() -> None:
    absence = ("15:01", missed(REPORT, DISTRICT, 1, at("15:00")))
    assert judged(after(absence, ("16:00", excuse()))).status is DayStatus.EXCUSED
    assert judged(after(("15:30", submitted(REPORT, DISTRICT)), ("16:00", excuse()))).status is DayStatus.EXCUSED
    assert judged(after(("14:30", submitted(REPORT, DISTRICT)), ("16:00", excuse()))).status is DayStatus.ON_TIME
    assert after(absence, ("16:00", excuse())).days[REPORT].absence_of(1) is not None


def test_an_outage_that_is_declared_later_excuses_what_came_within_its_grace() -> None:
    declared = OutageDeclared(
        outage="o",
        began_at=at("14:00"),
        ended_at=at("15:30"),
        grace_until=at("18:00"),
        reason=COMMITMENT,
        person="officer",
    )
    fold = after(("17:00", submitted(REPORT, DISTRICT)))
    assert judged(fold).status is DayStatus.LATE
    assert judged(after(("17:00", submitted(REPORT, DISTRICT)), ("20:00", declared))).status is DayStatus.EXCUSED


def test_an_interruption_that_is_recorded_later_explains_the_delay() -> None:
    history, fold = History(), SchoolHistory(SITE.school)
    fold.take(history.happen(duty(SITE, FIRST_DAY), at("00:10")))
    fold.take(history.happen(submitted(REPORT, DISTRICT), at("14:59"), stalled=10 * MINUTE))
    assert judged(fold).status is DayStatus.LATE
    window = ServiceInterrupted(began_at=at("14:58"), ended_at=at("15:09"))
    steps = fold.take(history.happen(window, at("15:10")))
    assert judged(fold).status is DayStatus.SERVICE_DELAY
    assert [(each.before.status if each.before else None, each.after.status) for each in steps] == [
        (DayStatus.LATE, DayStatus.SERVICE_DELAY)
    ]


def test_when_something_is_claimed_to_have_happened_decides_nothing() -> None:
    history, fold = History(), SchoolHistory(SITE.school)
    fold.take(history.happen(duty(SITE, FIRST_DAY), at("00:10")))
    filed = history.happen(submitted(REPORT, DISTRICT), at("15:01"))
    fold.take(replace(filed, occurred_at=at("08:00")))
    assert (judged(fold).status, judged(fold).counted_at) == (DayStatus.LATE, at("15:01"))


def test_a_reminder_is_sent_and_then_served() -> None:
    fold = after(("15:10", reminder(REPORT, DISTRICT)), ("15:20", served(REPORT, DISTRICT)))
    (only,) = fold.days[REPORT].reminders
    assert only.served is not None
    assert only.how == "answered"


async def test_a_school_is_replayed_as_of_a_position_with_what_each_event_changed() -> None:
    history = History()
    history.happen(duty(SITE, FIRST_DAY), at("00:10"))
    for clock, event in [*in_good_order(), *rolled_up()]:
        history.happen(event, at(clock))
    log = ListedLog(history.events)
    earlier, _ = await replay_school(log, SITE.school, upto=3)
    assert earlier.days[REPORT].signed_level == 1
    now, steps = await replay_school(log, SITE.school)
    assert now.days[REPORT].signed_level == 3
    assert [each.event for each in steps] == [
        "DutyOpened",
        "ReportSubmitted",
        "ReportSigned",
        "ReportSigned",
        "RollupBuilt",
        "RollupSigned",
        "RollupBuilt",
        "RollupSigned",
    ]
    assert [each.after.signed_level for each in steps] == [0, 0, 1, 2, 2, 2, 2, 3]
