"""A log of a few entries, its keys, and bundles of it; written in plain JSON, without the program's own events."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.evidence.add_checkpoint import AddCheckpoint
from domain.evidence.bundle import Disclosed, encode_disclosed
from domain.evidence.canonical_json import canonical_json
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.cosignature import cosignature_line, cosigned_bytes
from domain.evidence.digest import content_digest, leaf_hash
from domain.evidence.manifest import BundleRole, Manifest, SealedValue
from domain.evidence.merkle import consistency_proof, inclusion_proof, tree_root
from domain.evidence.note import COSIGNATURE, ED25519, Note, Signature, VerifierKey
from domain.evidence.policy import Policy, parse_policy
from domain.evidence.tlog_proof import TlogProof

ORIGIN = "wenze.test/small"
START = datetime(2020, 2, 9, 4, tzinfo=UTC)


def private_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def raw_public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def spki(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


LOG_KEY = private_key("log")
WITNESS_KEYS = {name: private_key(name) for name in ("audit.test", "province.test")}
LOG = VerifierKey(ORIGIN, ED25519, raw_public(LOG_KEY))
WITNESSES = {name: VerifierKey(name, COSIGNATURE, raw_public(key)) for name, key in WITNESS_KEYS.items()}


def policy(*, log: VerifierKey = LOG, quorum: str | None = None) -> Policy:
    lines = [f"log {log.vkey()}"]
    lines += [f"witness {name.partition('.')[0]} {key.vkey()}" for name, key in WITNESSES.items()]
    lines += ["group both all audit province", f"quorum {quorum or 'none'}"]
    return parse_policy("".join(f"{line}\n" for line in lines).encode())


class SmallLog:
    """Entries in order, a minute apart; ``bundle`` gives the files."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.now = START
        self.add("LogOpened", {"origin": ORIGIN, "format": 1, "clock": "simulated"})

    def add(self, type_name: str, payload: Mapping[str, Any], *, version: int = 1, **envelope: Any) -> int:
        """The position of the new entry."""
        self.now += timedelta(minutes=1)
        entry = {
            "actor": {"person": "somebody"}, "class": "open", "command": "happen", "id": f"id-{len(self.entries)}",
            "payload": dict(payload), "received_at": self.now, "recorded_at": self.now, "tags": ["log:test"],
            "type": type_name, "version": version,
        }  # fmt: skip
        self.entries.append(canonical_json(entry | envelope))
        return len(self.entries)

    def note(self, size: int | None = None, *, key: Ed25519PrivateKey = LOG_KEY, witnesses: Sequence[str] = ()) -> Note:
        size = len(self.entries) if size is None else size
        text = Checkpoint(ORIGIN, size, tree_root(self.leaves()[:size])).text()
        name = VerifierKey(ORIGIN, ED25519, raw_public(key))
        lines = [Signature(ORIGIN, name.key_id, key.sign(text))]
        lines += [
            cosignature_line(
                WITNESSES[each],
                seconds=1_600_000_000,
                signature=WITNESS_KEYS[each].sign(cosigned_bytes(text, 1_600_000_000)),
            )
            for each in witnesses
        ]
        return Note(text, tuple(lines))

    def leaves(self) -> list[bytes]:
        return [leaf_hash(each) for each in self.entries]

    def bundle(
        self,
        positions: Sequence[int] | None = None,
        *,
        size: int | None = None,
        later: bool = False,
        witnesses: Sequence[str] = (),
        later_witnesses: Sequence[str] = (),
        disclosed: Mapping[str, Disclosed] | None = None,
        sealed: Sequence[SealedValue] = (),
        more: Mapping[str, bytes] | None = None,
    ) -> dict[str, bytes]:
        """Of all entries, or those at some positions, to the checkpoint of a size."""
        size = len(self.entries) if size is None else size
        chosen = range(1, size + 1) if positions is None else positions
        note = self.note(size, witnesses=witnesses)
        files = {"checkpoint": note.encoded(), **(more or {})}
        for position in chosen:
            proof = TlogProof(position - 1, inclusion_proof(self.leaves()[:size], position - 1), note)
            files[f"entries/{position}.json"] = self.entries[position - 1]
            files[f"proofs/{position}.tlog-proof"] = proof.encoded()
        if later:
            newer = self.note(witnesses=later_witnesses)
            files["later"] = AddCheckpoint(size, consistency_proof(self.leaves(), size), newer).encoded()
        for name, each in (disclosed or {}).items():
            files[f"disclosed/{name}.json"] = encode_disclosed(each)
        return whole(files, sealed=sealed)


def whole(files: Mapping[str, bytes], *, sealed: Sequence[SealedValue] = ()) -> dict[str, bytes]:
    """The files with a manifest that fits them: what somebody would make who changes a bundle with care."""
    rest = {name: data for name, data in files.items() if name != "manifest.json"}
    positions = [int(name[8:-5]) for name in rest if name.startswith("entries/")]
    manifest = Manifest(
        origin=ORIGIN,
        asked={"kind": "positions"},
        exporter="somebody",
        made_at=START,
        tool="wenze test",
        files={name: sha256(data).hexdigest() for name, data in rest.items()},
        roles={BundleRole.ASKED: positions},
        sealed=sealed,
    )
    return rest | {"manifest.json": manifest.encoded()}


def statement_digest(**statement: Any) -> str:
    return content_digest("signature", {"origin": ORIGIN} | {k: v for k, v in statement.items() if v is not None})


def base64_of(data: bytes) -> str:
    return b64encode(data).decode()
