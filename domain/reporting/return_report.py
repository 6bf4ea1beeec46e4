"""Send one revision of a report back for correction, with a reason."""

from typing import ClassVar

from domain.reporting.declining import Declining
from domain.reporting.events import ReportReturned
from domain.reporting.levels import on_behalf_of


class ReturnReport(Declining):
    """A level may return what it has been given, also after it has signed; once the level above has signed, that level
    returns it. The signatures so far become void and stay visible. At level 3 ``section`` is the officer's section.
    """

    name: ClassVar[str] = "return_report"

    def execute(self) -> None:
        """Raises what ``require_declinable`` and ``require_held`` raise."""
        current = self.require_declinable(signed_up_to=self.level)
        signature = self.require_held("return", current)
        self.record(
            ReportReturned(
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
