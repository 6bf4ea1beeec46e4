"""A small city whose school-day is filed and signed at three levels with keys of the people's own, and published."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from domain.evidence.statement import Decision, Statement, statement
from domain.ledger.command import Command
from domain.ledger.entry import Actor
from domain.ledger.events import LogKeyAdopted
from domain.registry.authority import Acting
from domain.reporting.attest_zero import AttestZero
from domain.reporting.build_rollup import BuildRollup
from domain.reporting.events import ReportCorrected, ReportSubmitted, RollupBuilt
from domain.reporting.identifiers import rollup_id
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.return_rollup import ReturnRollup
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup
from domain.signing.dispute_signature import DisputeSignature
from domain.signing.held_signature import HeldSignature
from domain.signing.resolve_dispute import ResolveDispute
from tests import keys
from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office, Person

REASON = "6" * 64
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

    def signed(
        self, person: Person, digest: str, level: int, decision: Decision = "sign", **more: Any
    ) -> tuple[Statement, HeldSignature]:
        signed = statement(
            origin=self.ledger.origin, digest=digest, level=level, decision=decision, nonce=str(uuid4()),
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

    async def decline(
        self, command: type[ReturnReport | RefuseSignature], person: Person, level: int, digest: str, below: str | None
    ) -> None:
        decision: Decision = "return" if command is ReturnReport else "refuse"
        signed, held = self.signed(person, digest, level, decision, rules="f1-1", below=below, reason=REASON)
        declined = command(
            acting=self.acting(person), report=self.report, level=level, digest=digest, reason=REASON,
            origin=self.ledger.origin, nonce=str(signed["nonce"]), held=held,
        )  # fmt: skip
        await self.acts(person, declined)

    async def attest_zero(self, person: Person, digest: str) -> None:
        signed, held = self.signed(person, digest, 0, "attest_zero", rules="f1-1")
        command = AttestZero(
            acting=self.acting(person), origin=self.ledger.origin, report=self.report, digest=digest,
            nonce=str(signed["nonce"]), held=held,
        )  # fmt: skip
        await self.acts(person, command)

    async def return_rollup(self, person: Person, rollup: str, digest: str) -> None:
        signed, held = self.signed(person, digest, 3, "return", reason=REASON)
        command = ReturnRollup(
            acting=self.acting(person), rollup=rollup, digest=digest, reason=REASON, origin=self.ledger.origin,
            nonce=str(signed["nonce"]), held=held, section=self.city.section,
        )  # fmt: skip
        await self.acts(person, command)

    async def filed(self) -> str:
        """The digest of the revision that was filed last."""
        events = [each.event for each in (await self.ledger.log.read()).events]
        return [each.digest for each in events if isinstance(each, ReportSubmitted | ReportCorrected)][-1]

    async def roll_up(self, person: Person, level: int, organisation: str) -> tuple[str, str]:
        """The roll-up's name and digest."""
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
        return rollup, event.digest

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
    await city.reporter.did("reporting", "submit_report", report=signed.report, content=city.content(remarks=REMARKS))
    digest = await signed.filed()
    below = await signed.sign(city.principal, 1, digest)
    await signed.sign(city.reviewer, 2, digest, below)
    await signed.roll_up(city.reviewer, 2, city.district)
    await signed.roll_up(city.officer, 3, city.bureau)
    return signed
