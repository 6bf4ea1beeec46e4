"""Settings are checked together; secrets are made once and kept private."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings, SettingsWrong, user_language


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENZE_PORT", "many")
    monkeypatch.setenv("WENZE_DATABASE_URL", "mysql://x")
    monkeypatch.setenv("WENZE_MAC_SECRET", "short")
    with pytest.raises(SettingsWrong) as caught:
        Settings.load()
    problems = caught.value.details["problems"]
    assert isinstance(problems, list)
    assert {problem.partition(":")[0] for problem in problems} == {
        "WENZE_PORT", "WENZE_DATABASE_URL", "WENZE_MAC_SECRET",
    }  # fmt: skip
    assert "short" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("postgresql://owner:password@db.example:abc/wenze", "port"),
        ("postgresql://owner:password@db.example:70000/wenze", "port"),
        ("postgresql://owner:password@one.example:5432,two.example:x/wenze", "port"),
        ("postgresql://owner:password@[::1]:x/wenze", "port"),
        ("postgresql://owner:password@/wenze?host=one.example&port=x", "port"),
        ("postgresql://owner:password@db.example/wenze?sslmode=nonsense", "sslmode"),
        ("postgresql://owner:password@db.example/wenze?sslmode", "URL"),
        ("postgresql://owner:password@[::1/wenze", "URL"),
    ],
)
def test_an_address_that_the_driver_cannot_read_is_a_wrong_setting(address: str, named: str) -> None:
    with pytest.raises(SettingsWrong, match=named) as caught:
        Settings.load(database_url=address)
    assert str(caught.value).startswith("WENZE_DATABASE_URL: ")
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://owner:pass%3Aword@db.example:5432/wenze?sslmode=verify-full",
        "postgres://one.example:5432,two.example/wenze",
        "postgresql://owner@[::1]:5432/wenze",
        "postgresql:///wenze?host=/tmp/a%20place&port=5432&user=wenze",
    ],
)
def test_every_usual_address_is_taken_as_it_is(address: str) -> None:
    assert Settings.load(database_url=address).database_url == address


def test_a_secret_is_made_once_for_everybody_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings.load(data_folder=tmp_path / "data", database_url=None)
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: settings.vault_master_key(), range(32)))
    assert len(keys) == 1
    files = list((tmp_path / "data").iterdir())
    assert [file.name for file in files] == ["vault.secret"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert settings.mac_key() not in keys


def test_a_damaged_secret_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "vault.secret").write_text("half a ke")
    (tmp_path / "vault.secret").chmod(0o600)
    with pytest.raises(SettingsWrong):
        Settings.load(data_folder=tmp_path).vault_master_key()
    assert (tmp_path / "vault.secret").read_text() == "half a ke"


def test_a_given_secret_wins_and_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENZE_VAULT_KEY", "ab" * 32)
    settings = Settings.load(data_folder=tmp_path / "none")
    assert settings.vault_master_key() == bytes.fromhex("ab" * 32)
    assert not (tmp_path / "none").exists()
    assert "ab" * 32 not in repr(settings)


@pytest.mark.parametrize(("lang", "language"), [("en_GB.UTF-8", "en"), ("zh_CN.UTF-8", "zh"), ("C", "zh")])
def test_the_terminal_speaks_its_users_language(lang: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WENZE_LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    assert user_language() == language


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ({}, "http://localhost:8000"),
        ({"port": 8123}, "http://localhost:8123"),
        ({"rp_id": "wenze.example"}, "https://wenze.example"),
        (
            {"rp_id": "wenze.example", "web_origin": "https://pages.wenze.example:8443"},
            "https://pages.wenze.example:8443",
        ),
        ({"web_origin": "http://localhost:9"}, "http://localhost:9"),
    ],
)
def test_passkeys_belong_to_one_origin(given: dict[str, Any], origin: str) -> None:
    assert Settings.load(**given).passkey_origin == origin


@pytest.mark.parametrize(
    "given",
    [
        {"web_origin": "https://wenze.example"},
        {"rp_id": "wenze.example", "web_origin": "https://notwenze.example"},
        {"rp_id": "wenze.example", "web_origin": "http://wenze.example"},
        {"rp_id": "wenze.example", "web_origin": "https://wenze.example/"},
        {"rp_id": "https://wenze.example"},
    ],
)
def test_an_origin_at_which_browsers_make_no_passkeys_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsWrong):
        Settings.load(**given)
