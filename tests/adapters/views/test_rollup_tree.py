"""The roll-up tree: gaps, what changed since, and whether the bureau's roll-up still says what stands below it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from adapters.postgres.view import Connection
from adapters.postgres.views.rollup_tree import RollupNode, fetch_rollup_tree
from domain.ledger.entry import Recorded
from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry.events import OrganisationKind
from domain.reporting import events as reporting
from domain.reporting.identifiers import report_id, rollup_id
from domain.reporting.rollup_state import RollupState
from tests.adapters.views.by_hand import named
from tests.adapters.views.unruly_city import unruly_history
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
    returned,
    seal,
    signed,
    submitted,
)

LAST = FIRST_DAY + timedelta(3)
Said = tuple[object, ...]


@asynccontextmanager
async def projected(dsn: str, history: History) -> AsyncIterator[Connection]:
    pool = await open_pool(dsn, size=2)
    try:
        await Projector(ListedLog(history.events), pool).catch_up()
        async with pool.acquire() as connection:
            yield connection
    finally:
        await pool.close()


def truthful(history: History) -> History:
    """The same history with roll-ups that say what the command would have said when they were built."""
    states: dict[str, RollupState] = {}
    for at, recorded in enumerate(history.events):
        event = recorded.event
        names = [tag.removeprefix("rollup:") for tag in event.tags() if tag.startswith("rollup:")]
        if isinstance(event, reporting.RollupBuilt) and states[event.rollup].bureau is not None:
            figures = states[event.rollup].figures()
            event = msgspec.structs.replace(
                event,
                expected=figures.expected,
                covered=figures.covered,
                missing=figures.missing,
                excused=figures.excused,
                unsigned=figures.unsigned,
                not_owed=figures.not_owed,
            )
            history.events[at] = replace(recorded, event=event)
        for name in names:
            event.mutate(states.setdefault(name, RollupState(name)))
    return history


class ByHand:
    """One roll-up of a day: its revisions from the raw events, and what has changed since as the command sees it."""

    def __init__(self, events: list[Recorded], day: date, organisation: str) -> None:
        self.organisation = organisation
        name = f"f2-f1.{day}.{organisation}"
        own = [each for each in events if getattr(each.event, "rollup", None) == name]
        self.builds = named(own, "RollupBuilt")
        self.signings, self.returns = named(own, "RollupSigned"), named(own, "RollupReturned")
        self.state = RollupState(name)
        for each in events:
            if f"rollup:{name}" in each.event.tags():
                each.event.mutate(self.state)

    def is_signed(self, build: Recorded) -> bool:
        return any(each.event.revision == build.event.revision for each in self.signings)

    def is_returned(self, build: Recorded) -> bool:
        return any(each.event.revision == build.event.revision for each in self.returns)

    def changed_since(self, build: Recorded) -> list[str]:
        return list(self.state.changed_since(self.state.built[build.event.revision - 1]))

    def covered_at(self, position: int) -> Recorded | None:
        """The newest revision that was signed, and not sent back, by then."""
        signed = {each.event.revision for each in self.signings if each.position < position}
        returned = {each.event.revision for each in self.returns if each.position < position}
        standing = [each for each in self.builds if each.event.revision in signed - returned]
        return standing[-1] if standing else None

    def is_other_than(self, covered: Recorded) -> bool:
        """Whether what was covered has changed, was sent back, or was built anew."""
        return bool(self.changed_since(covered)) or self.is_returned(covered) or self.builds[-1] is not covered

    def said(self, below: list["ByHand"]) -> Said:
        newest = self.builds[-1]
        event: Any = newest.event
        covered = {each.organisation: each.covered_at(newest.position) for each in below}
        outdated = [
            each.organisation
            for each in below
            if (one := covered[each.organisation]) is not None and each.is_other_than(one)
        ]
        later = self.signings[-1].position + 10**9 if self.signings else 10**9
        filled = [
            each.organisation
            for each in below
            if covered[each.organisation] is None and each.covered_at(later) is not None
        ]
        return (
            self.organisation, event.revision, event.expected, event.covered, event.missing, event.excused,
            event.unsigned, self.is_signed(newest), self.is_returned(newest),
            self.changed_since(newest) if event.level == 2 else [],
            bool(self.state.is_outdated or outdated), outdated, filled, [each.said([]) for each in below],
        )  # fmt: skip


def trees_by_hand(events: list[Recorded], day: date) -> list[Said]:
    districts = sorted({each.event.organisation for each in named(events, "RollupBuilt") if each.event.level == 2})
    below = [one for one in (ByHand(events, day, each) for each in districts) if one.builds]
    bureau = ByHand(events, day, "bureau")
    return [bureau.said(below)] if bureau.builds else [each.said([]) for each in below]


def told(node: RollupNode) -> Said:
    one = node.rollup
    return (
        one.organisation, one.revision, one.expected, one.covered, one.missing, one.excused, one.unsigned,
        one.signature is not None, one.returned,
        sorted(each.school for each in one.changes) if one.level == 2 else [], node.is_outdated,
        list(node.outdated_below), list(node.filled_below), [told(each) for each in node.below],
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
async def test_the_tree_of_every_day_is_as_counted_by_hand(dsn: str, seed: int) -> None:
    history = truthful(unruly_history(seed))
    expected = [tree for n in range(4) for tree in trees_by_hand(history.events, FIRST_DAY + timedelta(n))]
    async with projected(dsn, history) as connection:
        assert [told(each) for each in await fetch_rollup_tree(connection, FIRST_DAY, LAST)] == expected
        found: list[RollupNode] = []
        after = (date.min, 0, "")
        while page := await fetch_rollup_tree(connection, FIRST_DAY, LAST, after=after, limit=1):
            found += page
            root = page[-1].rollup
            after = (root.business_date, root.level, root.rollup)
        assert [told(each) for each in found] == expected
        own = await fetch_rollup_tree(connection, FIRST_DAY, FIRST_DAY, organisation="district-1")
        one = ByHand(history.events, FIRST_DAY, "district-1")
        assert [told(each) for each in own] == ([one.said([])] if one.builds else [])


def test_the_histories_hold_outdated_and_filled_roll_ups_and_days_without_a_bureaus() -> None:
    trees = [
        tree
        for seed in range(5)
        for n in range(4)
        for tree in trees_by_hand(truthful(unruly_history(seed)).events, FIRST_DAY + timedelta(n))
    ]
    assert {tree[0] for tree in trees} >= {"bureau", "district-1"}
    bureaus = [tree for tree in trees if tree[0] == "bureau"]
    assert {tree[10] for tree in bureaus} == {True, False}
    assert any(tree[12] for tree in bureaus)


NORTH = Site("school-1", "north", OrganisationKind.PRIMARY)
SOUTH = Site("school-2", "south", OrganisationKind.PRIMARY)
REPORT = report_id("f1", FIRST_DAY, NORTH.school)


class Day:
    """Two districts of one school each; both have filed, both roll-ups are signed."""

    def __init__(self) -> None:
        self.history = History()
        self.happens(duty(NORTH, FIRST_DAY), duty(SOUTH, FIRST_DAY))
        self.happens(submitted(REPORT, "north"), submitted(report_id("f1", FIRST_DAY, SOUTH.school), "south"))
        self.rolled_up("north")
        self.rolled_up("south")

    def happens(self, *events: Event) -> None:
        for event in events:
            self.history.happen(event, at_shanghai(FIRST_DAY, "12:00") + timedelta(minutes=len(self.history.events)))

    def rolled_up(
        self, organisation: str, *, revision: int = 1, signed: bool = True, gaps: tuple[str, ...] = ()
    ) -> None:
        name, level = rollup_id("F1", FIRST_DAY, organisation), 3 if organisation == "bureau" else 2
        below = {NORTH.school: ReportOfDay("d", signed_2=True), SOUTH.school: ReportOfDay("d", signed_2=True)}
        for gap in gaps:
            below[gap] = ReportOfDay("d")
        self.happens(built(name, level, organisation, FIRST_DAY, revision, below))
        if signed:
            signing = reporting.RollupSigned(
                rollup=name,
                parent=rollup_id("F1", FIRST_DAY, "bureau"),
                revision=revision,
                level=level,
                digest=digest(name, revision),
                person="signer",
                appointment="a",
                **seal(name, revision),
            )
            self.happens(signing)

    def sent_back(self, organisation: str) -> None:
        name = rollup_id("F1", FIRST_DAY, organisation)
        returned = reporting.RollupReturned(
            rollup=name,
            parent=rollup_id("F1", FIRST_DAY, "bureau"),
            revision=1,
            level=3,
            digest=digest(name, 1),
            person="officer",
            appointment="a",
            reason=COMMITMENT,
            **seal("return", name),
        )
        self.happens(returned)

    async def tree(self, dsn: str) -> RollupNode:
        async with projected(dsn, self.history) as connection:
            (root,) = await fetch_rollup_tree(connection, FIRST_DAY, FIRST_DAY)
        assert root.rollup.organisation == "bureau"
        assert [each.rollup.organisation for each in root.below] == ["north", "south"]
        return root


async def test_the_bureaus_roll_up_is_not_outdated_while_nothing_changes(dsn: str) -> None:
    day = Day()
    day.rolled_up("bureau")
    root = await day.tree(dsn)
    assert (root.is_outdated, root.outdated_below, root.filled_below) == (False, (), ())


@pytest.mark.parametrize("when", ["before the bureau's was built", "afterwards"])
async def test_a_correction_outdates_the_districts_roll_up_and_the_bureaus_over_it(dsn: str, when: str) -> None:
    day = Day()
    if when == "afterwards":
        day.rolled_up("bureau")
    day.happens(corrected(REPORT, "north", 2))
    if when != "afterwards":
        day.rolled_up("bureau")
    root = await day.tree(dsn)
    assert (root.is_outdated, root.outdated_below) == (True, ("north",))
    assert [each.is_outdated for each in root.below] == [True, False]


@pytest.mark.parametrize("signed", [True, False])
async def test_the_bureaus_roll_up_is_outdated_by_a_districts_built_anew(dsn: str, signed: bool) -> None:
    day = Day()
    day.rolled_up("bureau")
    day.happens(corrected(REPORT, "north", 2))
    day.rolled_up("north", revision=2, signed=signed)
    root = await day.tree(dsn)
    assert (root.is_outdated, root.outdated_below) == (True, ("north",))
    assert not root.below[0].is_outdated


async def test_the_bureaus_roll_up_is_outdated_by_a_districts_that_was_sent_back(dsn: str) -> None:
    day = Day()
    day.rolled_up("bureau")
    day.sent_back("south")
    root = await day.tree(dsn)
    assert (root.is_outdated, root.outdated_below) == (True, ("south",))


async def test_the_bureaus_new_roll_up_is_up_to_date_again(dsn: str) -> None:
    day = Day()
    day.rolled_up("bureau")
    day.happens(corrected(REPORT, "north", 2))
    day.rolled_up("north", revision=2)
    day.rolled_up("bureau", revision=2)
    assert not (await day.tree(dsn)).is_outdated


async def test_a_district_without_a_signed_roll_up_is_a_gap_and_outdates_nothing(dsn: str) -> None:
    day = Day()
    day.sent_back("south")
    day.rolled_up("bureau", gaps=("south",))
    root = await day.tree(dsn)
    assert (root.is_outdated, root.rollup.unsigned, root.filled_below) == (False, ("south",), ())


async def test_a_gap_is_filled_once_the_districts_new_roll_up_is_signed(dsn: str) -> None:
    day = Day()
    day.sent_back("south")
    day.rolled_up("bureau", gaps=("south",))
    day.rolled_up("south", revision=2)
    root = await day.tree(dsn)
    assert (root.is_outdated, root.outdated_below, root.filled_below) == (True, (), ("south",))


FILED = submitted(REPORT, "north")
EXCUSED = reporting.DutyExcused(
    report=REPORT, district="north", level=1, person="officer", appointment="a", reason=COMMITMENT
)
LIFTED = reporting.DutyLifted(report=REPORT, district="north", bureau="bureau")
Told = tuple[str, str, str, bool] | None
AFTERWARDS: dict[str, tuple[ReportOfDay, list[Event], Told]] = {
    "an absence is filled": (ReportOfDay(), [FILED], ("missing", "unsigned", "filed", True)),
    "an absence is excused": (ReportOfDay(), [EXCUSED], ("missing", "excused", "excused", False)),
    "the duty of an absence is lifted": (ReportOfDay(), [LIFTED], ("missing", "not_owed", "lifted", False)),
    "an absence's duty is lifted and opened again": (ReportOfDay(), [LIFTED, duty(NORTH, FIRST_DAY)], None),
    "an unsigned report is signed": (
        ReportOfDay("d"), [signed(REPORT, "north", 1, 2)], ("unsigned", "signed", "signed", False),
    ),
    "a report is signed at level 1": (ReportOfDay("d"), [signed(REPORT, "north", 1, 1)], None),
    "an unsigned report is sent back": (ReportOfDay("d"), [returned(REPORT, "north", 1)], None),
    "a signed report is sent back": (
        ReportOfDay("d", signed_2=True), [returned(REPORT, "north", 1)], ("signed", "unsigned", "returned", False),
    ),
    "a signed report is corrected, and signed": (
        ReportOfDay("d", signed_2=True), [corrected(REPORT, "north", 2), signed(REPORT, "north", 2, 2)],
        ("signed", "signed", "signed", True),
    ),
    "a signed report's duty is lifted and opened again": (
        ReportOfDay("d", signed_2=True), [LIFTED, duty(NORTH, FIRST_DAY)], ("signed", "missing", "opened", False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("happened", AFTERWARDS)
async def test_what_happens_after_a_build_is_named_by_what_was_shown_and_what_stands(dsn: str, happened: str) -> None:
    shown, events, change = AFTERWARDS[happened]
    assert await _changes_after(dsn, {NORTH.school: shown}, [duty(NORTH, FIRST_DAY)], events) == change


async def test_a_duty_opened_after_a_build_is_named(dsn: str) -> None:
    opened = await _changes_after(dsn, {}, [], [duty(NORTH, FIRST_DAY)])
    assert opened == ("not_owed", "missing", "opened", False)


async def test_a_duty_opened_after_a_build_and_lifted_again_is_no_change(dsn: str) -> None:
    assert await _changes_after(dsn, {}, [], [duty(NORTH, FIRST_DAY), LIFTED]) is None


async def _changes_after(dsn: str, below: dict[str, ReportOfDay], before: list[Event], events: list[Event]) -> Told:
    history = History()
    build = built(rollup_id("F1", FIRST_DAY, "north"), 2, "north", FIRST_DAY, 1, below)
    for event in (*before, build, *events):
        history.happen(event, at_shanghai(FIRST_DAY, "17:00"))
    async with projected(dsn, history) as connection:
        (root,) = await fetch_rollup_tree(connection, FIRST_DAY, FIRST_DAY)
    assert root.is_outdated == bool(root.rollup.changes)
    for each in root.rollup.changes:
        assert each.school == NORTH.school
        return each.shown, each.now, each.how, each.anew
    return None


@pytest.mark.parametrize("event", [LIFTED, duty(Site("school-9", "north", OrganisationKind.PRIMARY), FIRST_DAY)])
async def test_the_bureaus_roll_up_is_outdated_by_a_duty_that_is_opened_or_lifted(dsn: str, event: Event) -> None:
    day = Day()
    day.rolled_up("bureau")
    day.happens(event)
    root = await day.tree(dsn)
    assert (root.is_outdated, len(root.rollup.changes)) == (True, 1)
