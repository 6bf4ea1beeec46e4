"""Enrol a person's key, on a named officer's word."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from domain.evidence.errors import MalformedError
from domain.evidence.held_signature import EnrolledKey, require_key
from domain.evidence.strict import base64url
from domain.ledger.command import Command
from domain.ledger.event import Digest
from domain.ledger.slice import Selector, event
from domain.registry.authority import Acting, Authority
from domain.registry.person import OfficesOf, PersonState
from domain.signing.credential_state import CredentialState
from domain.signing.errors import CredentialTaken, KeyUnfit, VouchedByOneself
from domain.signing.events import Algorithm, CredentialEnrolled, Method, Strength
from domain.signing.vouching import DISTRICT_OFFICERS, OFFICERS, Vouching


class EnrolCredential(Command):
    """A principal's word is enough for a person's first key; every further one needs a district's officer.

    ``public_key`` is SPKI DER in base64url; the credential's name is its SHA-256. A passkey comes with all of
    ``credential_id``, ``rp_id``, ``web_origin`` and ``registration``, another key with none of them.
    """

    name: ClassVar[str] = "enrol_credential"

    def __init__(
        self,
        *,
        acting: Acting,
        person: str,
        method: Method,
        public_key: str,
        algorithm: Algorithm,
        strength: Strength,
        valid_from: datetime | None = None,
        credential_id: str | None = None,
        rp_id: str | None = None,
        web_origin: str | None = None,
        registration: Digest | None = None,
    ) -> None:
        passkey = (credential_id, rp_id, web_origin, registration)
        if any(each is None for each in passkey) if method == "webauthn" else any(passkey):
            raise KeyUnfit("method", "a passkey comes with all of its registration, another key with none of it")
        if strength.startswith("passkey_") != (method == "webauthn"):
            raise KeyUnfit("strength", "must be one of the method")
        self.enrolled = CredentialEnrolled(
            credential=_name_of(method, public_key, algorithm),
            person=person,
            method=method,
            public_key=public_key,
            algorithm=algorithm,
            strength=strength,
            vouched_by=acting.person,
            vouching_appointment=acting.appointment,
            valid_from=valid_from,
            credential_id=credential_id,
            rp_id=rp_id,
            web_origin=web_origin,
            registration=registration,
        )
        self.authority = Authority(acting)
        self.person = PersonState(person)
        self.offices = OfficesOf(person)
        self.vouching = Vouching(self.authority, self.offices)
        self.credential = CredentialState(self.enrolled.credential)
        self.perspectives = (self.authority, self.person, self.offices, self.vouching, self.credential)
        self.has_one = False

    def consistency_boundary(self) -> Sequence[Selector]:
        """Beside the perspectives, the keys that the person had before."""
        earlier = Selector(types=[CredentialEnrolled], tags=[f"person:{self.person.person}"])
        return [*super().consistency_boundary(), earlier]

    def further_boundary(self) -> Sequence[Selector]:
        """To which district the person's organisations belong."""
        return self.vouching.further_boundary()

    @event(CredentialEnrolled)
    def _(self, person: str) -> None:
        self.has_one = self.has_one or person == self.person.person

    def execute(self) -> None:
        """Raises: PersonUnknown, the refusals of Vouching.require, VouchedByOneself, KeyUnfit, CredentialTaken."""
        self.person.require_registered()
        self.vouching.require(DISTRICT_OFFICERS if self.has_one else OFFICERS)
        if self.person.person in (self.authority.acting.person, self.authority.holder):
            raise VouchedByOneself(person=self.person.person)
        if self.enrolled.valid_from is not None and self.enrolled.valid_from < self.authority.acting.at:
            raise KeyUnfit("valid_from", "no key signs before it is enrolled")
        if self.credential.key is not None:
            raise CredentialTaken(credential=self.credential.credential)
        self.recorded_before = self.authority.valid_until
        self.record(self.enrolled)


def _name_of(method: Method, public_key: str, algorithm: Algorithm) -> str:
    try:
        key = EnrolledKey(method=method, public_key=base64url("public_key", public_key), algorithm=algorithm)
        require_key(key)
    except MalformedError as error:
        raise KeyUnfit(error.field, error.rule) from error
    return key.credential
