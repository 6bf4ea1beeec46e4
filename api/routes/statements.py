"""What is to be signed: the statements of decisions, in bytes and in words, with the nonce they are signed with.

A person asks, is shown the words, signs exactly these digests with the own key, and sends the decision with the
signature. Nothing is kept in between: the nonce proves itself, and the command makes the statement again.
"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import Field

from adapters.postgres.views.organisation_names import fetch_names
from adapters.sealing import commit
from api.carrying import build_command
from api.identity import ActingAs, Wired
from api.nonces import LASTS, LASTS_ON_PAPER
from api.problems import language_of_request, problem_body
from api.routes.answers import READ, ProblemBody
from api.routes.decisions import KINDS, Decision, subject_of
from api.routes.fields import Body, Flag
from api.routes.held import SignedReason
from api.statement_words import in_words
from api.wiring import Wiring
from domain.evidence.statement import MAX_BATCH, Statement, batch_digest, batch_root, statement_digest
from domain.ledger.errors import ViewStopped, WenzeError
from domain.ledger.handling import rehearse
from domain.registry.authority import Acting
from domain.reporting.identifiers import parts_of
from domain.signing.errors import SignatureNeeded

routes: Final = APIRouter(tags=["signing"])


class StatementsBody(Body):
    """What one is about to decide. ``on_paper`` lets the nonce last a day."""

    decisions: Annotated[tuple[Decision, ...], Field(min_length=1, max_length=MAX_BATCH)]
    on_paper: Flag = False


class StatementBody(Body):
    """One decision: either what is to be signed, with its digest and in words, or why it would be refused."""

    subject: str
    statement: dict[str, str | int] | None = None
    digest: str | None = None
    zh: str | None = None
    en: str | None = None
    problem: ProblemBody | None = None


class BatchToSign(Body):
    """One signature over all statements: the Merkle root over their digests in this order, and what is signed."""

    size: int
    root: str
    digest: str


class StatementsAnswer(Body):
    """The statements in the order asked for. Of several, those that can be signed are a ``batch``, in their order."""

    nonce: str
    expires_at: datetime
    statements: list[StatementBody]
    batch: BatchToSign | None = None


@routes.post("/api/v1/signing/statements", operation_id="statements", **READ)
async def statements(body: StatementsBody, deputed: ActingAs, wiring: Wired, request: Request) -> StatementsAnswer:
    """What to sign for up to 20 decisions, and whether each could be taken now. Nothing is stored."""
    now, lasting = datetime.now(UTC), LASTS_ON_PAPER if body.on_paper else LASTS
    nonce = wiring.nonces.issue(deputed.acting.person, at=now, on_paper=body.on_paper)
    found = await asyncio.gather(*(_statement(decision, nonce, deputed.acting, wiring) for decision in body.decisions))
    names = await _names(wiring)
    told, digests = [], []
    for decision, signed in zip(body.decisions, found, strict=True):
        subject = subject_of(decision)
        if isinstance(signed, WenzeError):
            problem = ProblemBody.model_validate(problem_body(signed, language_of_request(request)))
            told.append(StatementBody(subject=subject, problem=problem))
            continue
        organisation = parts_of(subject)[2]
        zh, en = in_words(subject, signed, names.get(organisation, organisation))
        digests.append(statement_digest(signed))
        told.append(StatementBody(subject=subject, statement=signed, digest=digests[-1], zh=zh, en=en))
    return StatementsAnswer(
        nonce=nonce,
        expires_at=now + lasting,
        statements=told,
        batch=_batch(digests, nonce, wiring.ledger.origin) if len(digests) > 1 else None,
    )


def _batch(digests: list[str], nonce: str, origin: str) -> BatchToSign:
    root, size = batch_root(digests), len(digests)
    return BatchToSign(size=size, root=root, digest=batch_digest(origin=origin, size=size, root=root, nonce=nonce))


async def _statement(decision: Decision, nonce: str, acting: Acting, wiring: Wiring) -> Statement | WenzeError:
    """The statement that the command would want signed, as things stand; or why it would refuse anyhow."""
    values: dict[str, Any] = decision.model_dump(exclude_none=True)
    reason = getattr(decision, "reason", None)
    if isinstance(reason, SignedReason):
        values["reason"] = commit(reason.text, bytes.fromhex(reason.salt))
    given = {"acting": acting, "at": acting.at, "origin": wiring.ledger.origin, "nonce": nonce}
    try:
        await rehearse(build_command(KINDS[decision.command].command, values | given), log=wiring.ledger.log)
    except SignatureNeeded as needed:
        return needed.statement
    except WenzeError as error:
        return error
    raise AssertionError("a decision without a signature was allowed")


async def _names(wiring: Wiring) -> dict[str, str]:
    """What organisations are called. Nobody waits for a stopped view to sign: then ids stand in their place."""
    try:
        async with wiring.pool.acquire() as connection:
            return (await fetch_names(connection)).all
    except ViewStopped:
        return {}
