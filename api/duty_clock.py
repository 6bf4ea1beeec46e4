"""The duty-clock: a day's duties are opened when it begins, once, however many clocks run.

The views say what has no duty yet, and nothing is appended to find out; the command decides over the log. A school
that opens during the day, resumes or moves is found at the next look. Where the service was down, the days that a
district skipped since the last one it opened are opened too, at most the last seven: whether older days are still to
be asked for is a person's decision. The key of each record follows from all that it asks for.
"""

import asyncio
from datetime import date, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID, uuid5

import asyncpg

from adapters.postgres.views.duties_to_open import ToOpenRow, fetch_duties_to_open
from api.caught_up import caught_up
from api.ledger import Ledger, request_bytes
from domain.ledger.entry import MACHINE, Actor
from domain.ledger.errors import Refusal
from domain.ledger.ports import EventLog
from domain.ledger.query import Query, QueryItem
from domain.ledger.replay import head_of
from domain.ledger.time import business_date_of
from domain.reporting.events import RulesAdopted
from domain.reporting.forms.f2 import F2
from domain.reporting.open_duties import OpenDuties

KEYS: Final = UUID("6d4c5f0e-8e5b-5b0e-9a55-0d1f6f70656e")
REACH: Final = 7
"""How many skipped days are opened."""
TOGETHER: Final = 200
"""How many schools one command opens at most, as many as one request may name."""
VIEWS: Final = ("organisations", "school_day")


async def open_what_is_owed(ledger: Ledger, pool: asyncpg.Pool) -> int:
    """Open every duty of today, and of the days that were skipped; how many were. Raises ViewStopped."""
    today = business_date_of(ledger.clock.now())
    reach = [today - timedelta(days=back) for back in range(REACH, -1, -1)]
    head = await head_of(ledger.log)
    for view in VIEWS:
        await caught_up(pool, view, head)
    opened = 0
    for form, first_day in (await _forms(ledger.log)).items():
        days = [day for day in reach if first_day <= day]
        if not days:
            continue
        async with pool.acquire() as connection:
            rows = await fetch_duties_to_open(connection, form, days)
        # Day after day: a look that is cut short leaves no day of a district behind a later one.
        for _, of_day in groupby(rows, key=lambda row: row.business_date):
            opened += sum(await asyncio.gather(*(_open(ledger, form, row) for row in of_day)))
    return opened


async def _forms(log: EventLog) -> dict[str, date]:
    """Every form that schools owe, with the first day for which it has rules: from then on it always has."""
    reading = await log.read(Query((QueryItem(frozenset({RulesAdopted.type_name})),)))
    forms: dict[str, date] = {}
    for recorded in reading.events:
        event = recorded.event
        # A roll-up is nobody's duty of the day, whatever rules are adopted for its form.
        if isinstance(event, RulesAdopted) and event.form != F2.form:
            forms[event.form] = min(event.effective_from, forms.get(event.form, event.effective_from))
    return forms


async def _open(ledger: Ledger, form: str, row: ToOpenRow) -> int:
    opened = 0
    for start in range(0, len(row.schools), TOGETHER):
        opened += await _record(ledger, form, row, row.schools[start : start + TOGETHER])
    return opened


async def _record(ledger: Ledger, form: str, row: ToOpenRow, schools: tuple[str, ...]) -> int:
    day = row.business_date
    named = {"form": form, "district": row.district, "bureau": row.bureau}
    request = request_bytes(OpenDuties.name, named | {"business_date": day.isoformat(), "schools": schools})
    try:
        receipt = await ledger.carry_out(
            lambda: OpenDuties(acting=None, business_date=day, schools=schools, **named),
            actor=Actor(person=MACHINE),
            key=str(uuid5(KEYS, request.decode())),
            request=request,
            business_date=day,
        )
    except Refusal:
        # A person, or another process, was first, or a school has ended, and the views have not heard of it.
        return 0
    return 0 if receipt.duplicate else receipt.last - receipt.first + 1
