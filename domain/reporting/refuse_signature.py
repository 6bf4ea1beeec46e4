"""Refuse to sign one revision of a report, with a reason, without sending it back."""

from typing import ClassVar

from domain.reporting.declining import Declining
from domain.reporting.events import SignatureRefused
from domain.reporting.levels import on_behalf_of


class RefuseSignature(Declining):
    """The refusal stays visible. It does not bind: this level may still sign, or return, the same revision later.

    At level 3 ``section`` is the officer's section.
    """

    name: ClassVar[str] = "refuse_signature"

    def execute(self) -> None:
        """Raises what ``require_declinable`` and ``require_held`` raise."""
        current = self.require_declinable(signed_up_to=self.level - 1)
        signature = self.require_held("refuse", current)
        self.record(
            SignatureRefused(
                report=self.report.report,
                district=self.report.duty.district,
                revision=current.revision,
                level=self.level,
                digest=current.digest,
                person=self.authority.acting.person,
                appointment=self.authority.acting.appointment,
                reason=self.reason,
                nonce=self.signing.nonce,
                signature=signature,
                below=self.below,
                delegation=self.authority.acting.delegation,
                on_behalf_of=on_behalf_of(self.authority),
                held=self.signing.given,
            )
        )
