"""``wenze figures``: the article's figures, rebuilt from the events."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, working
from api.settings import Settings
from domain.ledger.errors import PositionBeyondHead
from domain.ledger.time import parse_instant


def figures(
    as_of: Annotated[str | None, typer.Option(help="A recorded instant (RFC 3339) or a position.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the figures that the events give, as of now or of then."""
    settings = Settings.load()
    position = int(as_of) if as_of is not None and as_of.isascii() and as_of.isdigit() else None
    instant = parse_instant(as_of, field="as_of") if as_of is not None and position is None else None
    rows = run(_figures(settings, instant, position))
    if as_json:
        answer({"figures": rows})
        return
    table = Table("row", "value", "status", "as of")
    for row, figure in rows.items():
        table.add_row(
            row,
            f"{figure.get('relation') or ''} {figure.get('value', '')}".strip(),
            str(figure.get("status", "")),
            str(figure.get("as_of") or ""),
        )
    Console().print(table)


async def _figures(settings: Settings, instant: datetime | None, position: int | None) -> dict[str, dict[str, Any]]:
    from adapters.postgres.views.article_figures import fetch_figures
    from api.main import open_wiring

    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        with working("bringing the views up to the log"):
            head = await wiring.projector.catch_up()
        if position is not None and position > head:
            raise PositionBeyondHead(position=position, head=head)
        async with wiring.pool.acquire() as connection:
            found = await fetch_figures(connection, instant=instant, position=position)
    return {str(row): msgspec.to_builtins(figure.with_evidence()) for row, figure in sorted(found.items())}
