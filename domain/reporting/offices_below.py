"""Whether who excuses a level held an office at that very level, there and in that time."""

from collections.abc import Sequence
from datetime import datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.ledger.time import at_shanghai
from domain.registry.authority import Authority
from domain.registry.events import Appointed, Relieved, Role
from domain.registry.interval import earliest, overlap
from domain.reporting.levels import persons_of
from domain.reporting.report_state import ReportState

_ROLES = {1: frozenset({Role.REPORTER, Role.PRINCIPAL}), 2: frozenset({Role.DISTRICT_REVIEWER})}


class OfficesBelow(Perspective):
    """Of the people who act, at level 1 (the school's and its heir's) or 2 (the district's) of one report."""

    def __init__(self, authority: Authority, report: ReportState, level: int) -> None:
        self._authority = authority
        self._report = report
        self._level = level
        self._held: dict[str, tuple[str, str, datetime, datetime | None]] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Nothing until it is known whom and what organisations the report is about."""
        return ()

    def further_boundary(self) -> Sequence[Selector]:
        """The appointments of who acts, in the organisations that answer at the level."""
        return [
            Selector(types=[Appointed, Relieved], tags=[f"person:{person}", f"organisation:{organisation}"])
            for person in sorted(persons_of(self._authority))
            for organisation in sorted(self._organisations())
        ]

    def holders(self) -> frozenset[str]:
        """Who held such an office at any instant from the beginning of the day to the act."""
        duty, at = self._report.duty, self._authority.acting.at
        begin = at_shanghai(duty.business_date, "00:00")
        return frozenset(
            person
            for person, organisation, since, until in self._held.values()
            if organisation in self._organisations() and since <= at and overlap(since, until, begin, None)
        )

    def _organisations(self) -> set[str]:
        duty = self._report.opened
        if duty is None:
            return set()
        if self._level == 2:
            return {duty.district}
        return {duty.school} | ({self._report.heir} if self._report.heir else set())

    @event(Appointed)
    def _(
        self,
        appointment: str,
        person: str,
        role: Role,
        organisation: str,
        valid_from: datetime,
        valid_to: datetime | None,
    ) -> None:
        if role in _ROLES[self._level]:
            self._held[appointment] = (person, organisation, valid_from, valid_to)

    @event(Relieved)
    def _(self, appointment: str, relieved_at: datetime) -> None:
        if appointment in self._held:
            person, organisation, since, until = self._held[appointment]
            self._held[appointment] = (person, organisation, since, earliest(until, relieved_at))
