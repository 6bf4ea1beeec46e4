"""When the service's clocks look: after every deadline, moved ones too, and never in the middle of a minute."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from adapters.postgres.clock import SimulatedClock
from api.demo.rounds import Rounds, deadlines_of, end_of
from api.demo.stories import days_of
from domain.ledger.time import SHANGHAI, at_shanghai

DAY = date(2020, 2, 5)


@dataclass
class Watch:
    """Looks, and knows of a deadline from the first look after its receipt on, as the views do."""

    receipts: dict[datetime, datetime] = field(default_factory=dict)
    looks: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = SimulatedClock(datetime(2020, 1, 1, tzinfo=UTC))
        self.rounds = Rounds(self.clock, self.look)

    async def look(self) -> datetime | None:
        now = self.clock.now()
        self.looks.append(now.astimezone(SHANGHAI))
        known = (moved for received, moved in self.receipts.items() if received <= now)
        return min((moved for moved in known if moved >= now), default=None)

    def times(self) -> list[str]:
        return [f"{look:%d %H:%M:%S}" for look in self.looks]


def on(text: str) -> datetime:
    return at_shanghai(DAY, text)


async def test_the_clocks_look_half_a_minute_after_every_deadline_every_hour_and_at_the_end_of_the_duties() -> None:
    watch = Watch()
    watch.rounds.expect(*deadlines_of(DAY))
    await watch.rounds.before(end_of(DAY) + timedelta(minutes=1))
    assert watch.times() == [f"05 {hour}:00:30" for hour in range(15, 24)] + ["06 12:00:30"]


async def test_a_deadline_that_a_late_receipt_moved_is_looked_at_when_it_has_passed() -> None:
    watch = Watch(receipts={on("20:20"): on("21:20"), on("20:41"): on("21:41")})
    watch.rounds.expect(*deadlines_of(DAY))
    await watch.rounds.before(on("24:00"))
    assert watch.times()[-5:] == ["05 21:00:30", "05 21:20:30", "05 21:41:30", "05 22:00:30", "05 23:00:30"]


async def test_the_commands_of_a_deadlines_minute_come_before_its_look() -> None:
    watch = Watch()
    watch.rounds.expect(on("15:00"))
    await watch.rounds.before(on("15:00"))
    assert watch.times() == []
    await watch.rounds.before(on("15:01"))
    assert watch.times() == ["05 15:00:30"]


def test_no_level_has_less_time_than_lies_between_two_looks() -> None:
    for day in days_of(38):
        *looks, end = deadlines_of(day)
        assert max(later - earlier for earlier, later in pairwise(looks)) == timedelta(hours=1)
        assert end == at_shanghai(day + timedelta(days=1), "12:00")
