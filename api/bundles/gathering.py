"""Which entries a bundle holds: what was asked, and what shows that the signatures on it were valid.

What was asked, the duties and the roll-ups are there as far as the asker may see them. What a signature rests on comes
along with the signature, whether or not the asker could have asked for it: keys and offices say nothing of anybody that
the signature does not say, and a bundle that hid a dispute would lie. Sealed and source never come along.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final, assert_never

from api.bundles.asked import Asked, PositionsAsked, ReportAsked, SchoolAsked
from api.bundles.errors import BundleTooLarge
from domain.evidence.manifest import BundleRole
from domain.ledger.entry import Recorded
from domain.ledger.event import Event, EventClass
from domain.ledger.events import LogContinued, LogKeyAdopted, LogOpened
from domain.ledger.ports import EventLog
from domain.ledger.query import Query, QueryItem
from domain.registry.events import (
    Appointed,
    BureauFounded,
    DelegationGranted,
    DelegationRevoked,
    OrganisationRegistered,
    Relieved,
    SmallSiteExempted,
    SmallSiteExemptionEnded,
)
from domain.reporting.events import (
    DutyInherited,
    DutyLifted,
    DutyOpened,
    ReportCorrected,
    ReportReturned,
    ReportSigned,
    ReportSubmitted,
    ReportWithdrawn,
    RollupBuilt,
    RollupReturned,
    RollupSigned,
    SignatureRefused,
    ZeroAttested,
)
from domain.reporting.identifiers import parts_of, rollup_id
from domain.signing.events import CredentialEnrolled, CredentialRevoked, DisputeResolved, SignatureDisputed

MOST_ENTRIES: Final = 10_000
_MOST_READ: Final = 4 * MOST_ENTRIES
_ITEMS: Final = 20
Decision = ReportSigned | ReportReturned | SignatureRefused | ZeroAttested | RollupSigned | RollupReturned
_OF_REPORT: Final = (
    DutyOpened,
    DutyInherited,
    DutyLifted,
    ReportSubmitted,
    ReportCorrected,
    ReportWithdrawn,
    ReportReturned,
    ReportSigned,
)
_OF_ROLLUP: Final = (RollupBuilt, RollupSigned, RollupReturned)
_OF_APPOINTMENT: Final = (Appointed, Relieved, DelegationGranted, DelegationRevoked)
_OF_CREDENTIAL: Final = (CredentialEnrolled, CredentialRevoked, SignatureDisputed, DisputeResolved)
_OF_ORGANISATION: Final = (BureauFounded, OrganisationRegistered, SmallSiteExempted, SmallSiteExemptionEnded)
_OF_LOG: Final = (LogOpened, LogContinued, LogKeyAdopted)
_COMES_ALONG: Final = (EventClass.OPEN, EventClass.OFFICE)


class Gathering:
    """Gathers from a log for somebody. ``may_read`` says what that person may ask for."""

    def __init__(self, log: EventLog, may_read: Callable[[Recorded], bool]) -> None:
        self._log = log
        self._may_read = may_read
        self.entries: dict[int, Recorded] = {}
        self.roles: dict[int, BundleRole] = {}

    async def gather(self, asked: Asked) -> None:
        """Fill ``entries`` and ``roles``; none if there is nothing. Raises BundleTooLarge."""
        match asked:
            case ReportAsked(report):
                await self._ask(_items(f"report:{report}"))
                reports = [report]
            case SchoolAsked(school, first, last):
                await self._ask(_items(f"school:{school}"), within=(first, last))
                reports = self._reports()
            case PositionsAsked(positions):
                for position in sorted(set(positions)):
                    self._take((await self._log.read(after=position - 1, upto=position)).events, BundleRole.ASKED)
                reports = self._reports()
            case _:
                assert_never(asked)
        if not self.entries:
            return
        await self._support(BundleRole.DUTY, [f"report:{each}" for each in reports], _OF_REPORT)
        await self._support_rollups(asked)
        await self._support_signatures()
        await self._support(BundleRole.LOG, ["log:opened", "log:keys"], _OF_LOG)

    def by_role(self) -> dict[BundleRole, list[Recorded]]:
        """The entries in position order."""
        roles: defaultdict[BundleRole, list[Recorded]] = defaultdict(list)
        for position in sorted(self.entries):
            roles[self.roles[position]].append(self.entries[position])
        return dict(roles)

    async def _ask(self, items: Sequence[QueryItem], within: tuple[date, date] | None = None) -> None:
        events = await self._read(items)
        if within is not None:
            first, last = within
            events = [each for each in events if (day := _day(each.event)) is not None and first <= day <= last]
        self._take(events, BundleRole.ASKED)

    async def _support_rollups(self, asked: Asked) -> None:
        """Of the day of a report that was asked for: its district's roll-ups and the bureau's; of a roll-up: itself."""
        rollups: set[str] = set()
        for each in self.entries.values():
            match each.event:
                case DutyOpened(report=report, district=district, bureau=bureau):
                    form, day, _ = parts_of(report)
                    if not isinstance(asked, PositionsAsked):
                        rollups |= {rollup_id(form, day, district), rollup_id(form, day, bureau)}
                case RollupBuilt(rollup=rollup) | RollupSigned(rollup=rollup) | RollupReturned(rollup=rollup):
                    rollups.add(rollup)
                case _:
                    pass
        await self._support(BundleRole.ROLLUP, [f"rollup:{each}" for each in sorted(rollups)], _OF_ROLLUP, rollups)

    async def _support_signatures(self) -> None:
        """The keys and offices of whoever decided, vouched for a key, or decided over a dispute."""
        decisions = [each.event for each in self.entries.values() if isinstance(each.event, Decision)]
        credentials = {each.held.credential for each in decisions}
        await self._support(
            BundleRole.CREDENTIAL, [f"credential:{each}" for each in sorted(credentials)], _OF_CREDENTIAL
        )
        appointments = {each.appointment for each in decisions}
        for entry in self.entries.values():
            match entry.event:
                case CredentialEnrolled(vouching_appointment=appointment) | DisputeResolved(appointment=appointment):
                    appointments.add(appointment)
                case _:
                    pass
        await self._support(
            BundleRole.AUTHORITY, [f"appointment:{each}" for each in sorted(appointments)], _OF_APPOINTMENT
        )
        organisations = {e.event.organisation for e in self.entries.values() if isinstance(e.event, Appointed)}
        await self._support(
            BundleRole.AUTHORITY, [f"organisation:{each}" for each in sorted(organisations)], _OF_ORGANISATION
        )

    async def _support(
        self, role: BundleRole, tags: Sequence[str], types: Iterable[type[Event]], rollups: set[str] | None = None
    ) -> None:
        names = frozenset(each.type_name for each in types)
        for start in range(0, len(tags), _ITEMS):
            items = tuple(QueryItem(names, frozenset({tag})) for tag in tags[start : start + _ITEMS])
            events = await self._read(items)
            if rollups is not None:  # a roll-up's tag is on those below it too
                events = [each for each in events if getattr(each.event, "rollup", None) in rollups]
            self._take(events, role)

    async def _read(self, items: Sequence[QueryItem]) -> Sequence[Recorded]:
        events = (await self._log.read(Query(tuple(items)), limit=_MOST_READ)).events
        if len(events) == _MOST_READ:
            raise BundleTooLarge(entries=len(events), most=MOST_ENTRIES)  # half an answer would look like a whole one
        return events

    def _take(self, events: Iterable[Recorded], role: BundleRole) -> None:
        along = role in (BundleRole.AUTHORITY, BundleRole.CREDENTIAL, BundleRole.LOG)
        for each in events:
            allowed = each.event.event_class in _COMES_ALONG if along else self._may_read(each)
            if allowed and each.position not in self.entries:
                self.entries[each.position] = each
                self.roles[each.position] = role
        if len(self.entries) > MOST_ENTRIES:
            raise BundleTooLarge(entries=len(self.entries), most=MOST_ENTRIES)

    def _reports(self) -> list[str]:
        found = {getattr(each.event, "report", None) for each in self.entries.values()}
        return sorted(each for each in found if isinstance(each, str))


def _items(tag: str) -> tuple[QueryItem, ...]:
    return (QueryItem(frozenset(), frozenset({tag})),)


def _day(event: Event) -> date | None:
    report = getattr(event, "report", None)
    return parts_of(report)[1] if isinstance(report, str) else None
