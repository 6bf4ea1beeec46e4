"""Who held which office at an instant: a fold over the bundle's appointments, reliefs, delegations and revocations.

The rules are those of the registry (``domain/registry/authority.py``), which this module does not import; a test over
random histories lets both judge. An act is judged by what the log held before it: what was recorded later changed
nothing for whoever decided then.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.evidence.entry import Entry, Fields
from domain.evidence.verdict import Reason, Unproved


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An appointment as it stood: ``end`` (exclusive) is the earliest end known of whatever the act rested on."""

    appointment: str
    holder: str
    role: str
    organisation: str
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acted under which appointment, perhaps by a delegation, at the arrival ``at``, stored at ``position``."""

    person: str
    appointment: str
    delegation: str | None
    at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class _Interval:
    begin: datetime
    end: datetime | None

    def runs_at(self, at: datetime) -> bool:
        return self.begin <= at and (self.end is None or at < self.end)


class Authorities:
    """The offices that a bundle's entries show."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._events: defaultdict[str, list[tuple[int, str, Fields]]] = defaultdict(list)
        for each in sorted(entries, key=lambda each: each.position):
            if each.type in TYPES and each.version == 1:
                said = each.payload
                self._events[said.text("appointment")].append((each.position, each.type, said))

    def office(self, act: Act) -> Office:
        """The office under which somebody acted.

        Raises Unproved: not checked where the bundle shows no such appointment or delegation, invalid where it shows
        that it did not hold. Raises MalformedError.
        """
        appointed = self._last("Appointed", act)
        if appointed is None:
            raise Unproved.not_checked(Reason.NO_APPOINTMENT, appointment=act.appointment)
        holder = appointed.text("person")
        ends = [appointed.instant_or_none("valid_to"), *self._ends("Relieved", "relieved_at", act)]
        term = _Interval(appointed.instant("valid_from"), _earliest(ends))
        if not term.runs_at(act.at) or (act.delegation is None and act.person != holder):
            raise Unproved.invalid(Reason.NOT_APPOINTED, person=act.person, appointment=act.appointment)
        end = term.end
        if act.delegation is not None:
            end = _earliest([end, self._delegated(act, holder).end])
        return Office(
            appointment=act.appointment,
            holder=holder,
            role=appointed.text("role"),
            organisation=appointed.text("organisation"),
            end=end,
        )

    def delegations_to(self, person: str, appointment: str) -> list[str]:
        """Every delegation of an appointment to a person other than its holder, in the order of the log."""
        found: list[str] = []
        for _, name, said in self._events.get(appointment, ()):
            if name == "Appointed" and said.text("person") == person:
                return []
            if name == "DelegationGranted" and said.text("delegate") == person:
                found.append(said.text("delegation"))
        return found

    def _delegated(self, act: Act, holder: str) -> _Interval:
        granted = self._last("DelegationGranted", act)
        delegation = act.delegation or ""
        if granted is None:
            raise Unproved.not_checked(Reason.NO_DELEGATION, delegation=delegation)
        ends = [granted.instant("valid_to"), *self._ends("DelegationRevoked", "revoked_at", act)]
        term = _Interval(granted.instant("valid_from"), _earliest(ends))
        if granted.text("delegate") != act.person or granted.text("holder") != holder or not term.runs_at(act.at):
            raise Unproved.invalid(Reason.NOT_DELEGATED, person=act.person, delegation=delegation)
        return term

    def _last(self, type_name: str, act: Act) -> Fields | None:
        return next(reversed(list(self._before(type_name, act))), None)

    def _ends(self, type_name: str, field: str, act: Act) -> list[datetime | None]:
        return [said.instant(field) for said in self._before(type_name, act)]

    def _before(self, type_name: str, act: Act) -> Iterator[Fields]:
        """What the log held of this appointment, or of the delegation of it, when the act was stored."""
        for position, name, said in self._events.get(act.appointment, ()):
            if position >= act.position or name != type_name:
                continue
            if not name.startswith("Delegation") or said.text("delegation") == act.delegation:
                yield said


TYPES: Final = frozenset({"Appointed", "Relieved", "DelegationGranted", "DelegationRevoked"})


def _earliest(ends: Iterable[datetime | None]) -> datetime | None:
    return min((each for each in ends if each is not None), default=None)
