"""Where the key-encryption key comes from, and that the old one is gone only when nothing needs it any more."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.postgres.pool import open_pool
from adapters.sealing import KeyEncryption
from api import vault_rotation
from api.cli import build
from api.settings import Settings
from api.vault_rotation import NothingToRotate, replace_kept_key, rotate_vault_key
from tests.api.city import found_city
from tests.api.conftest import running, settings_for

PREVIOUS, SECRET = "vault.secret.previous", "vault.secret"


async def test_the_kept_key_is_replaced_and_the_old_one_removed(dsn: str, tmp_path: Path) -> None:
    settings = settings_for(dsn, tmp_path)
    async with running(settings) as office:
        city = await found_city(office)
        (name,) = [
            event.event.as_dict()["name"]
            for event in (await office.wiring.ledger.log.read()).events
            if getattr(event.event, "person", "") == city.principal.id and hasattr(event.event, "phone")
        ]
        before = settings.vault_master_key()
        # Under the running service: it opens and seals all the while, and afterwards without a new start.
        rotation = await rotate_vault_key(office.wiring.pool, settings)
        assert rotation.rewrapped > 0
        assert rotation.left == {}
        assert await office.wiring.ledger.vault.open(name) == "合成-principal"
        await city.hire("newcomer", "school.reporter", city.far)
    assert settings.vault_master_keys() == (settings.vault_master_key(),)
    assert settings.vault_master_key() != before
    assert rotation.kek == KeyEncryption(settings.vault_master_key()).id
    assert not (tmp_path / PREVIOUS).exists()
    assert (tmp_path / SECRET).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("dies_at", ["linked", "replaced", "in_force", "wrapped"])
async def test_whatever_dies_on_the_way_is_done_by_the_next(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    settings = settings_for(dsn, tmp_path)
    async with running(settings) as office:
        city = await found_city(office)
    first = settings.vault_master_key()

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        match dies_at:
            case "linked":
                patched.setattr(vault_rotation, "write_fresh_secret", die)
            case "replaced":
                patched.setattr(vault_rotation, "rotate", die)
            case "wrapped":
                patched.setattr(Path, "unlink", die)
            case _:
                pass
        pool = await open_pool(dsn, size=1)
        with pytest.raises(Killed):
            await rotate_vault_key(pool, settings, progress=die if dies_at == "in_force" else lambda _: None)
    assert first in settings.vault_master_keys()
    async with running(settings) as office:  # between the two runs the service starts and seals as ever
        person = await office.person()
        city.registrar.client = office.client
        registrar = city.registrar
        await registrar.did("registry", "register_person", person=person.id, code="P-between", name="合成-间")
        await rotate_vault_key(office.wiring.pool, settings)
        assert await office.wiring.pool.fetchval("SELECT count(DISTINCT kek) FROM vault.key") == 1
    await pool.close()
    assert settings.vault_master_keys() == (settings.vault_master_key(),)
    assert settings.vault_master_key() != first
    assert sorted(file.name for file in tmp_path.iterdir() if "secret" in file.name) == ["mac.secret", SECRET]


def test_replacing_the_kept_key_again_makes_no_third_one(tmp_path: Path) -> None:
    settings = Settings.load(data_folder=tmp_path)
    first = settings.vault_master_key()
    replace_kept_key(tmp_path)
    second = settings.vault_master_key()
    replace_kept_key(tmp_path)
    assert settings.vault_master_keys() == (second, first)


async def test_keys_from_outside_are_changed_outside(dsn: str, tmp_path: Path) -> None:
    old, new = os.urandom(32).hex(), os.urandom(32).hex()
    given = settings_for(dsn, tmp_path, vault_key=old)
    async with running(given) as office:
        await found_city(office)
        with pytest.raises(NothingToRotate):
            await rotate_vault_key(office.wiring.pool, given)
    both = settings_for(dsn, tmp_path, vault_key=new, vault_key_previous=old)
    pool = await open_pool(dsn, size=1)
    assert (await rotate_vault_key(pool, both)).kek == KeyEncryption(bytes.fromhex(new)).id
    await pool.close()
    assert not (tmp_path / SECRET).exists()
    async with running(settings_for(dsn, tmp_path, vault_key=new)):
        pass


def test_the_command_rotates_and_says_what_it_did(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENZE_DATABASE_URL", dsn)
    monkeypatch.setenv("WENZE_DATA_FOLDER", str(tmp_path))
    for _ in range(2):
        result = CliRunner().invoke(build(), ["vault", "rotate", "--json"])
        assert result.exit_code == 0, result.output
        said = json.loads(result.stdout)
        assert said == {"kek": KeyEncryption(Settings.load().vault_master_key()).id, "rewrapped": 0, "left": {}}
