"""One signature over many decisions."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.carrying import ActingCarrying, Acts, ReceiptBody, receipt_links
from api.identity import Wired
from api.problems import language_of_request, problem_body
from api.routes.answers import COMMAND, ProblemBody
from api.routes.decisions import KINDS, Decision, subject_of
from api.routes.fields import Body, Digest
from api.routes.held import HeldOnceBody, Nonce
from domain.evidence.statement import MAX_BATCH, batch_path
from domain.ledger.errors import WenzeError

routes: Final = APIRouter(tags=["signing"])


class SignedDecision(Body):
    """A decision, and the digest of its statement as it was signed."""

    decision: Decision
    statement: Digest


class SignBatchBody(Body):
    """The decisions in the order in which they were signed, with their one signature over the root of the batch."""

    decisions: Annotated[tuple[SignedDecision, ...], Field(min_length=1, max_length=MAX_BATCH)]
    nonce: Nonce
    held: HeldOnceBody


class Outcome(Body):
    """What became of one decision: a receipt, or a problem."""

    subject: str
    receipt: ReceiptBody | None = None
    problem: ProblemBody | None = None


class SignBatchAnswer(Body):
    """The outcomes in the order of the decisions."""

    outcomes: list[Outcome]


@routes.post("/api/v1/signing/sign_batch", operation_id="sign_batch", **COMMAND)
async def sign_batch(
    body: SignBatchBody, acts: Acts, wiring: Wired, request: Request, response: Response
) -> SignBatchAnswer:
    """Carry out up to 20 decisions under one signature, each on its own: each has its receipt or its problem.

    A decision that became impossible meanwhile (a report was corrected while the reviewer read the next) takes none of
    the others with it. Each decision is stored as if it had been sent alone, with its place in the batch and under a
    key of its own that is derived from this request's key: the same request again answers what was stored, and decides
    again what was refused.
    """
    digests = [each.statement for each in body.decisions]
    found = await asyncio.gather(
        *(
            _carried(each.decision, _held(body, digests, n), body.nonce, acts.numbered(n))
            for n, each in enumerate(body.decisions)
        ),
        return_exceptions=True,
    )
    outcomes = []
    for each, outcome in zip(body.decisions, found, strict=True):
        subject = subject_of(each.decision)
        if isinstance(outcome, ReceiptBody):
            outcomes.append(Outcome(subject=subject, receipt=outcome))
        elif isinstance(outcome, WenzeError):
            problem = ProblemBody.model_validate(problem_body(outcome, language_of_request(request)))
            outcomes.append(Outcome(subject=subject, problem=problem))
        else:
            raise outcome
    positions = sorted(each.receipt.first for each in outcomes if each.receipt is not None)
    request.state.command = "sign_batch"
    if positions:
        request.state.position = positions[-1]
        response.headers["Wenze-Position"] = wiring.position_token(positions[-1])
        response.headers["Link"] = receipt_links(positions)
    return SignBatchAnswer(outcomes=outcomes)


def _held(body: SignBatchBody, digests: list[str], index: int) -> dict[str, Any]:
    place = {"index": index, "size": len(digests), "path": batch_path(digests, index)}
    return body.held.model_dump(exclude_none=True) | {"batch": place}


async def _carried(decision: Decision, held: dict[str, Any], nonce: str, acts: ActingCarrying) -> ReceiptBody:
    kind = KINDS[decision.command]
    asked = decision.model_dump(exclude={"command"}, exclude_none=True)
    return await kind.route(kind.body.model_validate({**asked, "nonce": nonce, "held": held}), acts)
