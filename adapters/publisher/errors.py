"""Why the publisher does not sign. Each names the position from which on it does not; appends go on (ADR 0016)."""

from collections.abc import Mapping
from typing import ClassVar, Final

from domain.ledger.errors import NotFound, Refusal, WenzeError


class SigningRefused(WenzeError):
    """Signing would vouch for what is not so. ``position`` is the first that will not be signed; 0 when unknown."""

    code: ClassVar[str] = "signing_refused"

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message, position=position, why=message)
        self.position = position


class LogForked(SigningRefused):
    """The database does not extend what was signed: from ``position`` on it differs, or ends before it."""

    code: ClassVar[str] = "log_forked"


class RowCorrupt(SigningRefused):
    """The row at ``position`` is missing, its leaf is not the hash of its entry, or its time is before the last."""

    code: ClassVar[str] = "row_corrupt"


class LogKeyNotHeld(SigningRefused):
    """The event at ``position`` adopts a key that is not here or was given up, or no key of this log was adopted."""

    code: ClassVar[str] = "log_key_not_held"


class PublisherStateWrong(SigningRefused):
    """The last signed checkpoint is of another log, unreadable, or not signed by a key of this one."""

    code: ClassVar[str] = "publisher_state_wrong"


class PublisherElsewhere(WenzeError):
    """Another process holds the publisher's lock on this folder."""

    code: ClassVar[str] = "publisher_elsewhere"


class NotYetPublished(NotFound):
    """The event is stored, and no checkpoint holds it yet; it does within a second or so."""

    code: ClassVar[str] = "not_yet_published"
    retry_after_s: ClassVar[int] = 1


class TilesUnreadable(WenzeError):
    """A published file is missing or damaged; the publisher builds it anew from the database when it starts."""

    code: ClassVar[str] = "tiles_unreadable"


class NothingToRecover(Refusal):
    """The database holds all that was signed, or nothing was ever signed here."""

    code: ClassVar[str] = "nothing_to_recover"


class TailNotRecoverable(Refusal):
    """The database has something of its own at ``position``, or the bundles no longer hold what was signed there."""

    code: ClassVar[str] = "tail_not_recoverable"

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message, position=position)


REFUSALS: Final[Mapping[str, type[SigningRefused]]] = {
    each.code: each for each in (LogForked, RowCorrupt, LogKeyNotHeld, PublisherStateWrong)
}
"""By their codes, for those who are told of one."""
