"""How a signature stands: valid, disputed, or repudiated. A pure fold, for views and for whoever makes a finding.

The holder of a key names an instant; what was recorded at or after it is disputed, until somebody else resolves it.
Confirmed, it stands again; repudiated, it never counts. Of several disputes over one key, each can only reach further
back than those before, and the first that covers a signature decides over it: what was confirmed stays confirmed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from domain.ledger.event import Event
from domain.signing.events import DisputeResolved, Outcome, SignatureDisputed


class SignatureStanding(StrEnum):
    """Whether a signature counts: only while it is valid."""

    VALID = "valid"
    DISPUTED = "disputed"
    REPUDIATED = "repudiated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One dispute over a key; ``outcome`` is None while it is open."""

    dispute: str
    since: datetime
    outcome: Outcome | None = None


def standing_of(disputes: Sequence[Dispute], recorded_at: datetime) -> SignatureStanding:
    """How a signature of a key stands that was recorded at this instant; ``disputes`` are the key's, in log order."""
    covering = next((each for each in disputes if each.since <= recorded_at), None)
    if covering is None:
        return SignatureStanding.VALID
    match covering.outcome:
        case None:
            return SignatureStanding.DISPUTED
        case "confirmed":
            return SignatureStanding.VALID
        case "repudiated":
            return SignatureStanding.REPUDIATED
        case _:
            assert_never(covering.outcome)


def resolved(disputes: Sequence[Dispute], dispute: str, outcome: Outcome) -> list[Dispute]:
    """The same disputes with the outcome of one."""
    return [replace(each, outcome=outcome) if each.dispute == dispute else each for each in disputes]


class Standings:
    """The disputes of every key, from ``fold`` of every event in log order; it asks for ``standing`` of signatures."""

    def __init__(self) -> None:
        self._disputes: dict[str, list[Dispute]] = {}

    def fold(self, event: Event) -> None:
        """Take one event into account; others than those of disputes change nothing."""
        match event:
            case SignatureDisputed():
                disputed = Dispute(dispute=event.dispute, since=event.since)
                self._disputes.setdefault(event.credential, []).append(disputed)
            case DisputeResolved():
                known = self._disputes.get(event.credential, [])
                self._disputes[event.credential] = resolved(known, event.dispute, event.outcome)
            case _:
                pass

    def standing(self, credential: str, recorded_at: datetime) -> SignatureStanding:
        """Of a signature made by this key and recorded at this instant."""
        return standing_of(self._disputes.get(credential, []), recorded_at)
