"""``wenze events``: the log, as lines of JSON, as one JSON object, or as a table; for whoever runs it, all classes."""

import sys
from datetime import datetime
from enum import Enum, auto
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli.database import with_database
from api.cli.terminal import AsJson, progress, run
from api.settings import Settings
from domain.catalogue import CATALOGUE
from domain.ledger.errors import Invalid
from domain.ledger.query import EVERYTHING, Query, QueryItem
from domain.ledger.tags import normal_tags
from domain.ledger.time import instant_text, parse_instant

PAGE = 500
Tags = Annotated[list[str] | None, typer.Option("--tag", help="All of these tags, such as school:….")]
Types = Annotated[list[str] | None, typer.Option("--type", help="Any of these types.")]


class Shape(Enum):
    """How events are written: as they come, or whole."""

    LINES = auto()
    OBJECT = auto()
    TABLE = auto()


def events(
    *,
    tag: Tags = None,
    event_type: Types = None,
    after: Annotated[int, typer.Option(min=0, max=2**53, help="Positions after this one.")] = 0,
    upto: Annotated[int | None, typer.Option(min=0, max=2**53, help="Positions up to this one.")] = None,
    recorded_from: Annotated[str | None, typer.Option(help="Recorded at or after this instant.")] = None,
    recorded_to: Annotated[str | None, typer.Option(help="Recorded before this instant.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 1_000_000,
    lines: Annotated[bool, typer.Option("--ndjson/--table", help="One JSON object a line, or a table.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show events in position order."""
    unknown = sorted(set(event_type or ()) - CATALOGUE.types.keys())
    if unknown:
        raise Invalid("type", "no such event type", types=unknown)
    query = Query((QueryItem(frozenset(event_type or ()), frozenset(normal_tags(tag or ()))),))
    run(
        _events(
            Settings.load(),
            query if tag or event_type else EVERYTHING,
            after=after,
            upto=upto,
            recorded_from=None if recorded_from is None else parse_instant(recorded_from, field="recorded_from"),
            recorded_to=None if recorded_to is None else parse_instant(recorded_to, field="recorded_to"),
            limit=limit,
            shape=Shape.OBJECT if as_json else Shape.LINES if lines else Shape.TABLE,
        )
    )


async def _events(
    settings: Settings,
    query: Query,
    *,
    after: int,
    upto: int | None,
    recorded_from: datetime | None,
    recorded_to: datetime | None,
    limit: int,
    shape: Shape,
) -> None:
    from api.main import open_wiring
    from api.routes.events import event_line, span
    from domain.ledger.replay import head_of

    table = Table("position", "recorded", "type", "class", "tags")
    # Written with the first event: until then nothing on standard output claims that the log can be read.
    before = '{"events": ['
    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        log = wiring.ledger.log
        position, last = await span(
            log,
            head=await head_of(log),
            after=after,
            upto=upto,
            recorded_from=recorded_from,
            recorded_to=recorded_to,
        )
        with progress(disable=shape is Shape.LINES) as bar:  # lines show themselves how far they are
            task = bar.add_task("reading", total=max(0, last - position))
            while position < last and limit > 0:
                found = (await log.read(query, after=position, upto=last, limit=min(PAGE, limit))).events
                for recorded in found:
                    line = event_line(recorded)
                    if shape is Shape.LINES:
                        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
                    elif shape is Shape.OBJECT:
                        sys.stdout.write(before + msgspec.json.encode(line).decode())
                        before = ", "
                    else:
                        table.add_row(
                            str(line.position), instant_text(line.recorded_at), line.type, line.event_class,
                            " ".join(line.tags),
                        )  # fmt: skip
                limit -= len(found)
                if len(found) < PAGE:
                    break
                bar.advance(task, found[-1].position - position)
                position = found[-1].position
    if shape is Shape.OBJECT:
        sys.stdout.write("]}\n" if before == ", " else before + "]}\n")
    elif shape is Shape.TABLE:
        Console().print(table)
