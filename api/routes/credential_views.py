"""How credentials stand, from the log itself: a view might not know yet of a revocation."""

from typing import Final, Literal

import msgspec
from fastapi import APIRouter, Response

from api.identity import Asking
from api.position import Demanded
from api.routes.enrolments import code_of
from api.routes.fields import Digest
from api.routes.paging import Answers, AwareInstant, json_answer
from domain.ledger.errors import NotFound
from domain.ledger.ports import EventLog
from domain.ledger.query import Query, QueryItem
from domain.signing.credential_state import CredentialState
from domain.signing.events import EVENTS, CredentialEnrolled, Outcome

routes: Final = APIRouter(tags=["signing"])
answers: Final = Answers()


class DisputeTold(msgspec.Struct, frozen=True, kw_only=True):
    """One dispute; ``outcome`` is absent while it is open."""

    dispute: str
    since: AwareInstant
    outcome: Outcome | None


class CredentialTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One credential: whose it is, how strong, and how it stands: usable, revoked or frozen."""

    credential: str
    code: str
    person: str
    method: str
    strength: str
    public_key: str
    algorithm: int
    vouched_by: str
    enrolled_at: AwareInstant
    position: int
    standing: Literal["usable", "frozen", "revoked"]
    disputes: list[DisputeTold]
    valid_from: AwareInstant | None = None
    credential_id: str | None = None
    rp_id: str | None = None


class CredentialsTold(msgspec.Struct, frozen=True, kw_only=True):
    """The credentials of one person, oldest first."""

    person: str
    credentials: list[CredentialTold]
    position: int
    simulated: bool


@routes.get("/api/v1/signing/credentials", operation_id="own_credentials", **answers.one(CredentialsTold))
async def own_credentials(*, asking: Asking, demanded: Demanded) -> Response:
    """The asker's own credentials."""
    position = await demanded.head()
    mine = await credentials_of(demanded.wiring.ledger.log, f"person:{asking.person}")
    told = [each for each in mine if each.person == asking.person]
    simulated = demanded.wiring.simulated
    return json_answer(
        demanded, CredentialsTold(person=asking.person, credentials=told, position=position, simulated=simulated)
    )


@routes.get("/api/v1/signing/credentials/{credential}", operation_id="credential", **answers.one(CredentialTold))
async def credential(*, asking: Asking, demanded: Demanded, credential: Digest) -> Response:
    """How one credential stands: to its holder, to who vouched for it, and to whoever sees the whole city."""
    await demanded.head()
    found = await credentials_of(demanded.wiring.ledger.log, f"credential:{credential}")
    if not found:
        raise NotFound(credential=credential)
    if asking.person not in (found[0].person, found[0].vouched_by):
        asking.require_bureau()
    return json_answer(demanded, found[0])


async def credentials_of(log: EventLog, tag: str) -> list[CredentialTold]:
    """The credentials that a tag leads to."""
    types = frozenset(each.type_name for each in EVENTS)
    found = await log.read(Query((QueryItem(types, frozenset({tag})),)))
    enrolments = {each.event.credential: each for each in found.events if isinstance(each.event, CredentialEnrolled)}
    told = []
    for name, recorded in enrolments.items():
        event, state = recorded.event, CredentialState(name)
        assert isinstance(event, CredentialEnrolled)  # noqa: S101 - chosen by it
        for each in found.events:
            each.event.mutate(state)
        told.append(
            CredentialTold(
                credential=name,
                code=code_of(name),
                person=event.person,
                method=event.method,
                strength=event.strength,
                public_key=event.public_key,
                algorithm=event.algorithm,
                vouched_by=event.vouched_by,
                enrolled_at=recorded.recorded_at,
                position=recorded.position,
                standing="frozen" if state.is_frozen else "revoked" if state.is_revoked or state.disputes else "usable",
                disputes=[DisputeTold(dispute=d.dispute, since=d.since, outcome=d.outcome) for d in state.disputes],
                valid_from=event.valid_from,
                credential_id=event.credential_id,
                rp_id=event.rp_id,
            )
        )
    return told
