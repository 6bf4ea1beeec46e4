"""What must hold of every key and every signature, read with a plain eye: the bytes are computed here once more."""

import json
from base64 import urlsafe_b64decode
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.serialization import load_der_public_key

from domain.ledger.entry import Recorded
from domain.ledger.time import business_date_of
from domain.registry.events import Role
from domain.signing import events as keys
from domain.signing.held_signature import HeldSignature
from tests.properties.reporting_powers import Powers

DECISIONS = {
    "ReportSigned": "sign",
    "RollupSigned": "sign",
    "ReportReturned": "return",
    "RollupReturned": "return",
    "SignatureRefused": "refuse",
    "ZeroAttested": "attest_zero",
}


@dataclass
class Key:
    """One key of somebody's ring."""

    enrolled: keys.CredentialEnrolled
    over: bool = False
    disputes: dict[str, tuple[datetime, str | None]] = field(default_factory=dict)


class SealJudge:
    """``take`` the events of keys in order; ``require`` of every signature that it is right."""

    def __init__(self, origin: str, powers: Powers) -> None:
        self.origin = origin
        self.powers = powers
        self.keys: dict[str, Key] = {}
        self.nonces: defaultdict[str, set[str]] = defaultdict(set)

    def take(self, recorded: Recorded, *, given: bool) -> None:
        event = recorded.event
        match event:
            case keys.CredentialEnrolled():
                assert event.credential not in self.keys, "a key is enrolled once, for one person"
                assert sha256(decoded(event.public_key)).hexdigest() == event.credential, "and has its own name"
                had_one = any(each.enrolled.person == event.person for each in self.keys.values())
                if not given:
                    by, under = event.vouched_by, event.vouching_appointment
                    self._officer(recorded, by, under, event.person, first=not had_one)
                    assert event.person in self.powers.people(), "registered"
                    assert event.valid_from is None or event.valid_from >= recorded.received_at
                self.keys[event.credential] = Key(event)
            case keys.CredentialRevoked():
                key = self.keys[event.credential]
                assert key.enrolled.person == event.person
                assert not key.over, "once"
                if event.appointment is None:
                    assert recorded.actor.person == event.by == event.person, "only the holder needs no office"
                else:
                    self._officer(recorded, event.by, event.appointment, event.person)
                key.over = True
            case keys.SignatureDisputed():
                key = self.keys[event.credential]
                assert recorded.actor.person == event.person == key.enrolled.person, "nobody disputes for another"
                assert event.since <= recorded.received_at, "what is to come is nobody's yet"
                assert all(outcome and event.since < since for since, outcome in key.disputes.values())
                key.disputes[event.dispute] = (event.since, None)
            case keys.DisputeResolved():
                key = self.keys[event.credential]
                since, outcome = key.disputes[event.dispute]
                assert outcome is None, "decided once"
                assert key.enrolled.person == event.person
                acting = {recorded.actor.person, recorded.actor.on_behalf_of}
                assert acting.isdisjoint({event.person, key.enrolled.vouched_by}), "by neither party"
                self._officer(recorded, event.by, event.appointment, event.person)
                key.disputes[event.dispute] = (since, event.outcome)
            case _:
                raise AssertionError(f"nobody judges {event.type_name}")

    def require(self, recorded: Recorded, *, rules: str | None = None) -> None:
        """The signature that the event carries is of whoever acted, over exactly what the event says."""
        event: Any = recorded.event
        held: HeldSignature = event.held
        subject = getattr(event, "report", None) or event.rollup
        assert event.nonce not in self.nonces[subject], "a nonce serves once"
        self.nonces[subject].add(event.nonce)
        level = getattr(event, "level", 0)
        decision = DECISIONS[event.type_name]
        says = {
            "origin": self.origin,
            "digest": event.digest,
            "level": level,
            "decision": decision,
            "appointment": event.appointment,
            "nonce": event.nonce,
            "below": getattr(event, "below", None),
            "rules": rules,
            "examined": getattr(event, "examined", None),
            "reason": getattr(event, "reason", None),
            "delegation": event.delegation,
        }
        assert (says["examined"] is not None) == (decision == "sign" and level > 1), "level 2 and 3 say it"
        assert (says["reason"] is not None) == (decision in ("return", "refuse"))
        statement = hashed("signature", {name: value for name, value in says.items() if value is not None})
        assert statement == event.signature
        signed, holder = statement, event.person
        if held.batch is not None:
            root = climbed(statement, held.batch.index, held.batch.size, list(held.batch.path))
            batch = {"origin": self.origin, "size": held.batch.size, "root": root, "nonce": event.nonce}
            signed = hashed("signature_batch", batch)
            assert held.batch.size <= 20
        if held.paper is not None:
            holder = held.paper.attested_by
            assert holder not in (event.person, event.on_behalf_of), "a second person attests"
            signed = hashed("paper", {"signed": signed, "scan": held.paper.scan, "signer": event.person})
        key = self.keys[held.credential]
        assert key.enrolled.person == holder, "everybody signs with the own key"
        assert not key.over, "what is revoked signs nothing"
        assert not key.disputes, "nor what is disputed"
        assert key.enrolled.valid_from is None or key.enrolled.valid_from <= recorded.received_at
        public: Any = load_der_public_key(decoded(key.enrolled.public_key))
        public.verify(decoded(held.signature), bytes.fromhex(signed))

    def _officer(self, recorded: Recorded, by: str, appointment: str, holder: str, *, first: bool = False) -> None:
        """Whoever vouches, revokes or decides answers for the holder."""
        assert (recorded.actor.person, recorded.actor.appointment) == (by, appointment), "who acted is named"
        role, place = self.powers.office_held(recorded)
        resolves = isinstance(recorded.event, keys.DisputeResolved)
        if not isinstance(recorded.event, keys.CredentialRevoked):
            assert holder not in (by, recorded.actor.on_behalf_of), "for another"
        if role is Role.REGISTRAR or (resolves and role is Role.DISCIPLINE):
            return
        assert role in {Role.DISTRICT_REVIEWER, Role.SECTION_OFFICER} | ({Role.PRINCIPAL} if first else set())
        at = recorded.received_at
        places = {
            one.organisation
            for one in self.powers.appointments()
            if one.person == holder and not self.powers.ended(one, at)
        }
        parents = self.powers.parents_on(business_date_of(at))
        if role is Role.DISTRICT_REVIEWER:
            places |= {parents[each] for each in places if each in parents}
        assert place in places, "an officer answers for the own people"


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hashed(kind: str, content: dict[str, Any]) -> str:
    return sha256(f"wenze/{kind}/v1\n".encode() + rfc8785.dumps(json.loads(json.dumps(content)))).hexdigest()


def climbed(statement: str, index: int, size: int, path: list[str]) -> str:
    """The root by the definition of the tree, taken apart from the top."""
    if size == 1:
        assert not path
        return sha256(b"\x00" + bytes.fromhex(statement)).hexdigest()
    split = max(2**power for power in range(5) if 2**power < size)
    *below, sibling = path
    if index < split:
        left, right = climbed(statement, index, split, below), sibling
    else:
        left, right = sibling, climbed(statement, index - split, size - split, below)
    return sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def is_of_a_key(event: object) -> bool:
    return isinstance(event, keys.EVENTS)
