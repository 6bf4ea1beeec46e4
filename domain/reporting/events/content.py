"""What a report says: not an event, but the part of one that is digested and signed."""

from datetime import datetime
from enum import StrEnum

import msgspec

from domain.ledger.event import Commitment


class Source(StrEnum):
    """Who gave the row of a class."""

    TEACHER = "teacher"
    SUBSTITUTE = "substitute"
    PHONE = "phone"


class ClassRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one class reported: by whom, how and when; ``present`` and ``absent`` make up the class."""

    class_id: str
    given_by: str
    source: Source
    given_at: datetime
    present: int
    absent: int


class Nature(StrEnum):
    """A zero report says that everything was checked and nothing found; it is an attestation, never empty fields."""

    ZERO = "zero"
    POSITIVE = "positive"


class PersonStatus(StrEnum):
    """Why a person stands on the named list of a report."""

    HUBEI_REGISTERED = "hubei_registered"
    OUTSIDE_CITY = "outside_city"
    RETURNED = "returned"
    NOT_RETURNED = "not_returned"
    HOME_OBSERVATION = "home_observation"
    CENTRAL_QUARANTINE = "central_quarantine"
    FEVER_OR_COUGH = "fever_or_cough"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a report says. Its digest is what is signed.

    ``missing_classes`` names every class without a row: no class missed unseen. ``choices`` holds choice fields.
    ``named_list`` commits to a list of commitments, each to a row of person, status and day under that person's key.
    ``roster_difference`` says why the counts of people are not those of the declared roster.
    """

    nature: Nature
    zero_attestation: bool
    counts: dict[str, int]
    flags: dict[str, bool]
    choices: dict[str, str]
    classes: tuple[ClassRow, ...]
    missing_classes: tuple[str, ...]
    prepared_by: str
    remarks: Commitment | None = None
    named_list: Commitment | None = None
    roster_difference: Commitment | None = None
