"""The vault: a value opens with its key, and never again once the key is destroyed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256

import asyncpg
import pytest

from adapters.memory_vault import InMemoryVault
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import open_pool
from adapters.postgres.shredding import KeyName, shred
from adapters.postgres.vault import PostgresVault
from adapters.sealing import commit, seeded_salts
from domain.ledger.errors import AppendRejected, KeyDestroyed, NotFound, VaultKeyWrong
from domain.ledger.ports import SealedPart
from domain.ledger.time import business_date_of
from tests.adapters.happenings import appending, happened
from tests.adapters.test_event_log_postgres import log

__all__ = ["log"]  # a fixture

pytestmark = pytest.mark.log

MASTER = bytes(range(32))
NOW = datetime(2020, 2, 9, 8, tzinfo=UTC)
KEEP = "INSERT INTO vault.part (commitment, key_id, ciphertext, position) VALUES ($1, $2, $3, 1)"


class Fixed:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(dsn, size=2)
    yield opened
    await opened.close()


async def stored(pool: asyncpg.Pool, part: SealedPart) -> str:
    await pool.execute(KEEP, part.commitment, part.key_id, part.ciphertext)
    return part.commitment


async def test_a_value_opens_after_its_part_is_stored_in_any_process(pool: asyncpg.Pool) -> None:
    vault = PostgresVault(pool, master=MASTER, clock=Fixed())
    commitment = await stored(pool, await vault.seal("王小明", subject="p", purpose="name"))
    assert await PostgresVault(pool, master=MASTER, clock=Fixed()).open(commitment) == "王小明"
    with pytest.raises(NotFound):
        await vault.open("0" * 64)


async def test_a_destroyed_key_opens_nothing_and_seals_nothing_more(pool: asyncpg.Pool) -> None:
    vault = PostgresVault(pool, master=MASTER, clock=Fixed())
    name = await stored(pool, await vault.seal("王小明", subject="p", purpose="name"))
    phone = await stored(pool, await vault.seal("138", subject="p", purpose="phone"))
    assert await shred(pool, subjects=(), keys=(KeyName("p", "name", 2020),), at=NOW) == 1
    vault.forget_keys()
    with pytest.raises(NotFound):
        await vault.open(name)
    assert await vault.open(phone) == "138"
    with pytest.raises(KeyDestroyed):
        await vault.seal("王小明", subject="p", purpose="name")


async def test_neither_value_nor_key_lies_in_the_database_in_clear(pool: asyncpg.Pool) -> None:
    vault = PostgresVault(pool, master=MASTER, clock=Fixed())
    part = await vault.seal("王小明", subject="p", purpose="name")
    assert "王小明".encode() not in part.ciphertext
    wrapped = await pool.fetchval("SELECT wrapped FROM vault.key")
    assert len(wrapped) == 12 + 32 + 16
    with pytest.raises(VaultKeyWrong):
        await PostgresVault(pool, master=bytes(32), clock=Fixed()).seal("x", subject="p", purpose="name")


async def test_the_commitment_is_the_one_of_the_format() -> None:
    part = await InMemoryVault(salts=lambda length: b"s" * length).seal("值", subject="p", purpose="name")
    assert part.commitment == sha256(b"wenze/sealed/v1\n" + b"s" * 32 + "值".encode()).hexdigest()


async def test_a_reason_that_was_signed_is_sealed_under_the_salt_of_who_signed(pool: asyncpg.Pool) -> None:
    salt = bytes(range(32))
    for vault in (PostgresVault(pool, master=MASTER, clock=Fixed()), InMemoryVault()):
        part = await vault.seal("值", subject="p", purpose="reason", salt=salt)
        assert part.commitment == commit("值", salt)


async def test_seeded_salts_repeat_a_commitment_and_fresh_ones_never_do() -> None:
    async def sealed(vault: InMemoryVault) -> str:
        return (await vault.seal("值", subject="p", purpose="name")).commitment

    assert await sealed(InMemoryVault(salts=seeded_salts(7))) == await sealed(InMemoryVault(salts=seeded_salts(7)))
    assert await sealed(InMemoryVault()) != await sealed(InMemoryVault())


async def test_the_vault_in_memory_forgets_with_its_key() -> None:
    vault = InMemoryVault()
    part = await vault.seal("值", subject="p", purpose="name")
    assert await vault.open(part.commitment) == "值"
    vault.destroy(subject="p", purpose="name")
    with pytest.raises(NotFound):
        await vault.open(part.commitment)


async def test_a_value_whose_key_is_gone_is_refused_and_its_neighbours_are_not(
    log: PostgresEventLog, pool: asyncpg.Pool
) -> None:
    """A key cached in one process seals on after another destroyed it; what it sealed could never be opened."""
    vaults = [PostgresVault(pool, master=bytes(32), clock=log.clock) for _ in range(2)]
    kept = await vaults[0].seal("kept", subject="p", purpose="note")
    await log.append(appending(happened("before"), sealed=(kept,)))
    key = KeyName("p", "note", business_date_of(log.clock.now()).year)
    await shred(pool, subjects=(), keys=(key,), at=log.clock.now())
    lost = await vaults[0].seal("lost", subject="p", purpose="note")
    results = await asyncio.gather(
        *(log.append(appending(happened(str(n)), sealed=(lost,) if n == 3 else ())) for n in range(8)),
        return_exceptions=True,
    )
    assert [n for n, result in enumerate(results) if isinstance(result, BaseException)] == [3]
    assert isinstance(results[3], AppendRejected)
    vaults[0].forget_keys()
    with pytest.raises(NotFound):
        await vaults[0].seal("refused from here on", subject="p", purpose="note")


async def test_a_likeness_is_the_same_for_the_same_value_under_one_key_and_under_no_other(pool: asyncpg.Pool) -> None:
    async def like(vault: PostgresVault | InMemoryVault, value: str, subject: str, purpose: str = "name") -> str:
        return (await vault.seal(value, subject=subject, purpose=purpose)).likeness

    for first, second in (
        (PostgresVault(pool, master=MASTER, clock=Fixed()), PostgresVault(pool, master=MASTER, clock=Fixed())),
        (one := InMemoryVault(), one),
    ):
        likenesses = [
            await like(first, "王小明", "p"),
            await like(second, "王小红", "p"),
            await like(second, "王小明", "q"),
            await like(second, "王小明", "p", "phone"),
        ]
        assert len(set(likenesses)) == 4
        assert await like(second, "王小明", "p") == likenesses[0]
