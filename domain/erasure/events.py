"""Events of erasure: periods adopted, erasures proposed and decided, keys destroyed, legal holds.

A person or organisation is named by its pseudonym, the reason by a closed set: words would name whom they are about.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec

from domain.ledger.event import Commitment, Event, EventClass

Purpose = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
"""What a value is kept for: the name of the field that was sealed."""


class Ground(StrEnum):
    """Why data go: the five cases of the Personal Information Protection Law, article 47(1)."""

    PURPOSE_ENDED = "purpose_ended"  # 处理目的已实现、无法实现或者不再必要
    RETENTION_OVER = "retention_over"  # 停止提供服务,或者保存期限已届满
    CONSENT_WITHDRAWN = "consent_withdrawn"  # 个人撤回同意
    UNLAWFUL = "unlawful"  # 违反法律、行政法规或者约定处理
    OTHER_LAW = "other_law"  # 法律、行政法规规定的其他情形


class SealedUnder(msgspec.Struct, frozen=True, kw_only=True):
    """One key of the vault: whose, for what, and of which year."""

    subject: str
    purpose: Purpose
    term: int


class RetentionAdopted(Event, frozen=True, kw_only=True):
    """A retention period was adopted: values of a purpose are kept so many days after the end of their year.

    ``source`` is the provision it rests on. The newest version counts, for values sealed before it too.
    """

    type_name: ClassVar[str] = "RetentionAdopted"
    purpose: Purpose
    retention_version: int
    days: int
    source: str

    def tags(self) -> tuple[str, ...]:
        return (f"retention:{self.purpose}",)


class ErasureProposed(Event, frozen=True, kw_only=True):
    """It was proposed to destroy these keys, or every key of a person, those still to be made included."""

    type_name: ClassVar[str] = "ErasureProposed"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    erasure: str
    ground: Ground
    proposed_by: str
    on_behalf_of: str | None = None
    person: str | None = None
    keys: tuple[SealedUnder, ...] | None = None

    def tags(self) -> tuple[str, ...]:
        return _tags(self.erasure, self.person)


class ErasureApproved(Event, frozen=True, kw_only=True):
    """A second person approved. This is the decision: from here on the keys count as destroyed, whatever is restored.

    Of proposed keys those that were spared are left out.
    """

    type_name: ClassVar[str] = "ErasureApproved"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    erasure: str
    ground: Ground
    approved_by: str
    person: str | None = None
    keys: tuple[SealedUnder, ...] | None = None

    def tags(self) -> tuple[str, ...]:
        return _tags(self.erasure, self.person)


class ErasureDeclined(Event, frozen=True, kw_only=True):
    """The proposal was turned down; nothing was destroyed."""

    type_name: ClassVar[str] = "ErasureDeclined"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    erasure: str
    declined_by: str
    person: str | None = None

    def tags(self) -> tuple[str, ...]:
        return _tags(self.erasure, self.person)


class KeysDestroyed(Event, frozen=True, kw_only=True):
    """The service destroyed the keys of an approved erasure: these, as the vault had them."""

    type_name: ClassVar[str] = "KeysDestroyed"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    erasure: str
    keys: tuple[SealedUnder, ...]
    person: str | None = None

    def tags(self) -> tuple[str, ...]:
        return _tags(self.erasure, self.person)


class LegalHoldPlaced(Event, frozen=True, kw_only=True):
    """Nothing of a person or organisation is erased before ``until``: it may be evidence."""

    type_name: ClassVar[str] = "LegalHoldPlaced"
    event_class: ClassVar[EventClass] = EventClass.SEALED
    hold: str
    over: str
    until: datetime
    placed_by: str
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return (f"hold:{self.hold}", f"held:{self.over}")


class LegalHoldEnded(Event, frozen=True, kw_only=True):
    """A legal hold ended early."""

    type_name: ClassVar[str] = "LegalHoldEnded"
    event_class: ClassVar[EventClass] = EventClass.SEALED
    hold: str
    over: str
    ended_at: datetime
    ended_by: str

    def tags(self) -> tuple[str, ...]:
        return (f"hold:{self.hold}", f"held:{self.over}")


def _tags(erasure: str, person: str | None) -> tuple[str, ...]:
    # Whom it is about may read it. A hundred subjects would be more tags than an event may have.
    return (f"erasure:{erasure}",) if person is None else (f"erasure:{erasure}", f"person:{person}")


EVENTS: tuple[type[Event], ...] = (
    RetentionAdopted,
    ErasureProposed,
    ErasureApproved,
    ErasureDeclined,
    KeysDestroyed,
    LegalHoldPlaced,
    LegalHoldEnded,
)
