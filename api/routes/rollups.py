"""Commands about roll-ups: build, sign, return."""

from typing import Final

from fastapi import APIRouter

from api.carrying import Acts, ReceiptBody
from api.routes.answers import COMMAND
from api.routes.fields import Body, Digest, Id, RollupId
from api.routes.held import Examined, Signed, SignedReason
from domain.ledger.command import Command
from domain.reporting.build_rollup import BuildRollup
from domain.reporting.identifiers import parts_of
from domain.reporting.return_rollup import ReturnRollup
from domain.reporting.sign_rollup import SignRollup

routes: Final = APIRouter(tags=["reporting"])


class AboutRollup(Body):
    """A command about one roll-up. For the bureau's, ``section`` is the officer's section."""

    rollup: RollupId
    section: Id | None = None


async def _carry_out(acts: Acts, command: type[Command], body: AboutRollup) -> ReceiptBody:
    _, business_date, organisation = parts_of(body.rollup)
    return await acts.carry_out(command, body, subject=organisation, business_date=business_date)


class BuildRollupBody(AboutRollup):
    """Which roll-up: the figures are counted, never handed in."""


@routes.post("/api/v1/reporting/build_rollup", operation_id="build_rollup", **COMMAND)
async def build_rollup(body: BuildRollupBody, acts: Acts) -> ReceiptBody:
    """Build a roll-up from what stands below, with its gaps named."""
    return await _carry_out(acts, BuildRollup, body)


class SignRollupAsked(AboutRollup):
    """The digest of the revision that was looked at, and whether it was examined."""

    digest: Digest
    examined: Examined | None = None


class SignRollupBody(SignRollupAsked, Signed):
    """What is signed, and the signature."""


@routes.post("/api/v1/reporting/sign_rollup", operation_id="sign_rollup", **COMMAND)
async def sign_rollup(body: SignRollupBody, acts: Acts) -> ReceiptBody:
    """Sign a district's roll-up at level 2, or the bureau's at level 3."""
    return await _carry_out(acts, SignRollup, body)


class ReturnRollupAsked(AboutRollup):
    """Which revision goes back, and why."""

    digest: Digest
    reason: SignedReason


class ReturnRollupBody(ReturnRollupAsked, Signed):
    """What goes back, and the signature."""


@routes.post("/api/v1/reporting/return_rollup", operation_id="return_rollup", **COMMAND)
async def return_rollup(body: ReturnRollupBody, acts: Acts) -> ReceiptBody:
    """Send a district's roll-up back."""
    return await _carry_out(acts, ReturnRollup, body)
