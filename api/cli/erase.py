"""``wenze erase``: destroy the keys of every approved erasure, once more, and say what is open."""

from collections import Counter
from typing import Annotated

import typer

from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr
from api.settings import Settings


def erase(
    apply: Annotated[bool, typer.Option("--apply", help="Destroy the keys, and record it.")] = False,
    as_json: AsJson = False,
) -> None:
    """How many erasures are proposed, approved, declined, done; with --apply, destroy what is approved.

    `wenze serve` does this by itself. After a backup was restored, run it before anything else opens the vault.
    """
    result = run(_erase(Settings.load(), apply=apply))
    if as_json:
        answer(result)
        return
    for name, count in result.items():
        stderr().print(f"{name}: {count:,}")


async def _erase(settings: Settings, *, apply: bool) -> dict[str, int]:
    from api.eraser import apply_erasures, shred_lost
    from api.main import open_wiring
    from api.routes.erasure_views import Stage, fetch_erasures

    async with with_database(settings) as ready, open_wiring(ready, shredding=False) as wiring:
        result = {}
        if apply:
            applied = await apply_erasures(wiring.ledger, wiring.pool)
            publisher = wiring.publishing.publisher
            lost = await shred_lost(wiring.pool, publisher, wiring.ledger.clock.now(), after=applied.head)
            result = {"keys_destroyed": applied.destroyed + lost, "recorded": len(applied.unrecorded)}
        stages = Counter(row.stage for row in await fetch_erasures(wiring.ledger.log))
        return result | {stage.value: stages[stage] for stage in Stage}
