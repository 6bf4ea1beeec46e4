"""The app, and the only wiring: here adapters meet the domain.

Opened in this order, closed in the reverse: pool, event log, projector, clocks. The log is closed before the pool is,
so that what waits in the queue is still answered; what arrives later is told that appends have stopped.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import uuid4

import structlog
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from adapters.files.scans import Scans
from adapters.ids import UuidV7Ids
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import INDEX_PLANS, open_pool
from adapters.postgres.projector import Projector
from adapters.postgres.rebuild import RebuildFailed, rebuild_outdated
from adapters.postgres.vault import PostgresVault
from adapters.publisher.following import Following
from adapters.publisher.published import PublishedLog
from adapters.publisher.publisher import Publisher
from adapters.publisher.rows import PostgresRows
from adapters.publisher.state import WhyRefused
from api import problems
from api.cosigners import open_cosigning, read_policy
from api.edge import Edge
from api.eraser import keep_erasing, shred_approved, shred_lost
from api.ledger import Ledger, request_bytes
from api.log_keys import adopt_first
from api.metrics import Metrics
from api.missed_clock import keep_looking
from api.nonces import Nonces
from api.pages import add_pages
from api.pages.answering import or_page
from api.problems import DATABASE_AWAY
from api.readiness import Interruptions, Readiness
from api.routes import (
    bundles,
    credential_views,
    credentials,
    duties,
    enrolments,
    erasure,
    erasure_views,
    events,
    forms,
    groups,
    health,
    log_files,
    organisations,
    people,
    receipts,
    registry,
    reports,
    rollup_views,
    rollups,
    scans,
    schools,
    sign_batch,
    signer,
    statements,
    views,
)
from api.routes.answers import ProblemBody
from api.routes.paging import schemas_of
from api.settings import Settings, SettingsWrong
from api.timestamps import open_stamping
from api.wiring import Wiring
from domain.catalogue import CATALOGUE
from domain.ledger.entry import MACHINE, Actor
from domain.ledger.errors import Invalid, WenzeError
from domain.ledger.record_interruption import RecordInterruption

PROBE_S: Final = 2.0
STOP_S: Final = 2.0
NOT_STORED: Final[tuple[type[Exception], ...]] = (WenzeError, *DATABASE_AWAY)
DESCRIPTION: Final = "问责: who reported what, when, who signed it, and that nobody has changed a byte since."


@asynccontextmanager
async def open_wiring(
    settings: Settings, *, metrics: Metrics | None = None, shredding: bool = True
) -> AsyncIterator[Wiring]:
    """The ledger of the settings' database, with its vault. Raises SettingsWrong without a database, NotMigrated.

    ``shredding``: before anything can be opened, what the log says is erased is destroyed once more.
    """
    if settings.database_url is None:
        raise SettingsWrong(["WENZE_DATABASE_URL: needed here"])
    async with AsyncExitStack() as stack:
        pool = await open_pool(settings.database_url, size=settings.connections)
        stack.callback(pool.terminate)
        log = await PostgresEventLog.open(
            settings.database_url, catalogue=CATALOGUE, secret=settings.mac_key(), readers=settings.connections
        )
        stack.push_async_callback(log.close)
        vault = PostgresVault(
            pool, master=settings.vault_master_key(), masters=settings.vault_master_keys, clock=log.clock
        )
        await vault.require_own_kek()
        ledger = Ledger(
            log=log,
            clock=log.clock,
            ids=UuidV7Ids(log.clock),
            vault=vault,
            origin=log.origin,
        )
        policy = read_policy(settings)
        # Its statements are planned once and run for ever, over a log that may have been empty then.
        rows = await open_pool(settings.database_url, size=1, name="wenze publish", settings=INDEX_PLANS)
        stack.callback(rows.terminate)
        publisher = Publisher(
            PostgresRows(rows),
            settings.log_folder,
            origin=log.origin,
            keys=settings.log_keys,
            cosigning=None if policy is None else await stack.enter_async_context(open_cosigning(policy, log.origin)),
        )
        if shredding:
            shredded = await shred_approved(log, pool, log.clock.now())
            await shred_lost(pool, publisher, log.clock.now(), after=shredded.head)
        published = PublishedLog(publisher.files, policy)
        stamping = await stack.enter_async_context(open_stamping(settings, publisher, published))
        yield Wiring(
            settings=settings,
            ledger=ledger,
            pool=pool,
            metrics=metrics or Metrics(),
            simulated=log.simulated,
            projector=Projector(log, pool),
            vault=vault,
            scans=Scans(settings.data_folder / "scans", vault),
            nonces=Nonces(settings.mac_key(), origin=log.origin),
            enrolment_nonces=Nonces(settings.mac_key(), origin=log.origin, purpose="enrolment"),
            publishing=Following(
                publisher, grown_beyond=log.grown_beyond, before=partial(adopt_first, ledger, settings)
            ),
            published=published,
            stamping=stamping,
        )


def create_app(settings: Settings) -> FastAPI:
    """The app over the settings' database; nothing is opened before it starts."""

    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            wiring = await stack.enter_async_context(open_wiring(settings, metrics=metrics))
            readiness = Readiness(wiring.ledger, wiring.metrics)
            for name, work in (
                ("projector", wiring.projector.run(before=partial(_rebuild_outdated, wiring.projector))),
                (
                    "missed-clock",
                    keep_looking(wiring.ledger, wiring.pool, every_s=settings.missed_clock, simulated=wiring.simulated),
                ),
                ("eraser", keep_erasing(wiring.ledger, wiring.pool)),
                ("readiness", _watch_readiness(wiring.ledger, readiness)),
                ("publisher", wiring.publish() if settings.publish else wiring.publishing.watch()),
            ):
                stack.push_async_callback(_stop, _start(name, work))
            app.state.wiring, app.state.readiness = wiring, readiness
            try:
                yield
            finally:
                app.state.wiring = None

    app = FastAPI(
        title="Wenze 问责",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    for area in (organisations, people, groups, forms, duties, reports, rollups, erasure):
        app.include_router(area.routes)
    for area in (credentials, enrolments, statements, sign_batch, scans):
        app.include_router(area.routes)
    for area in (views, rollup_views, schools, registry, signer, credential_views, erasure_views):
        app.include_router(area.routes)
    for area in (events, receipts, bundles, log_files, health):
        app.include_router(area.routes)
    add_pages(app)
    _describe(app)

    def now() -> datetime | None:
        wiring = getattr(app.state, "wiring", None)
        return wiring.ledger.clock.now() if isinstance(wiring, Wiring) else None

    def simulated() -> bool:
        wiring = getattr(app.state, "wiring", None)
        return isinstance(wiring, Wiring) and wiring.simulated

    def refused() -> WhyRefused | None:
        wiring = getattr(app.state, "wiring", None)
        return wiring.publishing.why_refused if isinstance(wiring, Wiring) else None

    app.add_middleware(
        Edge,
        body_limit=settings.body_limit,
        now=now,
        simulated=simulated,
        refused=refused,
        metrics=metrics,
        unforeseen=or_page(problems.ANSWERS[Exception]),
    )
    return app


def _describe(app: FastAPI) -> None:
    """Let the OpenAPI document hold the schemas of problems and of the views' rows."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            schemas["ProblemBody"] = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schemas_of(
                *(views.answers, rollup_views.answers, schools.answers, registry.answers),
                *(signer.answers, credential_views.answers, erasure_views.answers),
            )
            app.openapi_schema = schema
        return app.openapi_schema

    app.__dict__["openapi"] = document


def _start(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[None]) -> None:
    """A task that must not end has ended: the line says so at once, not at shutdown."""
    if not task.cancelled():
        structlog.get_logger("wenze").error("task_ended", task=task.get_name(), exc_info=task.exception())


async def _stop(task: asyncio.Task[None]) -> None:
    """What waits for a database that does not answer is waited for no longer: the end of the pool ends it as well."""
    task.cancel()
    await asyncio.wait((task,), timeout=STOP_S)


async def _rebuild_outdated(projector: Projector) -> None:
    """Views of an earlier version, before anything is projected. One that cannot be rebuilt keeps its rows."""
    try:
        await rebuild_outdated(projector)
    except RebuildFailed as error:
        structlog.get_logger("wenze").error("view_outdated", **error.details)


async def _watch_readiness(ledger: Ledger, readiness: Readiness) -> None:
    """Record every window in which appends could not commit, as soon as they can again."""
    interruptions = Interruptions()
    while True:
        window = interruptions.window(await readiness.probe(), ledger.clock.now())
        if window is not None:
            began_at, ended_at = window
            try:
                await ledger.carry_out(
                    lambda: RecordInterruption(began_at=began_at, ended_at=ended_at),  # noqa: B023 carried out at once
                    actor=Actor(person=MACHINE),
                    key=str(uuid4()),
                    request=request_bytes(RecordInterruption.name, {"began_at": began_at, "ended_at": ended_at}),
                )
            except Invalid:
                pass  # another process has recorded this window
            except NOT_STORED as error:
                # This append could not commit either: the window is not over, and is recorded whole when it is.
                interruptions.go_on(began_at)
                structlog.get_logger("wenze").error("interruption_not_recorded", error=type(error).__name__)
        await asyncio.sleep(PROBE_S)
