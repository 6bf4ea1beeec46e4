"""Which credential could sign when: a fold over the bundle's enrolments, revocations, disputes and their outcomes.

A credential is usable from its enrolment (and ``valid_from``) to its revocation. A dispute freezes it, and reaches
back: what was recorded at or after the instant that the holder names is disputed, until somebody else confirms or
repudiates it. So the disputes of the whole bundle count, whenever they were recorded; everything else counts as the log
held it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.evidence.entry import Entry, Fields, instant_text
from domain.evidence.errors import MalformedError
from domain.evidence.held_signature import EnrolledKey
from domain.evidence.strict import base64url
from domain.evidence.verdict import Reason, Unproved

OfficeCheck = Callable[[str, str, Entry, frozenset[str]], str]
"""Of a person and an appointment, at an entry: that it was held, with one of these roles; the holder, who may have
delegated it. Raises Unproved."""
VOUCHERS: Final = frozenset({"school.principal", "district.reviewer", "bureau.section", "bureau.registrar"})
"""Whose word enrols a key. Whether the person was of their school or district is not checked here."""
RESOLVERS: Final = frozenset({"district.reviewer", "bureau.section", "bureau.registrar", "discipline"})
"""Who decides a dispute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A person's key, and the entry that enrolled it."""

    entry: Entry
    key: EnrolledKey
    person: str
    strength: str
    vouched_by: str
    vouching_appointment: str
    valid_from: datetime | None


class Credentials:
    """The credentials that a bundle's entries show."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._events: defaultdict[str, list[Entry]] = defaultdict(list)
        for each in sorted(entries, key=lambda each: each.position):
            if each.type in TYPES and each.version == 1:
                self._events[each.payload.text("credential")].append(each)

    def enrolment(self, credential: str, *, before: int) -> Enrolment:
        """The enrolment that the log held before a position.

        Raises Unproved: not checked where the bundle shows none. Raises MalformedError.
        """
        for each in self._events.get(credential, ()):
            if each.type == "CredentialEnrolled" and each.position < before:
                return _enrolment(each)
        raise Unproved.not_checked(Reason.NOT_ENROLLED, credential=credential)

    def require_usable(self, enrolment: Enrolment, signature: Entry, require_office: OfficeCheck) -> None:
        """Raises Unproved where the key signed nothing then, or where the signature is disputed or repudiated.

        ``require_office`` judges whether somebody decided a dispute in an office that may.
        """
        events = self._events[enrolment.key.credential]
        for each in events:
            if each.position > signature.position:
                break
            # The ledger records nothing under a key that is revoked or frozen; an entry that does is not believed.
            if each.type == "CredentialRevoked":
                raise Unproved.invalid(Reason.REVOKED, revoked_at=each.payload.text("revoked_at"))
            if each.type == "SignatureDisputed":
                raise Unproved.invalid(Reason.FROZEN, dispute=str(each.position))
        if enrolment.valid_from is not None and signature.received_at < enrolment.valid_from:
            raise Unproved.invalid(Reason.NOT_YET_VALID, valid_from=instant_text(enrolment.valid_from))
        for each in events:
            if each.type == "SignatureDisputed" and each.payload.instant("since") <= signature.recorded_at:
                # A later dispute reaches further back and leaves alone what an earlier one covered.
                self._require_confirmed(each, enrolment, require_office)
                return

    def _require_confirmed(self, dispute: Entry, enrolment: Enrolment, require_office: OfficeCheck) -> None:
        resolution = self._resolution(dispute)
        if resolution is None:
            raise Unproved.invalid(Reason.DISPUTED, dispute=str(dispute.position))
        said = resolution.payload
        # Neither the holder's word nor that of who vouched for the key decides over it, nor a delegate's of either.
        parties = (enrolment.person, enrolment.vouched_by)
        if said.text("by") in parties:
            raise Unproved.invalid(Reason.DISPUTED, dispute=str(dispute.position))
        if require_office(said.text("by"), said.text("appointment"), resolution, RESOLVERS) in parties:
            raise Unproved.invalid(Reason.DISPUTED, dispute=str(dispute.position))
        if said.text("outcome") != "confirmed":
            raise Unproved.invalid(Reason.REPUDIATED, dispute=str(dispute.position))

    def _resolution(self, dispute: Entry) -> Entry | None:
        name = dispute.payload.text("dispute")
        for each in self._events[dispute.payload.text("credential")]:
            if each.position < dispute.position:
                continue  # nothing is decided before it is disputed
            if each.type == "DisputeResolved" and each.payload.text("dispute") == name:
                return each
        return None


def _enrolment(entry: Entry) -> Enrolment:
    said = entry.payload
    key = EnrolledKey(
        method=said.text("method"),
        public_key=base64url("public_key", said.text("public_key")),
        algorithm=_algorithm(said),
        rp_id=said.text_or_none("rp_id"),
        web_origin=said.text_or_none("web_origin"),
        synced=said.text("strength") == "passkey_synced" if said.text("method") == "webauthn" else None,
    )
    if key.credential != said.digest("credential"):
        raise Unproved.invalid(Reason.ENROLMENT_WRONG, credential=said.digest("credential"))
    return Enrolment(
        entry=entry,
        key=key,
        person=said.text("person"),
        strength=said.text("strength"),
        vouched_by=said.text("vouched_by"),
        vouching_appointment=said.text("vouching_appointment"),
        valid_from=said.instant_or_none("valid_from"),
    )


def _algorithm(said: Fields) -> int:
    """A COSE algorithm, which is negative."""
    algorithm = said.members.get("algorithm")
    if not isinstance(algorithm, int) or isinstance(algorithm, bool):
        raise MalformedError("algorithm", "must be a whole number")
    return algorithm


TYPES: Final = frozenset({"CredentialEnrolled", "CredentialRevoked", "SignatureDisputed", "DisputeResolved"})
