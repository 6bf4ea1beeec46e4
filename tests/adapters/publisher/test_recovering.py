"""A database that lost what was signed is completed from the bundles, or its log goes on under another name."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import open_pool
from adapters.publisher.continuing import continue_log
from adapters.publisher.errors import LogForked, NothingToRecover, PublisherStateWrong, TailNotRecoverable
from adapters.publisher.publisher import Publisher
from adapters.publisher.recovering import recover_tail
from adapters.publisher.rows import PostgresRows
from adapters.signing_key import SigningKey
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.note import ED25519
from domain.ledger.entry import MACHINE, Actor, Context
from domain.ledger.events import LogKeyAdopted
from domain.ledger.ports import Append
from tests.adapters.publisher.ledger import checkpoint_in
from tests.conftest import ORIGIN
from tests.crash.load import CATALOGUE, SECRET, VAULT_KEY, append_of

KEY = SigningKey(ORIGIN, ED25519, b"k" * 32)
NEW = "wenze.test/log-2"
EVERYTHING = (
    "SELECT * FROM ledger.event ORDER BY position",
    "SELECT * FROM ledger.event_tag ORDER BY tag, position",
    "SELECT * FROM ledger.head",
)
LOSE = """
SET session_replication_role = replica;
DELETE FROM ledger.event WHERE position > {0};
DELETE FROM ledger.event_tag WHERE position > {0};
DELETE FROM ledger.append_key WHERE last > {0};
DELETE FROM vault.part WHERE position > {0};
UPDATE ledger.head SET position = {0}, recorded_at = (SELECT recorded_at FROM ledger.event WHERE position = {0});
SET session_replication_role = origin;
"""


class Site:
    """A log that is written and published."""

    def __init__(self, dsn: str, folder: Path, connection: asyncpg.Connection, pool: asyncpg.Pool) -> None:
        self.dsn = dsn
        self.folder = folder
        self.connection = connection
        self.pool = pool

    async def write(self, *numbers: int) -> None:
        log = await PostgresEventLog.open(self.dsn, catalogue=CATALOGUE, secret=SECRET)
        try:
            for number in numbers:
                await log.append(append_of(number))
        finally:
            await log.close()

    async def adopt(self, key: SigningKey) -> None:
        log = await PostgresEventLog.open(self.dsn, catalogue=CATALOGUE, secret=SECRET)
        now = log.clock.now()
        name = f"0190b0a0-0000-7000-8000-{key.verifier.key_id.hex():0>12}"
        context = Context(actor=Actor(person=MACHINE), received_at=now, key=name, request=b"{}")
        try:
            event = LogKeyAdopted(vkey=key.verifier.vkey())
            await log.append(Append(events=(event,), ids=(name,), command="adopt_log_key", context=context))
        finally:
            await log.close()

    def publisher(self, *keys: SigningKey, origin: str = ORIGIN) -> Publisher:
        return Publisher(PostgresRows(self.pool), self.folder, origin=origin, keys=lambda: keys or [KEY])

    async def rows(self) -> list[Any]:
        return [await self.connection.fetch(statement) for statement in EVERYTHING]

    async def lose_after(self, position: int) -> None:
        await self.connection.execute(LOSE.format(position))

    async def recover(self, signed: Checkpoint) -> tuple[int, int, int]:
        found = await recover_tail(self.connection, self.publisher().files, signed, catalogue=CATALOGUE)
        return found.first, found.last, found.sealed_lost


@pytest.fixture
async def site(dsn: str, tmp_path: Path) -> AsyncIterator[Site]:
    connection = await asyncpg.connect(dsn)
    await connection.execute(VAULT_KEY)
    pool = await open_pool(dsn, size=2)
    started = Site(dsn, tmp_path, connection, pool)
    await started.adopt(KEY)
    await started.write(*range(1, 151))  # two events each, one sealed value
    yield started
    await pool.close()
    await connection.close()


async def test_a_lost_tail_comes_back_byte_for_byte_and_the_log_goes_on(site: Site) -> None:
    signed = await site.publisher().publish()
    assert signed.size == 302
    before = await site.rows()
    await site.lose_after(200)
    with pytest.raises(LogForked) as parted:
        await site.publisher().publish()
    assert parted.value.position == 201
    # 102 events are back; the values of the 51 appends that were lost are not.
    assert await site.recover(signed) == (201, 302, 51)
    assert await site.rows() == before
    with pytest.raises(NothingToRecover):
        await site.recover(signed)
    await site.write(1000)
    assert (await site.publisher().publish()).size == 304


async def test_whoever_follows_the_log_hears_of_what_is_back(site: Site) -> None:
    signed = await site.publisher().publish()
    await site.lose_after(200)
    log = await PostgresEventLog.open(site.dsn, catalogue=CATALOGUE, secret=SECRET)
    try:
        following = log.follow(200)
        await site.recover(signed)
        assert [each.position for each in await anext(following)] == list(range(201, 303))
    finally:
        await log.close()


async def test_a_database_with_something_of_its_own_cannot_be_completed(site: Site) -> None:
    signed = await site.publisher().publish()
    await site.lose_after(200)
    await site.write(1000)
    before = await site.rows()
    with pytest.raises(TailNotRecoverable) as refused:
        await site.recover(signed)
    assert refused.value.details["position"] == 201
    assert await site.rows() == before


@pytest.mark.parametrize("column", ["entry", "leaf"])
async def test_nor_can_one_whose_beginning_was_changed(site: Site, column: str) -> None:
    signed = await site.publisher().publish()
    await site.lose_after(200)
    await site.connection.execute(
        "SET session_replication_role = replica;"
        f"UPDATE ledger.event SET {column} = sha256({column}) WHERE position = 17;"
        "SET session_replication_role = origin"
    )
    with pytest.raises(TailNotRecoverable) as refused:
        await site.recover(signed)
    assert refused.value.details["position"] == 17


async def test_a_damaged_bundle_brings_nothing_back(site: Site) -> None:
    signed = await site.publisher().publish()
    await site.lose_after(200)
    path = site.folder / "public" / "tile" / "entries" / "000"
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    before = await site.rows()
    with pytest.raises(TailNotRecoverable) as refused:
        await site.recover(signed)
    assert refused.value.details["position"] == 256
    assert await site.rows() == before


async def test_where_nothing_can_be_brought_back_a_new_name_says_what_it_does_not_extend(site: Site) -> None:
    old = await site.publisher().publish()
    old_note = site.publisher().files.checkpoint()
    await site.lose_after(200)
    await site.write(1000)
    position = await continue_log(site.connection, old, NEW)
    assert position == 203
    new_key = SigningKey(NEW, ED25519, b"n" * 32)
    await site.adopt(new_key)
    # A process of before, which still knows the log by its old name, signs nothing.
    with pytest.raises(LogForked):
        await site.publisher().publish()
    new = await site.publisher(new_key, origin=NEW).publish()
    assert (new.origin, new.size) == (NEW, 204)
    with pytest.raises(PublisherStateWrong):
        await site.publisher().publish()
    (kept,) = (site.folder / "former").iterdir()
    assert (kept / "checkpoint").read_bytes() == old_note
    assert checkpoint_in(site.publisher().files.checkpoint()) == new
    entry = await site.connection.fetchval("SELECT entry FROM ledger.event WHERE position = 203")
    assert f'"payload":{{"origin":"{ORIGIN}","root":"{old.root.hex()}","size":302}}'.encode() in entry
    with pytest.raises(NothingToRecover):
        await continue_log(site.connection, old, NEW)


async def test_a_log_that_is_whole_does_not_change_its_name(site: Site) -> None:
    signed = await site.publisher().publish()
    with pytest.raises(NothingToRecover):
        await continue_log(site.connection, signed, NEW)
    assert await site.connection.fetchval("SELECT origin FROM ledger.head") == ORIGIN


async def test_another_logs_state_is_taken_over_only_when_the_database_says_that_it_continues_it(site: Site) -> None:
    await site.publisher().publish()
    stranger = SigningKey(NEW, ED25519, b"n" * 32)
    with pytest.raises(PublisherStateWrong):
        await site.publisher(stranger, origin=NEW).publish()
