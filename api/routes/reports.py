"""Commands about reports: draft, submit, correct, withdraw; and signed: sign, return, refuse, attest zero."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import AfterValidator, Field

from api.carrying import Acts, ReceiptBody
from api.routes.answers import COMMAND
from api.routes.fields import (
    AboutPerson,
    Body,
    Code,
    Count,
    Day,
    Digest,
    Flag,
    Id,
    Instant,
    Key,
    KeyOrId,
    LevelNumber,
    Remarks,
    ReportId,
    Sealed,
    SealedText,
    Small,
)
from api.routes.held import Examined, Signed, SignedReason
from domain.ledger.command import Command
from domain.reporting.attest_zero import AttestZero
from domain.reporting.correct_report import CorrectReport
from domain.reporting.draft_report import DraftReport
from domain.reporting.events import Nature, PersonStatus, Source
from domain.reporting.identifiers import parts_of
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.sign_report import SignReport
from domain.reporting.submit_report import SubmitReport
from domain.reporting.withdraw_report import WithdrawReport

routes: Final = APIRouter(tags=["reporting"])
MANY: Final = 300


class ClassRowBody(Body):
    """What one class reported: by whom, how and when."""

    class_id: Code
    given_by: Id
    source: Source
    given_at: Instant
    present: Small
    absent: Small


class NamedPersonBody(AboutPerson):
    """One row of the named list: who, why, and since when."""

    status: PersonStatus
    since: Day


def _each_once(rows: tuple[NamedPersonBody, ...]) -> tuple[NamedPersonBody, ...]:
    if len({(row.person, row.status) for row in rows}) != len(rows):
        raise ValueError("names a person once for each status")
    return rows


NamedList = Annotated[
    tuple[NamedPersonBody, ...], Field(min_length=1, max_length=MANY), AfterValidator(_each_once), SealedText()
]


class ContentBody(Body):
    """What a report says. ``remarks``, ``named_list`` and ``roster_difference`` go to the vault."""

    nature: Nature
    zero_attestation: Flag
    counts: Annotated[dict[Key, Count], Field(max_length=MANY)]
    flags: Annotated[dict[Key, Flag], Field(max_length=MANY)]
    choices: Annotated[dict[Key, KeyOrId], Field(max_length=MANY)]
    classes: Annotated[tuple[ClassRowBody, ...], Field(max_length=MANY)]
    missing_classes: Annotated[tuple[Code, ...], Field(max_length=MANY)]
    prepared_by: Id
    remarks: Remarks | None = None
    named_list: NamedList | None = None
    roster_difference: Remarks | None = None


class AboutReport(Body):
    """A command about one report: its personal text falls under the school's key, its events under its day."""

    report: ReportId


async def _carry_out(acts: Acts, command: type[Command], body: AboutReport) -> ReceiptBody:
    _, business_date, school = parts_of(body.report)
    return await acts.carry_out(command, body, subject=school, business_date=business_date)


class DraftReportBody(AboutReport):
    """A draft; it may be incomplete."""

    content: ContentBody


@routes.post("/api/v1/reporting/draft_report", operation_id="draft_report", **COMMAND)
async def draft_report(body: DraftReportBody, acts: Acts) -> ReceiptBody:
    """Save a draft. It is not a filing and fulfils nothing."""
    return await _carry_out(acts, DraftReport, body)


class SubmitReportBody(AboutReport):
    """The first revision of a report."""

    content: ContentBody


@routes.post("/api/v1/reporting/submit_report", operation_id="submit_report", **COMMAND)
async def submit_report(body: SubmitReportBody, acts: Acts) -> ReceiptBody:
    """File a report. Late is accepted and marked."""
    return await _carry_out(acts, SubmitReport, body)


class CorrectReportBody(AboutReport):
    """A new revision, and why."""

    content: ContentBody
    reason: Sealed


@routes.post("/api/v1/reporting/correct_report", operation_id="correct_report", **COMMAND)
async def correct_report(body: CorrectReportBody, acts: Acts) -> ReceiptBody:
    """Correct a report. The signatures over the old revision become void and stay visible."""
    return await _carry_out(acts, CorrectReport, body)


class WithdrawReportBody(AboutReport):
    """Why the current revision is withdrawn."""

    reason: Sealed


@routes.post("/api/v1/reporting/withdraw_report", operation_id="withdraw_report", **COMMAND)
async def withdraw_report(body: WithdrawReportBody, acts: Acts) -> ReceiptBody:
    """Withdraw the current revision before level 2 has signed it."""
    return await _carry_out(acts, WithdrawReport, body)


class SignReportAsked(AboutReport):
    """The level, the digest of the revision that was looked at, and at level 2 whether it was examined."""

    level: Annotated[int, Field(strict=True, ge=1, le=2)]
    digest: Digest
    examined: Examined | None = None


class SignReportBody(SignReportAsked, Signed):
    """What is signed, and the signature."""


@routes.post("/api/v1/reporting/sign_report", operation_id="sign_report", **COMMAND)
async def sign_report(body: SignReportBody, acts: Acts) -> ReceiptBody:
    """Sign a report at level 1 or 2."""
    return await _carry_out(acts, SignReport, body)


class ReturnReportAsked(AboutReport):
    """Which revision goes back, and why. At level 3, ``section`` is the officer's section."""

    level: LevelNumber
    digest: Digest
    reason: SignedReason
    section: Id | None = None


class ReturnReportBody(ReturnReportAsked, Signed):
    """What goes back, and the signature."""


@routes.post("/api/v1/reporting/return_report", operation_id="return_report", **COMMAND)
async def return_report(body: ReturnReportBody, acts: Acts) -> ReceiptBody:
    """Send a report back."""
    return await _carry_out(acts, ReturnReport, body)


class RefuseSignatureAsked(AboutReport):
    """Which revision is not signed, and why. At level 3, ``section`` is the officer's section."""

    level: LevelNumber
    digest: Digest
    reason: SignedReason
    section: Id | None = None


class RefuseSignatureBody(RefuseSignatureAsked, Signed):
    """What is refused, and the signature."""


@routes.post("/api/v1/reporting/refuse_signature", operation_id="refuse_signature", **COMMAND)
async def refuse_signature(body: RefuseSignatureBody, acts: Acts) -> ReceiptBody:
    """Refuse to sign a report, without sending it back."""
    return await _carry_out(acts, RefuseSignature, body)


class AttestZeroAsked(AboutReport):
    """The digest of the zero report that was prepared."""

    digest: Digest


class AttestZeroBody(AttestZeroAsked, Signed):
    """What is attested, and the signature."""


@routes.post("/api/v1/reporting/attest_zero", operation_id="attest_zero", **COMMAND)
async def attest_zero(body: AttestZeroBody, acts: Acts) -> ReceiptBody:
    """Attest with one's own key the zero report that one prepared."""
    return await _carry_out(acts, AttestZero, body)
