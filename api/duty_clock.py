"""The duty-clock: a day's duties are opened when it begins, once, however many clocks run.

The views say what has no duty yet, and nothing is appended to find out; the command decides over the log. A school
that opens during the day, resumes or moves is found at the next look. Where the service was down, the days that a
district skipped since the last one it opened are opened too, as far back as the command reaches; our own downtime makes
no school late, because what is opened late is due later. The key of each record follows from all that it asks for, and
from what the registry last said of those schools: what was lifted may be opened again when a school resumes.
"""

import asyncio
from contextlib import suppress
from datetime import date, datetime, timedelta
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
from domain.registry.calendar import Calendars
from domain.registry.events import CalendarChanged, CalendarPublished, OrganisationKind
from domain.reporting.errors import NoRulesInForce
from domain.reporting.events import RulesAdopted
from domain.reporting.forms.f2 import F2
from domain.reporting.open_duties import REACH, OpenDuties
from domain.reporting.rules_state import RulesState

KEYS: Final = UUID("6d4c5f0e-8e5b-5b0e-9a55-0d1f6f70656e")
TOGETHER: Final = 200
"""How many schools one command opens at most, as many as one request may name."""
OWED: Final = Query(
    (QueryItem(frozenset(each.type_name for each in (RulesAdopted, CalendarPublished, CalendarChanged))),)
)
VIEWS: Final = ("organisations", "school_day")


async def open_what_is_owed(ledger: Ledger, pool: asyncpg.Pool) -> int:
    """Open every duty of today, and of the days that were skipped; how many were. Raises ViewStopped."""
    now = ledger.clock.now()
    today = business_date_of(now)
    head = await head_of(ledger.log)
    for view in VIEWS:
        await caught_up(pool, view, head)
    opened = 0
    for form, owed in (await _owed(ledger.log, now)).items():
        async with pool.acquire() as connection:
            rows = await fetch_duties_to_open(connection, form, owed, today)
        # Day after day: a look that is cut short leaves no day of a district behind a later one.
        for _, of_day in groupby(rows, key=lambda row: row.business_date):
            opened += sum(await asyncio.gather(*(_open(ledger, form, row, now) for row in of_day)))
    return opened


async def _owed(log: EventLog, now: datetime) -> dict[str, dict[date, tuple[OrganisationKind, ...]]]:
    """Per form the days up to today, within reach, for which it is owed, and by which kinds of site."""
    reading = await log.read(OWED)
    calendars = Calendars()
    forms: dict[str, RulesState] = {}
    for recorded in reading.events:
        event = recorded.event
        calendars.fold(event)
        # A roll-up is nobody's duty of the day, whatever rules are adopted for its form.
        if isinstance(event, RulesAdopted) and event.form != F2.form:
            event.mutate(forms.setdefault(event.form, RulesState(event.form)))
    today = business_date_of(now)
    owed: dict[str, dict[date, tuple[OrganisationKind, ...]]] = {form: {} for form in forms}
    for form, state in forms.items():
        for day in (today - timedelta(days=back) for back in range(REACH, -1, -1)):
            with suppress(NoRulesInForce):
                rules = state.in_force_on(day)
                if rules.owed_on(day, calendars, now):
                    owed[form][day] = rules.owed_by
    return owed


async def _open(ledger: Ledger, form: str, row: ToOpenRow, now: datetime) -> int:
    opened = 0
    for start in range(0, len(row.schools), TOGETHER):
        opened += await _record(ledger, form, row, row.schools[start : start + TOGETHER], now)
    return opened


async def _record(ledger: Ledger, form: str, row: ToOpenRow, schools: tuple[str, ...], now: datetime) -> int:
    day = row.business_date
    named = {"form": form, "district": row.district}
    request = request_bytes(OpenDuties.name, named | {"business_date": day.isoformat(), "schools": schools})
    try:
        receipt = await ledger.carry_out(
            lambda: OpenDuties(acting=None, at=now, business_date=day, schools=schools, **named),
            actor=Actor(person=MACHINE),
            key=str(uuid5(KEYS, f"{row.position}{request.decode()}")),
            request=request,
            business_date=day,
        )
    except Refusal:
        # A person, or another process, was first, or a school has ended, and the views have not heard of it.
        return 0
    return 0 if receipt.duplicate else receipt.last - receipt.first + 1
