"""Every statement over the views, the tokens and the vault reaches its rows by the index that its comment names.

Over a city's rows in two generations (the live one and one that is being built), planned as a service plans them:
sequential scans are allowed, and it is the planner who does not want them. Generic plans and plans for the arguments.
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import asyncpg
import pytest

from adapters.postgres import pending_enrolments, projector, rebuild, rewrapping, shredding, vault
from adapters.postgres.views import (
    appointments,
    article_facts,
    article_figures,
    duties_due,
    duties_left,
    duties_not_owed,
    duties_over,
    duties_to_open,
    duty_board,
    figure_events,
    keys_due,
    lateness_by_level,
    missing_now,
    organisations,
    rollup_tree,
    school_day,
    school_day_fold,
    school_state,
    school_trail,
    signature_latency,
    values_stand_with,
    zero_coverage,
)
from api import caught_up, tokens
from tests.conftest import Server, cloned, finish

SUBJECT = "key_subject_purpose_term_key"
FILL = """
INSERT INTO views.view (name, generation, version, state, position)
SELECT name, generation, 1, CASE generation WHEN 1 THEN 'live' ELSE 'building' END, 1000
FROM unnest(ARRAY['school_day', 'organisations', 'appointments', 'rollup_tree', 'article_figures']) AS name,
     generate_series(1, 2) AS generation;

INSERT INTO views.school_day (
    generation, report, form, school, district, bureau, business_date, rules, status, answered, corrected_before,
    corrected_after, corrections, returned, withdrawn, signed_level, voided_signatures, due_1, due_2, due_3, closes_at,
    closed,
    missed_1, missed_2, missed_3, missed_rollup, excused_1, excused_2, excused_3, excused_rollup,
    reminders_sent, reminders_served, position, state,
    awaited_level, awaited_until, slow_from, slow_until, deadline_2, deadline_3, signed_1_by, signed_1_after_s
)
SELECT generation, 'f1.' || day || '.s' || n, 'F1', 's' || n, 'd' || n % 9, 'b', day, 'r1', 'on_time', n % 97 <> 1,
    false, false, '[]', n % 200 = 3, false, 1, 0, due, due + interval '1h', due + interval '2h', due + interval '21h',
    n % 89 <> 1, false, false, false, false, false, false, false, false, 0, 0, n,
    '{"revisions": []}', CASE WHEN n % 97 = 1 THEN 1 END,
    CASE WHEN n % 97 = 1 THEN due END, CASE WHEN n % 101 = 1 THEN due END,
    CASE WHEN n % 101 = 1 THEN due + interval '2min' END, due + interval '1h', due + interval '2h', 'p' || n % 403, 60
FROM generate_series(1, 2) AS generation, generate_series(1, 403) AS n,
     (SELECT each::date AS day, each + interval '7h' AS due
      FROM generate_series('2020-01-27Z'::timestamptz, '2020-03-04Z', '1 day') AS each) AS days;

INSERT INTO views.organisation (generation, organisation, kind, code, name, parent, opened_on, suspended, heir,
    closed_on, position, state)
SELECT generation, 's' || n, CASE WHEN n % 50 = 0 THEN 'district' ELSE 'primary' END, 'S' || n, 'x', 'd' || n % 90,
    date '2010-09-01', false, CASE WHEN n % 400 = 3 THEN 's1' END, CASE WHEN n % 400 = 3 THEN date '2020-02-17' END,
    n, '{}'
FROM generate_series(1, 2) AS generation, generate_series(1, 4000) AS n;

INSERT INTO views.appointment (generation, appointment, delegation, person, role, organisation, holder, valid_from,
    position, state)
SELECT generation, 'a' || n, '', 'p' || n % 3000, 'school.reporter', 's' || n % 2000, 'p', now(), n, '{}'
FROM generate_series(1, 2) AS generation, generate_series(1, 6000) AS n;

INSERT INTO views.rollup (generation, rollup, parent, level, organisation, business_date, revision, expected, covered,
    root, digest, built_by, built_at, built_position, returned, position, state)
SELECT generation, 'f2.' || day || '.d' || n, 'f2.' || day || '.b', 2, 'd' || n, day, 1, 45, 45, '', '', 'p', now(), n,
    false, n, '{}'
FROM generate_series(1, 2) AS generation, generate_series(1, 9) AS n,
     (SELECT (date '2019-01-01' + number) AS day FROM generate_series(1, 400) AS number) AS days;

INSERT INTO views.article_fact (generation, fact, position, subject, detail, number, day, due, recorded_at)
SELECT generation, fact, n, 's' || n, 'primary', 7, date '2020-01-27', '2020-01-27Z', '2020-01-27Z'
FROM generate_series(1, 2) AS generation, generate_series(1, 15000) AS n,
     unnest(CASE WHEN n % 30 = 0
        THEN ARRAY['duty', 'report', 'organisation', 'parent', 'roster', 'group', 'member']
        ELSE ARRAY['duty', 'report'] END) AS fact;
INSERT INTO views.article_fact (generation, fact, position, subject, detail, number, day, due, recorded_at)
SELECT generation, fact, 20000, 'x', 'bureau', 3, date '2020-01-27', '2020-01-27Z', '2020-01-27Z'
FROM generate_series(1, 2) AS generation,
     unnest(ARRAY['task_force', 'dissolved', 'released', 'gone', 'rules']) AS fact;

INSERT INTO access.token
SELECT encode(sha256(n::text::bytea), 'hex'), n, 'p' || n, now(), now() + interval '1 day', NULL
FROM generate_series(1, 5000) AS n;

INSERT INTO access.pending_enrolment
SELECT 'p' || n, '00000-' || lpad(n::text, 5, '0'), '{}', now() + interval '1 day' FROM generate_series(1, 5000) AS n;

UPDATE vault.kek SET id = repeat('a', 16);
INSERT INTO vault.key
SELECT 'p' || n || '/name/2020', 'p' || n, CASE WHEN n < 200 THEN 'name' ELSE 'note_' || n % 40 END, 2020,
       '\\x00', now(), NULL, repeat('a', 16)
FROM generate_series(1, 5000) AS n;
INSERT INTO vault.part SELECT encode(sha256(n::text::bytea), 'hex'), 'p' || n || '/name/2020', '\\x00', n
FROM generate_series(1, 5000) AS n;
INSERT INTO ledger.event
SELECT n, gen_random_uuid(), 'Type' || n % 7, 'open', now(), convert_to('{"tags":["school:s"]}', 'UTF8'),
       sha256('\\x00'::bytea)
FROM generate_series(2, 5000) AS n;
ANALYZE;
"""
DAY, LAST = date(2020, 2, 3), date(2020, 2, 4)
NOON = datetime(2020, 2, 3, 4, tzinfo=UTC)
UPTO = (2**53, NOON)
SCHOOLS = ["primary"]
ANY: set[str] = set()  # all lead with the generation, and one of them is used: nothing is scanned
DATE, SCHOOL, OWN = "school_day_by_date", "school_day_by_school", "school_day_pkey"


class Case(NamedTuple):
    statement: str
    arguments: tuple[Any, ...]
    indexes: set[str]
    whole: bool = False
    """It is about a whole generation, or about a table of a handful of rows: the index must be there, whether it pays
    is the planner's matter."""


CASES = {
    "school_day.DAYS": Case(school_day.DAYS, (DAY, LAST, date.min, "", "", "", None, None, 100), {DATE}),
    "school_day.DAYS of a district": Case(school_day.DAYS, (DAY, LAST, DAY, "d3", "s9", "F1", "d3", None, 100), {DATE}),
    "school_day.DAYS of all days": Case(school_day.DAYS, (date.min, date.max, DAY, "d3", "s9", "F1", None, None, 100),
                                        {DATE}),
    "school_day.DAYS_OF_SCHOOL": Case(school_day.DAYS_OF_SCHOOL, ("s7", DAY, LAST, date.min, "", 100), {SCHOOL}),
    "school_day.DAY": Case(school_day.DAY, ("f1.2020-02-03.s7",), {OWN}),
    "school_state.STATE": Case(school_state.STATE, ("s7", date.min, date.max), {SCHOOL}),
    "school_trail.TRAIL": Case(school_trail.TRAIL, ("s7", "F1", LAST, 400), {SCHOOL}),
    "school_trail.INHERITED": Case(school_trail.INHERITED, ("s7", "F1", LAST, 400), {"school_day_by_heir"}),
    "missing_now.MISSING": Case(missing_now.MISSING, (NOON, missing_now.EARLIEST, "", None, 100),
                                {"school_day_unanswered"}),
    "lateness_by_level.BY_DISTRICT": Case(lateness_by_level.BY_DISTRICT, (DAY, LAST, None), {DATE}),
    "lateness_by_level.WAS_LATE": Case(lateness_by_level.WAS_LATE, ("f1.2020-02-03.s7", 1), {OWN}),
    "lateness_by_level.LATE": Case(lateness_by_level.LATE, (DAY, LAST, date.min, "", "", "", None, 100), {DATE}),
    "zero_coverage.COVERAGE": Case(zero_coverage.COVERAGE, (DAY, LAST, None), {DATE}),
    "signature_latency.BY_DISTRICT": Case(signature_latency.BY_DISTRICT, (DAY, LAST, None), {DATE}),
    "signature_latency.BY_PERSON": Case(signature_latency.BY_PERSON, (DAY, LAST, None, "", 0, 100), {DATE}),
    "duty_board.BOARD": Case(duty_board.BOARD, (DAY, LAST, "F1", None), {DATE}),
    "duty_board.SPAN": Case(duty_board.SPAN, ("F1",), {DATE}),
    "duty_board.FORMS": Case(duty_board.FORMS, (), {OWN}),
    "duties_due.DUE": Case(duties_due.DUE, (NOON, 1000), {"school_day_awaited"}),
    "duties_due.NEXT": Case(duties_due.NEXT, (NOON,), {"school_day_awaited"}),
    "duties_over.OVER": Case(duties_over.OVER, (NOON, 1000), {"school_day_open"}),
    "duties_to_open.DISTRICTS": Case(duties_to_open.DISTRICTS, ("F1", DAY, SCHOOLS),
                                     {"organisation_by_kind", "organisation_by_parent", SCHOOL}),
    "duties_to_open.WITHOUT": Case(duties_to_open.WITHOUT, ("F1", DAY, SCHOOLS), {DATE}, whole=True),
    "duties_left.LEFT": Case(duties_left.LEFT, (DAY, NOON), {SCHOOL, "organisation_pkey"}, whole=True),
    "duties_not_owed.NOT_OWED": Case(duties_not_owed.NOT_OWED, (), {"organisation_pkey"}),
    "school_day_fold.LIFT": Case(school_day_fold.LIFT, (1, ["f1.2020-02-03.s7", "f1.2020-02-04.s8"]), {OWN}),
    "school_day_fold.BY_REPORT": Case(school_day_fold.BY_REPORT, (1, ["f1.2020-02-03.s7", "f1.2020-02-04.s8"]), {OWN}),
    "school_day_fold.BELOW_ROLLUPS": Case(school_day_fold.BELOW_ROLLUPS, (1, [DAY], ["d3"]), {DATE}),
    "school_day_fold.SLOW": Case(school_day_fold.SLOW, (1, NOON, NOON + timedelta(hours=1)), {"school_day_slow"}),
    "school_day_fold.DUE_INSIDE": Case(school_day_fold.DUE_INSIDE, (1, NOON, NOON + timedelta(hours=1)), ANY,
                                       whole=True),
    "school_day_fold.SIGNED_BY": Case(school_day_fold.SIGNED_BY, (1, "c" * 64), ANY, whole=True),
    "school_day_fold.WINDOWS": Case(school_day_fold.WINDOWS, (1,), {"school_day_window_pkey"}, whole=True),
    "school_day_fold.DIFFERENCES": Case(school_day_fold.DIFFERENCES, (1, 2), ANY, whole=True),
    "rollup_tree.TOUCHED": Case(rollup_tree.TOUCHED, (1, ["f2-f1.2019-02-03.d3"]), {"rollup_pkey"}),
    "rollup_tree.TREE": Case(rollup_tree.TREE, (date(2019, 2, 3), date(2019, 2, 4), date.min, 0, "", None, 100),
                             {"rollup_by_date"}),
    "rollup_tree.TREE of all days": Case(rollup_tree.TREE, (date.min, date.max, date(2019, 2, 3), 2, "d4", None, 100),
                                         {"rollup_by_date"}),
    "rollup_tree.TREE of a district": Case(rollup_tree.TREE,
                                           (date(2019, 2, 3), date(2019, 2, 4), date.min, 0, "", "d4", 100),
                                           {"rollup_by_date"}),
    "rollup_tree.DIFFERENCES": Case(rollup_tree.DIFFERENCES, (1, 2), ANY, whole=True),
    "organisations.TOUCHED": Case(organisations.TOUCHED, (1, ["s7", "s8"]), {"organisation_pkey"}),
    "organisations.ORGANISATIONS": Case(organisations.ORGANISATIONS, ("", None, None, 100), {"organisation_pkey"}),
    "organisations.ORGANISATION": Case(organisations.ORGANISATION, ("s7",), {"organisation_pkey"}),
    "organisations.DIFFERENCES": Case(organisations.DIFFERENCES, (1, 2), ANY, whole=True),
    "appointments.TOUCHED": Case(appointments.TOUCHED, (1, ["a7", "a8"]), {"appointment_pkey"}),
    "appointments.OF_PERSON": Case(appointments.OF_PERSON, ("p7", None, NOON, "a1", "", 100),
                                   {"appointment_by_person"}),
    "appointments.OF_ORGANISATION": Case(appointments.OF_ORGANISATION, ("s7", None, None, "", NOON, "a1", "", 100),
                                         {"appointment_by_organisation"}),
    "appointments.DIFFERENCES": Case(appointments.DIFFERENCES, (1, 2), ANY, whole=True),
    "article_facts.DIFFERENCES": Case(article_facts.DIFFERENCES, (1, 2), ANY, whole=True),
    "article_figures.RECORDED_AT": Case(article_figures.RECORDED_AT, UPTO, {"article_fact_pkey"}, whole=True),
    "article_figures.SCHOOLS": Case(article_figures.SCHOOLS, (*UPTO, DAY, SCHOOLS), {"article_fact_pkey"}),
    "article_figures.CASES": Case(article_figures.CASES, UPTO, {"article_fact_pkey"}, whole=True),
    "article_figures.GROUPS": Case(article_figures.GROUPS, UPTO, {"article_fact_pkey"}),
    "article_figures.MEMBERS": Case(article_figures.MEMBERS, (*UPTO, ["school"]), {"article_fact_pkey"}),
    "article_figures.LEVELS": Case(article_figures.LEVELS, (*UPTO, DAY, SCHOOLS), {"article_fact_pkey"}),
    "article_figures.SIGNING_LEVELS": Case(article_figures.SIGNING_LEVELS, (*UPTO, DAY), {"article_fact_pkey"}),
    "figure_events.RECORDED_AT": Case(figure_events.RECORDED_AT, UPTO, {"article_fact_pkey"}, whole=True),
    "figure_events.POSITIONS": Case(figure_events.POSITIONS, (["group"], ["primary"], ["member"], *UPTO, DAY, 0, 100),
                                    {"article_fact_pkey"}),
    "projector.TAKE": Case(projector.TAKE, (["school_day"], [1]), {"view_live"}, whole=True),
    "projector.POSITIONS": Case(projector.POSITIONS, (), {"view_live"}, whole=True),
    "projector.MOVE": Case(projector.MOVE, (["school_day"], [1], 2000), {"view_pkey"}, whole=True),
    "projector.STOP": Case(projector.STOP, ("school_day", 1, 2000, "x"), {"view_pkey"}, whole=True),
    "rebuild.LEFT_OVER": Case(rebuild.LEFT_OVER, ("school_day",), {"view_pkey"}, whole=True),
    "rebuild.HOLD": Case(rebuild.HOLD, ("school_day",), {"view_live"}, whole=True),
    "rebuild.RETIRE": Case(rebuild.RETIRE, ("school_day", 1), {"view_pkey"}, whole=True),
    "rebuild.SWITCH": Case(rebuild.SWITCH, ("school_day", 2, 2000), {"view_pkey"}, whole=True),
    "rebuild.FORGET": Case(rebuild.FORGET, ("school_day", 2), {"view_pkey"}, whole=True),
    "rebuild.BEGIN": Case(rebuild.BEGIN, ("school_day", 1), {"view_pkey"}, whole=True),
    "caught_up.VIEW_POSITION": Case(caught_up.VIEW_POSITION, ("school_day",), {"view_live"}, whole=True),
    "tokens.PERSON": Case(tokens.PERSON, ("0" * 64,), {"token_pkey"}),
    "pending_enrolments.FORGET_EXPIRED": Case(pending_enrolments.FORGET_EXPIRED, (NOON,), {"pending_enrolment_expiry"}),
    "pending_enrolments.KEEP_PENDING": Case(pending_enrolments.KEEP_PENDING, ("p7", "00000-00007", "{}", NOON),
                                            {"pending_enrolment_pkey"}),
    "pending_enrolments.PENDING": Case(pending_enrolments.PENDING, ("00000-00007", NOON), {"pending_enrolment_code"}),
    "vault.KEY": Case(vault.KEY, ("p7/name/2020",), {"key_pkey"}),
    "vault.NEW_KEY": Case(vault.NEW_KEY, ("p/name/2020", "p", "name", 2020, b"x", "a" * 16), {"key_pkey"}),
    "vault.PART": Case(vault.PART, (sha256(b"7").hexdigest(),), {"part_pkey", "key_pkey"}),
    "vault.PARTS_AMONG": Case(vault.PARTS_AMONG, ([sha256(b"7").hexdigest()],), {"part_pkey", "key_pkey"}),
    "shredding.ERASE_SUBJECTS": Case(shredding.ERASE_SUBJECTS, (["p7"], NOON), {"erased_pkey"}),
    "shredding.DESTROY_OF_SUBJECTS": Case(shredding.DESTROY_OF_SUBJECTS, (["p7"], NOON), {SUBJECT}),
    "shredding.DESTROY_KEYS": Case(shredding.DESTROY_KEYS, (["p7"], ["name"], [2020], NOON), {"key_pkey"}),
    "shredding.KEYS_OF_SUBJECT": Case(shredding.KEYS_OF_SUBJECT, ("p7",), {SUBJECT}),
    "keys_due.DUE": Case(
        keys_due.DUE, ("name", 2020, 0, "", True, NOON, 100), {"key_purpose_term", "appointment_by_person"}
    ),
    "values_stand_with.STAND_WITH": Case(
        values_stand_with.STAND_WITH, (["p7"],), {SUBJECT, "part_key", "event_pkey"}
    ),
    "rewrapping.NEXT_WRAPPED": Case(rewrapping.NEXT_WRAPPED, ("a" * 16, "p7", 500), {"key_pkey"}),
    "rewrapping.REWRAP": Case(rewrapping.REWRAP, (["p7/name/2020"], [b"x"], "a" * 16), {"key_pkey"}),
    "rewrapping.UNDER_EACH": Case(rewrapping.UNDER_EACH, (), {"key_purpose_term"}, whole=True),
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(cluster: Server, database_template: str) -> Iterator[str]:
    with cloned(cluster, database_template) as dsn:
        finish(_fill(dsn))
        yield dsn


async def _fill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(FILL)
    await connection.close()


@pytest.fixture
async def database(filled: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(filled, server_settings={"jit": "off"})
    yield connection
    await connection.close()


@pytest.mark.parametrize("planning", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize("name", CASES)
async def test_it_reaches_its_rows_by_its_index(name: str, planning: str, database: asyncpg.Connection) -> None:
    case = CASES[name]
    await database.execute(f"SET plan_cache_mode = {planning}")
    if case.whole:
        await database.execute("SET enable_seqscan = off")
    async with database.transaction():
        explain = await database.prepare(f"EXPLAIN (FORMAT JSON) {case.statement}")
        plan = json.loads(await explain.fetchval(*case.arguments))[0]["Plan"]
    used = {node["Index Name"] for node in walk(plan) if "Index Name" in node}
    used |= {index for node in walk(plan) for index in node.get("Conflict Arbiter Indexes", ())}
    scanned = {node["Relation Name"] for node in walk(plan) if node["Node Type"] == "Seq Scan"}
    assert case.indexes <= used, (used, scanned)
    assert not scanned


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.whole])
async def test_it_looks_at_few_rows_for_what_it_gives(name: str, database: asyncpg.Connection) -> None:
    case = CASES[name]
    began = database.transaction()
    await began.start()
    explain = await database.prepare(f"EXPLAIN (ANALYZE, FORMAT JSON) {case.statement}")
    plan = json.loads(await explain.fetchval(*case.arguments))[0]["Plan"]
    await began.rollback()
    looked_at = sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in walk(plan)
        if "Relation Name" in node
    )
    assert looked_at < 3_000, plan


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from walk(child)
