"""What people try with keys: to sign with any, over this or something else; to enrol, revoke, dispute, decide."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule

from domain.evidence.statement import Decision, Statement, statement
from domain.evidence.strict import base64url_text
from domain.ledger.command import Command
from domain.registry.authority import Acting
from domain.signing.dispute_signature import DisputeSignature
from domain.signing.enrol_credential import EnrolCredential
from domain.signing.events import Outcome
from domain.signing.held_signature import HeldSignature
from domain.signing.resolve_dispute import ResolveDispute
from domain.signing.revoke_credential import RevokeCredential
from tests.domain.reporting.story import OFFICE_OF, ORIGIN, REASON, REGISTRAR, REPORTER, REVIEWER, SMALL_REPORTER, uuid
from tests.keys import credential, held, held_in_batch, held_on_paper, public_key
from tests.properties.reporting_city import HELD, OF_PERSON, PEOPLE, Attempt, Office, ReportingCity

KEYS = 6
"""How many keys a person may come to have."""
TWISTS = ("another's key", "the first key", "nonce again", "another level", "another revision", "paper", "batch")


@dataclass(frozen=True)
class Hand:
    """How somebody signs; ``other`` is who else comes into it."""

    twist: str | None = None
    other: str = REGISTRAR


PLAIN = Hand()


def hands() -> st.SearchStrategy[Hand]:
    plain = (None,) * len(TWISTS)
    return st.builds(Hand, twist=st.sampled_from((*plain, *TWISTS, "paper", "batch")), other=st.sampled_from(PEOPLE))


class SignaturesAreHeld(ReportingCity):
    """Everybody has a key; it may be lost, replaced, disputed."""

    def number_of(self, person: str) -> int:
        """The newest key that the person has."""
        known = self.judge.seals.keys
        return max((n for n in range(1, KEYS + 1) if credential(person, n) in known), default=1)

    def signing(
        self, by: Acting, decision: Decision, level: int, digest: str, subject: str, hand: Hand, **said: Any
    ) -> dict[str, Any]:
        """What goes with a decision: over what lies on the desk now, unless the hand is twisted."""
        paper = self.judge.desk.papers.get(subject)
        below = None if paper is None else paper.stamps.get(level - 1)
        used = sorted(self.judge.seals.nonces[subject])
        signed = statement(
            origin=ORIGIN,
            digest=digest,
            level=level,
            decision=decision,
            appointment=by.appointment,
            nonce=used[-1] if used and hand.twist == "nonce again" else self.ids.new(),
            below=None if below is None else below.signature,
            rules=None if paper is None else paper.duty.rules,
            delegation=by.delegation,
            **said,
        )
        return {"origin": ORIGIN, "nonce": signed["nonce"], "held": self._held(by.person, signed, hand)}

    def _held(self, person: str, signed: Statement, hand: Hand) -> HeldSignature:
        other = {"another level": {"level": 2}, "another revision": {"digest": "00" * 32}}.get(str(hand.twist), {})
        match hand.twist:
            case "another's key":
                return held(hand.other, signed, self.number_of(hand.other))
            case "the first key":
                return held(person, signed)
            case "paper":
                return held_on_paper(hand.other, person, signed, self.number_of(hand.other))
            case "batch":
                beside = [signed | {"level": level} for level in (0, 1, 2, 3)]
                return held_in_batch(person, [*beside[:2], signed, *beside], self.number_of(person))[2]
            case _:
                return held(person, signed | other, self.number_of(person))

    @rule(
        office=st.sampled_from(HELD),
        person=st.sampled_from(PEOPLE),
        kind=st.sampled_from(("enrol", "enrol", "revoke", "resolve")),
        hours=st.sampled_from((None, -1, 0, 2)),
    )
    def an_officer_handles_a_key(self, office: Office, person: str, kind: str, hours: int | None) -> None:
        self._try(self._handles(office, person, kind, hours))

    @rule(person=st.sampled_from(PEOPLE), kind=st.sampled_from(("revoke", "dispute")), hours=st.integers(-3, 1))
    def the_holder_gives_up_a_key(self, person: str, kind: str, hours: int) -> None:
        self._try(self._gives_up(person, person, kind, hours))

    @rule(person=st.sampled_from(PEOPLE), other=st.sampled_from(PEOPLE), kind=st.sampled_from(("revoke", "dispute")))
    def somebody_gives_up_anothers_key(self, person: str, other: str, kind: str) -> None:
        self._try(self._gives_up(person, other, kind, -1))

    @rule(
        person=st.sampled_from((REPORTER, SMALL_REPORTER, REVIEWER)),
        by=st.sampled_from((uuid(105), REVIEWER, uuid(113))),
        outcome=st.sampled_from(("confirmed", "repudiated")),
        hours=st.integers(-30, 0),
    )
    def a_dispute_is_decided_and_a_new_key_enrolled(self, person: str, by: str, outcome: Outcome, hours: int) -> None:
        self._try(self._gives_up(person, person, "dispute", hours))
        for kind in ("resolve", "enrol"):
            self._try(self._handles(OF_PERSON[by], person, kind, None, outcome))

    def _handles(
        self, office: Office, person: str, kind: str, hours: int | None, outcome: Outcome = "confirmed"
    ) -> Attempt:
        at, number = self.clock.instant, self.number_of(person)
        acting = office.acting(at)
        name = credential(person, number)
        known = self.judge.seals.keys.get(name)
        dispute = next(reversed(known.disputes), "none") if known else "none"
        spki = base64url_text(public_key(person, min(number + 1, KEYS)))
        makes: dict[str, Any] = {
            "enrol": lambda: EnrolCredential(
                acting=acting,
                person=person,
                method="ed25519",
                public_key=spki,
                algorithm=-8,
                strength="key_file",
                valid_from=None if hours is None else at + timedelta(hours=hours),
            ),
            "revoke": lambda: RevokeCredential(
                by=acting.person, at=at, person=person, credential=name, why="lost", acting=acting
            ),
            "resolve": lambda: ResolveDispute(
                acting=acting, dispute=dispute, credential=name, person=person, outcome=outcome, reason=REASON
            ),
        }
        return Attempt(acting, makes[kind])

    def _gives_up(self, by: str, of: str, kind: str, hours: int) -> Attempt:
        at, name, dispute = self.clock.instant, credential(of, self.number_of(of)), self.ids.new()
        acting = Acting(person=by, appointment=OFFICE_OF.get(by, "none"), at=at)

        def make() -> Command:
            if kind == "revoke":
                return RevokeCredential(by=by, at=at, person=of, credential=name, why="left")
            since = at + timedelta(hours=hours)
            return DisputeSignature(by=by, at=at, dispute=dispute, credential=name, since=since)

        return Attempt(acting, make)
