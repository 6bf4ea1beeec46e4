"""The manifest of a bundle: what was asked, by whom it was made, and the SHA-256 of every file (ADR 0023)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from domain.evidence.canonical_json import canonical_json
from domain.evidence.entry import Fields, read_object
from domain.evidence.errors import MalformedError

FORMAT: Final = 1
NAME: Final = "manifest.json"
_MEMBERS: Final = {"asked", "exporter", "files", "format", "made_at", "origin", "roles", "sealed", "tool"}


class BundleRole(StrEnum):
    """Why an entry is in the bundle: it was asked for, or what was asked for rests on it."""

    ASKED = "asked"
    LOG = "log"
    DUTY = "duty"
    ROLLUP = "rollup"
    AUTHORITY = "authority"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True, order=True)
class SealedValue:
    """That the entry at ``position`` commits at ``path`` (``content.remarks``) to a personal value."""

    position: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """``files`` are names with SHA-256 as hex digits, of every file but the manifest; ``asked`` is plain.

    Nothing in it is believed: it is made by whoever made the bundle. It shows that a bundle is whole.
    """

    origin: str
    asked: Mapping[str, object]
    exporter: str
    made_at: datetime
    tool: str
    files: Mapping[str, str]
    roles: Mapping[BundleRole, Sequence[int]]
    sealed: Sequence[SealedValue]

    def encoded(self) -> bytes:
        """The file."""
        return canonical_json(
            {
                "asked": dict(self.asked),
                "exporter": self.exporter,
                "files": [{"name": name, "sha256": self.files[name]} for name in sorted(self.files)],
                "format": FORMAT,
                "made_at": self.made_at,
                "origin": self.origin,
                "roles": {role.value: sorted(positions) for role, positions in self.roles.items() if positions},
                "sealed": [{"path": each.path, "position": each.position} for each in sorted(self.sealed)],
                "tool": self.tool,
            }
        )


def parse_manifest(data: bytes) -> Manifest:
    """Raises MalformedError."""
    said = Fields(read_object("manifest", data))
    if said.number("format") != FORMAT:
        raise MalformedError("format", f"only format {FORMAT} is known")
    said.require_only(_MEMBERS)
    return Manifest(
        origin=said.text("origin"),
        asked=said.fields("asked").members,
        exporter=said.text("exporter"),
        made_at=said.instant("made_at"),
        tool=said.text("tool"),
        files=_files(_objects(said, "files")),
        roles=_roles(said.fields("roles")),
        sealed=[_sealed(each) for each in _objects(said, "sealed")],
    )


def require_whole(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Every file is listed, every listed file is there, and has the bytes that were listed. Raises MalformedError."""
    present = {name for name in files if name != NAME}
    for name in sorted(present - manifest.files.keys()):
        raise MalformedError(name, "is not in the manifest")
    for name in sorted(manifest.files.keys() - present):
        raise MalformedError(name, "is in the manifest and not in the bundle")
    for name in sorted(present):
        if sha256(files[name]).hexdigest() != manifest.files[name]:
            raise MalformedError(name, "is not the file that the manifest lists")


def _objects(said: Fields, name: str) -> list[Fields]:
    found: list[Fields] = []
    for number, each in enumerate(said.array(name)):
        if not isinstance(each, dict):
            raise MalformedError(name, "must be an array of objects")
        found.append(Fields(each, f"{name}[{number}]."))
    return found


def _files(listed: Iterable[Fields]) -> dict[str, str]:
    files: dict[str, str] = {}
    for each in listed:
        each.require_only({"name", "sha256"})
        name = each.text("name")
        if files and name <= next(reversed(files)):
            raise MalformedError("files", "must be sorted by name, each once")
        files[name] = each.digest("sha256")
    return files


def _roles(said: Fields) -> dict[BundleRole, tuple[int, ...]]:
    said.require_only({role.value for role in BundleRole})
    roles: dict[BundleRole, tuple[int, ...]] = {}
    for role in BundleRole:
        positions: list[int] = []
        for each in said.array(role.value) if said.has(role.value) else ():
            if not isinstance(each, int) or isinstance(each, bool) or each < 1:
                raise MalformedError("roles", "must hold positions")
            positions.append(each)
        roles[role] = tuple(positions)
    every = [position for positions in roles.values() for position in positions]
    if len(every) != len(set(every)):
        raise MalformedError("roles", "an entry has one role")
    return roles


def _sealed(said: Fields) -> SealedValue:
    said.require_only({"path", "position"})
    return SealedValue(said.number("position"), said.text("path"))
