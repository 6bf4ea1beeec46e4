"""``wenze serve``: the API and the pages, over the given PostgreSQL or our own."""

from typing import Annotated, Any, Final

import typer

from api import logs
from api.cli.database import with_database
from api.cli.terminal import run, stderr, working
from api.settings import Settings

DRAIN_S: Final = 15
"""How long requests that run may go on after the signal; then they are cut off, and the log still has its own grace."""


def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where to listen; 0 is any free port.")] = None,
) -> None:
    """Migrate, then serve until interrupted."""
    given: dict[str, Any] = {"host": host, "port": port}
    settings = Settings.load(**{name: value for name, value in given.items() if value is not None})
    logs.configure()
    run(_serve(settings))


async def _serve(settings: Settings) -> None:
    from adapters.postgres.migrate import migrate

    async with with_database(settings) as ready:
        with working("bringing the database to the newest version"):
            await migrate(str(ready.database_url), origin=ready.origin)
        await serve_app(ready)


async def serve_app(settings: Settings) -> None:
    """Serve a migrated database until interrupted."""
    import uvicorn

    from api.main import create_app

    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=64 * 1024,
        timeout_graceful_shutdown=DRAIN_S,
    )
    stderr().print(f"http://{settings.host}:{settings.port}/  (Ctrl-C ends it)")
    await uvicorn.Server(config).serve()
