"""A bundle: everything that an outside office needs to check what happened, as named files (ADR 0023).

    manifest.json                 what was asked, and the SHA-256 of every other file
    checkpoint                    the signed note, with cosignatures, that every proof leads to
    later                         that a later checkpoint extends it; the form of tlog-witness's add-checkpoint
    entries/<position>.json       the exact bytes of an entry
    proofs/<position>.tlog-proof  its proof
    timestamps/<of>.<n>.tsr       RFC 3161 tokens over ``checkpoint`` or over the checkpoint in ``later``
    timestamps/chain.pem          certificates between the tokens' and the authority's
    coverage/<position>.<n>.json  that a roll-up, built at a position, holds its child number n
    disclosed/<commitment>.json   a personal value with its salt
    README.zh.html README.en.html what this is, for people

It arrives as a mapping of names to bytes: how it was packed, and how large a pack is read, is the matter of whoever
reads it. Nothing here believes the bundle; keys and roots of trust come from the policy.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.evidence.add_checkpoint import AddCheckpoint, parse_add_checkpoint
from domain.evidence.canonical_json import canonical_json
from domain.evidence.commitment import SALT_BYTES
from domain.evidence.coverage import Coverage, parse_coverage
from domain.evidence.entry import Entry, Fields, parse_entry, read_object
from domain.evidence.errors import MalformedError
from domain.evidence.manifest import NAME as MANIFEST
from domain.evidence.manifest import Manifest, parse_manifest, require_whole
from domain.evidence.note import Note, parse_note
from domain.evidence.tlog_proof import TlogProof, parse_tlog_proof

CHECKPOINT: Final = "checkpoint"
LATER: Final = "later"
CHAIN: Final = "timestamps/chain.pem"
READMES: Final = ("README.zh.html", "README.en.html")
MAX_FILES: Final = 50_000
MAX_BYTES: Final = 256 * 1024 * 1024
MAX_DISCLOSED: Final = 65_535
_POSITION: Final = r"(?P<position>[1-9][0-9]{0,15})"
_ENTRY: Final = re.compile(rf"entries/{_POSITION}\.json", re.ASCII)
_PROOF: Final = re.compile(rf"proofs/{_POSITION}\.tlog-proof", re.ASCII)
_TOKEN: Final = re.compile(r"timestamps/(?P<of>checkpoint|later)\.[0-9]{1,4}\.tsr", re.ASCII)
_COVERAGE: Final = re.compile(rf"coverage/{_POSITION}\.[0-9]{{1,6}}\.json", re.ASCII)
_DISCLOSED: Final = re.compile(r"disclosed/(?P<commitment>[0-9a-f]{64})\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """A timestamp token (DER) over the bytes of a signed note, cosignatures included."""

    name: str
    token: bytes
    over: bytes


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A personal value, with the salt (32 bytes) that its commitment was made with."""

    value: str
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A parsed bundle; entries in position order. Nothing is verified yet but that the manifest names its files."""

    manifest: Manifest
    note: Note
    entries: Sequence[Entry]
    proofs: Mapping[int, TlogProof]
    later: AddCheckpoint | None
    tokens: Sequence[Token]
    chain: bytes
    coverage: Sequence[tuple[int, Coverage]]
    """With the position at which the roll-up was built."""
    disclosed: Mapping[str, Disclosed]


def parse_bundle(files: Mapping[str, bytes]) -> Bundle:
    """Raises MalformedError; its ``field`` is the file's name, or says what in the manifest."""
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        raise MalformedError("bundle", f"has at most {MAX_FILES} files and {MAX_BYTES} bytes")
    manifest = parse_manifest(_needed(files, MANIFEST))
    require_whole(manifest, files)
    for name in files:
        if not _is_known(name):
            raise MalformedError(name[:100], "is no file of a bundle")
    entries = [parse_entry(position, data) for position, data in sorted(_numbered(files, _ENTRY).items())]
    proofs = {position: parse_tlog_proof(data) for position, data in _numbered(files, _PROOF).items()}
    later = parse_add_checkpoint(files[LATER]) if LATER in files else None
    positions = {each.position for each in entries}
    if positions != proofs.keys():
        raise MalformedError("proofs", "every entry has a proof, and every proof an entry")
    if positions != {position for listed in manifest.roles.values() for position in listed}:
        raise MalformedError("roles", "every entry has a role, and every role an entry")
    return Bundle(
        manifest=manifest,
        note=parse_note(_needed(files, CHECKPOINT)),
        entries=entries,
        proofs=proofs,
        later=later,
        tokens=[_token(files, name, later) for name in sorted(files) if _TOKEN.fullmatch(name)],
        chain=files.get(CHAIN, b""),
        coverage=[
            (int(match["position"]), parse_coverage(name, files[name]))
            for name in sorted(files)
            if (match := _COVERAGE.fullmatch(name))
        ],
        disclosed={
            match["commitment"]: _disclosed(name, files[name])
            for name in files
            if (match := _DISCLOSED.fullmatch(name))
        },
    )


def encode_disclosed(disclosed: Disclosed) -> bytes:
    """The file of a personal value."""
    return canonical_json({"salt": disclosed.salt.hex(), "value": disclosed.value})


def _disclosed(name: str, data: bytes) -> Disclosed:
    if len(data) > MAX_DISCLOSED:
        raise MalformedError(name, f"has at most {MAX_DISCLOSED} bytes")
    said = Fields(read_object(name, data))
    said.require_only({"salt", "value"})
    if len(said.digest("salt")) != 2 * SALT_BYTES:
        raise MalformedError(name, f"a salt has {SALT_BYTES} bytes")
    return Disclosed(said.text("value"), bytes.fromhex(said.text("salt")))


def _token(files: Mapping[str, bytes], name: str, later: AddCheckpoint | None) -> Token:
    match = _TOKEN.fullmatch(name)
    if match is not None and match["of"] == CHECKPOINT:
        return Token(name, files[name], files[CHECKPOINT])
    if later is None:
        raise MalformedError(name, "there is no later checkpoint")
    return Token(name, files[name], later.note.encoded())


def _numbered(files: Mapping[str, bytes], pattern: re.Pattern[str]) -> dict[int, bytes]:
    return {int(match["position"]): files[name] for name in files if (match := pattern.fullmatch(name))}


def _is_known(name: str) -> bool:
    if name in (MANIFEST, CHECKPOINT, LATER, CHAIN, *READMES):
        return True
    return any(pattern.fullmatch(name) for pattern in (_ENTRY, _PROOF, _TOKEN, _COVERAGE, _DISCLOSED))


def _needed(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise MalformedError(name, "is missing")
    return files[name]
