"""Spring 2020 on a real PostgreSQL: figures, duties, dispositions, and the same again from the same seed."""

import asyncio
import hashlib
import json
import os
import random
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.fsck.log import Given, check_log
from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from adapters.postgres.views import article_facts, school_day_fold
from adapters.postgres.views.article_figures import FigureRow, fetch_figures
from api.cli.demo import LIVING_BAR_S, REBUILD_BAR_S
from api.demo.city import DISTRICTS, MOST_DISTRICTS, build_city
from api.demo.run import carry_out
from api.demo.stage import Lived, live_on, log_key_of, origin_of
from api.demo.stories import LATE, Story, days_of, draw_stories
from api.main import open_wiring
from api.settings import Settings
from domain.catalogue import CATALOGUE
from domain.evidence.policy import parse_policy
from domain.evidence.verdict import State
from domain.ledger.commitments import sealed_fields
from domain.ledger.entry import recorded
from domain.ledger.ports import Reading
from tests.conftest import Server, cloned
from tests.demo.bundling import bundled
from tests.demo.counting import count_figures
from tests.demo.verifying import verify_signatures
from tests.e2e.changes import Changes
from tests.judges.conftest import Judge

EXACT = {"2": 403, "4": 0, "5": 5, "6": 3, "8": 8, "9": 404, "10": 2_047}
HALF_A_MINUTE = timedelta(seconds=30)
SCHOOL_DAYS = "SELECT * FROM views.school_day WHERE generation = views.live('school_day')"
ENTRIES = "SELECT entry FROM ledger.event ORDER BY position"


def figures_of(rows: dict[int, FigureRow]) -> dict[str, int]:
    """By row, as they are counted a second time."""
    figures = {str(row): each.value for row, each in rows.items() if each.value is not None}
    coverage = rows[4].coverage
    return figures if coverage is None else figures | {"4 due": coverage.expected, "4 answered": coverage.reported}


@dataclass(frozen=True)
class Told:
    """A scenario that was lived, and the bytes that it left behind."""

    lived: Lived
    public: Path
    """The published log's folder."""
    entries: list[bytes]
    school_days: dict[str, dict[str, Any]]
    """By report: every column but the positions, which concurrent commands of one minute share out among them."""

    @property
    def statuses(self) -> Counter[str]:
        return Counter(row["status"] for row in self.school_days.values())

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(entry) for entry in self.entries]

    def until(self, instant: datetime | None) -> list[bytes]:
        assert instant is not None
        return [entry for entry in self.entries if datetime.fromisoformat(json.loads(entry)["recorded_at"]) <= instant]

    def of(self, *names: str) -> list[dict[str, Any]]:
        return [each for each in self.events() if each["type"] in names]

    def digest(self) -> str:
        """Over what happened, in whatever order concurrent commands were stored: type, tags and payload."""
        said = sorted(
            json.dumps([each["type"], each["tags"], each["payload"]], sort_keys=True) for each in self.events()
        )
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def figures(self) -> dict[str, int]:
        return figures_of(self.lived.figures)


async def _live(dsn: str, folder: Path, *, seed: int, days: int, districts: int = DISTRICTS) -> Told:
    settings = Settings.load(data_folder=folder, database_url=dsn)
    lived = await live_on(dsn, settings, city=build_city(seed, districts=districts), days=days)
    await _require_clean(dsn, settings, seed)
    connection = await asyncpg.connect(dsn)
    try:
        entries = [row["entry"] for row in await connection.fetch(ENTRIES)]
        rows = [_without_positions(dict(row)) for row in await connection.fetch(SCHOOL_DAYS)]
        await _require_provable(settings, seed, entries)
        return Told(lived, settings.log_folder / "public", entries, {row["report"]: row for row in rows})
    finally:
        await connection.close()


async def _require_clean(dsn: str, settings: Settings, seed: int) -> None:
    """Nothing that was appended and published in a whole scenario looks like tampering."""
    given = Given(
        dsn=dsn,
        folder=settings.log_folder,
        keys=[log_key_of(seed).verifier],
        sealed={name: sealed_fields(event_type) for name, event_type in CATALOGUE.types.items()},
        masters=settings.vault_master_keys(),
        processes=2,
    )
    checked = await check_log(given)
    assert (checked.differences.named, checked.unchecked) == ([], [])


async def _require_provable(settings: Settings, seed: int, entries: list[bytes]) -> None:
    """Reports of every fate are valid for an office outside. Last of all: each export is an event of its own."""
    policy = parse_policy(f"log {log_key_of(seed).verifier.vkey()}\nquorum none\n".encode())
    by_type: dict[str, list[str]] = {}
    for each in map(json.loads, entries):
        if "report" in each["payload"]:
            by_type.setdefault(each["type"], []).append(each["payload"]["report"])
    reports = sorted({report for found in by_type.values() for report in found[:2]})
    verdicts = await bundled(settings, policy, reports)
    assert {report: verdict.state for report, verdict in verdicts.items() if verdict.state is not State.VALID} == {}
    assert {each.decision for verdict in verdicts.values() for each in verdict.signatures} >= {"sign", "attest_zero"}


def _without_positions(row: dict[str, Any]) -> dict[str, Any]:
    def pruned(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: pruned(each) for name, each in value.items() if name != "position"}
        return [pruned(each) for each in value] if isinstance(value, list) else value

    return pruned(row | {"state": json.loads(row["state"])})


@pytest.fixture(scope="module")
def three_days(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with cloned(cluster, "template0") as dsn:
        yield asyncio.run(_live(dsn, tmp_path_factory.mktemp("three"), seed=2020, days=3))


def recorded_after(event: dict[str, Any], instant: str) -> timedelta:
    return datetime.fromisoformat(event["recorded_at"]) - datetime.fromisoformat(instant)


def check(told: Told, days: int) -> None:
    """What holds however many days were lived."""
    figures = told.figures()
    assert {row: figures[row] for row in EXACT} == EXACT
    assert 240_000 <= figures["3"] < 250_000
    last_day = days_of(days)[-1].isoformat()
    assert figures == count_figures(told.until(told.lived.figures[2].as_of), last_day)

    types = Counter(each["type"] for each in told.events())
    city = build_city(2020)
    stories = draw_stories(city, days_of(days))
    unfiled, held = stories.count(Story.UNFILED), stories.count(Story.HELD)
    assert types["DutyOpened"] == types["DutyClosed"] == 403 * days
    assert types["ReportSubmitted"] == 403 * days - unfiled
    assert types["RollupBuilt"] == types["RollupSigned"]
    assert {recorded_after(each, each["payload"]["deadline"]) for each in told.of("DutyMissed")} == {HALF_A_MINUTE}
    closes_at = {each["payload"]["report"]: each["payload"]["closes_at"] for each in told.of("DutyOpened")}
    assert {recorded_after(each, closes_at[each["payload"]["report"]]) for each in told.of("DutyClosed")} == {
        HALF_A_MINUTE
    }
    late = stories.count(*LATE)
    missed = Counter(each["payload"]["level"] for each in told.of("DutyMissed"))
    assert missed == {level: number for level, number in ((1, late + unfiled), (2, held)) if number}
    reminded = stories.count(Story.LATE_REMINDED, Story.EVENING, Story.UNFILED)
    assert types["ReminderSent"] == types["ReminderServed"] == reminded
    assert types["DutyExcused"] == stories.count(Story.LATE_EXCUSED)
    assert types["ReportReturned"] == stories.count(Story.RETURNED_BY_PRINCIPAL, Story.RETURNED_BY_DISTRICT)
    assert types["ReportCorrected"] == types["ReportReturned"] + stories.count(Story.CORRECTED, Story.CORRECTED_AFTER)
    excused = stories.count(Story.LATE_EXCUSED, Story.OUTAGE)
    in_time = 403 * days - late - unfiled
    statuses = {"on_time": in_time, "late": late - excused, "excused": excused, "missing": unfiled}
    assert told.statuses == {status: number for status, number in statuses.items() if number}
    check_signatures(told)
    assert told.lived.rebuilt.equal
    assert not told.lived.rebuilt.not_compared


def judge_the_log(told: Told, go_judge: Judge, serve: Callable[[Path], str]) -> None:
    """Go's checksum database code walks every tile and every entry of the log that the scenario published."""
    key = log_key_of(2020).verifier.vkey()
    said = go_judge("-log", serve(told.public), "-key", key, "-entries", str(told.public))
    assert (said.returncode, said.stderr) == (0, "")
    root = b64encode(told.lived.published.root).decode()
    assert said.stdout.startswith(f"tree {len(told.entries)} {root} ")


@pytest.mark.go
@pytest.mark.slow
def test_go_accepts_the_published_log(three_days: Told, go_judge: Judge, serve: Callable[[Path], str]) -> None:
    judge_the_log(three_days, go_judge, serve)


def check_signatures(told: Told) -> None:
    """Every decision and every zero report carries a signature that verifies; level 2 signs in batches."""
    verified = verify_signatures(told.entries, origin_of(2020))
    types = Counter(each["type"] for each in told.events())
    zero = sum(each["payload"]["content"]["nature"] == "zero" for each in told.of("ReportSubmitted", "ReportCorrected"))
    assert verified.types["ZeroAttested"] == zero > 0
    for decision in ("ReportSigned", "ReportReturned", "RollupSigned"):
        assert verified.types[decision] == types[decision] > 0
    assert 10 < max(verified.batches) <= 20
    assert verified.examined["examined"] > 0 < verified.examined["summary_only"]
    assert len(verified.signers) >= 2 * 402


@pytest.mark.slow
def test_three_days_give_the_articles_figures_and_every_lateness_its_disposition(
    three_days: Told,
) -> None:
    check(three_days, 3)


@pytest.mark.slow
def test_a_word_that_was_not_signed_is_found_by_the_evidence_alone(three_days: Told) -> None:
    bent = [
        entry.replace(b'"examined":"summary_only"', b'"examined":"examined"') if b'"ReportSigned"' in entry else entry
        for entry in three_days.entries
    ]
    with pytest.raises(AssertionError):
        verify_signatures(bent, origin_of(2020))


@pytest.mark.slow
def test_problems_that_nobody_has_found_yet_show_in_the_views(three_days: Told) -> None:
    city = build_city(2020)

    def days_with(code: str, **columns: object) -> list[int]:
        school = city.site(code).id
        rows = [row for row in three_days.school_days.values() if row["school"] == school]
        return sorted(row["business_date"].day for row in rows if columns.items() <= row.items())

    assert days_with("K004", status="missing", answered=False, closed=True, reminders_served=1) == [28, 29]
    assert days_with("P001", status="late") == days_with("K001", status="late") == [28]
    # The fourth lateness is the district's, and the bureau still had its hour.
    held = {"status": "on_time", "late_1_s": 0, "missed_1": False, "missed_2": True, "missed_3": False}
    assert days_with("K001", **held, signed_level=3) == [29]
    late_at_2 = [row for row in three_days.school_days.values() if row["late_2_s"]]
    assert [(row["school"], row["late_2_s"]) for row in late_at_2] == [(city.site("K001").id, 100 * 60)]
    blank = [row for row in three_days.school_days.values() if _blank_sheets(row)]
    assert [(row["school"], _blank_sheets(row)) for row in blank] == [(city.site("P004").id, 3)] * 3


def _blank_sheets(row: dict[str, Any]) -> int:
    return sum(revision.get("missing_classes", 0) for revision in row["state"].get("revisions", []))


@pytest.mark.slow
async def test_the_same_seed_gives_the_same_facts_school_days_and_figures(
    three_days: Told, bare_dsn: str, tmp_path: Path
) -> None:
    again = await _live(bare_dsn, tmp_path, seed=2020, days=3)
    assert again.figures() == three_days.figures()
    assert again.school_days == three_days.school_days
    assert again.digest() == three_days.digest()


@pytest.mark.slow
@pytest.mark.parametrize("city", ["first", "second", "third"])
async def test_the_figures_of_a_random_city_equal_an_independent_count_over_its_raw_events(
    city: str, bare_dsn: str, tmp_path: Path
) -> None:
    # Drawn here and not while collecting: every worker has to collect the same names.
    seed = random.SystemRandom().randrange(10_000)
    print(f"the {city} city grows from seed {seed}")
    chance = random.Random(seed)
    districts = chance.randint(1, MOST_DISTRICTS)
    told = await _live(bare_dsn, tmp_path, seed=seed, days=1, districts=districts)
    assert told.figures() == count_figures(told.entries, "2020-01-28")
    async with open_wiring(Settings.load(data_folder=tmp_path, database_url=bare_dsn)) as wiring:
        at = wiring.ledger.clock.now()
        changes = Changes(
            told.lived.city,
            chance,
            lived=days_of(1)[0],
            at=at,
            origin=wiring.ledger.origin,
            names=wiring.ledger.ids,
        )
        for each in changes.orders():
            await carry_out([each], wiring.ledger, wiring.ledger.ids, at)
        await wiring.projector.catch_up()
        async with wiring.pool.acquire() as connection:
            entries = [row["entry"] for row in await connection.fetch(ENTRIES)]
            figures = figures_of(await fetch_figures(connection))
    assert figures == count_figures(entries, "2020-01-28")
    same = {row for row in figures if figures[row] == told.figures()[row]}
    # The day owed what it owed, the network has three levels, and three sign. By chance others come out even, not all.
    assert same >= {"4 due", "6", "7"}
    assert not {"3", "4", "10"} <= same


# What the figures are drawn from; other views may well stop where an event is left out.
FIGURES = (article_facts.VIEW, school_day_fold.VIEW)


class LogOf:
    """The log that would be there if these entries were all: positions count on without the ones left out."""

    def __init__(self, entries: list[bytes]) -> None:
        self.events = [recorded(position, entry, CATALOGUE) for position, entry in enumerate(entries, start=1)]

    async def read(self, query: object = None, *, after: int = 0, upto: int | None = None, limit: int = 1) -> Reading:
        end = len(self.events) if upto is None else upto
        return Reading(self.events[after : min(after + limit, end)], len(self.events))


async def _figures_of(dsn: str, entries: list[bytes]) -> dict[int, FigureRow]:
    pool = await open_pool(dsn, size=2)
    try:
        await Projector(LogOf(entries), pool, FIGURES).catch_up()
        async with pool.acquire() as connection:
            return await fetch_figures(connection)
    finally:
        await pool.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left_out", "moved"),
    [
        ("TaskForceFormed", {5}),
        ("GroupMemberAssigned", {10}),
        ("RosterDeclared", {3}),
        ("SiteRegistered", {2, 3}),
        ("GroupFormed", {9, 10}),
        ("ReportSubmitted", {4}),
    ],
)
async def test_leaving_out_one_event_moves_exactly_the_figures_that_it_bears_on(
    left_out: str, moved: set[int], three_days: Told, cluster: Server, database_template: str
) -> None:
    events = three_days.events()
    first_day = next(index for index, each in enumerate(events) if each.get("business_date") == "2020-01-28")
    index = next(index for index, each in reversed(list(enumerate(events[:first_day]))) if _is(each, left_out))
    entries = three_days.entries[:first_day]
    seen = []
    for said in (entries, entries[:index] + entries[index + 1 :]):
        with cloned(cluster, database_template) as dsn:
            seen.append(await _figures_of(dsn, said))
    whole, without = seen
    rows = {
        row for row in whole if (whole[row].value, whole[row].coverage) != (without[row].value, without[row].coverage)
    }
    assert rows == moved


def _is(event: dict[str, Any], name: str) -> bool:
    if name == "SiteRegistered":
        return event["type"] == "OrganisationRegistered" and event["payload"]["kind"] == "kindergarten"
    if name == "RosterDeclared":
        return event["type"] == name and bool(event["payload"]["classes"])  # a training institution has none
    return event["type"] == name


@pytest.mark.go
@pytest.mark.full_city
def test_all_38_days_give_15314_duties_and_the_whole_story(
    cluster: Server, tmp_path: Path, go_judge: Judge, serve: Callable[[Path], str]
) -> None:
    with cloned(cluster, "template0") as dsn:
        told = asyncio.run(_live(dsn, tmp_path, seed=2020, days=38))
    check(told, 38)
    judge_the_log(told, go_judge, serve)
    if os.environ.get("WENZE_QUIET_MACHINE"):
        assert told.lived.seconds < LIVING_BAR_S
        assert told.lived.rebuilt.seconds < REBUILD_BAR_S
    events = told.events()
    types = Counter(each["type"] for each in events)
    assert types["DutyOpened"] == 15_314
    assert types["OutageDeclared"] == types["SiteMerged"] == types["CalendarChanged"] == types["SmallSiteExempted"] == 1
    assert types["RulesAdopted"] == 2
    assert types["GroupDissolved"] == 1
    (merged,) = [each["payload"]["organisation"] for each in events if each["type"] == "SiteMerged"]
    reliefs = [each["payload"] for each in events if each["type"] == "Relieved"]
    offices = [each["payload"] for each in events if each["type"] == "Appointed"]
    ended = {each["appointment"] for each in reliefs if each["organisation"] == merged}
    assert ended == {each["appointment"] for each in offices if each["organisation"] == merged}
    assert len(reliefs) - len(ended) == 2
    delegated = [each for each in events if each["type"] == "ReportSigned" and "delegation" in each["payload"]]
    assert len(delegated) == 5
