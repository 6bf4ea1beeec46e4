"""Level 2 is about to sign a report, and may hand in what it likes."""

from typing import Any

from domain.ledger.errors import WenzeError
from domain.reporting.sign_report import SignReport
from domain.signing.held_signature import HeldSignature
from tests.domain.reporting.story import (
    ORIGIN,
    PRINCIPAL,
    REPORT,
    REVIEWER,
    Story,
    acting,
)

BY = acting(REVIEWER)


class Hand:
    """Level 2 is about to sign: what it would say, and a command over whatever it hands in instead."""

    def __init__(self, *more: Any) -> None:
        self.story = Story(*more)
        self.digest = self.story.filed().digest
        self.first = self.story.signed(PRINCIPAL, 1, self.digest)
        self.says = self.story.states(BY, "sign", 2, self.digest, REPORT, examined="examined")

    def hands_in(self, signature: HeldSignature, by: Any = BY, **changes: Any) -> SignReport:
        given: dict[str, Any] = {"level": 2, "nonce": self.says["nonce"], "examined": "examined", "origin": ORIGIN}
        return SignReport(acting=by, report=REPORT, digest=self.digest, held=signature, **given | changes)

    def refuses(self, signature: HeldSignature, error: type[WenzeError], **changes: Any) -> None:
        self.story.refuses(self.hands_in(signature, **changes), error)
