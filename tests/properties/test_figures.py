"""The article's figures against an independent count over the raw events, and what one missing event moves."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime
from random import Random

import asyncpg
import pytest

from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from adapters.postgres.views.article_figures import fetch_figures
from adapters.postgres.views.figure_events import EVIDENCE, fetch_figure_positions
from domain.ledger.entry import Recorded
from domain.ledger.time import SHANGHAI
from tests.histories import CityBuilder, History, ListedLog

SCHOOLS = {"kindergarten", "primary", "junior", "senior", "vocational"}
REBUILT = {2, 3, 4, 5, 6, 7, 8, 9, 10}
MAY_MOVE = {
    "BureauFounded": {6},
    "OrganisationRegistered": {2, 3, 6},
    "SiteMoved": {6},
    "SiteClosed": {2, 3},
    "SiteMerged": {2, 3},
    "RosterDeclared": {3},
    "TaskForceFormed": {5},
    "GroupFormed": {8, 9, 10},
    "GroupDissolved": {5, 8, 9, 10},
    "GroupMemberAssigned": {10},
    "GroupMemberReleased": {10},
    "RulesAdopted": {7},
    "DutyOpened": {4},
    "DutyLifted": {4},
    "ReportSubmitted": {4},
    "ReportCorrected": {4},
    "ReportWithdrawn": {4},
}
"""Which rows an event of a type can move; no other type moves any."""
REPORTS = ("ReportSubmitted", "ReportCorrected", "ReportWithdrawn")
Counted = dict[int, int | tuple[int, ...]]


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(dsn, size=4)
    try:
        yield pool
    finally:
        await pool.close()


def named(events: Iterable[Recorded], *names: str) -> list[Recorded]:
    return [each for each in events if each.event.type_name in names]


def last_by_day(events: Iterable[tuple[str, date, object]], upto: date) -> dict[str, object]:
    """The value of the latest day, by subject; of one day, the one told last."""
    newest: dict[str, tuple[date, object]] = {}
    for subject, day, value in events:
        if day <= upto and (subject not in newest or newest[subject][0] <= day):
            newest[subject] = (day, value)
    return {subject: value for subject, (_, value) in newest.items()}


def independent_count(history: History, instant: datetime) -> Counted:
    """As one would count by hand; shares nothing with the view but the events."""
    events = [each for each in history.events if each.recorded_at <= instant]
    today = instant.astimezone(SHANGHAI).date()
    registered = {each.event.organisation: each.event for each in named(events, "OrganisationRegistered")}
    closed = {each.event.organisation for each in named(events, "SiteClosed") if each.event.closed_on <= today}
    closed |= {each.event.organisation for each in named(events, "SiteMerged") if each.event.merged_on <= today}
    ever = [name for name, each in registered.items() if each.kind in SCHOOLS and each.opened_on <= today]
    schools = [name for name in ever if name not in closed]
    rosters = last_by_day(
        (
            (each.event.organisation, each.event.as_of, each.event.staff + sum(c.students for c in each.event.classes))
            for each in named(events, "RosterDeclared")
        ),
        today,
    )
    due: set[str] = set()
    for each in named(events, "DutyOpened", "DutyLifted"):
        due.discard(each.event.report)
        if each.event.type_name == "DutyOpened" and each.event.due_1 <= instant:
            due.add(each.event.report)
    reports: dict[str, int | None] = {}
    for each in named(events, "ReportSubmitted", "ReportCorrected", "ReportWithdrawn"):
        filed = each.event.type_name != "ReportWithdrawn"
        counts = each.event.content.counts if filed else {}
        reports[each.event.report] = counts.get("suspected", 0) + counts.get("confirmed", 0) if filed else None
    gone = {each.event.group for each in named(events, "GroupDissolved")}
    groups = {
        each.event.group: each.event.level for each in named(events, "GroupFormed") if each.event.group not in gone
    }
    members: dict[tuple[str, str], bool] = {}
    for each in named(events, "GroupMemberAssigned", "GroupMemberReleased"):
        members[each.event.group, each.event.person] = each.event.type_name == "GroupMemberAssigned"
    forces = [each.event for each in named(events, "TaskForceFormed") if each.event.task_force not in gone]
    parents = last_by_day(
        [(each.organisation, each.opened_on, each.parent) for each in registered.values()]
        + [(each.event.organisation, each.event.moved_on, each.event.to_parent) for each in named(events, "SiteMoved")],
        today,
    )
    rules = [each.event for each in named(events, "RulesAdopted") if each.event.effective_from <= today]
    bureau = {each.event.bureau for each in named(events, "BureauFounded")}
    return {
        2: len(schools),
        3: sum(int(str(rosters.get(each, 0))) for each in schools),
        4: (
            sum(each or 0 for each in reports.values()),
            len(due),
            sum(reports.get(each) is not None for each in due),
        ),
        5: sum(each.level == "bureau" for each in forces),
        6: max((depth(each, parents, {*registered, *bureau}) for each in ever), default=0),
        7: len(rules[-1].deadlines) if rules else 0,
        8: sum(level == "bureau" for level in groups.values()),
        9: sum(level in ("district", "school") for level in groups.values()),
        10: len({p for (g, p), inside in members.items() if inside and groups.get(g) in ("district", "school")}),
    }


def depth(name: str, parents: dict[str, object], known: set[str]) -> int:
    above = parents.get(name)
    return 1 + depth(above, parents, known) if isinstance(above, str) and above in known else 1


async def rebuilt_figures(pool: asyncpg.Pool, history: History, instant: datetime) -> Counted:
    await pool.execute("DELETE FROM views.view")
    await pool.execute("DELETE FROM views.article_fact")
    from adapters.postgres.views import article_facts

    await Projector(ListedLog(history.events), pool, (article_facts.VIEW,)).catch_up()
    async with pool.acquire() as connection:
        rows = await fetch_figures(connection, instant=instant)
    figures: Counted = {row: each.value for row, each in rows.items() if each.value is not None}
    coverage = rows[4].coverage
    if coverage is not None:
        figures[4] = (rows[4].value or 0, coverage.expected, coverage.reported)
    return figures


@pytest.mark.parametrize("seed", [101, 202, 303])
async def test_figures_equal_an_independent_count_at_any_instant(dsn: str, seed: int) -> None:
    random = Random(seed)
    history = CityBuilder(seed, schools=random.randint(8, 25), districts=random.randint(1, 4), days=4).build()
    instants = {random.choice(history.events[10:]).recorded_at for _ in range(6)} | {history.events[-1].recorded_at}
    async with opened(dsn) as pool:
        for instant in sorted(instants):
            assert await rebuilt_figures(pool, history, instant) == independent_count(history, instant)


@pytest.mark.parametrize("seed", [101, 202, 303])
async def test_one_missing_event_of_a_random_city_moves_what_a_count_without_it_says(dsn: str, seed: int) -> None:
    history = CityBuilder(seed, schools=8, days=2).build()
    random = Random(seed)
    instant = history.events[-1].recorded_at
    names = sorted({each.event.type_name for each in history.events})
    async with opened(dsn) as pool:
        whole = await rebuilt_figures(pool, history, instant)
        for name in names:
            out = random.choice(named(history.events, name))
            rest = history.without(out.position)
            rebuilt, counted = await rebuilt_figures(pool, rest, instant), independent_count(rest, instant)
            assert rebuilt == counted
            assert {row for row in whole if whole[row] != rebuilt[row]} <= MAY_MOVE.get(name, set())


async def test_every_figure_leads_to_its_events_and_the_others_are_not_yet(dsn: str) -> None:
    history = CityBuilder(7, schools=8, days=2).build()
    async with opened(dsn) as pool:
        await Projector(ListedLog(history.events), pool).catch_up()
        async with pool.acquire() as connection:
            rows = await fetch_figures(connection)
            for number, row in rows.items():
                positions = await fetch_figure_positions(connection, number)
                if number not in REBUILT:
                    assert row.as_json() == {"status": "not yet"}
                    assert positions == []
                    continue
                assert row.as_json()["status"] == "rebuilt"
                assert row.relation == ("≥" if number == 3 else "=")
                assert positions == evidence_of(number, history.events)[:500], number
    assert sorted(rows) == list(range(1, 41))
    assert EVIDENCE.keys() == REBUILT


def evidence_of(number: int, events: list[Recorded]) -> list[int]:
    """The positions that a reader of the raw events would put under a figure; what begins later is not there yet."""
    today = max(each.recorded_at for each in events if each.event.type_name in MAY_MOVE).astimezone(SHANGHAI).date()
    begins = ("opened_on", "as_of", "moved_on", "closed_on", "merged_on", "effective_from", "business_date")
    events = [each for each in events if all(getattr(each.event, name, today) <= today for name in begins)]
    kinds = {each.event.organisation: str(each.event.kind) for each in named(events, "OrganisationRegistered")}
    schools = {name for name, kind in kinds.items() if kind in SCHOOLS}
    ladder = schools | {name for name, kind in kinds.items() if kind == "district"}
    level = {each.event.group: each.event.level for each in named(events, "GroupFormed")}
    level |= {each.event.task_force: f"force {each.event.level}" for each in named(events, "TaskForceFormed")}

    def of(subject: str, subjects: set[str], *names: str) -> list[int]:
        return [each.position for each in named(events, *names) if getattr(each.event, subject) in subjects]

    def formed(*levels: str) -> set[str]:
        return {name for name, each in level.items() if each in levels}

    below = formed("district", "school")
    groups = ("GroupFormed", "GroupDissolved")
    found = {
        2: of("organisation", schools, "OrganisationRegistered", "SiteClosed", "SiteMerged"),
        3: of("organisation", schools, "OrganisationRegistered", "SiteClosed", "SiteMerged", "RosterDeclared"),
        4: [each.position for each in named(events, "DutyOpened", "DutyLifted", *REPORTS)],
        5: of("task_force", formed("force bureau"), "TaskForceFormed")
        + of("group", formed("force bureau"), "GroupDissolved"),
        6: of("organisation", ladder, "OrganisationRegistered", "SiteMoved")
        + [each.position for each in named(events, "BureauFounded")],
        7: [each.position for each in named(events, "RulesAdopted")],
        8: of("group", formed("bureau"), *groups),
        9: of("group", below, *groups),
        10: of("group", below, *groups, "GroupMemberAssigned", "GroupMemberReleased"),
    }
    return sorted(found[number])


async def test_the_events_behind_a_figure_come_page_by_page_as_of_the_same_position(dsn: str) -> None:
    history = CityBuilder(9, schools=8, days=2).build()
    middle = history.events[len(history.events) // 2].position
    async with opened(dsn) as pool:
        await Projector(ListedLog(history.events), pool).catch_up()
        async with pool.acquire() as connection:
            for number in EVIDENCE:
                whole = await fetch_figure_positions(connection, number, position=middle)
                assert whole == evidence_of(number, history.events[:middle])
                found: list[int] = []
                while page := await fetch_figure_positions(
                    connection, number, position=middle, after=found[-1] if found else 0, limit=3
                ):
                    found += page
                assert found == whole


async def test_figures_as_of_a_position_leave_out_what_came_later(dsn: str) -> None:
    history = CityBuilder(8, schools=8, days=2).build()
    middle = history.events[len(history.events) // 2]
    async with opened(dsn) as pool:
        await Projector(ListedLog(history.events), pool).catch_up()
        async with pool.acquire() as connection:
            by_position = await fetch_figures(connection, position=middle.position)
            counted = independent_count(history, by_position[2].as_of or middle.recorded_at)
            assert by_position[9].value == counted[9]
            assert by_position[10].value == counted[10]
            nothing = await fetch_figures(connection, position=0)
            assert {each.status for each in nothing.values()} == {"not yet"}
