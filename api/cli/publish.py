"""``wenze publish``: tiles and signed checkpoints of the log, for as long as it runs."""

import asyncio
from typing import Annotated

import typer

from api import logs
from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr, working
from api.settings import Settings
from domain.evidence.checkpoint import Checkpoint


def publish(
    once: Annotated[bool, typer.Option(help="Publish what there is, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the log into the log folder. Of several processes one does; the others wait for it to end."""
    settings = Settings.load()
    if not once:
        logs.configure()
        run(_publish(settings))
        return
    checkpoint, witnessed = run(_publish_once(settings))
    if as_json:
        answer({"size": checkpoint.size, "root": checkpoint.root.hex(), "witnessed": witnessed})
    else:
        quorum, place = "witnessed" if witnessed else "unwitnessed", settings.log_folder / "public"
        stderr().print(f"Published up to position {checkpoint.size:,}, {quorum}, in {place}", markup=False)


async def _publish(settings: Settings) -> None:
    from api.main import open_wiring

    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        stderr().print(f"publishing into {settings.log_folder / 'public'}  (Ctrl-C ends it)", highlight=False)
        await wiring.publish()


async def _publish_once(settings: Settings) -> tuple[Checkpoint, bool]:
    """What was published, and whether a quorum of witnesses has cosigned it."""
    from api.log_keys import adopt_first
    from api.main import open_wiring

    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        with working("publishing"):
            await adopt_first(wiring.ledger, ready)
            checkpoint = await wiring.publishing.publisher.publish()
            if wiring.stamping is not None:
                await wiring.stamping.stamp_if_due()
        newest = await asyncio.to_thread(wiring.published.newest)
        return checkpoint, newest is not None and newest.witnessed
