"""Whatever somebody with every password changes is found, by its position and field, and nothing else is blamed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.note import Note, parse_note
from domain.ledger.time import instant_text, parse_instant
from tests.adapters.fsck.signed_log import ACTOR, BATCH, KEY, SIZE, STRANGER, SignedLog, Superuser, as_superuser, grow

pytestmark = pytest.mark.log

Found = tuple[str, int, str]
ROOT: Found = ("event", SIZE, "root")
ONE_ENTRY = 25


@dataclass(frozen=True)
class Case:
    """``found`` is everything that is named, as (where, position, field); ``also`` may be named besides."""

    tamper: Callable[[Superuser], Awaitable[None]]
    found: set[Found]
    also: set[Found] = field(default_factory=set)


def sql(*statements: str) -> Callable[[Superuser], Awaitable[None]]:
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
    """The entry's 公 became 私 in both places; the tile and all above it still say what was signed."""
    file = superuser.public / "tile/entries/000"
    file.write_bytes(file.read_bytes().replace(b'"S-25"', b'"S-65"'))
    await superuser.run(
        "UPDATE ledger.event SET entry = set_byte(entry, position('S-25'::bytea in entry) + 1, 54) WHERE position = 25"
    )
    await superuser.run("UPDATE ledger.event SET leaf = sha256('\\x00'::bytea || entry) WHERE position = 25")


def flip(path: str, at: int) -> Callable[[Superuser], Awaitable[None]]:
    async def run(superuser: Superuser) -> None:
        superuser.flip(path, at)

    return run


def cut(path: str) -> Callable[[Superuser], Awaitable[None]]:
    async def run(superuser: Superuser) -> None:
        file = superuser.public / path
        file.write_bytes(file.read_bytes()[:-1])

    return run


def gone(path: str) -> Callable[[Superuser], Awaitable[None]]:
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


TAGS_OF_300: set[Found] = {("event_tag", 300, "tag")}
PART = "(SELECT commitment FROM vault.part WHERE position = 21)"
TABLE = {
    # The entries.
    "one byte of one entry": Case(one_byte_of_one_entry, {("event", 25, "entry.payload.code"), ROOT}),
    "one entry with its leaf": Case(
        one_entry_with_its_leaf, {("event", 25, "entry.payload.name"), ("event", 25, "leaf"), ROOT}
    ),
    "an entry that is no JSON": Case(
        an_entry_that_is_no_json, {("event", 25, "entry"), ROOT}, also={("event_tag", 25, "tag")}
    ),
    "a member of an entry twice": Case(a_member_twice, {("event", 25, "entry"), ("event", 25, "leaf"), ROOT}),
    "a deleted newest row": Case(
        sql("DELETE FROM ledger.event WHERE position = 300"), {("event", 300, "position"), *TAGS_OF_300}
    ),
    "a deleted newest row that nothing knows any more": Case(
        the_newest_row_and_all_that_knows_it, {("event", 300, "position")}
    ),
    "a deleted row": Case(
        sql("DELETE FROM ledger.event WHERE position = 25"),
        {("event", 25, "position"), ("event_tag", 25, "tag"), ROOT},
    ),
    "a swapped pair": Case(
        swap,
        {
            *{("event", position, "leaf") for position in (25, 26)},
            *{("event", position, f"entry.{name}") for position in (25, 26) for name in ("id", "payload.code")},
            ROOT,
        },
        also={
            ("event", position, f"entry.{name}")
            for position in (25, 26)
            for name in ("payload.name", "payload.organisation", "tags[0]", "tags[1]")
        },
    ),
    "a back-dated time": Case(
        sql("UPDATE ledger.event SET recorded_at = recorded_at - interval '1 day' WHERE position = 35"),
        {("event", 35, "recorded_at")},
    ),
    "a back-dated time, throughout": Case(
        back_dated_throughout,
        {
            *{("event", position, name) for position in range(31, 41) for name in ("entry.recorded_at", "leaf")},
            ("event", 31, "recorded_at"),
            ROOT,
        },
    ),
    "a rewritten tail with recomputed hashes": Case(
        the_tail_anew,
        {
            *{("event", position, name) for position in range(295, 300) for name in ("entry.payload.public", "leaf")},
            ROOT,
        },
    ),
    "an inserted row after the newest": Case(
        sql(
            "INSERT INTO ledger.event SELECT 301, gen_random_uuid(), type, class, recorded_at, entry, leaf"
            " FROM ledger.event WHERE position = 299"
        ),
        {("event", 301, "position")},
    ),
    "an inserted row in the middle": Case(
        a_row_in_the_middle,
        {("event", 299, "entry.id"), ("event", 299, "leaf"), ("event", 300, "entry.id"), ("event", 300, "leaf"), ROOT},
        also={
            *{("event", 299, f"entry.{name}") for name in ("payload.code", "payload.name", "payload.organisation")},
            *{("event", 299, f"entry.tags[{at}]") for at in range(3)},
            *{("event", 300, f"entry.{name}") for name in ("class", "tags", "type")},
            *{
                ("event", 300, f"entry.payload.{name}")
                for name in ("code", "kind", "name", "opened_on", "organisation", "parent", "person", "public")
            },
            ("vault.part", 301, "position"),
        },
    ),
    # The columns beside them.
    "a leaf": Case(sql("UPDATE ledger.event SET leaf = sha256('x') WHERE position = 25"), {("event", 25, "leaf")}),
    "an id": Case(sql("UPDATE ledger.event SET id = gen_random_uuid() WHERE position = 25"), {("event", 25, "id")}),
    "a type": Case(sql("UPDATE ledger.event SET type = 'SiteClosed' WHERE position = 25"), {("event", 25, "type")}),
    "a class": Case(sql("UPDATE ledger.event SET class = 'open' WHERE position = 30"), {("event", 30, "class")}),
    # The tags.
    "a forged tag": Case(
        sql("INSERT INTO ledger.event_tag VALUES ('person:p7', 25)"), {("event_tag", 25, "tag")}
    ),
    "a forged tag before the log": Case(
        sql("INSERT INTO ledger.event_tag VALUES ('person:p7', 0)"), {("event_tag", 0, "tag")}
    ),
    "a forged tag after the log": Case(
        sql("INSERT INTO ledger.event_tag VALUES ('person:p7', 70000)"), {("event_tag", 70_000, "tag")}
    ),
    "a tag less": Case(sql("DELETE FROM ledger.event_tag WHERE tag = 'code:S-25'"), {("event_tag", 25, "tag")}),
    "a tag of another event": Case(
        sql("UPDATE ledger.event_tag SET position = 35 WHERE tag = 'code:S-25'"),
        {("event_tag", 25, "tag"), ("event_tag", 35, "tag")},
    ),
    # The head.
    "a head too far back": Case(
        sql("UPDATE ledger.head SET position = 299"),
        {("event", 300, "position"), ("append_key", 291, "last")},
    ),
    "a head too far on": Case(sql("UPDATE ledger.head SET position = 301"), {("event", 301, "position")}),
    "a later head": Case(
        sql("UPDATE ledger.head SET recorded_at = recorded_at + interval '1 day'"), {("head", SIZE, "recorded_at")}
    ),
    "a head of another log": Case(
        sql("UPDATE ledger.head SET origin = 'other.test/log'"),
        {("head", 1, "origin"), ("checkpoint", SIZE, "origin"), ("signed", SIZE, "origin")},
    ),
    "no head": Case(sql("DELETE FROM ledger.head"), {("head", SIZE, "position")}),
    # The keys of appends.
    "a key less": Case(
        sql("DELETE FROM ledger.append_key WHERE first = 21"), {("append_key", p, "first") for p in range(21, 31)}
    ),
    "a key for more than its own": Case(
        sql("UPDATE ledger.append_key SET last = 31 WHERE first = 21"),
        {("append_key", 31, "last"), ("append_key", 31, "first")},
    ),
    "a key beyond the head": Case(
        sql("UPDATE ledger.append_key SET last = 400 WHERE first = 291"),
        {("append_key", 291, "last")},
    ),
    "a key of somebody else": Case(
        sql(f"UPDATE ledger.append_key SET actor = '{ACTOR[:-1]}b' WHERE first = 21"), {("append_key", 21, "actor")}
    ),
    "a key that arrived earlier": Case(
        sql("UPDATE ledger.append_key SET received_at = received_at - interval '1 hour' WHERE first = 21"),
        {("append_key", 21, "received_at")},
    ),
    # The vault.
    "a changed part of the vault": Case(
        sql("UPDATE vault.part SET ciphertext = set_byte(ciphertext, 20, 0) WHERE position = 21",
            "UPDATE vault.part SET ciphertext = set_byte(ciphertext, 21, 0) WHERE position = 21"),
        {("vault.part", 30, "ciphertext")},
    ),
    "a part of the vault less": Case(
        sql("DELETE FROM vault.part WHERE position = 21"), {("vault.part", 30, "payload.name")}
    ),
    "a part under another's key": Case(
        sql("UPDATE vault.part SET key_id = (SELECT key_id FROM vault.part WHERE position = 41) WHERE position = 21"),
        {("vault.part", 30, "ciphertext")},
    ),
    "a part under no key": Case(
        sql("UPDATE vault.part SET key_id = 'nobody' WHERE position = 21"), {("vault.part", 30, "key_id")}
    ),
    "a part of a later event": Case(
        sql("UPDATE vault.part SET position = 31 WHERE position = 21"), {("vault.part", 30, "position")}
    ),
    "a key of the vault": Case(
        sql("UPDATE vault.key SET wrapped = set_byte(wrapped, 0, get_byte(wrapped, 0) # 1) WHERE subject = 'p30'"),
        {("vault.key", 30, "wrapped")},
    ),
    # The files.
    "a flipped bit of a tile": Case(flip("tile/0/000", 24 * 32 + 5), {("tile/0/000", 25, "hash")}),
    "a flipped bit of the last tile": Case(flip("tile/0/001.p/44", 43 * 32), {("tile/0/001.p/44", 300, "hash")}),
    "a flipped bit of an upper tile": Case(flip("tile/1/000.p/1", 0), {("tile/1/000.p/1", 1, "hash")}),
    "a flipped bit of an older partial tile": Case(flip("tile/0/001.p/14", 33), {("tile/0/001.p/14", 258, "hash")}),
    "a flipped bit of a bundle": Case(flip("tile/entries/000", 9), {("tile/entries/000", 1, "entry")}),
    "a flipped bit of an older bundle": Case(
        flip("tile/entries/001.p/14", 9), {("tile/entries/001.p/14", 257, "entry")}
    ),
    "a bundle and the row": Case(
        bundle_and_row_together,
        {("tile/entries/000", 25, "entry"), ("event", 25, "entry"), ("event", 25, "leaf"), ROOT},
    ),
    "a tile cut short": Case(cut("tile/0/000"), {("tile/0/000", 1, "file")}),
    "a tile less": Case(gone("tile/0/000"), {("tile/0/000", 1, "file")}),
    "an upper tile less": Case(gone("tile/1/000.p/1"), {("tile/1/000.p/1", 1, "file")}),
    "a bundle less": Case(gone("tile/entries/001.p/44"), {("tile/entries/001.p/44", 257, "file")}),
    "a bundle cut short": Case(cut("tile/entries/001.p/44"), {("tile/entries/001.p/44", 257, "file")}),
    # The checkpoints.
    "a checkpoint of somebody else": Case(a_checkpoint_of_somebody_else, {("checkpoint", SIZE, "signature")}),
    "a checkpoint with another root": Case(a_checkpoint_with_another_root, {("checkpoint", SIZE, "signature")}),
    "a checkpoint that the stolen key signed": Case(
        a_checkpoint_that_the_stolen_key_signed, {("checkpoint", SIZE, "root")}
    ),
    "a checkpoint that is none": Case(a_checkpoint_that_is_none, {("checkpoint", 0, "note")}),
    "a last signed checkpoint that went on": Case(the_last_signed_one_went_on, {("event", 301, "position")}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
async def test_what_was_changed_is_named_and_nothing_else(name: str, log: SignedLog) -> None:
    case = TABLE[name]
    async with as_superuser(log) as superuser:
        await case.tamper(superuser)
    checked = await log.check()
    named = {(each.where, each.position, each.field) for each in checked.differences.named}
    assert case.found <= named <= case.found | case.also, [each.sentence() for each in checked.differences.named]
    assert all(each.expected != each.found for each in checked.differences.named)
    assert checked.differences.count == len(checked.differences.named)


async def test_nothing_is_found_in_a_log_as_it_was_appended(log: SignedLog) -> None:
    checked = await log.check()
    assert checked.differences.named == []
    assert checked.unchecked == []
    assert checked.counts == {
        "events": SIZE,
        "tags": 1 + 1 + 2 + 30 * 2 + 267 * 3,
        "keys": BATCH + (SIZE - BATCH) // BATCH,
        "published": SIZE,
        "tiles": 3,
        "partial_files": 4,
    }
    published = parse_checkpoint(parse_note((log.folder / "public" / "checkpoint").read_bytes()).text)
    assert (checked.size, checked.root) == (published.size, published.root)


async def test_a_restored_backup_is_found_where_it_ends(restored: SignedLog) -> None:
    (difference,) = (await restored.check()).differences.named
    assert difference.sentence() == "event, position 201, position: expected rows up to 300, found nothing"


async def test_a_restored_backup_that_went_on_is_found_where_it_parts(restored: SignedLog) -> None:
    await grow(restored.dsn, restored.folder, upto=SIZE + 10, word="另")
    named = (await restored.check()).differences.named
    assert {each.position for each in named} == set(range(201, SIZE + 1))
    (at,) = (each for each in named if (each.position, each.field) == (201, "entry.payload.name"))
    assert (at.expected, at.found) == ("校201", "另201")


async def test_what_was_expected_and_what_is_there_is_told(log: SignedLog) -> None:
    async with as_superuser(log) as superuser:
        await one_byte_of_one_entry(superuser)
    first = (await log.check()).differences.named[0]
    assert first.sentence() == "event, position 25, entry.payload.code: expected S-25, found S-65"


async def test_without_what_was_published_a_changed_entry_is_found_by_its_leaf(log: SignedLog) -> None:
    async with as_superuser(log) as superuser:
        await one_byte_of_one_entry(superuser)
    named = (await log.check(folder=None)).differences.named
    assert [(each.where, each.position, each.field) for each in named] == [("event", 25, "leaf")]


async def test_a_destroyed_key_is_no_damage_and_a_key_that_is_elsewhere_is_told(log: SignedLog) -> None:
    async with as_superuser(log) as superuser:
        await superuser.run(
            "UPDATE vault.key SET wrapped = NULL, kek = NULL, destroyed_at = now() WHERE subject = 'p30'"
        )
    checked = await log.check()
    assert (checked.differences.named, checked.unchecked) == ([], [])
    checked = await log.check(masters=[])
    assert checked.differences.named == []
    assert checked.unchecked == ["what 29 parts of the vault hold: their keys do not open here"]
