"""The one error root, and the errors of the ledger itself.

Every concrete class carries a stable ``code``; ``api/errors.py`` holds the only table from codes to HTTP status and to
a Chinese and an English sentence. The domain knows no HTTP.
"""

from typing import ClassVar


class WenzeError(Exception):
    """The root. ``details`` are plain values (never personal data) that a client may show or act on."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str = "", **details: str | int | list[str]) -> None:
        super().__init__(message or self.code)
        self.details = details


class Refusal(WenzeError):
    """The command is not allowed now; deciding again on the same history refuses again."""

    code = "refused"


class Invalid(WenzeError):
    """The input breaks a rule that no history can change; ``field`` and ``rule`` name which."""

    code = "invalid"

    def __init__(self, field: str, rule: str, **details: str | int | list[str]) -> None:
        super().__init__(f"{field}: {rule}", field=field, rule=rule, **details)


class NotFound(WenzeError):
    """Nothing with this identifier is in the ledger, or the reader may not know of it."""

    code = "not_found"


class KeyDestroyed(NotFound):
    """The key under which this would be sealed has been destroyed: the data of its subject are erased."""

    code = "key_destroyed"


class VaultKeyWrong(WenzeError):
    """The vault's keys are wrapped under another key-encryption key than this process was given."""

    code = "vault_key_wrong"


class FormatError(Invalid):
    """The entry cannot be written in format 1."""

    code = "format"


class EntryTooLarge(FormatError):
    """The canonical entry is longer than 65,535 bytes."""

    code = "entry_too_large"


class ConditionFailed(WenzeError):
    """Another event entered the boundary after it was read. Decide again."""

    code = "condition_failed"


class KeyReused(WenzeError):
    """This actor used this idempotency key for another request."""

    code = "key_reused"


class WindowClosed(WenzeError):
    """``recorded_before`` has passed: the office or window that the decision relied on is over. Decide again."""

    code = "window_closed"


class EndedBeforeRecorded(Refusal):
    """The office or window that this relied on still ran when it was received, and ended before it could be recorded.

    ``ended_at`` says when.
    """

    code = "ended_before_recorded"


class ContentionError(WenzeError):
    """The boundary changed at every attempt to decide. Nothing was stored; try again later."""

    code = "contention"


class AppendRejected(WenzeError):
    """The database refused this append although its neighbours were stored.

    It already holds an id or commitment of it, or a value is sealed under a key that is no longer in the vault.
    """

    code = "append_rejected"


class QueueFull(WenzeError):
    """The append queue holds its limit. Nothing was queued; ``retry_after_s`` says when to try again."""

    code = "queue_full"

    def __init__(self, retry_after_s: int = 1) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(WenzeError):
    """The append may or may not be stored. Repeat it with the same key: that is always safe."""

    code = "outcome_unknown"


class AppendsStopped(WenzeError):
    """The ledger takes no appends (a clock ran back, a stored entry did not match its hash, shutdown)."""

    code = "appends_stopped"


class PositionBeyondHead(WenzeError):
    """A read demanded a position that this ledger has not reached, or one of another origin."""

    code = "position_beyond_head"


class ViewStopped(WenzeError):
    """The view stands before an event it cannot project, or projecting is interrupted; its reads are refused."""

    code = "view_stopped"


class ViewBehind(WenzeError):
    """The view did not reach the demanded position within the wait."""

    code = "view_behind"


class LogKeyTaken(Refusal):
    """The key was adopted before, or the log has another although this was to be its first."""

    code = "log_key_taken"
