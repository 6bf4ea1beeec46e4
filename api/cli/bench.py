"""``wenze bench``: the code of production beside its peers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli.terminal import AsJson, answer, stderr
from api.settings import Settings

if TYPE_CHECKING:
    from api.bench.report import Report


def build() -> typer.Typer:
    """The benchmarks."""
    benchmarks = typer.Typer(help="The code of production beside its peers.", no_args_is_help=True)
    for each in (append, proof):
        benchmarks.command(each.__name__)(each)
    return benchmarks


def append(
    quick: Annotated[bool, typer.Option("--quick", help="Under a minute.")] = False, as_json: AsJson = False
) -> None:
    """One event of about 300 bytes, three tags, a uniqueness condition; fsync on."""
    from api.bench.append import run

    _report(run, quick=quick, as_json=as_json)


def proof(
    quick: Annotated[bool, typer.Option("--quick", help="A twentieth of the entries.")] = False, as_json: AsJson = False
) -> None:
    """A million entries hashed again, proofs from tiles, verifying, and appending while checkpoints are published."""
    from api.bench.proof import run

    _report(run, quick=quick, as_json=as_json)


class _Run(Protocol):
    def __call__(self, *, dsn: str | None, quick: bool, progress: Callable[[str], None]) -> "Report": ...


def _report(run: _Run, *, quick: bool, as_json: bool) -> None:
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
