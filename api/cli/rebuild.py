"""``wenze rebuild``: every view anew from the log, compared with the live one row by row, and switched."""

import typer

from adapters.postgres.rebuild import Rebuilt
from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, progress, run, stderr, working
from api.settings import Settings


def rebuild(as_json: AsJson = False) -> None:
    """Prove that rebuilt = live. Exit code 1 when a row differs."""
    result = run(_rebuild(Settings.load()))
    wrong = {name: list(keys) for name, keys in result.differences.items() if keys}
    if as_json:
        answer(
            {
                "events": result.events,
                "seconds": round(result.seconds, 3),
                "equal": result.equal,
                "compared": sorted(result.differences),
                "not_compared": sorted(result.not_compared),
                "differences": wrong,
            }
        )
    else:
        stderr().print(
            f"{len(result.differences)} views from {result.events:,} events in {result.seconds:.1f} s: "
            + ("row by row the same as the live ones." if result.equal else f"[red]different: {wrong}[/red]")
        )
        if result.not_compared:
            stderr().print(f"not compared (stopped, or of another version): {', '.join(result.not_compared)}")
    if not result.equal:
        raise typer.Exit(1)


async def _rebuild(settings: Settings) -> Rebuilt:
    from adapters.postgres.rebuild import rebuild as build_anew
    from api.main import open_wiring

    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        with working("bringing the views up to the log"):
            await wiring.projector.catch_up()
        with progress() as bar:
            task = bar.add_task("rebuilding", total=None)
            return await build_anew(
                wiring.projector, progress=lambda done, of: bar.update(task, completed=done, total=of)
            )
