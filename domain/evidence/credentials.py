"""Which credential could sign when: a fold over the bundle's enrolments, revocations, disputes and their outcomes.

A credential is usable from its enrolment (and ``valid_from``) to its revocation. A dispute freezes it, and reaches
back: what was recorded at or after the instant that the holder names is disputed, until somebody else confirms or
repudiates it. So the disputes of the whole bundle count, whenever they were recorded; everything else counts as the log
held it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.evidence.entry import Entry, Fields, instant_text
from domain.evidence.errors import MalformedError
from domain.evidence.held_signature import EnrolledKey
from domain.evidence.strict import base64url
from domain.evidence.verdict import Reason, Unproved


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
            if each.type in _TYPES and each.version == 1:
                self._events[each.payload.text("credential")].append(each)

    def enrolment(self, credential: str, *, before: int) -> Enrolment:
        """The enrolment that the log held before a position.

        Raises Unproved: not checked where the bundle shows none. Raises MalformedError.
        """
        for each in self._events.get(credential, ()):
            if each.type == "CredentialEnrolled" and each.position < before:
                return _enrolment(each)
        raise Unproved.not_checked(Reason.NOT_ENROLLED, credential=credential)

    def require_usable(self, enrolment: Enrolment, signature: Entry) -> None:
        """Raises Unproved where the key was not valid when the signature arrived, or is disputed since."""
        at = signature.received_at
        if enrolment.valid_from is not None and at < enrolment.valid_from:
            raise Unproved.invalid(Reason.NOT_YET_VALID, valid_from=instant_text(enrolment.valid_from))
        events = self._events[enrolment.key.credential]
        for each in events:
            said = each.payload
            if each.type == "CredentialRevoked" and each.position < signature.position:
                if said.instant("revoked_at") <= at:
                    raise Unproved.invalid(Reason.REVOKED, revoked_at=said.text("revoked_at"))
            elif each.type == "SignatureDisputed":
                self._require_undisputed(each, signature)

    def _require_undisputed(self, dispute: Entry, signature: Entry) -> None:
        if dispute.position < signature.position:
            # The ledger records nothing under a frozen credential; an entry that does is not to be believed.
            raise Unproved.invalid(Reason.FROZEN, dispute=str(dispute.position))
        if signature.recorded_at < dispute.payload.instant("since"):
            return
        outcome = self._outcome(dispute.payload)
        if outcome is None:
            raise Unproved.invalid(Reason.DISPUTED, dispute=str(dispute.position))
        if outcome != "confirmed":
            raise Unproved.invalid(Reason.REPUDIATED, dispute=str(dispute.position))

    def _outcome(self, dispute: Fields) -> str | None:
        for each in self._events[dispute.text("credential")]:
            said = each.payload
            if each.type == "DisputeResolved" and said.text("dispute") == dispute.text("dispute"):
                if said.text("by") == dispute.text("person"):
                    continue  # nobody confirms the own signature: the holder's word is not an outcome
                return said.text("outcome")
        return None


def _enrolment(entry: Entry) -> Enrolment:
    said = entry.payload
    key = EnrolledKey(
        method=said.text("method"),
        public_key=base64url("public_key", said.text("public_key")),
        algorithm=_algorithm(said),
        rp_id=said.text_or_none("rp_id"),
        web_origin=said.text_or_none("web_origin"),
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


_TYPES: Final = frozenset({"CredentialEnrolled", "CredentialRevoked", "SignatureDisputed", "DisputeResolved"})
