"""The event log in memory is what the contract says."""

from datetime import timedelta

import pytest

from adapters.memory import InMemoryEventLog
from adapters.postgres.clock import SimulatedClock
from tests.adapters.event_log_contract import EventLogContract
from tests.adapters.happenings import BEGINNING, HAPPENINGS


class TestInMemoryEventLog(EventLogContract):
    @pytest.fixture
    def log(self) -> InMemoryEventLog:
        return InMemoryEventLog(HAPPENINGS, SimulatedClock(BEGINNING))

    async def later(self, log: InMemoryEventLog) -> None:
        assert isinstance(log.clock, SimulatedClock)
        log.clock.advance(timedelta(seconds=1))
