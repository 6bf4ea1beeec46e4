"""Every statement of ours is known to a test of its plan: found in the sources, whichever module has it."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.adapters import test_query_plans
from tests.adapters.test_event_log_postgres import database
from tests.adapters.views import test_view_plans

__all__ = ["database"]  # fixtures

pytestmark = pytest.mark.log

PROJECT = Path(__file__).resolve().parents[2]
SQL = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\s")
OURS = re.compile(r"\b(ledger|views|vault|access)\.\w")
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")

# What arrives, all of a generation, or the whole of a small table: there is nothing to search.
WRITES = {
    "WRITE",
    "CLEAR",
    "NEW_WINDOW",
    "NEW_VIEW",
    "ISSUE",
    "OPEN_HEAD",
    "BRING_BACK",
    "BRING_BACK_TAGS",
    "BRING_BACK_KEYS",
}
SCANS_ITS_FEW_ROWS = {"organisation_names.NAMES"}
COUNTS_ALL = {"tags.TAGS_COUNTED"}
# They ask for a table of one row, or for none of ours; what they do ask for is tested below.
ONE_ROW = {
    "log_head.HEAD", "reading.HEAD", "follow.POSITION", "migrate.HEAD", "migrate.VERSION",
    "vault.KEK", "vault.FIRST_KEK", "shredding.STOP_MAKING_KEYS", "rewrapping.PUT_IN_FORCE", "rewrapping.IN_FORCE",
    "recovering.HOLD_HEAD", "recovering.PUT_HEAD", "continuing.HOLD_LOG", "continuing.RENAME",
}  # fmt: skip
WITHOUT_TABLE = {
    "rebuild.ONE_AT_A_TIME",
    "rebuild.NEXT_ONE",
    "rebuild.SETTINGS",
    "pool.NO_TIME_OUTS",
    "pool.DURABLE",
    "clock.NOW",
    "migrate.NOW",
    "migrate.ROLES_THERE",
    "database.ABANDONED",
}
# Benchmarks fill and read whole tables.
WHOLE_TABLES = {"proof.FILL", "proof.MOVE_HEAD", "proof.ENTRIES_UP_TO", "proof.OWN_SHA256"}
CALLS_THE_FUNCTION = {"append.APPEND", "append.APPEND_ONE"}  # test_append_plans.py


def sources() -> Iterator[Path]:
    for package in ("adapters", "api"):
        yield from sorted((PROJECT / package).rglob("*.py"))


def constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        for target in targets:
            if isinstance(target, ast.Name) and CONSTANT.fullmatch(target.id) and value is not None:
                yield target.id, value


def holds_sql(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Constant) and SQL.match(str(each.value)) for each in ast.walk(node))


def statements() -> dict[str, str]:
    """The SQL texts by ``module.NAME``."""
    found: dict[str, str] = {}
    for file in sources():
        for name, value in constants(ast.parse(file.read_text())):
            if holds_sql(value):
                module = import_module(".".join(file.relative_to(PROJECT).with_suffix("").parts))
                text = getattr(module, name)
                if isinstance(text, str):
                    assert f"{file.stem}.{name}" not in found
                    found[f"{file.stem}.{name}"] = text
    return found


def test_every_statement_has_its_case() -> None:
    guarded = {name.partition(" ")[0] for name in (*test_view_plans.CASES, *test_query_plans.CASES)}
    known = {each for each in statements() if each.rpartition(".")[2] not in WRITES}
    assert (
        known == guarded | SCANS_ITS_FEW_ROWS | COUNTS_ALL | ONE_ROW | WITHOUT_TABLE | WHOLE_TABLES | CALLS_THE_FUNCTION
    )


def test_no_statement_over_our_tables_stands_anywhere_but_in_a_constant() -> None:
    elsewhere = [
        f"{file.relative_to(PROJECT)}: {each.value[:40]!r}"
        for file in sources()
        if (tree := ast.parse(file.read_text()))
        for inside in [{id(node) for _, value in constants(tree) for node in ast.walk(value)}]
        for each in ast.walk(tree)
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in inside
        if SQL.match(each.value) and OURS.search(each.value)
    ]
    assert elsewhere == []


@pytest.mark.parametrize("name", sorted(ONE_ROW | WITHOUT_TABLE))
async def test_it_asks_for_one_row_or_for_no_table_of_ours(database: asyncpg.Connection, name: str) -> None:
    allowed = {"head", "alembic_version", "kek"} if name in ONE_ROW else set()
    text = statements()[name]
    explain = await database.prepare(f"EXPLAIN (FORMAT JSON) {text}")
    arguments: list[Any] = [None] * len(explain.get_parameters())
    tables = set(re.findall(r'"Relation Name": "(\w+)"', await explain.fetchval(*arguments)))
    assert {each for each in tables if not each.startswith("pg_")} <= allowed
