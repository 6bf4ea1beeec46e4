"""``wenze fsck``: does the database still hold what was appended, and what was signed?"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.fsck.log import Checked
from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, complain, progress, run, stderr
from api.settings import VAULT_KEY_FILE, Settings, user_language
from domain.evidence.errors import MalformedError
from domain.evidence.note import VerifierKey, parse_vkey
from domain.ledger.errors import Invalid, WenzeError

COULD_NOT: Final = 2
SHOWN: Final = 50


def fsck(
    *,
    vkey: Annotated[
        list[str] | None,
        typer.Option(
            "--vkey", help="A verifier key of the log, known from elsewhere; else those whose secret is here."
        ),
    ] = None,
    database_only: Annotated[
        bool, typer.Option("--database-only", help="Look at no published files: the log is not published here.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only hash every entry, and compare with the checkpoints.")
    ] = False,
    views: Annotated[bool, typer.Option("--views/--no-views", help="Rebuild every view beside the live one.")] = True,
    processes: Annotated[int, typer.Option(min=1, help="How many work at once.")] = os.cpu_count() or 1,
    as_json: AsJson = False,
) -> None:
    """Compare rows, tags, keys, vault, tiles, checkpoints and views with the entries, and name each difference.

    Exit code 0: nothing differs. 1: something does. 2: something could not be looked at.
    """
    from asyncpg import InterfaceError, PostgresError

    from adapters.embedded import ClusterError

    try:
        settings = Settings.load()
        keys = _keys(settings, vkey)
        folder = None if database_only else settings.log_folder
        checked = run(_fsck(settings, keys, folder, quick=quick, views=views and not quick, processes=processes))
        witnessed = None if folder is None else _witnessed(settings, folder)
    except WenzeError as error:
        complain(error, user_language())
        raise typer.Exit(COULD_NOT) from error
    except (ClusterError, OSError, InterfaceError, PostgresError) as error:
        stderr().print(str(error), markup=False, highlight=False, style="red")
        raise typer.Exit(COULD_NOT) from error
    if as_json:
        answer(fsck_json(checked) | {"witnessed": witnessed})
    else:
        _print(checked)
        if witnessed is not None:
            said = "witnessed" if witnessed else "unwitnessed: no quorum of witnesses has cosigned it"
            stderr().print(f"the published checkpoint is {said}", highlight=False)
    raise typer.Exit(1 if checked.differences.count else COULD_NOT if checked.unchecked else 0)


def fsck_json(checked: Checked) -> dict[str, object]:
    """What was found, as the answer of ``--json``. ``named`` are at most a thousand of ``found`` differences."""
    return {
        "origin": checked.origin,
        "size": checked.size,
        "root": checked.root.hex(),
        "clean": not checked.differences.count and not checked.unchecked,
        "looked_at": checked.counts,
        "unchecked": checked.unchecked,
        "found": checked.differences.count,
        "named": [
            {
                "where": each.where,
                "position": each.position,
                "field": each.field,
                "expected": each.expected,
                "found": each.found,
            }
            for each in checked.differences.named
        ],
    }


def _print(checked: Checked) -> None:
    console, count = stderr(), checked.differences.count
    for each in checked.differences.named[:SHOWN]:
        console.print(each.sentence(), style="red", markup=False, highlight=False)
    if count > SHOWN:
        console.print(f"… and {count - SHOWN:,} more; --json names up to a thousand.", highlight=False)
    for sentence in checked.unchecked:
        console.print(f"not looked at: {sentence}", style="yellow", markup=False, highlight=False)
    looked_at = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in checked.counts.items())
    console.print(f"{checked.origin}, position {checked.size:,}, root {checked.root.hex()}", highlight=False)
    console.print(f"looked at: {looked_at}", highlight=False)
    console.print(f"{count:,} differences" if count else "nothing differs", style="red" if count else "green")


def _witnessed(settings: Settings, folder: Path) -> bool | None:
    """Whether the published checkpoint has the quorum of our policy; None when there is none that can be read."""
    from adapters.publisher.errors import TilesUnreadable
    from adapters.publisher.published import PublishedLog
    from adapters.publisher.tile_files import TileFiles
    from api.cosigners import read_policy

    try:
        newest = PublishedLog(TileFiles(folder / "public"), read_policy(settings)).newest()
    except TilesUnreadable:
        return None
    return None if newest is None else newest.witnessed


def _keys(settings: Settings, given: list[str] | None) -> list[VerifierKey]:
    """Never from the database: whoever can change it could put a key of their own there."""
    if given is None:
        return [key.verifier for key in settings.log_keys()]
    try:
        return [parse_vkey(each) for each in given]
    except MalformedError as error:
        raise Invalid("vkey", error.rule) from error


def _masters(settings: Settings) -> tuple[bytes, ...]:
    """What opens the vault, if it is here: to look must not make a new key."""
    is_here = settings.vault_key is not None or (settings.data_folder / VAULT_KEY_FILE).exists()
    return settings.vault_master_keys() if is_here else ()


async def _fsck(
    settings: Settings, keys: list[VerifierKey], folder: Path | None, *, quick: bool, views: bool, processes: int
) -> Checked:
    from adapters.fsck.log import Given, check_log, check_tree
    from domain.catalogue import CATALOGUE
    from domain.ledger.commitments import sealed_fields

    async with with_database(settings) as ready:
        given = Given(
            dsn=str(ready.database_url),
            folder=folder,
            keys=keys,
            sealed={name: sealed_fields(event_type) for name, event_type in CATALOGUE.types.items()},
            masters=_masters(settings),
            processes=processes,
        )
        with progress() as bar:
            task = bar.add_task("hashing every entry", total=None)
            checked = await (check_tree if quick else check_log)(
                given, progress=lambda done, of: bar.update(task, completed=done, total=of)
            )
            if views and checked.size:
                task = bar.add_task("rebuilding the views", total=None)
                await _views(ready, checked, lambda done, of: bar.update(task, completed=done, total=of))
    return checked


async def _views(settings: Settings, checked: Checked, progress: Callable[[int, int], None]) -> None:
    from adapters.fsck.views import check_views
    from api.main import open_wiring

    try:
        async with open_wiring(settings) as wiring:
            checked.counts["views"] = await check_views(
                wiring.projector, differences=checked.differences, unchecked=checked.unchecked, progress=progress
            )
    except WenzeError as error:
        # A database that was damaged enough opens no log: what was found in it is told all the same.
        checked.unchecked.append(f"the views: {error}")
