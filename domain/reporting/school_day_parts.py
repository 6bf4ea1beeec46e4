"""What a school-day is made of: revisions, signatures, objections, reminders, absences, each with its mark.

A mark says where and when something stands in the ledger. Only the fold in ``school_day.py`` makes these.
"""

from datetime import datetime

import msgspec

from domain.reporting.events import Nature
from domain.reporting.timeliness import Arrival
from domain.signing.signature_standing import SignatureStanding


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the log something happened, and its two instants."""

    position: int
    received_at: datetime
    recorded_at: datetime

    @property
    def arrival(self) -> Arrival:
        """The two instants, as timeliness wants them."""
        return Arrival(self.received_at, self.recorded_at)


class Revision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One filed revision. ``missing_classes`` counts the classes that it names as missing; ``corrects``: it superseded
    the one before; ``roster_differs``: it counts other people than the roster, for a reason that lies in the vault.
    """

    revision: int
    digest: str
    nature: Nature
    prepared_by: str
    missing_classes: int
    mark: Mark
    roster_differs: bool = False
    corrects: bool = False
    withdrawn: Mark | None = None


class Hand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """With which key somebody signed, and how that stands: the first ``dispute`` that reached it decides.

    ``attested_by`` is the second person of what was signed by hand; ``batch`` how many were signed at once, where they
    were more than one.
    """

    method: str
    credential: str
    attested_by: str | None = None
    batch: int | None = None
    dispute: str | None = None
    standing: SignatureStanding = SignatureStanding.VALID


class Attestation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who prepared a zero report attested this revision of it with the own key."""

    revision: int
    person: str
    appointment: str
    mark: Mark
    hand: Hand
    delegation: str | None = None
    on_behalf_of: str | None = None


class Signature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signature; when ``voided`` is set, ``voided_by`` says why (corrected, returned, withdrawn).

    ``receipt`` is when this level got what it signed: at level 1 the filing, at level 2 the signature of level 1, at
    level 3 the district's signature over its roll-up. A level 3 signature is the bureau's over the roll-up that covered
    ``digest``; it is never voided, it stands for what it covered.
    """

    level: int
    revision: int
    digest: str
    signature: str
    person: str
    appointment: str
    mark: Mark
    receipt: Mark
    hand: Hand
    below: str | None = None
    delegation: str | None = None
    on_behalf_of: str | None = None
    examined: str | None = None
    voided: Mark | None = None
    voided_by: str | None = None


class Objection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A return or a refusal to sign, by whom, at which level, of which revision. The reason lies in the vault.

    ``receipt`` is when this level got what it objected to.
    """

    kind: str
    level: int
    revision: int
    person: str
    appointment: str
    reason: str
    mark: Mark
    receipt: Mark
    hand: Hand
    delegation: str | None = None
    on_behalf_of: str | None = None


class Reminder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reminder: sent, and perhaps served."""

    reminder: str
    level: int
    addressee: str
    channel: str
    sent: Mark
    how: str | None = None
    served_to: str | None = None
    served_at: datetime | None = None
    served: Mark | None = None


class Absence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The clock found nothing at the deadline of a level; ``rollup`` where the signature over a roll-up was missing."""

    level: int
    deadline: datetime
    rules: str
    mark: Mark
    rollup: str | None = None


class Excuse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The level above accepted the absence or the lateness."""

    level: int
    person: str
    appointment: str
    reason: str
    mark: Mark
    delegation: str | None = None
    on_behalf_of: str | None = None


class Inheritance(msgspec.Struct, frozen=True, kw_only=True):
    """Another organisation answers the duty from here on."""

    heir: str
    mark: Mark


class Cover(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A roll-up that covers this report: its name and revision, and the report digest that it covered.

    ``mark`` is its building or, once it is signed, its signature. ``receipt`` is when its level got what it covers.
    """

    rollup: str
    revision: int
    digest: str
    mark: Mark
    receipt: Mark
    returned: bool = False
