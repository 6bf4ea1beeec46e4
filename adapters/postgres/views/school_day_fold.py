"""The fold behind the school-days: one stored row for each duty, folded and judged in memory, written at once.

The fold is ``domain.reporting.school_day``, the judgement ``domain.reporting.standing``. A batch loads the rows that
it touches, folds, judges, and writes them in one statement. A row is also touched by what is not about it: the roll-ups
of its day (level 3 signs the bureau's), outages and interruptions (they move lateness). Which rows those are is
decided by what the row says about itself, never by how the log was cut into batches: a rebuild in large batches gives
the same rows as live projecting in small ones.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import asyncpg
import msgspec

from adapters.postgres.view import Connection, View
from domain.ledger.entry import Recorded
from domain.ledger.events import ServiceInterrupted
from domain.reporting import events as facts
from domain.reporting.identifiers import parts_of
from domain.reporting.school_day import FOLDS, SchoolDay, opened_day
from domain.reporting.school_day_hands import is_signed_by
from domain.reporting.school_day_parts import Mark, Signature
from domain.reporting.standing import Standing, standing
from domain.reporting.timeliness import PATIENCE, Interruption, Outage, Windows
from domain.signing.events import DisputeResolved, SignatureDisputed

NAME: Final = "school_day"

# The folds of reports by name; primary key.
BY_REPORT = "SELECT state FROM views.school_day WHERE generation = $1 AND report = ANY ($2::text[])"

# The folds below roll-ups, by day and organisation; index school_day_by_date.
BELOW_ROLLUPS = """
SELECT day.state FROM unnest($2::date[], $3::text[]) AS rollup (business_date, organisation)
JOIN views.school_day AS day ON day.generation = $1 AND day.business_date = rollup.business_date
WHERE day.district = rollup.organisation OR day.bureau = rollup.organisation
"""

# The folds with something that was on its way to the record between two instants; partial index school_day_slow.
SLOW = """
SELECT state FROM views.school_day WHERE generation = $1 AND slow_from < $3 AND slow_until > $2
"""

# The folds with something that one key signed, by its name in them: all of the generation, by any index (all lead with
# it). Disputes are rare.
SIGNED_BY = """
SELECT state FROM views.school_day WHERE generation = $1 AND position($2 IN state::text) > 0
"""

# The folds with some level's deadline inside an outage, on whatever day: a level that was kept waiting may have it much
# later. All of the generation, by any index (all lead with it). Outages are rare.
DUE_INSIDE = """
SELECT state FROM views.school_day
WHERE generation = $1 AND (due_1 BETWEEN $2 AND $3 OR deadline_2 BETWEEN $2 AND $3
    OR deadline_rollup BETWEEN $2 AND $3 OR deadline_3 BETWEEN $2 AND $3)
"""

# Every outage and interruption so far; primary key.
WINDOWS = """
SELECT outage, began_at, ended_at, grace_until, schools FROM views.school_day_window
WHERE generation = $1 ORDER BY position
"""

# One outage or interruption.
NEW_WINDOW = """
INSERT INTO views.school_day_window (generation, position, outage, began_at, ended_at, grace_until, schools)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

# Rows, new or changed, as one JSON array of objects with the columns as keys; primary key.
WRITE = """
INSERT INTO views.school_day SELECT * FROM json_populate_recordset(NULL::views.school_day, $1::json)
ON CONFLICT (generation, report) DO UPDATE SET
    heir = excluded.heir, closed = excluded.closed, status = excluded.status, answered = excluded.answered,
    corrected_before = excluded.corrected_before, corrected_after = excluded.corrected_after,
    corrections = excluded.corrections,
    returned = excluded.returned, withdrawn = excluded.withdrawn, nature = excluded.nature,
    revision = excluded.revision, digest = excluded.digest, signed_level = excluded.signed_level,
    voided_signatures = excluded.voided_signatures, received_at = excluded.received_at,
    recorded_at = excluded.recorded_at, counted_at = excluded.counted_at,
    deadline_2 = excluded.deadline_2, deadline_3 = excluded.deadline_3, deadline_rollup = excluded.deadline_rollup,
    decided_rollup = excluded.decided_rollup, late_rollup_s = excluded.late_rollup_s,
    missed_rollup = excluded.missed_rollup, excused_rollup = excluded.excused_rollup,
    decided_1 = excluded.decided_1, decided_2 = excluded.decided_2, decided_3 = excluded.decided_3,
    late_1_s = excluded.late_1_s, late_2_s = excluded.late_2_s, late_3_s = excluded.late_3_s,
    took_2_s = excluded.took_2_s, took_3_s = excluded.took_3_s,
    missed_1 = excluded.missed_1, missed_2 = excluded.missed_2, missed_3 = excluded.missed_3,
    excused_1 = excluded.excused_1, excused_2 = excluded.excused_2, excused_3 = excluded.excused_3,
    signed_1_by = excluded.signed_1_by, signed_2_by = excluded.signed_2_by, signed_3_by = excluded.signed_3_by,
    signed_1_at = excluded.signed_1_at, signed_2_at = excluded.signed_2_at, signed_3_at = excluded.signed_3_at,
    signed_1_after_s = excluded.signed_1_after_s, signed_2_after_s = excluded.signed_2_after_s,
    signed_3_after_s = excluded.signed_3_after_s, awaited_level = excluded.awaited_level,
    awaited_until = excluded.awaited_until, awaited_rollup = excluded.awaited_rollup,
    reminders_sent = excluded.reminders_sent,
    reminders_served = excluded.reminders_served, slow_from = excluded.slow_from,
    slow_until = excluded.slow_until, position = excluded.position,
    state = excluded.state
"""

# School-days that are owed no more; primary key.
LIFT = "DELETE FROM views.school_day WHERE generation = $1 AND report = ANY ($2::text[])"

# A generation's rows, to be filled anew or dropped; primary keys.
CLEAR = """
WITH windows AS (DELETE FROM views.school_day_window WHERE generation = $1)
DELETE FROM views.school_day WHERE generation = $1
"""

# The reports and windows whose rows differ between two generations, a row that only one of them has included; any
# index, all lead with generation.
DIFFERENCES = """
SELECT coalesce(one.report, other.report),
       to_jsonb(one.whole) - 'generation', to_jsonb(other.whole) - 'generation'
FROM (SELECT report, ltrim(day::text, '(0123456789') AS content, day AS whole
      FROM views.school_day AS day WHERE generation = $1) AS one
FULL JOIN
    (SELECT report, ltrim(day::text, '(0123456789') AS content, day AS whole
      FROM views.school_day AS day WHERE generation = $2) AS other
    ON one.report = other.report
WHERE one.content IS DISTINCT FROM other.content
UNION ALL
SELECT 'window@' || coalesce(one.position, other.position),
       to_jsonb(one.whole) - 'generation', to_jsonb(other.whole) - 'generation'
FROM (SELECT position, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.school_day_window AS each WHERE generation = $1) AS one
FULL JOIN
    (SELECT position, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.school_day_window AS each WHERE generation = $2) AS other
    ON one.position = other.position
WHERE one.content IS DISTINCT FROM other.content
ORDER BY 1 LIMIT 100
"""

_STATE: Final = msgspec.json.Decoder(SchoolDay)
_ENCODE: Final = msgspec.json.Encoder().encode
_DISPUTES: Final = (SignatureDisputed, DisputeResolved)
_ROLLUPS: Final = (facts.RollupBuilt, facts.RollupSigned, facts.RollupReturned)


class _Batch:
    """The school-days that one batch touches, in memory."""

    def __init__(self) -> None:
        self.days: dict[str, SchoolDay] = {}
        self.by_date: dict[date, list[SchoolDay]] = {}
        self.touched: set[str] = set()
        self.lifted: set[str] = set()

    def add(self, day: SchoolDay) -> None:
        if day.report not in self.days:
            self.days[day.report] = day
            self.by_date.setdefault(day.business_date, []).append(day)

    def take(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, facts.DutyOpened):
            self.add(opened_day(recorded, event))
            self.touched.add(event.report)
        elif isinstance(event, facts.DutyLifted):
            self._lift(self._day(event.report, recorded))
        elif isinstance(event, _ROLLUPS):
            _, business_date, organisation = parts_of(event.rollup)
            for day in self.by_date.get(business_date, ()):
                if organisation in (day.district, day.bureau):
                    day.take(recorded)
                    self.touched.add(day.report)
        elif isinstance(event, _DISPUTES):
            for day in self.days.values():
                if is_signed_by(day, event.credential):
                    day.take(recorded)
                    self.touched.add(day.report)
        elif type(event) in FOLDS:
            report: str = getattr(event, "report")  # noqa: B009 every other folded event is about one report
            self._day(report, recorded).take(recorded)
            self.touched.add(report)

    def _day(self, report: str, recorded: Recorded) -> SchoolDay:
        day = self.days.get(report)
        if day is None:
            raise UnknownDuty(report, recorded.position)
        return day

    def _lift(self, day: SchoolDay) -> None:
        """Nothing is owed: there is no such school-day, until the duty is opened again."""
        del self.days[day.report]
        self.by_date[day.business_date].remove(day)
        self.touched.discard(day.report)
        self.lifted.add(day.report)


class UnknownDuty(LookupError):
    """An event is about a duty that was never opened: the log cannot be projected past it."""

    def __init__(self, report: str, position: int) -> None:
        super().__init__(f"position {position}: no duty {report} was opened")


async def project(connection: Connection, generation: int, batch: Sequence[Recorded]) -> None:
    """Fold a batch into one generation. The caller owns the transaction."""
    windows = await _windows(connection, generation, batch)
    fold = _Batch()
    await _load(connection, generation, batch, fold)
    for recorded in batch:
        fold.take(recorded)
    if fold.lifted:
        await connection.execute(LIFT, generation, sorted(fold.lifted))
    if fold.touched:
        rows = [_stored(generation, fold.days[report], windows) for report in sorted(fold.touched)]
        await connection.execute(WRITE, _ENCODE(rows).decode())


async def _windows(connection: Connection, generation: int, batch: Sequence[Recorded]) -> Windows:
    for recorded in batch:
        event = recorded.event
        if isinstance(event, ServiceInterrupted):
            arguments: tuple[Any, ...] = (None, event.began_at, event.ended_at, None, None)
        elif isinstance(event, facts.OutageDeclared):
            schools = None if event.schools is None else _ENCODE(event.schools).decode()
            arguments = (event.outage, event.began_at, event.ended_at, event.grace_until, schools)
        else:
            continue
        await connection.execute(NEW_WINDOW, generation, recorded.position, *arguments)
    interruptions, outages = [], []
    for row in await connection.fetch(WINDOWS, generation):
        if row["outage"] is None:
            interruptions.append(Interruption(row["began_at"], row["ended_at"]))
        else:
            scope = None if row["schools"] is None else msgspec.json.decode(row["schools"], type=frozenset[str])
            outages.append(Outage(row["outage"], row["began_at"], row["ended_at"], row["grace_until"], scope))
    return Windows(tuple(interruptions), tuple(outages))


async def _load(connection: Connection, generation: int, batch: Sequence[Recorded], fold: _Batch) -> None:
    reports: set[str] = set()
    rollups: set[tuple[date, str]] = set()
    for recorded in batch:
        event = recorded.event
        if isinstance(event, _ROLLUPS):
            rollups.add(parts_of(event.rollup)[1:])
        elif isinstance(event, facts.OutageDeclared):
            rows = await connection.fetch(DUE_INSIDE, generation, event.began_at, event.ended_at)
            fold.touched.update(_added(fold, rows))
        elif isinstance(event, ServiceInterrupted):
            fold.touched.update(_added(fold, await connection.fetch(SLOW, generation, event.began_at, event.ended_at)))
        elif isinstance(event, _DISPUTES):
            _added(fold, await connection.fetch(SIGNED_BY, generation, event.credential))
        elif isinstance(event, facts.DutyLifted) or type(event) in FOLDS:
            # Those that are opened in this batch too: it may be for the second time.
            reports.add(getattr(event, "report"))  # noqa: B009 every other folded event is about one report
    wanted = reports - fold.days.keys()
    if wanted:
        _added(fold, await connection.fetch(BY_REPORT, generation, list(wanted)))
    if rollups:
        days, organisations = zip(*rollups, strict=True)
        _added(fold, await connection.fetch(BELOW_ROLLUPS, generation, list(days), list(organisations)))


def _added(fold: _Batch, rows: Iterable[asyncpg.Record]) -> list[str]:
    days = [_STATE.decode(row["state"]) for row in rows]
    for day in days:
        fold.add(day)
    return [day.report for day in days]


def _stored(generation: int, day: SchoolDay, windows: Windows) -> dict[str, object]:
    judged = standing(day, windows)
    filed, current = day.filed, day.current
    slow = [mark for mark in _marks(day) if mark.recorded_at - mark.received_at > PATIENCE]
    row: dict[str, object] = {
        "generation": generation,
        "report": day.report,
        "form": day.form,
        "school": day.school,
        "district": day.district,
        "bureau": day.bureau,
        "heir": day.heir,
        "business_date": day.business_date,
        "rules": day.rules,
        "status": judged.status,
        "answered": current is not None,
        "corrected_before": judged.corrected_before,
        "corrected_after": judged.corrected_after,
        "corrections": judged.corrections,
        "returned": day.returned,
        "withdrawn": day.withdrawn,
        "nature": None if current is None else current.nature,
        "revision": None if current is None else current.revision,
        "digest": None if current is None else current.digest,
        "signed_level": day.signed_level,
        "voided_signatures": sum(each.voided is not None for each in day.signatures),
        "due_1": day.due_1,
        "due_2": day.due_2,
        "due_3": day.due_3,
        "closes_at": day.closes_at,
        "closed": day.closed is not None,
        "received_at": None if filed is None else filed.mark.received_at,
        "recorded_at": None if filed is None else filed.mark.recorded_at,
        "counted_at": judged.counted_at,
        "awaited_level": None if judged.awaited is None else judged.awaited.level,
        "awaited_until": None if judged.awaited is None else judged.awaited.deadline,
        "awaited_rollup": None if judged.awaited is None else judged.awaited.rollup,
        "reminders_sent": len(day.reminders),
        "reminders_served": sum(each.served is not None for each in day.reminders),
        "slow_from": min((mark.received_at for mark in slow), default=None),
        "slow_until": max((mark.recorded_at for mark in slow), default=None),
        "position": day.position,
        "state": day,
    }
    _add_levels(row, day, judged)
    return row


def _add_levels(row: dict[str, object], day: SchoolDay, judged: Standing) -> None:
    rollup = judged.district_rollup
    row["deadline_rollup"], row["decided_rollup"] = rollup.deadline, rollup.decided
    row["late_rollup_s"] = None if rollup.late is None else rollup.late.total_seconds()
    row["missed_rollup"], row["excused_rollup"] = rollup.missed, rollup.excused
    for each in judged.levels:
        level = each.level
        signature: Signature | None = day.counting_signature(level)
        row[f"decided_{level}"] = each.decided
        row[f"late_{level}_s"] = None if each.late is None else each.late.total_seconds()
        row[f"missed_{level}"] = each.missed
        row[f"excused_{level}"] = each.excused
        if level > 1:
            row[f"deadline_{level}"] = each.deadline
            row[f"took_{level}_s"] = None if each.took is None else each.took.total_seconds()
        if signature is not None:
            waited = signature.mark.received_at - signature.receipt.received_at
            row[f"signed_{level}_by"] = signature.person
            row[f"signed_{level}_at"] = signature.mark.received_at
            row[f"signed_{level}_after_s"] = max(waited.total_seconds(), 0.0)


def _marks(day: SchoolDay) -> Iterable[Mark]:
    yield from (each.mark for each in day.revisions)
    yield from (each.withdrawn for each in day.revisions if each.withdrawn is not None)
    yield from (each.mark for each in day.signatures)
    yield from (each.mark for each in day.objections)
    yield from (each.mark for each in day.attestations)
    yield from (each.mark for each in day.district_signed)


VIEW: Final = View(
    name=NAME,
    version=5,
    types=frozenset({facts.DutyOpened, facts.DutyLifted, facts.OutageDeclared, ServiceInterrupted, *FOLDS}),
    project=project,
    clear=CLEAR,
    differences=DIFFERENCES,
)
