"""A new key-encryption key: whatever dies on the way, everything opens under the new one and nothing under the old."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.postgres import rewrapping
from adapters.postgres.pool import open_pool
from adapters.postgres.rewrapping import rotate
from adapters.postgres.shredding import KeyName, shred
from adapters.postgres.vault import PostgresVault
from adapters.sealing import KeyEncryption
from domain.ledger.errors import KeyDestroyed, NotFound, VaultKeyWrong
from tests.adapters.test_vault import Fixed, stored

pytestmark = pytest.mark.log

OLD, NEW, NEWEST = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
NOW = datetime(2020, 2, 9, 8, tzinfo=UTC)
PEOPLE = 7
UNDER = "SELECT kek, count(*) FROM vault.key WHERE wrapped IS NOT NULL GROUP BY kek"
SAVE = "CREATE TABLE saved_key AS TABLE vault.key; CREATE TABLE saved_kek AS TABLE vault.kek"
# What a restore does: as the superuser, with every trigger asleep.
RESTORE = """
SET session_replication_role = replica;
DELETE FROM vault.key; INSERT INTO vault.key TABLE saved_key;
DELETE FROM vault.kek; INSERT INTO vault.kek TABLE saved_kek;
SET session_replication_role = DEFAULT
"""


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(dsn, size=4)
    yield opened
    await opened.close()


def vault_of(pool: asyncpg.Pool, *masters: bytes) -> PostgresVault:
    return PostgresVault(pool, master=masters[0], masters=lambda: masters, clock=Fixed())


async def filled(pool: asyncpg.Pool) -> list[str]:
    vault = vault_of(pool, OLD)
    return [await stored(pool, await vault.seal(f"人{n}", subject=f"p{n}", purpose="name")) for n in range(PEOPLE)]


async def opened(vault: PostgresVault, commitments: Sequence[str]) -> list[str]:
    values = []
    for commitment in commitments:
        try:
            values.append(await vault.open(commitment))
        except NotFound:
            values.append("")
    return values


ALL, NOTHING = [f"人{n}" for n in range(PEOPLE)], [""] * PEOPLE


async def test_after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing(pool: asyncpg.Pool) -> None:
    commitments = await filled(pool)
    rotation = await rotate(pool, newest=NEW, earlier=(OLD,))
    assert (rotation.rewrapped, rotation.left) == (PEOPLE, {})
    assert await opened(vault_of(pool, NEW), commitments) == ALL
    assert await opened(vault_of(pool, OLD), commitments) == NOTHING
    with pytest.raises(VaultKeyWrong):
        await vault_of(pool, OLD).require_own_kek()
    with pytest.raises(VaultKeyWrong):
        await vault_of(pool, OLD).seal("x", subject="somebody new", purpose="name")
    assert (await rotate(pool, newest=NEW, earlier=(OLD,))).rewrapped == 0


@pytest.mark.parametrize("dies_after", range(4))
async def test_a_rotation_that_died_is_done_by_the_next(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, dies_after: int
) -> None:
    commitments = await filled(pool)
    monkeypatch.setattr(rewrapping, "BATCH", 2)

    class Killed(BaseException):
        pass

    steps = iter(range(dies_after))

    def die(_: int) -> None:
        if next(steps, None) is None:
            raise Killed

    with pytest.raises(Killed):
        await rotate(pool, newest=NEW, earlier=(OLD,), progress=die)
    # Meanwhile whoever knows both opens everything, and seals under the new one.
    both = vault_of(pool, NEW, OLD)
    assert await opened(both, commitments) == ALL
    assert (await both.seal("x", subject="new", purpose="name")).key_id == "new/name/2020"
    under = dict(await pool.fetch(UNDER))
    assert under[KeyEncryption(NEW).id] == min(2 * (dies_after + 1), PEOPLE) + 1
    rotation = await rotate(pool, newest=NEW, earlier=(OLD,))
    assert rotation.rewrapped == max(PEOPLE - 2 * (dies_after + 1), 0)
    assert await opened(vault_of(pool, NEW), commitments) == ALL


async def test_a_process_that_knows_the_old_key_hears_of_the_new_one_when_it_needs_it(pool: asyncpg.Pool) -> None:
    commitments = await filled(pool)
    masters: tuple[bytes, ...] = (OLD,)
    vault = PostgresVault(pool, master=OLD, masters=lambda: masters, clock=Fixed())
    assert await opened(vault, commitments) == ALL
    await rotate(pool, newest=NEW, earlier=(OLD,))
    masters = (NEW,)
    assert await opened(vault, commitments) == ALL
    assert (await vault.seal("x", subject="new", purpose="name")).key_id == "new/name/2020"
    assert dict(await pool.fetch(UNDER)) == {KeyEncryption(NEW).id: PEOPLE + 1}


async def test_keys_that_are_made_while_it_rotates_are_under_the_new_one_or_wrapped_anew(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(pool)
    monkeypatch.setattr(rewrapping, "BATCH", 1)
    stale, knowing = vault_of(pool, OLD), vault_of(pool, NEW, OLD)

    async def seal(vault: PostgresVault, n: int) -> bool:
        try:
            await vault.seal("x", subject=f"q{n}", purpose="name")
        except VaultKeyWrong:
            return False
        return True

    sealing = [seal(stale if n % 2 else knowing, n) for n in range(40)]
    await asyncio.gather(rotate(pool, newest=NEW, earlier=(OLD,)), *sealing)
    assert set(dict(await pool.fetch(UNDER))) == {KeyEncryption(NEW).id}


async def test_a_destroyed_key_stays_destroyed_when_it_rotates(pool: asyncpg.Pool) -> None:
    commitments = await filled(pool)
    await shred(pool, subjects=("p1",), keys=(KeyName("p2", "name", 2020),), at=NOW)
    assert (await rotate(pool, newest=NEW, earlier=(OLD,))).rewrapped == PEOPLE - 2
    assert await opened(vault_of(pool, NEW, OLD), commitments) == ["人0", "", "", *ALL[3:]]


async def test_a_restored_backup_opens_nothing_without_the_retired_key(pool: asyncpg.Pool) -> None:
    commitments = await filled(pool)
    await pool.execute(SAVE)
    await shred(pool, subjects=("p1",), keys=(), at=NOW)
    await rotate(pool, newest=NEW, earlier=(OLD,))
    await pool.execute(RESTORE)
    vault = vault_of(pool, NEW)
    assert await opened(vault, commitments) == NOTHING
    with pytest.raises(VaultKeyWrong):  # and it is said, before anything is sealed that the backup's key would wrap
        await vault.require_own_kek()
    assert (await rotate(pool, newest=NEW, earlier=())).left == {KeyEncryption(OLD).id: PEOPLE}
    await vault.require_own_kek()
    assert await opened(vault, commitments) == NOTHING


async def test_another_rotation_that_overtakes_ends_this_one(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    commitments = await filled(pool)
    monkeypatch.setattr(rewrapping, "BATCH", 2)
    tasks: list[asyncio.Task[object]] = []

    def overtake(_: int) -> None:
        tasks.append(asyncio.ensure_future(rotate(pool, newest=NEWEST, earlier=(NEW, OLD))))

    results = await asyncio.gather(rotate(pool, newest=NEW, earlier=(OLD,), progress=overtake), return_exceptions=True)
    await asyncio.gather(*tasks)
    assert isinstance(results[0], VaultKeyWrong | rewrapping.Rotation)
    await rotate(pool, newest=NEWEST, earlier=(NEW, OLD))
    assert await opened(vault_of(pool, NEWEST), commitments) == ALL


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE vault.key SET subject = 'q' WHERE key_id = 'p0/name/2020'",
        "UPDATE vault.key SET wrapped = '\\x00', kek = (SELECT id FROM vault.kek), destroyed_at = NULL "
        "WHERE key_id = 'p1/name/2020'",
        "UPDATE vault.key SET kek = repeat('b', 16) WHERE key_id = 'p0/name/2020'",
        "INSERT INTO vault.key (key_id, subject, purpose, term, wrapped, kek) "
        "SELECT 'p1/name/2031', 'p1', 'name', 2031, '\\x00', id FROM vault.kek",
    ],
)
async def test_no_statement_brings_back_what_is_destroyed(pool: asyncpg.Pool, change: str) -> None:
    await filled(pool)
    await shred(pool, subjects=("p1",), keys=(), at=NOW)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await pool.execute(change)
    assert refused.value.sqlstate in ("WZ002", "WZ004", "WZ005")


async def test_no_key_is_made_for_somebody_who_is_being_erased(pool: asyncpg.Pool) -> None:
    """Sealing and erasing at the same moment, from several processes: afterwards no key of the subject lives."""
    for n in range(15):
        subject = f"s{n}"
        vaults = [vault_of(pool, OLD) for _ in range(3)]
        results = await asyncio.gather(
            *(vault.seal("x", subject=subject, purpose=f"purpose_{k}") for k, vault in enumerate(vaults)),
            shred(pool, subjects=(subject,), keys=(), at=NOW),
            return_exceptions=True,
        )
        assert {type(each) for each in results[:3] if isinstance(each, BaseException)} <= {KeyDestroyed}
        assert (
            await pool.fetchval("SELECT count(*) FROM vault.key WHERE subject = $1 AND wrapped IS NOT NULL", subject)
            == 0
        )
        with pytest.raises(KeyDestroyed):
            await vault_of(pool, OLD).seal("x", subject=subject, purpose="another")
