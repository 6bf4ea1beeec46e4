"""``wenze demo``: spring 2020 for 403 sites, lived on a real PostgreSQL, its figures rebuilt, then served."""

import socket
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import structlog
import typer
from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from api import logs
from api.cli.serve import serve_app
from api.cli.terminal import AsJson, answer, run, stderr, working
from api.cli.token import issue
from api.demo.city import DISTRICTS, MOST_DISTRICTS, City, build_city
from api.demo.database import fresh_database, server
from api.demo.stage import Lived, live_on, log_key_of, origin_of
from api.demo.stories import ALL_DAYS
from api.settings import Settings

LIVING_BAR_S: Final = 90
REBUILD_BAR_S: Final = 15
TOKEN_LASTS: Final = timedelta(days=7)
NAMES: Final = {
    2: "学校（园） schools and kindergartens",
    3: "师生 staff and pupils",
    4: "确诊或疑似病例 confirmed or suspected cases",
    5: "工作专班 task forces of the bureau",
    6: "网络层级 levels of the network",
    7: "签字层级 levels that sign",
    8: "局劝返组 dissuasion groups of the bureau",
    9: "学区、学校小组 groups of districts and schools",
    10: "小组成员 people in those groups",
}


def demo(
    seed: Annotated[int, typer.Option(help="Another seed, another city and other days.")] = 2020,
    days: Annotated[int, typer.Option(min=1, max=ALL_DAYS, help="How many days from 27 January 2020 on.")] = ALL_DAYS,
    districts: Annotated[
        int, typer.Option(min=1, max=MOST_DISTRICTS, help="How many districts: synthetic, the real number is unknown.")
    ] = DISTRICTS,
    serve: Annotated[bool, typer.Option(help="Serve the API and the pages afterwards.")] = True,
    as_json: AsJson = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where to serve; else a free port.")] = None,
) -> None:
    """Live spring 2020 on a database of its own, print the figures rebuilt from the events, and serve them."""
    _quiet()
    settings = Settings.load()
    city = build_city(seed, districts=districts)
    run(_demo(settings, city, days=days, serve=serve, as_json=as_json, port=port))


async def _demo(settings: Settings, city: City, *, days: int, serve: bool, as_json: bool, port: int | None) -> None:
    console = stderr()
    console.print(
        f"[bold]Wenze 问责[/bold]  spring 2020, {days} days, 403 schools, {len(city.districts)} districts, "
        f"seed {city.seed}; simulated and synthetic"
    )
    async with AsyncExitStack() as stack:
        with working("starting PostgreSQL"):
            address = await stack.enter_async_context(server(settings))
        dsn = await stack.enter_async_context(fresh_database(settings, address))
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="wenze-demo-")))
        key = SecretStr(log_key_of(city.seed).private_text())
        settings = settings.model_copy(
            update={"database_url": dsn, "origin": origin_of(city.seed), "log_folder": folder / "log", "log_key": key}
        )
        lived = await _lived(console, settings, dsn, city, days=days)
        if as_json:
            answer(lived.as_json())
        _print_figures(console, lived)
        if not lived.rebuilt.equal:
            console.print("[red]the rebuilt views differ from the live ones[/red]", dict(lived.rebuilt.differences))
            raise typer.Exit(1)
        if serve:
            await _serve(console, settings, lived, port)


async def _lived(console: Console, settings: Settings, dsn: str, city: City, *, days: int) -> Lived:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        living = bar.add_task("founding the city", total=days)
        rebuilding = bar.add_task("rebuilding every view", total=None, start=False)

        def lived_day(step: str) -> None:
            if step != "founding":
                bar.update(living, description=f"living {step}", advance=1)

        def rebuilt(done: int, of: int) -> None:
            bar.start_task(rebuilding)
            bar.update(rebuilding, completed=done, total=of)

        return await live_on(dsn, settings, city=city, days=days, progress=lived_day, rebuilding=rebuilt)


def _print_figures(console: Console, lived: Lived) -> None:
    table = Table(title="Rebuilt from the events (row of the article; as of its own instant, or of the end)")
    for heading in ("row", "figure", "", "value", "as of"):
        table.add_column(heading, justify="right" if heading in ("row", "value") else "left")
    for row, figure in sorted(lived.figures.items()):
        if figure.value is None or figure.as_of is None:
            continue
        table.add_row(
            str(row), NAMES.get(row, ""), figure.relation or "", f"{figure.value:,}", f"{figure.as_of:%Y-%m-%d %H:%M}Z"
        )
    console.print(table)
    later = sum(figure.value is None for figure in lived.figures.values())
    console.print(f"{later} rows need inspections or other work that is not in the ledger yet: not yet rebuilt.")
    console.print(
        f"{lived.events:,} events by {lived.commands:,} commands in {lived.seconds:.1f} s; every view filled anew from "
        f"the log in {lived.rebuilt.seconds:.1f} s, row by row the same as the live one."
    )
    console.print(f"Published: {lived.published.size:,} entries under the root {lived.published.root.hex()}")
    console.print(
        f"On two quiet cores all {ALL_DAYS} days take less than {LIVING_BAR_S} s, "
        f"and filling the views anew less than {REBUILD_BAR_S} s."
    )


async def _serve(console: Console, settings: Settings, lived: Lived, port: int | None) -> None:
    settings = settings.model_copy(update={"port": _free_port(settings.host, settings.port) if port is None else port})
    officer = lived.city.sections[0].officer
    # Tokens live in real time, also beside a simulated log.
    _, secret = await issue(settings, officer.person, datetime.now(UTC) + TOKEN_LASTS)
    site = f"http://{settings.host}:{settings.port}"
    console.print(f"\nPages   {site}/\nAPI     {site}/api/v1/openapi.json\nLog     {site}/log/checkpoint")
    console.print(f"Key     {log_key_of(lived.city.seed).verifier.vkey()}", highlight=False)
    console.print(f"Token   {secret}\n        (a section officer of the bureau; valid for seven days of real time)")
    console.print("The log goes on from the end of the scenario; every answer says simulated.")
    await serve_app(settings)


def _free_port(host: str, wanted: int) -> int:
    """The wanted port, or any other when somebody has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise typer.BadParameter("no free port", param_hint="--port")


def _quiet() -> None:
    """Of the log lines only warnings are shown: the bar and the figures are what one wants to see."""
    logs.configure()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
