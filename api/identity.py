"""Who is asking: a bearer token names a person; the log says which offices that person holds now.

``Wenze-Appointment`` names the office to act under; it may be left out when exactly one is held. ``Wenze-Delegation``
names the delegation of another's appointment. What an office may do is decided by the command, in its own boundary.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, TypeAlias

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api import tokens
from api.ledger import Ledger
from api.routes.fields import UUID
from api.wiring import Wiring, wiring_of
from domain.ledger.entry import Actor
from domain.ledger.errors import Invalid, Refusal, WenzeError
from domain.registry.authority import Acting
from domain.registry.offices import Office, Offices
from domain.registry.reading import Reader


class TokenMissing(WenzeError):
    """No bearer token was sent."""

    code: ClassVar[str] = "token_missing"


class TokenUnknown(WenzeError):
    """The token is unknown, expired or revoked."""

    code: ClassVar[str] = "token_unknown"


class NoOffice(Refusal):
    """The person holds no office now."""

    code: ClassVar[str] = "no_office"


class OfficeNeeded(Invalid):
    """The person holds several offices, and the request does not say under which it acts."""

    code: ClassVar[str] = "office_needed"


class NotYourOffice(Refusal):
    """The named appointment or delegation is not held by this person now."""

    code: ClassVar[str] = "not_your_office"


class OutsideScope(Refusal):
    """What is asked for lies outside the reader's office."""

    code: ClassVar[str] = "outside_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The person who asks, with the offices held at the arrival of the request."""

    person: str
    at: datetime
    offices: tuple[Office, ...]
    reader: Reader

    def office(self, appointment: str | None, delegation: str | None) -> Office:
        """The office to act under. Raises NoOffice, OfficeNeeded, NotYourOffice."""
        fitting = [
            office
            for office in self.offices
            if office.delegation == delegation and appointment in (None, office.appointment)
        ]
        if not fitting:
            if appointment is None and delegation is None:
                raise NoOffice
            raise NotYourOffice
        if len(fitting) > 1:
            raise OfficeNeeded(
                "Wenze-Appointment",
                "needed when several offices are held",
                appointments=[office.appointment for office in fitting],
            )
        return fitting[0]

    def require_school(self, school: str, district: str | None) -> None:
        """Raises OutsideScope for other people's schools."""
        if not self.reader.sees_school(school, district):
            raise OutsideScope(school=school)

    def require_district(self, district: str) -> None:
        """Raises OutsideScope for other people's districts."""
        if not self.reader.sees_district(district):
            raise OutsideScope(district=district)

    def require_bureau(self) -> None:
        """Raises OutsideScope for whoever does not see the whole city."""
        if not self.reader.sees_bureau():
            raise OutsideScope


_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="Issued by `wenze token`.")


async def person_asking(
    request: Request,
    wiring: Annotated[Wiring, Depends(wiring_of)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> str:
    """The person whose token was sent. Raises TokenMissing, TokenUnknown."""
    if bearer is None:
        raise TokenMissing
    if not bearer.credentials.isascii() or len(bearer.credentials) > tokens.LONGEST:
        raise TokenUnknown
    person = await tokens.person_of(wiring.pool, bearer.credentials)
    if person is None:
        raise TokenUnknown
    return person


async def asker(
    request: Request,
    wiring: Annotated[Wiring, Depends(wiring_of)],
    person: Annotated[str, Depends(person_asking)],
) -> Asker:
    """The person with the offices held when the request arrived."""
    at = request.state.received_at or wiring.ledger.clock.now()
    offices = await offices_of(wiring.ledger, person)
    return Asker(person=person, at=at, offices=offices.held_at(at), reader=offices.reader_at(at))


async def offices_of(ledger: Ledger, person: str) -> Offices:
    """All offices of a person, from the log itself: a view might not know yet of a relief."""
    offices = Offices(person)
    offices.fold(recorded.event for recorded in (await ledger.log.read(offices.first_query())).events)
    second = offices.second_query()
    if second is not None:
        offices.fold(recorded.event for recorded in (await ledger.log.read(second)).events)
    return offices


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputed:
    """Who acts, for the command and for the envelope."""

    acting: Acting
    actor: Actor


async def deputed(
    asking: Annotated[Asker, Depends(asker)],
    wenze_appointment: Annotated[str | None, Header(pattern=UUID, description="The office to act under.")] = None,
    wenze_delegation: Annotated[str | None, Header(pattern=UUID, description="A delegation to act under.")] = None,
) -> Deputed:
    """The office under which the request acts."""
    office = asking.office(wenze_appointment, wenze_delegation)
    return Deputed(
        acting=Acting(person=asking.person, appointment=office.appointment, at=asking.at, delegation=office.delegation),
        actor=Actor(person=asking.person, appointment=office.appointment, on_behalf_of=office.holder),
    )


PersonAsking: TypeAlias = Annotated[str, Depends(person_asking)]
Asking: TypeAlias = Annotated[Asker, Depends(asker)]
ActingAs: TypeAlias = Annotated[Deputed, Depends(deputed)]
Wired: TypeAlias = Annotated[Wiring, Depends(wiring_of)]
