"""A small city whose school-day is filed and signed at three levels with keys of the people's own, and published."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from domain.evidence.statement import Statement, statement
from domain.ledger.command import Command
from domain.ledger.entry import Actor
from domain.ledger.events import LogKeyAdopted
from domain.registry.authority import Acting
from domain.reporting.build_rollup import BuildRollup
from domain.reporting.events import ReportSubmitted, RollupBuilt
from domain.reporting.identifiers import rollup_id
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup
from domain.signing.dispute_signature import DisputeSignature
from domain.signing.enrol_credential import EnrolCredential
from domain.signing.held_signature import HeldSignature
from domain.signing.resolve_dispute import ResolveDispute
from tests import keys
from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office, Person

REMARKS = "合成：一名学生请假"


class SignedCity:
    """``acts`` carries out a command as a person would through the API."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.ledger = city.office.wiring.ledger

    @property
    def report(self) -> str:
        return self.city.report()

    def acting(self, person: Person) -> Acting:
        assert person.appointment is not None
        return Acting(person=person.id, appointment=person.appointment, at=datetime.now(UTC))

    async def acts(self, person: Person, command: Command) -> int:
        """The position of what it recorded first."""
        receipt = await self.ledger.carry_out(
            lambda: command, actor=Actor(person=person.id), key=str(uuid4()), request=str(uuid4()).encode()
        )
        return receipt.first

    async def enrol(self, *names: str) -> None:
        for name in names:
            key = keys.enrolled(self.city.people[name].id)
            command = EnrolCredential(
                acting=self.acting(self.city.registrar), person=key.person, method=key.method,
                public_key=key.public_key, algorithm=key.algorithm, strength=key.strength,
            )  # fmt: skip
            await self.acts(self.city.registrar, command)

    def signed(self, person: Person, digest: str, level: int, **more: Any) -> tuple[Statement, HeldSignature]:
        signed = statement(
            origin=self.ledger.origin, digest=digest, level=level, decision="sign", nonce=f"nonce-{level}-{digest[:8]}",
            appointment=str(person.appointment), **more,
        )  # fmt: skip
        return signed, keys.held(person.id, signed)

    async def sign(self, person: Person, level: int, digest: str, below: str | None = None) -> str:
        """The signature's digest."""
        examined = None if level == 1 else "examined"
        signed, held = self.signed(person, digest, level, rules="f1-1", below=below, examined=examined)
        command = SignReport(
            acting=self.acting(person), origin=self.ledger.origin, report=self.report, level=level, digest=digest,
            nonce=str(signed["nonce"]), held=held, examined=examined,
        )  # fmt: skip
        position = await self.acts(person, command)
        return str((await self.ledger.log.read(after=position - 1, upto=position)).events[0].event.signature)

    async def roll_up(self, person: Person, level: int, organisation: str) -> None:
        section = self.city.section if level == 3 else None
        rollup = rollup_id("f1", self.city.day, organisation)
        built = BuildRollup(acting=self.acting(person), origin=self.ledger.origin, rollup=rollup, section=section)
        position = await self.acts(person, built)
        event = (await self.ledger.log.read(after=position - 1, upto=position)).events[0].event
        assert isinstance(event, RollupBuilt)
        signed, held = self.signed(person, event.digest, level, examined="examined")
        command = SignRollup(
            acting=self.acting(person), origin=self.ledger.origin, rollup=rollup, digest=event.digest,
            nonce=str(signed["nonce"]), held=held, examined="examined", section=section,
        )  # fmt: skip
        await self.acts(person, command)

    async def dispute(self, person: Person) -> str:
        dispute = str(uuid4())
        now = datetime.now(UTC)
        command = DisputeSignature(
            by=person.id, at=now, dispute=dispute, credential=keys.credential(person.id), since=now.replace(hour=0)
        )
        await self.acts(person, command)
        return dispute

    async def resolve(self, dispute: str, person: Person) -> None:
        discipline = self.city.discipline
        command = ResolveDispute(
            acting=self.acting(discipline), dispute=dispute, credential=keys.credential(person.id), person=person.id,
            outcome="confirmed", reason="5" * 64,
        )  # fmt: skip
        await self.acts(discipline, command)

    async def policy(self) -> bytes:
        """Which log is believed: its key as the log itself adopted it, which a real verifier has from elsewhere."""
        adopted = [
            each.event for each in (await self.ledger.log.read()).events if isinstance(each.event, LogKeyAdopted)
        ]
        return f"log {adopted[-1].vkey}\nquorum none\n".encode()


async def signed_city(office: Office) -> SignedCity:
    city = await found_city(office)
    await open_day(city)
    signed = SignedCity(city)
    await signed.enrol("principal", "reviewer", "officer")
    await city.reporter.did("reporting", "submit_report", report=signed.report, content=city.content(remarks=REMARKS))
    events = (await signed.ledger.log.read()).events
    digest = next(each.event.digest for each in events if isinstance(each.event, ReportSubmitted))
    below = await signed.sign(city.principal, 1, digest)
    await signed.sign(city.reviewer, 2, digest, below)
    await signed.roll_up(city.reviewer, 2, city.district)
    await signed.roll_up(city.officer, 3, city.bureau)
    return signed
