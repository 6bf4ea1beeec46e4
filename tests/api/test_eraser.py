"""The eraser over crashes and restored backups: what was approved is gone, and stays gone."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from api import eraser
from api.cli import build
from api.cli.erase import _erase
from api.eraser import apply_erasures, keep_erasing, shred_approved
from api.log_keys import adopt_first
from api.main import open_wiring
from api.vault_rotation import rotate_vault_key
from domain.erasure.events import ErasureApproved, ErasureProposed, Ground, KeysDestroyed, RetentionAdopted, SealedUnder
from domain.ledger.errors import KeyDestroyed, NotFound
from domain.ledger.event import Event
from tests.adapters.publisher.test_recovering import LOSE
from tests.api.city import City, found_city
from tests.api.conftest import Office, running, settings_for
from tests.api.erasing import erased, events_of, leave, old_keys, opened, proposed

SAVE = """
CREATE SCHEMA saved; CREATE TABLE saved.key AS TABLE vault.key; CREATE TABLE saved.part AS TABLE vault.part;
CREATE TABLE saved.erased AS TABLE vault.erased
"""
# What a restore does: as the superuser, with every trigger asleep.
RESTORE = """
SET session_replication_role = replica;
DELETE FROM vault.key; INSERT INTO vault.key TABLE saved.key;
DELETE FROM vault.part; INSERT INTO vault.part TABLE saved.part;
DELETE FROM vault.erased; INSERT INTO vault.erased TABLE saved.erased;
SET session_replication_role = DEFAULT
"""


class Killed(BaseException):
    """The process died here."""


@pytest.mark.parametrize("dies", ["before shredding", "after shredding", "before recording", "after recording"])
async def test_wherever_the_eraser_dies_the_next_look_does_the_rest(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("api.main.keep_erasing", never)
    async with running(settings_for(dsn, tmp_path)) as office:
        city = await found_city(office)
        person = await leave(city, "stranger")
        await erased(city, person)
        wiring = office.wiring
        with monkeypatch.context() as patched:
            when, _, what = dies.partition(" ")
            name = {"shredding": "shred", "recording": "_record"}[what]
            whole = getattr(eraser, name)

            async def killed(*arguments: Any, **more: Any) -> Any:
                if when == "after":
                    await whole(*arguments, **more)
                raise Killed

            patched.setattr(eraser, name, killed)
            with pytest.raises(Killed):
                await apply_erasures(wiring.ledger, wiring.pool)
        # Two processes look again at once.
        await asyncio.gather(*(apply_erasures(wiring.ledger, wiring.pool) for _ in range(2)))
        assert len(await events_of(office, KeysDestroyed)) == 1
        assert "合成-stranger" not in await opened(office)


async def test_a_key_made_between_proposal_and_approval_is_destroyed_too(office: Office) -> None:
    city = await found_city(office)
    pupil = str(uuid4())
    erasure = await proposed(city, pupil)
    vault = office.wiring.ledger.vault
    await vault.seal("between", subject=pupil, purpose="named_list")  # and cached in this process
    await city.discipline.did("erasure", "approve_erasure", erasure=erasure)
    await apply_erasures(office.wiring.ledger, office.wiring.pool)
    for purpose in ("named_list", "another"):
        with pytest.raises(KeyDestroyed):
            await vault.seal("after", subject=pupil, purpose=purpose)
    living = "SELECT count(*) FROM vault.key WHERE subject = $1 AND wrapped IS NOT NULL"
    assert await office.wiring.pool.fetchval(living, pupil) == 0


async def test_an_approval_whose_record_could_not_be_stored_is_looked_at_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = await found_city(office)
    pupil = str(uuid4())
    whole, tries = eraser._record, iter((True, False))

    async def away_once(*arguments: Any) -> None:
        if next(tries, False):
            raise OSError("the database went away")
        await whole(*arguments)

    monkeypatch.setattr(eraser, "_record", away_once)
    await erased(city, pupil)
    looking = asyncio.create_task(keep_erasing(office.wiring.ledger, office.wiring.pool, every_s=0.05))
    for _ in range(60):
        if await events_of(office, KeysDestroyed):
            break
        await asyncio.sleep(0.1)
    looking.cancel()
    assert len(await events_of(office, KeysDestroyed)) == 1


@pytest.mark.parametrize("by", ["opening", "command"])
async def test_a_backup_from_before_the_approval_brings_nobody_back_where_it_was_published(
    dsn: str, tmp_path: Path, by: str
) -> None:
    """The whole database is older than the approval: only what was signed and published still knows of it."""
    settings = settings_for(dsn, tmp_path)
    async with running(settings) as office:
        await adopt_first(office.wiring.ledger, settings)
        city = await found_city(office)
        person = await leave(city, "stranger")
        await office.wiring.pool.execute(SAVE)
        head = (await office.wiring.ledger.log.read()).head
        await erased(city, person)
        await apply_erasures(office.wiring.ledger, office.wiring.pool)
        await office.wiring.publishing.publisher.publish()
    connection = await asyncpg.connect(dsn)
    await connection.execute(RESTORE + ";" + LOSE.format(head))
    await connection.close()
    if by == "command":
        assert (await _erase(settings, apply=True))["keys_destroyed"] > 0
    async with open_wiring(settings, shredding=by == "opening") as wiring:
        values = []
        for row in await wiring.pool.fetch("SELECT commitment FROM vault.part"):
            with suppress(NotFound):
                values.append(await wiring.ledger.vault.open(row["commitment"]))
        assert "合成-stranger" not in values
        assert "合成-principal" in values
        with pytest.raises(KeyDestroyed):
            await wiring.ledger.vault.seal("x", subject=person, purpose="name")


@pytest.mark.parametrize("rotated", [False, True])
async def test_a_restored_backup_brings_nobody_back(dsn: str, tmp_path: Path, rotated: bool) -> None:
    settings = settings_for(dsn, tmp_path)
    async with running(settings) as office:
        city = await found_city(office)
        person = await leave(city, "stranger")
        await office.wiring.pool.execute(SAVE)
        await old_keys(office, [(city.school, "remarks", 2019)])
        erasure = await erased(city, person)
        await city.happens(*_keys_erased(city))
        await apply_erasures(office.wiring.ledger, office.wiring.pool)
        assert "合成-stranger" not in await opened(office)
        if rotated:
            await rotate_vault_key(office.wiring.pool, settings)
        await office.wiring.pool.execute(RESTORE)
        if not rotated:
            # The backup is back; before anything opens the vault, what was erased is erased once more.
            assert "合成-stranger" in await opened(office)
    async with open_wiring(settings) as wiring:
        values = []
        for row in await wiring.pool.fetch("SELECT commitment FROM vault.part"):
            try:
                values.append(await wiring.ledger.vault.open(row["commitment"]))
            except NotFound:
                continue
        assert "合成-stranger" not in values
        # Under a retired key-encryption key the backup opens nothing at all.
        assert ("合成-principal" in values) is not rotated
        with pytest.raises(KeyDestroyed):
            await wiring.ledger.vault.seal("x", subject=person, purpose="name")
        row = await wiring.pool.fetchrow("SELECT wrapped, destroyed_at FROM vault.key WHERE term = 2019")
        assert row is not None
        assert row["wrapped"] is None
        again = await shred_approved(wiring.ledger.log, wiring.pool, wiring.ledger.clock.now())
        assert again.destroyed == 0
        assert [each.event.as_dict()["erasure"] for each in (await wiring.ledger.log.read()).events
                if isinstance(each.event, KeysDestroyed)].count(erasure) == 1  # fmt: skip


def _keys_erased(city: City) -> tuple[Event, ...]:
    """An erasure of a key that no backup may bring back, decided long ago."""
    erasure, keys = str(uuid4()), (SealedUnder(subject=city.school, purpose="remarks", term=2019),)
    return (
        RetentionAdopted(purpose="remarks", retention_version=1, days=1, source="s"),
        ErasureProposed(erasure=erasure, ground=Ground.UNLAWFUL, proposed_by=city.officer.id, keys=keys),
        ErasureApproved(erasure=erasure, ground=Ground.UNLAWFUL, approved_by=city.discipline.id, keys=keys),
    )


async def test_every_process_forgets_the_keys_whichever_destroyed_them(dsn: str, tmp_path: Path) -> None:
    settings = settings_for(dsn, tmp_path)
    async with running(settings) as office, running(settings) as other:
        city = await found_city(office)
        pupil = str(uuid4())
        vaults = [each.wiring.ledger.vault for each in (office, other)]
        for vault in vaults:
            await vault.seal("before", subject=pupil, purpose="named_list")
        await erased(city, pupil)
        for _ in range(60):  # both look by themselves
            remembered = [vault for vault in vaults if any(pupil in key for key in vault._keys)]
            if not remembered:
                break
            await asyncio.sleep(0.1)
        assert remembered == []
        assert len(await events_of(office, KeysDestroyed)) == 1


def test_the_command_applies_what_is_approved_and_counts_what_is_open(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("api.main.keep_erasing", never)

    async def decided() -> None:
        async with running(settings_for(dsn, tmp_path)) as office:
            city = await found_city(office)
            await erased(city, await leave(city, "stranger"))
            await proposed(city, str(uuid4()))

    asyncio.run(decided())
    monkeypatch.setenv("WENZE_DATABASE_URL", dsn)
    monkeypatch.setenv("WENZE_DATA_FOLDER", str(tmp_path))

    def said(*arguments: str) -> dict[str, int]:
        result = CliRunner().invoke(build(), ["erase", "--json", *arguments])
        assert result.exit_code == 0, result.output
        return dict(json.loads(result.stdout))

    stages = {"proposed": 1, "approved": 1, "declined": 0, "done": 0}
    assert said() == stages
    done = stages | {"approved": 0, "done": 1}
    assert said("--apply") == {"keys_destroyed": 2, "recorded": 1} | done
    assert said("--apply") == {"keys_destroyed": 0, "recorded": 0} | done
