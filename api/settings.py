"""The settings: the only place that reads the environment. Values, not settings, are passed inward.

Every name is ``WENZE_`` and the field in capitals (``WENZE_DATABASE_URL``). Secrets are given by the environment
(hex), or lie in files of the data folder that are made at first use and readable by their owner only.
"""

import secrets
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters import secret_files
from adapters.signing_key import SigningKey, parse_signing_key
from domain.evidence.errors import MalformedError
from domain.ledger.errors import WenzeError

SECRET_BYTES: Final = 32
VAULT_KEY_FILE: Final = "vault.secret"
PREVIOUS_KEY_FILE: Final = "vault.secret.previous"
LAST_PORT: Final = 65535
SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class SettingsWrong(WenzeError):
    """Some settings cannot be used; ``problems`` names all of them at once."""

    code: ClassVar[str] = "settings_wrong"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems), problems=problems)


def _default_data_folder() -> Path:
    project = Path(__file__).resolve().parent.parent
    if (project / "pyproject.toml").is_file():
        return project / "var"
    return Path.home() / ".local" / "share" / "wenze"


class Settings(BaseSettings):
    """All settings, checked together. Build it with ``Settings.load()``."""

    model_config = SettingsConfigDict(env_prefix="WENZE_", frozen=True, extra="ignore")

    database_url: str | None = None
    """Any PostgreSQL of version 15 or later; without it one of our own runs in the data folder."""
    data_folder: Path = Field(default_factory=_default_data_folder)
    """Where our own PostgreSQL, the secrets and the published log live."""
    origin: str = Field(
        default="wenze.localhost/log", pattern=r"^[a-z0-9][a-z0-9.-]*(/[A-Za-z0-9._-]+)*$", max_length=255
    )
    """The log's name in everything that is signed; a host and path of one's own, without a scheme."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    rp_id: str = Field(default="localhost", pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)
    """The domain that passkeys are bound to. Another domain is another relying party: its passkeys are new ones."""
    web_origin: str = Field(default="", pattern=r"^(https?://[a-z0-9.-]+(:[0-9]{1,5})?)?$")
    """Where the browser finds the pages; without it https at ``rp_id``, or this process where that is localhost."""
    connections: int = Field(default=8, ge=2, le=200)
    """Connections to the database that this process may hold."""
    body_limit: int = Field(default=1024 * 1024, ge=1024, le=64 * 1024 * 1024)
    """The longest request body, in bytes."""
    read_wait: float = Field(default=2.0, ge=0, le=30)
    """How long a read waits for the position it demands, in seconds."""
    missed_clock: float = Field(default=5.0, gt=0, le=3600)
    """How often the clock looks for duties to open and for deadlines that have passed, in seconds."""
    mac_secret: SecretStr | None = None
    """64 hex digits; keys the MAC of remembered requests."""
    vault_key: SecretStr | None = None
    """64 hex digits; the vault's key-encryption key. Whoever loses it loses every personal value."""
    vault_key_previous: SecretStr | None = None
    """64 hex digits; the one before, while `wenze vault rotate` has not finished. It is to be taken away afterwards."""

    log_folder: Path = Field(default=Path(), validate_default=True)
    """Tiles and checkpoints as they are served, and the publisher's own state; without it, in the data folder."""
    publish: bool = True
    """Whether `wenze serve` publishes the log as well; without it, it watches whoever does."""
    log_key: SecretStr | None = None
    """The log's signing key as `wenze keys` keeps it in its file, or several with commas between, the old one first."""

    policy: Path | None = None
    """The policy file (C2SP tlog-policy): the log's key, its witnesses with their addresses, and the quorum."""
    timestamp_url: str | None = None
    """An RFC 3161 timestamp authority, asked over HTTP."""
    timestamp_ca: Path | None = Field(default=None, validate_default=True)
    """The authority's root certificate (PEM); no timestamp is kept that does not lead to it."""
    timestamp_every: float = Field(default=3600.0, ge=1, le=7 * 86400)
    """How often a checkpoint is stamped, in seconds, if the log has grown."""

    @classmethod
    def load(cls, **given: Any) -> Self:
        """What is given wins over the environment. Raises SettingsWrong with all errors at once."""
        try:
            return cls(**given)
        except ValidationError as error:
            problems = [
                f"WENZE_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
                for problem in error.errors(include_input=False)
            ]
            raise SettingsWrong(problems) from error

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        if wrong := _wrong_in_address(value):
            raise ValueError(wrong)
        return value

    @field_validator("mac_secret", "vault_key", "vault_key_previous")
    @classmethod
    def _hexadecimal(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_secret(value.get_secret_value()):
            raise ValueError("must be 64 hex digits")
        return value

    @field_validator("log_key")
    @classmethod
    def _signs(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            if value is not None and not _signing_keys(value.get_secret_value()):
                raise ValueError("holds no key")
        except MalformedError as error:
            raise ValueError(error.rule) from error
        return value

    @field_validator("timestamp_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not is_web_address(value):
            raise ValueError("must begin with http:// or https://")
        return value

    @field_validator("timestamp_ca")
    @classmethod
    def _with_its_authority(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if (value is None) != (info.data.get("timestamp_url") is None):
            raise ValueError("an authority's address and its root certificate are given together")
        return value

    @field_validator("log_folder")
    @classmethod
    def _beside_the_data(cls, value: Path, info: ValidationInfo) -> Path:
        return info.data.get("data_folder", Path()) / "log" if value == Path() else value.expanduser().absolute()

    @field_validator("web_origin")
    @classmethod
    def _within_the_domain(cls, value: str, info: ValidationInfo) -> str:
        domain = info.data.get("rp_id", "")
        if value and not f".{urlsplit(value).hostname}".endswith(f".{domain}"):
            raise ValueError("must lie within WENZE_RP_ID, or browsers make no passkey there")
        if value and not value.startswith("https://") and domain != "localhost":
            raise ValueError("must be https: browsers make no passkey elsewhere")
        return value

    @field_validator("data_folder")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def passkey_origin(self) -> str:
        """The one origin at which passkeys are made and used."""
        if self.web_origin:
            return self.web_origin
        return f"http://{self.rp_id}:{self.port}" if self.rp_id == "localhost" else f"https://{self.rp_id}"

    def mac_key(self) -> bytes:
        """The 32 bytes that key the MAC of requests."""
        return self._secret(self.mac_secret, "mac.secret")

    def vault_master_key(self) -> bytes:
        """The 32 bytes that wrap every key of the vault."""
        return self._secret(self.vault_key, VAULT_KEY_FILE)

    def vault_master_keys(self) -> tuple[bytes, ...]:
        """That key as it is now, and while it is rotated the one before."""
        given, kept = self.vault_key_previous, self.data_folder / PREVIOUS_KEY_FILE
        if given is not None:
            return self.vault_master_key(), bytes.fromhex(given.get_secret_value())
        # Looked at first: a rotation that ends in between leaves a file less, never a key less.
        previous = (read_secret(kept),) if self.vault_key is None and kept.exists() else ()
        return self.vault_master_key(), *previous

    @property
    def keys_folder(self) -> Path:
        """Where signing keys lie that the environment does not give."""
        return self.data_folder / "keys"

    def log_keys(self) -> list[SigningKey]:
        """The signing keys of the log that are at hand, whichever of them are adopted.

        Raises SecretExposed, SettingsWrong.
        """
        if self.log_key is not None:
            return _signing_keys(self.log_key.get_secret_value())
        found = []
        for path in sorted(self.keys_folder.glob("log*.key")):
            try:
                found.append(parse_signing_key(secret_files.read_secret(path)))
            except MalformedError as error:
                raise SettingsWrong([f"{path.name} holds no signing key: {error.rule}"]) from error
        return found

    def _secret(self, given: SecretStr | None, name: str) -> bytes:
        return bytes.fromhex(given.get_secret_value()) if given is not None else _kept_secret(self.data_folder / name)


class Holder(BaseSettings):
    """What a person's own commands need: the key that the person holds, and whom to ask."""

    model_config = SettingsConfigDict(env_prefix="WENZE_", frozen=True, extra="ignore")

    key_file: Path = Field(default_factory=lambda: Path.home() / ".wenze" / "signing.key")
    """Where the signing key lies that the person holds."""
    server: str = "http://127.0.0.1:8000"
    """The API of the log that is signed for."""
    token: SecretStr | None = None
    """The person's bearer token, from `wenze token`."""


class _UsersLanguage(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore")

    language: str = Field(default="", validation_alias=AliasChoices("WENZE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))


def user_language() -> Literal["zh", "en"]:
    """The language of whoever sits at the terminal: English when the environment says so, else Chinese."""
    return "en" if _UsersLanguage().language.lower().startswith("en") else "zh"


def is_web_address(text: str) -> bool:
    """Whether it can be asked over HTTP."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _wrong_in_address(address: str) -> str | None:
    """What the driver would trip over; without the address itself, for it may hold a password."""
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        return "is no URL: a [ or ] outside the host, or a query that is no name=value"
    hosts = [host.rpartition("]")[2] for host in parts.netloc.rpartition("@")[2].split(",")]
    ports = [*(host.partition(":")[2] for host in hosts), *query.get("port", "").split(",")]
    if any(port and not (port.isascii() and port.isdigit() and 0 < int(port) <= LAST_PORT) for port in ports):
        return f"the port must be a number from 1 to {LAST_PORT}"
    if query.get("sslmode", SSL_MODES[0]) not in SSL_MODES:
        return f"sslmode must be one of {', '.join(SSL_MODES)}"
    return None


def _is_secret(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == SECRET_BYTES
    except ValueError:
        return False


def _kept_secret(path: Path) -> bytes:
    """The secret in a file; made at first use. Raises SecretExposed, SettingsWrong."""
    if not path.exists():
        secret_files.make_secret(path, secrets.token_hex(SECRET_BYTES))
    return read_secret(path)


def write_fresh_secret(path: Path) -> Path:
    """A new secret, whole and on disk, in a file beside ``path`` that only its owner can read."""
    return secret_files.write_fresh(path, secrets.token_hex(SECRET_BYTES))


def read_secret(path: Path) -> bytes:
    """The 32 bytes in a file. Raises SettingsWrong when it holds none, SecretExposed."""
    text = secret_files.read_secret(path)
    if not _is_secret(text):
        raise SettingsWrong([f"{path.name} in the data folder does not hold 64 hex digits"])
    return bytes.fromhex(text)


def _signing_keys(text: str) -> list[SigningKey]:
    return [parse_signing_key(part) for part in text.replace(",", " ").split()]
