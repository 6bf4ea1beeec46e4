"""``wenze recover``: what was signed is not in the database any more; bring it back, or go on under a new name."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr, working
from api.settings import Settings

if TYPE_CHECKING:
    from adapters.publisher.recovering import Recovered
    from domain.evidence.checkpoint import Checkpoint


def recover(
    from_tiles: Annotated[bool, typer.Option("--from-tiles", help="Append the signed entries that are lost.")] = False,
    new_origin: Annotated[
        str | None, typer.Option(help="Where that is impossible: the name under which the log goes on.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """After a failover or a restored backup. Stop every other process first; needs the rights of the ledger's owner."""
    if from_tiles == (new_origin is not None):
        raise typer.BadParameter("either --from-tiles or --new-origin")
    settings = Settings.load()
    if new_origin is None:
        _tell_recovered(run(_from_tiles(settings)), as_json=as_json)
        return
    origin = Settings.load(origin=new_origin).origin
    before, position = run(_under_new_name(settings, origin))
    if as_json:
        answer({"origin": origin, "position": position, "continues": {"origin": before.origin, "size": before.size}})
    else:
        stderr().print(
            f"{origin} goes on from {before.origin}, whose last checkpoint has {before.size:,} entries and stays as it "
            f"is (LogContinued at position {position:,}). Set WENZE_ORIGIN={origin}; a key is made and adopted when it "
            "is published. Give its verifier key to the witnesses and to whoever verifies.",
            markup=False,
        )


def _tell_recovered(recovered: "Recovered", *, as_json: bool) -> None:
    if as_json:
        answer({"first": recovered.first, "last": recovered.last, "sealed_lost": recovered.sealed_lost})
        return
    stderr().print(
        f"Positions {recovered.first:,} to {recovered.last:,} are back, byte for byte as they were signed. "
        f"{recovered.sealed_lost:,} sealed values of theirs are lost: tiles hold commitments, never values. The keys "
        "by which clients repeat a request are lost for them too: what they repeat is decided anew."
    )


async def _from_tiles(settings: Settings) -> "Recovered":
    import asyncpg

    from adapters.publisher.recovering import recover_tail
    from adapters.publisher.tile_files import TileFiles
    from domain.catalogue import CATALOGUE

    signed = _last_signed(settings)
    async with with_database(settings) as ready:
        connection = await asyncpg.connect(str(ready.database_url))
        try:
            with working("bringing back what was signed"):
                return await recover_tail(
                    connection, TileFiles(settings.log_folder / "public"), signed, catalogue=CATALOGUE
                )
        finally:
            await connection.close()


async def _under_new_name(settings: Settings, origin: str) -> "tuple[Checkpoint, int]":
    import asyncpg

    from adapters.publisher.continuing import continue_log

    signed = _last_signed(settings)
    async with with_database(settings) as ready:
        connection = await asyncpg.connect(str(ready.database_url))
        try:
            return signed, await continue_log(connection, signed, origin)
        finally:
            await connection.close()


def _last_signed(settings: Settings) -> "Checkpoint":
    from adapters.disk import Disk
    from adapters.publisher.checking import last_signed
    from adapters.publisher.errors import NothingToRecover
    from adapters.publisher.state import PublisherState
    from adapters.publisher.tile_files import TileFiles
    from domain.evidence.checkpoint import parse_checkpoint

    folder = settings.log_folder
    note = last_signed(PublisherState(folder / "state", Disk()), TileFiles(folder / "public"), settings.origin)
    if note is None:
        raise NothingToRecover
    return parse_checkpoint(note.text)
