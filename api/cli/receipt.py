"""``wenze receipt``: the proof that the event at a position is in the published log, for whoever runs it."""

import asyncio
import sys
from typing import Annotated

import typer

from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr
from api.settings import Settings
from domain.ledger.errors import NotFound


def receipt(
    position: Annotated[int, typer.Argument(min=1, max=2**53, help="The position of the event.")],
    as_json: AsJson = False,
) -> None:
    """Print the .tlog-proof of an event."""
    told = run(_receipt(Settings.load(), position))
    if as_json:
        answer(told)
        return
    sys.stdout.write(str(told["proof"]))
    witnessed = "witnessed" if told["witnessed"] else "unwitnessed: no quorum of witnesses has cosigned this checkpoint"
    stderr().print(f"leaf {told['leaf']} in a tree of {told['size']}, {witnessed}", highlight=False, soft_wrap=True)


async def _receipt(settings: Settings, position: int) -> dict[str, object]:
    from adapters.publisher.errors import NotYetPublished
    from adapters.publisher.rows import PostgresRows
    from api.main import open_wiring

    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        for _, leaf in await PostgresRows(wiring.pool).leaves(position - 1, 1):
            published = await asyncio.to_thread(wiring.published.holding, position)
            if published is None:
                raise NotYetPublished(position=position)
            proof = await asyncio.to_thread(wiring.published.proof, published, position, leaf)
            return {
                "position": position,
                "leaf": leaf.hex(),
                "size": published.checkpoint.size,
                "witnessed": published.witnessed,
                "proof": proof.encoded().decode(),
            }
        raise NotFound(position=position)
