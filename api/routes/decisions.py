"""The decisions that carry a signature, as they are asked about, batched, and carried out: one list of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from api.carrying import ActingCarrying, ReceiptBody
from api.routes import reports, rollups
from api.routes.fields import Body
from domain.ledger.command import Command
from domain.reporting.attest_zero import AttestZero
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.return_rollup import ReturnRollup
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup


class ToAttestZero(reports.AttestZeroAsked):
    """To attest a zero report."""

    command: Literal["attest_zero"]


class ToSignReport(reports.SignReportAsked):
    """To sign a report."""

    command: Literal["sign_report"]


class ToReturnReport(reports.ReturnReportAsked):
    """To send a report back."""

    command: Literal["return_report"]


class ToRefuseSignature(reports.RefuseSignatureAsked):
    """To refuse to sign a report."""

    command: Literal["refuse_signature"]


class ToSignRollup(rollups.SignRollupAsked):
    """To sign a roll-up."""

    command: Literal["sign_rollup"]


class ToReturnRollup(rollups.ReturnRollupAsked):
    """To send a roll-up back."""

    command: Literal["return_rollup"]


Decision: TypeAlias = Annotated[
    ToAttestZero | ToSignReport | ToReturnReport | ToRefuseSignature | ToSignRollup | ToReturnRollup,
    Field(discriminator="command"),
]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of decision: the command that decides it, and the body and route that carry it out when signed."""

    command: type[Command]
    body: type[Body]
    route: Callable[[Any, ActingCarrying], Awaitable[ReceiptBody]]


KINDS: Final[Mapping[str, Kind]] = {
    "attest_zero": Kind(AttestZero, reports.AttestZeroBody, reports.attest_zero),
    "sign_report": Kind(SignReport, reports.SignReportBody, reports.sign_report),
    "return_report": Kind(ReturnReport, reports.ReturnReportBody, reports.return_report),
    "refuse_signature": Kind(RefuseSignature, reports.RefuseSignatureBody, reports.refuse_signature),
    "sign_rollup": Kind(SignRollup, rollups.SignRollupBody, rollups.sign_rollup),
    "return_rollup": Kind(ReturnRollup, rollups.ReturnRollupBody, rollups.return_rollup),
}


def subject_of(decision: Decision) -> str:
    """The report or roll-up that is decided over."""
    return decision.rollup if isinstance(decision, rollups.AboutRollup) else decision.report
