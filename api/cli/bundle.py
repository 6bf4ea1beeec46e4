"""``wenze bundle``: make a bundle, for whoever runs it; what is open and of the office, unless told otherwise."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.bundles.asked import MOST_POSITIONS, Asked, PositionsAsked, ReportAsked, SchoolAsked
from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr, working
from api.settings import Settings
from domain.ledger.entry import MACHINE
from domain.ledger.errors import Invalid
from domain.ledger.event import EventClass

_CLASSES = {
    EventClass.OPEN: frozenset({EventClass.OPEN}),
    EventClass.OFFICE: frozenset({EventClass.OPEN, EventClass.OFFICE}),
    EventClass.SEALED: frozenset({EventClass.OPEN, EventClass.OFFICE, EventClass.SEALED}),
    EventClass.SOURCE: frozenset(EventClass),
}


def bundle(
    out: Annotated[Path, typer.Option(help="Where the zip is written; never over a file that is there.")],
    *,
    report: Annotated[str | None, typer.Option(help="One report.")] = None,
    school: Annotated[str | None, typer.Option(help="A school, with --from and --to.")] = None,
    first_day: Annotated[str | None, typer.Option("--from", help="The first day.")] = None,
    last_day: Annotated[str | None, typer.Option("--to", help="The last day.")] = None,
    position: Annotated[list[int] | None, typer.Option(min=1, max=2**53 - 1, help="Single entries.")] = None,
    upto_class: Annotated[EventClass, typer.Option("--class", help="The most secret class.")] = EventClass.OFFICE,
    disclose: Annotated[bool, typer.Option(help="With personal values and their salts.")] = False,
    person: Annotated[str, typer.Option(help="For whom it is recorded to be made.")] = MACHINE,
    as_json: AsJson = False,
) -> None:
    """Make a bundle that anybody can verify."""
    asked = _asked(report, school, first_day, last_day, position)
    if out.exists():
        raise FileExistsError(f"{out} is there already")
    said = run(_make(Settings.load(), asked, out, classes=_CLASSES[upto_class], disclose=disclose, person=person))
    if as_json:
        answer(said)
    else:
        stderr().print(f"{out}: {said['entries']} entries, checkpoint of {said['size']}", highlight=False)


async def _make(
    settings: Settings, asked: Asked, out: Path, *, classes: frozenset[EventClass], disclose: bool, person: str
) -> dict[str, object]:
    from api.bundles.making import Exporter
    from api.main import open_wiring
    from api.routes.bundles import bundle_maker

    exporter = Exporter(
        person=person,
        may_read=lambda recorded: recorded.event.event_class in classes,
        may_disclose=lambda _: disclose,
    )
    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        with working("making the bundle"):
            made = await bundle_maker(wiring).make(asked, exporter)
    with out.open("xb") as file:
        file.write(made.packed)
    return {"bundle": made.bundle, "out": str(out), "entries": made.entries, "size": made.size}


def _asked(
    report: str | None, school: str | None, first: str | None, last: str | None, positions: list[int] | None
) -> Asked:
    if sum(each is not None for each in (report, school, positions)) != 1:
        raise Invalid("report", "give one of --report, --school and --position")
    if report is not None:
        return ReportAsked(report)
    if school is not None:
        return SchoolAsked(school, _day("from", first), _day("to", last))
    if len(positions or ()) > MOST_POSITIONS:
        raise Invalid("position", f"at most {MOST_POSITIONS}")
    return PositionsAsked(tuple(positions or ()))


def _day(name: str, text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise Invalid(name, "must be YYYY-MM-DD") from error
