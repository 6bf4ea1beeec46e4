"""Whatever somebody with every password changes is found, by its position and field, and nothing else is blamed."""

from dataclasses import dataclass, field

import asyncpg
import pytest

from adapters.fsck import checkpoints
from adapters.publisher.continuing import continue_log
from adapters.publisher.recovering import recover_tail
from adapters.publisher.tile_files import TileFiles
from adapters.signing_key import SigningKey
from domain.catalogue import CATALOGUE
from domain.evidence.checkpoint import parse_checkpoint
from domain.evidence.note import ED25519, parse_note
from tests.adapters.fsck import tampering as act
from tests.adapters.fsck.signed_log import ACTOR, BATCH, KEY, SIZE, SignedLog, as_superuser, grow, publish_as

pytestmark = pytest.mark.log

Found = tuple[str, int, str]
ROOT: Found = ("event", SIZE, "root")


@dataclass(frozen=True)
class Case:
    """``found`` is everything that is named, as (where, position, field); ``also`` may be named besides."""

    tamper: act.Act
    found: set[Found]
    also: set[Found] = field(default_factory=set)


TAGS_OF_300: set[Found] = {("event_tag", 300, "tag")}
ROWS = {
    # The entries.
    "one byte of one entry": Case(act.one_byte_of_one_entry, {("event", 25, "entry.payload.code"), ROOT}),
    "one entry with its leaf": Case(
        act.one_entry_with_its_leaf, {("event", 25, "entry.payload.name"), ("event", 25, "leaf"), ROOT}
    ),
    "an entry that is no JSON": Case(
        act.an_entry_that_is_no_json, {("event", 25, "entry"), ROOT}, also={("event_tag", 25, "tag")}
    ),
    "a member of an entry twice": Case(act.a_member_twice, {("event", 25, "entry"), ("event", 25, "leaf"), ROOT}),
    "a deleted newest row": Case(
        act.sql("DELETE FROM ledger.event WHERE position = 300"), {("event", 300, "position"), *TAGS_OF_300}
    ),
    "a deleted newest row that nothing knows any more": Case(
        act.the_newest_row_and_all_that_knows_it, {("event", 300, "position")}
    ),
    "a deleted row": Case(
        act.sql("DELETE FROM ledger.event WHERE position = 25"),
        {("event", 25, "position"), ("event_tag", 25, "tag"), ROOT},
    ),
    "a swapped pair": Case(
        act.swap,
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
        act.sql("UPDATE ledger.event SET recorded_at = recorded_at - interval '1 day' WHERE position = 35"),
        {("event", 35, "recorded_at")},
    ),
    "a back-dated time, throughout": Case(
        act.back_dated_throughout,
        {
            *{("event", position, name) for position in range(31, 41) for name in ("entry.recorded_at", "leaf")},
            ("event", 31, "recorded_at"),
            ROOT,
        },
    ),
    "a rewritten tail with recomputed hashes": Case(
        act.the_tail_anew,
        {
            *{("event", position, name) for position in range(295, 300) for name in ("entry.payload.public", "leaf")},
            ROOT,
        },
    ),
    "an inserted row after the newest": Case(
        act.sql(
            "INSERT INTO ledger.event SELECT 301, gen_random_uuid(), type, class, recorded_at, entry, leaf"
            " FROM ledger.event WHERE position = 299"
        ),
        {("event", 301, "position")},
    ),
    "an inserted row in the middle": Case(
        act.a_row_in_the_middle,
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
    "a leaf": Case(act.sql("UPDATE ledger.event SET leaf = sha256('x') WHERE position = 25"), {("event", 25, "leaf")}),
    "an id": Case(act.sql("UPDATE ledger.event SET id = gen_random_uuid() WHERE position = 25"), {("event", 25, "id")}),
    "a type": Case(act.sql("UPDATE ledger.event SET type = 'SiteClosed' WHERE position = 25"), {("event", 25, "type")}),
    "a class": Case(act.sql("UPDATE ledger.event SET class = 'open' WHERE position = 30"), {("event", 30, "class")}),
    # The tags.
    "a forged tag": Case(
        act.sql("INSERT INTO ledger.event_tag VALUES ('person:p7', 25)"), {("event_tag", 25, "tag")}
    ),
    "a forged tag before the log": Case(
        act.sql("INSERT INTO ledger.event_tag VALUES ('person:p7', 0)"), {("event_tag", 0, "tag")}
    ),
    "a forged tag after the log": Case(
        act.sql("INSERT INTO ledger.event_tag VALUES ('person:p7', 70000)"), {("event_tag", 70_000, "tag")}
    ),
    "a tag less": Case(act.sql("DELETE FROM ledger.event_tag WHERE tag = 'code:S-25'"), {("event_tag", 25, "tag")}),
    "a tag of another event": Case(
        act.sql("UPDATE ledger.event_tag SET position = 35 WHERE tag = 'code:S-25'"),
        {("event_tag", 25, "tag"), ("event_tag", 35, "tag")},
    ),
    # The head.
    "a head too far back": Case(
        act.sql("UPDATE ledger.head SET position = 299"),
        {("event", 300, "position"), ("append_key", 291, "last")},
    ),
    "a head too far on": Case(act.sql("UPDATE ledger.head SET position = 301"), {("event", 301, "position")}),
    "a later head": Case(
        act.sql("UPDATE ledger.head SET recorded_at = recorded_at + interval '1 day'"), {("head", SIZE, "recorded_at")}
    ),
    "a head of another log": Case(
        act.sql("UPDATE ledger.head SET origin = 'other.test/log'"),
        {("head", 1, "origin"), ("checkpoint", SIZE, "origin"), ("signed", SIZE, "origin")},
    ),
    "no head": Case(act.sql("DELETE FROM ledger.head"), {("head", SIZE, "position")}),
    # The keys of appends.
    "a key less": Case(
        act.sql("DELETE FROM ledger.append_key WHERE first = 21"), {("append_key", p, "first") for p in range(21, 31)}
    ),
    "a key for more than its own": Case(
        act.sql("UPDATE ledger.append_key SET last = 31 WHERE first = 21"),
        {("append_key", 31, "last"), ("append_key", 31, "first")},
    ),
    "a key beyond the head": Case(
        act.sql("UPDATE ledger.append_key SET last = 400 WHERE first = 291"),
        {("append_key", 291, "last")},
    ),
    "a key of somebody else": Case(
        act.sql(f"UPDATE ledger.append_key SET actor = '{ACTOR[:-1]}b' WHERE first = 21"), {("append_key", 21, "actor")}
    ),
    "a key that arrived earlier": Case(
        act.sql("UPDATE ledger.append_key SET received_at = received_at - interval '1 hour' WHERE first = 21"),
        {("append_key", 21, "received_at")},
    ),
    # The vault.
    "a changed part of the vault": Case(
        act.sql("UPDATE vault.part SET ciphertext = set_byte(ciphertext, 20, 0) WHERE position = 21",
            "UPDATE vault.part SET ciphertext = set_byte(ciphertext, 21, 0) WHERE position = 21"),
        {("vault.part", 30, "ciphertext")},
    ),
    "a part of the vault less": Case(
        act.sql("DELETE FROM vault.part WHERE position = 21"), {("vault.part", 30, "payload.name")}
    ),
    "a part under another's key": Case(
        act.sql(
            "UPDATE vault.part AS part SET key_id = other.key_id FROM vault.part AS other"
            " WHERE part.position = 21 AND other.position = 41"
        ),
        {("vault.part", 30, "ciphertext")},
    ),
    "a part under no key": Case(
        act.sql("UPDATE vault.part SET key_id = 'nobody' WHERE position = 21"), {("vault.part", 30, "key_id")}
    ),
    "a part of a later event": Case(
        act.sql("UPDATE vault.part SET position = 31 WHERE position = 21"), {("vault.part", 30, "position")}
    ),
    "a key of the vault destroyed without an approval": Case(
        act.sql("UPDATE vault.key SET wrapped = NULL, kek = NULL, destroyed_at = now() WHERE subject = 'p30'"),
        {("vault.key", 21, "wrapped")},
    ),
    "a key of the vault": Case(
        act.sql("UPDATE vault.key SET wrapped = set_byte(wrapped, 0, get_byte(wrapped, 0) # 1) WHERE subject = 'p30'"),
        {("vault.key", 30, "wrapped")},
    ),
    # Rows and files together.
    "a bundle and the row": Case(
        act.bundle_and_row_together,
        {("tile/entries/000", 25, "entry"), ("event", 25, "entry"), ("event", 25, "leaf"), ROOT},
    ),
}  # fmt: skip
FILES = {
    "a flipped bit of a tile": Case(act.flip("tile/0/000", 24 * 32 + 5), {("tile/0/000", 25, "hash")}),
    "a flipped bit of the last tile": Case(act.flip("tile/0/001.p/44", 43 * 32), {("tile/0/001.p/44", 300, "hash")}),
    "a flipped bit of an upper tile": Case(act.flip("tile/1/000.p/1", 0), {("tile/1/000.p/1", 1, "hash")}),
    "a flipped bit of an older partial tile": Case(act.flip("tile/0/001.p/14", 33), {("tile/0/001.p/14", 258, "hash")}),
    "a flipped bit of a bundle": Case(act.flip("tile/entries/000", 9), {("tile/entries/000", 1, "entry")}),
    "a flipped bit of an older bundle": Case(
        act.flip("tile/entries/001.p/14", 9), {("tile/entries/001.p/14", 257, "entry")}
    ),
    "a tile cut short": Case(act.cut("tile/0/000"), {("tile/0/000", 1, "file")}),
    "a tile less": Case(act.gone("tile/0/000"), {("tile/0/000", 1, "file")}),
    "an upper tile less": Case(act.gone("tile/1/000.p/1"), {("tile/1/000.p/1", 1, "file")}),
    "a bundle less": Case(act.gone("tile/entries/001.p/44"), {("tile/entries/001.p/44", 257, "file")}),
    "a bundle cut short": Case(act.cut("tile/entries/001.p/44"), {("tile/entries/001.p/44", 257, "file")}),
    # The checkpoints.
    "a checkpoint of somebody else": Case(act.a_checkpoint_of_somebody_else, {("checkpoint", SIZE, "signature")}),
    "a checkpoint with another root": Case(act.a_checkpoint_with_another_root, {("checkpoint", SIZE, "signature")}),
    "a checkpoint that the stolen key signed": Case(
        act.a_checkpoint_that_the_stolen_key_signed, {("checkpoint", SIZE, "root")}
    ),
    "a checkpoint that is none": Case(act.a_checkpoint_that_is_none, {("checkpoint", 0, "note")}),
    "an older checkpoint": Case(act.an_older_checkpoint, {("checkpoint", 270, "size")}),
    "no checkpoint": Case(act.gone("checkpoint"), {("checkpoint", 0, "size")}),
    "a last signed checkpoint that went on": Case(
        act.the_last_signed_one_went_on, {("event", 301, "position"), ("checkpoint", SIZE, "size")}
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_publishes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "PUBLISHED_WITHIN_S", 0.0)


@pytest.mark.parametrize("name", ROWS)
async def test_what_was_changed_in_the_database_is_named_and_nothing_else(name: str, log: SignedLog) -> None:
    await tamper_and_check(ROWS[name], log)


@pytest.mark.parametrize("name", FILES)
async def test_what_was_changed_in_the_files_is_named_and_nothing_else(name: str, published: SignedLog) -> None:
    await tamper_and_check(FILES[name], published)


async def tamper_and_check(case: Case, log: SignedLog) -> None:
    async with as_superuser(log) as superuser:
        await case.tamper(superuser)
    checked = await log.check()
    named = {(each.where, each.position, each.field) for each in checked.differences.named}
    assert case.found <= named <= case.found | case.also, [each.sentence() for each in checked.differences.named]
    assert all(each.expected != each.found for each in checked.differences.named)
    assert checked.differences.count == len(checked.differences.named)


async def test_nothing_is_found_in_a_log_as_it_was_appended(published: SignedLog) -> None:
    checked = await published.check()
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
    published = parse_checkpoint(parse_note((published.folder / "public" / "checkpoint").read_bytes()).text)
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


async def test_a_backup_whose_tail_was_recovered_lacks_only_what_was_sealed_in_it(restored: SignedLog) -> None:
    signed = parse_checkpoint(parse_note((restored.folder / "public" / "checkpoint").read_bytes()).text)
    connection = await asyncpg.connect(restored.dsn)
    await recover_tail(connection, TileFiles(restored.folder / "public"), signed, catalogue=CATALOGUE)
    await connection.close()
    named = (await restored.check()).differences.named
    assert {(each.where, each.position, each.found) for each in named} == {
        ("vault.part", position, "no part") for position in range(210, SIZE + 1, 10)
    }


async def test_a_log_that_went_on_under_a_new_name_is_clean_before_and_after_it_is_published(
    restored: SignedLog,
) -> None:
    await grow(restored.dsn, restored.folder, upto=SIZE + 10, word="另")
    signed = parse_checkpoint(parse_note((restored.folder / "public" / "checkpoint").read_bytes()).text)
    renamed = SigningKey("renamed.test/log", ED25519, b"r" * 32)
    connection = await asyncpg.connect(restored.dsn)
    await continue_log(connection, signed, renamed.name)
    await connection.close()
    keys = [KEY.verifier, renamed.verifier]
    checked = await restored.check(keys=keys)
    assert checked.differences.named == []
    assert checked.unchecked == ["what was signed: no checkpoint of this log lies in this folder"]
    await publish_as(restored, renamed)
    checked = await restored.check(keys=keys)
    assert (checked.differences.named, checked.unchecked) == ([], [])
    async with as_superuser(restored) as superuser:
        await superuser.run("UPDATE ledger.head SET origin = 'wenze.test/log'")
    named = (await restored.check(keys=keys)).differences.named
    assert ("head", "origin") in {(each.where, each.field) for each in named}


async def test_a_log_that_only_claims_to_have_gone_on_is_compared_with_what_it_signed(log: SignedLog) -> None:
    signed = parse_checkpoint(parse_note((log.folder / "public" / "checkpoint").read_bytes()).text)
    async with as_superuser(log) as superuser:
        await act.one_entry_with_its_leaf(superuser)
        connection = await asyncpg.connect(log.dsn)
        await continue_log(connection, signed, "renamed.test/log")
        await connection.close()
        await superuser.run("UPDATE ledger.head SET origin = 'wenze.test/log'")
    named = {(each.where, each.position, each.field) for each in (await log.check()).differences.named}
    assert {("event", 25, "entry.payload.name"), ("head", 1, "origin"), ROOT} <= named


async def test_what_was_expected_and_what_is_there_is_told(log: SignedLog) -> None:
    async with as_superuser(log) as superuser:
        await act.one_byte_of_one_entry(superuser)
    first = (await log.check()).differences.named[0]
    assert first.sentence() == "event, position 25, entry.payload.code: expected S-25, found S-65"


async def test_without_what_was_published_a_changed_entry_is_found_by_its_leaf(log: SignedLog) -> None:
    async with as_superuser(log) as superuser:
        await act.one_byte_of_one_entry(superuser)
    named = (await log.check(folder=None)).differences.named
    assert [(each.where, each.position, each.field) for each in named] == [("event", 25, "leaf")]


async def test_a_key_that_is_elsewhere_is_no_damage_and_is_told(log: SignedLog) -> None:
    checked = await log.check(masters=[])
    assert checked.differences.named == []
    assert checked.unchecked == ["what 30 parts of the vault hold: their keys do not open here"]
