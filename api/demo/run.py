"""Living the days: in ticks of one simulated minute, through the same commands as production.

1. All commands of a tick run concurrently, in seeded order.
2. Then what the service does by itself, at the ticks in which a deadline has passed (``rounds.py``).
3. Then time moves.

Personal values are sealed in order before a tick's commands start, so that a seed gives the same commitments.
A refusal or an error ends the run: the scenario allows none.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from api.demo.careers import Careers, careers_of, turning_points
from api.demo.city import FOUNDED, City
from api.demo.deeds import Desk
from api.demo.founding import founding
from api.demo.orders import Order
from api.demo.plan import Act, plan_day
from api.demo.rounds import AFTER_A_DEADLINE, Look, MovableClock, Rounds, deadlines_of, end_of
from api.demo.screens import WatchedLog
from api.demo.seeded import seeded_ids
from api.demo.signatures import Hands
from api.demo.stories import Stories, days_of, draw_stories
from api.ledger import Ledger, request_bytes
from domain.ledger.errors import WenzeError
from domain.ledger.ports import Ids, SealedPart
from domain.ledger.time import at_shanghai


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is going to happen, before it happens."""

    city: City
    careers: Careers
    days: tuple[date, ...]
    stories: Stories


def scenario_of(city: City, days: int) -> Scenario:
    """The first days of spring 2020 in a city."""
    lived = days_of(days)
    return Scenario(city=city, careers=careers_of(city), days=lived, stories=draw_stories(city, lived))


async def live(
    scenario: Scenario,
    ledger: Ledger,
    clock: MovableClock,
    *,
    look: Look,
    progress: Callable[[str], object] = lambda _: None,
) -> int:
    """Found the city and live the days; the number of commands that were carried out.

    The last duties are lived to their end, at noon of the day after. ``progress`` hears of each finished step.
    """
    watched = WatchedLog(ledger.log)
    ledger = replace(ledger, log=watched)
    seed = scenario.city.seed
    desk = Desk(scenario.city, scenario.careers, scenario.stories, origin=ledger.origin, screens=watched.screens)
    keys = seeded_ids(seed, "keys", FOUNDED)
    hands = Hands(seed, origin=ledger.origin, nonces=seeded_ids(seed, "nonces", FOUNDED))
    carried = 0
    for at, orders in founding(scenario.city, hands, _minutes(FOUNDED)):
        clock.set(at)
        carried += await carry_out(orders, ledger, keys, at)
        progress("founding")
    rounds = Rounds(clock, look)
    for day in scenario.days:
        rounds.expect(*deadlines_of(day))
        for at, acts, changes in _ticks(scenario, day):
            await rounds.before(at)
            clock.set(at)
            orders = [*changes, *(desk.order(act, at) for act in acts)]
            carried += await carry_out(orders, ledger, keys, at, hands=hands)
        progress(day.isoformat())
    if scenario.days:
        await rounds.before(end_of(scenario.days[-1]) + AFTER_A_DEADLINE)
    return carried


def _minutes(first: datetime) -> Iterator[datetime]:
    while True:
        yield first
        first += timedelta(minutes=1)


def _ticks(scenario: Scenario, day: date) -> Iterator[tuple[datetime, Sequence[Act], Sequence[Order]]]:
    happening: list[tuple[int, Act | Order]] = [*turning_points(scenario.city, scenario.careers, day)]
    happening.extend((act.minute, act) for act in plan_day(scenario.city, day, scenario.stories))
    happening.sort(key=lambda each: each[0])
    midnight = at_shanghai(day, "00:00")
    for minute, group in groupby(happening, key=lambda each: each[0]):
        found = [each for _, each in group]
        yield (
            midnight + timedelta(minutes=minute),
            [each for each in found if isinstance(each, Act)],
            [each for each in found if isinstance(each, Order)],
        )


async def carry_out(
    orders: Sequence[Order], ledger: Ledger, keys: Ids, at: datetime, *, hands: Hands | None = None
) -> int:
    """All orders of an instant, at the same time, signed by ``hands``; how many they were."""
    sealed = await asyncio.gather(*(_sealed(order, ledger) for order in orders))
    committed = [{name: part.commitment for name, part in parts.items()} for parts in sealed]
    signed = [{} for _ in orders] if hands is None else hands.sign(orders, committed)
    async with asyncio.TaskGroup() as tick:
        for order, parts, commitments, signatures in zip(orders, sealed, committed, signed, strict=True):
            arguments = {**order.arguments, **commitments, **signatures}
            tick.create_task(_one(order, arguments, tuple(parts.values()), ledger, keys.new(), at))
    return len(orders)


async def _sealed(order: Order, ledger: Ledger) -> dict[str, SealedPart]:
    return {
        name: await ledger.vault.seal(each.value, subject=each.subject, purpose=each.purpose)
        for name, each in order.personal.items()
    }


async def _one(
    order: Order, arguments: Mapping[str, Any], sealed: tuple[SealedPart, ...], ledger: Ledger, key: str, at: datetime
) -> None:
    try:
        await ledger.carry_out(
            lambda: order.command(**arguments),
            actor=order.actor,
            key=key,
            request=request_bytes(order.name, {"subject": order.subject}),
            received_at=at,
            sealed=sealed,
            business_date=order.business_date,
        )
    except WenzeError as error:
        error.add_note(f"{order.name} {order.subject} at {at.isoformat()}: {error.details}")
        raise
