"""``wenze migrate``: the newest schemas, and a log that is open."""

from typing import Annotated

import typer

from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr, working
from api.settings import Settings


def migrate(
    origin: Annotated[str | None, typer.Option(help="The log's own name, a host and path without a scheme.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database to the newest version and open its log. Harmless when repeated."""
    settings = Settings.load(**({} if origin is None else {"origin": origin}))
    run(_migrate(settings))
    if as_json:
        answer({"origin": settings.origin, "migrated": True})
    else:
        stderr().print(f"The log [bold]{settings.origin}[/bold] is open.")


async def _migrate(settings: Settings) -> None:
    from adapters.postgres.migrate import migrate as bring_up

    async with with_database(settings) as ready:
        with working("bringing the database to the newest version"):
            await bring_up(str(ready.database_url), origin=ready.origin)
