"""Talking to a terminal: answers on standard output, everything else on standard error."""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeAlias, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.errors import Language, row_of
from domain.ledger.errors import Invalid, Refusal, WenzeError

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Result = TypeVar("Result")


def stderr() -> Console:
    """Where everything goes that is no answer."""
    return Console(stderr=True)


def answer(value: object) -> None:
    """The one JSON object of a command; at once, for the command may go on to serve."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def progress(*, disable: bool = False) -> Progress:
    """A bar on standard error, gone when it is done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # Not redirected: an answer written meanwhile would join the bar on standard error.
    return Progress(*columns, console=stderr(), transient=True, redirect_stdout=False, disable=disable)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on standard error what takes its time, for as long as it does."""
    with progress() as bar:
        bar.add_task(what, total=None)
        yield


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run the asynchronous part of a command. Told to end (SIGTERM), it ends as after Ctrl-C, and clears up."""
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(_until_told(work))
        except asyncio.CancelledError:
            raise typer.Exit(128 + signal.SIGTERM) from None


async def _until_told(work: Coroutine[Any, Any, Result]) -> Result:
    """The work, cancelled at SIGTERM; a server that serves meanwhile has its own way to end."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if task is not None:
        signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))
    return await work


def complain(error: WenzeError, language: Language) -> int:
    """Say what is wrong in the user's language; the exit code: 2 for what was given, 1 for how things stand."""
    console = stderr()
    console.print(f"[red]{row_of(error).sentence(language)}[/red]", highlight=False)
    if str(error) != error.code:
        console.print(str(error), markup=False, highlight=False)
    elif error.details:
        console.print(" · ".join(f"{name}: {value}" for name, value in error.details.items()), markup=False)
    wrong_input = isinstance(error, Invalid) or error.code == "settings_wrong"
    return 2 if wrong_input and not isinstance(error, Refusal) else 1
