"""What somebody with every password does to a log: its rows, its files, its checkpoints."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from adapters.publisher.tile_files import TileFiles
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.note import Note, parse_note
from domain.evidence.tiles import TiledTree
from domain.ledger.time import instant_text, parse_instant
from tests.adapters.fsck.signed_log import KEY, SIZE, STRANGER, Superuser

ONE_ENTRY = 25
Act = Callable[[Superuser], Awaitable[None]]


def sql(*statements: str) -> Act:
    async def run(superuser: Superuser) -> None:
        for statement in statements:
            await superuser.run(statement)

    return run


async def one_byte_of_one_entry(superuser: Superuser) -> None:
    await superuser.run(
        "UPDATE ledger.event SET entry = set_byte(entry, position('S-25'::bytea in entry) + 1, 54) WHERE position = 25"
    )
    assert (await superuser.entry(ONE_ENTRY))["payload"]["code"] == "S-65"


async def one_entry_with_its_leaf(superuser: Superuser) -> None:
    await superuser.forge(ONE_ENTRY, lambda entry: entry["payload"].update(name="别的"))


async def an_entry_that_is_no_json(superuser: Superuser) -> None:
    await superuser.run("UPDATE ledger.event SET entry = set_byte(entry, 0, 0) WHERE position = 25")


async def a_member_twice(superuser: Superuser) -> None:
    entry = await superuser.value("SELECT entry FROM ledger.event WHERE position = 25")
    twice = b'{"actor":{"person":"nobody"},' + entry[1:]
    await superuser.run(
        "UPDATE ledger.event SET entry = $1, leaf = sha256('\\x00'::bytea || $1::bytea) WHERE position = 25", twice
    )


async def the_newest_row_and_all_that_knows_it(superuser: Superuser) -> None:
    """Also of the ten that were appended together, as if only nine had been."""
    await superuser.run("DELETE FROM ledger.event WHERE position = 300")
    await superuser.run("DELETE FROM ledger.event_tag WHERE position = 300")
    await superuser.run("UPDATE ledger.append_key SET last = 299 WHERE last = 300")
    await superuser.run("UPDATE ledger.head SET position = 299")


async def swap(superuser: Superuser) -> None:
    await superuser.run("UPDATE ledger.event SET position = 1000 WHERE position = 25")
    await superuser.run("UPDATE ledger.event SET position = 25 WHERE position = 26")
    await superuser.run("UPDATE ledger.event SET position = 26 WHERE position = 1000")
    await superuser.run("UPDATE ledger.event_tag SET position = 1051 - position WHERE position IN (25, 26)")
    await superuser.run("UPDATE ledger.event_tag SET position = position - 1000 WHERE position > 1000")


async def back_dated_throughout(superuser: Superuser) -> None:
    def earlier(entry: dict[str, Any]) -> None:
        entry["recorded_at"] = instant_text(parse_instant(entry["recorded_at"]) - timedelta(days=1))

    for position in range(31, 41):
        await superuser.forge(position, earlier)
    await superuser.run("UPDATE ledger.append_key SET recorded_at = recorded_at - interval '1 day' WHERE first = 31")


async def the_tail_anew(superuser: Superuser) -> None:
    for position in range(295, 300):
        await superuser.forge(position, lambda entry: entry["payload"].update(public=False))


async def a_row_in_the_middle(superuser: Superuser) -> None:
    await superuser.run("UPDATE ledger.event SET position = position + 1000 WHERE position >= 299")
    await superuser.run("UPDATE ledger.event SET position = position - 999 WHERE position >= 1000")
    await superuser.run("UPDATE ledger.event_tag SET position = position + 1000 WHERE position >= 299")
    await superuser.run("UPDATE ledger.event_tag SET position = position - 999 WHERE position >= 1000")
    await superuser.run(
        "INSERT INTO ledger.event SELECT 299, gen_random_uuid(), type, class, recorded_at, entry, leaf"
        " FROM ledger.event WHERE position = 298"
    )
    await superuser.run("INSERT INTO ledger.event_tag SELECT tag, 299 FROM ledger.event_tag WHERE position = 298")
    await superuser.forge(299, lambda entry: entry.update(id="018f0000-0000-7000-8000-000000000099"))
    await superuser.run("UPDATE ledger.append_key SET last = 301 WHERE last = 300")
    await superuser.run("UPDATE ledger.head SET position = 301")


async def bundle_and_row_together(superuser: Superuser) -> None:
    """The same change in both places; the tile and all above it still say what was signed."""
    file = superuser.public / "tile/entries/000"
    file.write_bytes(file.read_bytes().replace(b'"S-25"', b'"S-65"'))
    await superuser.run(
        "UPDATE ledger.event SET entry = set_byte(entry, position('S-25'::bytea in entry) + 1, 54) WHERE position = 25"
    )
    await superuser.run("UPDATE ledger.event SET leaf = sha256('\\x00'::bytea || entry) WHERE position = 25")


def flip(path: str, at: int) -> Act:
    async def run(superuser: Superuser) -> None:
        superuser.flip(path, at)

    return run


def cut(path: str) -> Act:
    async def run(superuser: Superuser) -> None:
        file = superuser.public / path
        file.write_bytes(file.read_bytes()[:-1])

    return run


def gone(path: str) -> Act:
    async def run(superuser: Superuser) -> None:
        (superuser.public / path).unlink()

    return run


async def a_checkpoint_of_somebody_else(superuser: Superuser) -> None:
    text = parse_note((superuser.public / "checkpoint").read_bytes()).text
    signature = STRANGER.sign_checkpoint(parse_checkpoint(text))
    (superuser.public / "checkpoint").write_bytes(Note(text, (signature,)).encoded())


async def a_checkpoint_with_another_root(superuser: Superuser) -> None:
    note = parse_note((superuser.public / "checkpoint").read_bytes())
    text = Checkpoint(parse_checkpoint(note.text).origin, SIZE, bytes(32)).text()
    (superuser.public / "checkpoint").write_bytes(Note(text, note.signatures).encoded())


async def a_checkpoint_that_the_stolen_key_signed(superuser: Superuser) -> None:
    checkpoint = Checkpoint(KEY.name, SIZE, bytes(32))
    note = Note(checkpoint.text(), (KEY.sign_checkpoint(checkpoint),))
    (superuser.public / "checkpoint").write_bytes(note.encoded())


async def a_checkpoint_that_is_none(superuser: Superuser) -> None:
    (superuser.public / "checkpoint").write_bytes(b"trust me\n")


async def the_last_signed_one_went_on(superuser: Superuser) -> None:
    checkpoint = Checkpoint(KEY.name, SIZE + 7, bytes(32))
    note = Note(checkpoint.text(), (KEY.sign_checkpoint(checkpoint),))
    (superuser.state / "signed").write_bytes(note.encoded())


async def an_older_checkpoint(superuser: Superuser) -> None:
    older = Checkpoint(KEY.name, 270, TiledTree(270, TileFiles(superuser.public).tile).root())
    note = Note(older.text(), (KEY.sign_checkpoint(older),))
    (superuser.public / "checkpoint").write_bytes(note.encoded())
