"""``wenze bench``: the code of production beside its peers."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli.terminal import AsJson, answer, stderr
from api.settings import Settings


def build() -> typer.Typer:
    """The benchmarks."""
    benchmarks = typer.Typer(help="The code of production beside its peers.", no_args_is_help=True)
    benchmarks.command("append")(append)
    benchmarks.callback()(_benchmarks)
    return benchmarks


def _benchmarks() -> None:
    """With a callback, one benchmark is still named: `wenze bench append`."""


def append(
    quick: Annotated[bool, typer.Option("--quick", help="Under a minute.")] = False, as_json: AsJson = False
) -> None:
    """One event of about 300 bytes, three tags, a uniqueness condition; fsync on."""
    from api.bench.append import run

    console = stderr()
    try:
        report = run(dsn=Settings.load().database_url, quick=quick, progress=console.print)
    except ModuleNotFoundError as error:
        console.print(f"{error.name} is not installed: `make bench` sets the peers up.", style="red")
        raise typer.Exit(1) from error
    if as_json:
        answer(msgspec.to_builtins(report))
        return
    table = Table("what", "peer", "n", "rate", "p50 ms", "p99 ms", "peak MB")
    for row in report.rows:
        table.add_row(
            row.what, row.peer, str(row.n), f"{row.rate:,.0f}", f"{row.p50_ms:.2f}", f"{row.p99_ms:.2f}",
            f"{row.peak_mb:.0f}",
        )  # fmt: skip
    Console().print(table)
    Console().print({name: round(ratio, 2) for name, ratio in report.ratios.items()})
