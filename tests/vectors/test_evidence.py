"""Every vector says what its file says: what is right verifies, and every other way of writing it is refused."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from domain.evidence.add_checkpoint import parse_add_checkpoint
from domain.evidence.canonical_json import CanonicalError, canonical_json
from domain.evidence.checkpoint import parse_checkpoint
from domain.evidence.cosignature import Cosignature, verify_cosignatures
from domain.evidence.digest import merkle_root
from domain.evidence.errors import EvidenceError
from domain.evidence.merkle import verify_consistency, verify_inclusion
from domain.evidence.note import parse_note, parse_vkey, verify_log_signature
from domain.evidence.policy import parse_policy
from domain.evidence.tiles import decode_bundle, parse_tile_path
from domain.evidence.tlog_proof import parse_tlog_proof, verify_tlog_proof
from tests.vectors.make_evidence import AREAS, FOLDER, text

Given = dict[str, Any]
FILES = {area: (FOLDER / f"{area}.json").read_text(encoding="utf-8") for area in AREAS}
VECTORS = [
    pytest.param(area, vector["given"], vector["expected"], id=f"{area}: {vector['name']}")
    for area, content in FILES.items()
    for vector in json.loads(content)["vectors"]
]


def octets(given: Given, field: str) -> bytes:
    return b64decode(given[f"{field}_base64"]) if f"{field}_base64" in given else given[field].encode()


def hashes(given: Given) -> dict[str, Any]:
    """Hex becomes bytes; numbers stay."""
    return {
        name: bytes.fromhex(value) if isinstance(value, str) else [bytes.fromhex(each) for each in value]
        if isinstance(value, list)
        else value
        for name, value in given.items()
    }  # fmt: skip


def root(given: Given) -> object:
    starting = merkle_root([bytes.fromhex(each) for each in given["entries"]]).hex()
    return starting if len(given["entries"]) in (0, 8) else starting[:8]


def inclusion(given: Given) -> object:
    verify_inclusion(**hashes(given))
    return "valid"


def consistency(given: Given) -> object:
    verify_consistency(**hashes(given))
    return "valid"


def vkey(given: Given) -> object:
    key = parse_vkey(given["vkey"])
    assert key.vkey() == given["vkey"]
    return {"name": key.name, "encoded": key.vkey().split("+", 2)[2]}


def note(given: Given) -> object:
    parsed = parse_note(octets(given, "note"))
    assert parsed.encoded() == octets(given, "note")
    signatures = [[each.name, each.key_id.hex(), each.made.hex()] for each in parsed.signatures]
    return {"text": parsed.text.decode(), "signatures": signatures}


def log_signature(given: Given) -> object:
    verify_log_signature(parse_note(octets(given, "note")), *map(parse_vkey, given["keys"]))
    return "valid"


def checkpoint(given: Given) -> object:
    parsed = parse_checkpoint(octets(given, "text"))
    assert parsed.text() == octets(given, "text")
    return {"origin": parsed.origin, "size": parsed.size, "root": parsed.root.hex()}


def shown(cosignatures: tuple[Cosignature, ...]) -> list[list[str]]:
    return [[each.key.name, each.time.isoformat()] for each in cosignatures]


def cosignature(given: Given) -> object:
    parsed = parse_note(octets(given, "note"))
    return shown(verify_cosignatures(parsed, [parse_vkey(each) for each in given["witnesses"]]))


def policy(given: Given) -> object:
    parse_policy(octets(given, "policy")).require_quorum([parse_vkey(each) for each in given["cosigned"]])
    return "reached"


def tlog_proof(given: Given) -> object:
    proof = parse_tlog_proof(octets(given, "proof"))
    assert proof.encoded() == octets(given, "proof")
    believed = parse_policy(octets(given, "policy"))
    proved = verify_tlog_proof(proof, leaf_hash=bytes.fromhex(given["leaf_hash"]), policy=believed)
    return {"index": proof.index, "size": proved.checkpoint.size, "cosigned": shown(proved.cosignatures)}


def tile_path(given: Given) -> object:
    tile, of_entries = parse_tile_path(given["path"])
    return {"level": "entries" if of_entries else tile.level, "number": tile.number, "width": tile.width}


def add_checkpoint(given: Given) -> object:
    request = parse_add_checkpoint(octets(given, "request"))
    return {"old_size": request.old_size, "proof": [each.hex() for each in request.proof]}


def entry_bundle(given: Given) -> object:
    return [each.hex() for each in decode_bundle(bytes.fromhex(given["data"]), given["width"])]


def canonical(given: Given) -> object:
    try:
        return {"canonical": canonical_json(given["value"]).decode()}
    except CanonicalError as error:
        return {"refused_at": error.path}


READ: dict[str, Callable[[Given], object]] = {
    "root": root,
    "inclusion": inclusion,
    "consistency": consistency,
    "vkey": vkey,
    "note": note,
    "log_signature": log_signature,
    "checkpoint": checkpoint,
    "cosignature": cosignature,
    "policy": policy,
    "tlog_proof": tlog_proof,
    "tile_path": tile_path,
    "entry_bundle": entry_bundle,
    "add_checkpoint": add_checkpoint,
    "canonical_json": canonical,
}


@pytest.mark.parametrize(("area", "given", "expected"), VECTORS)
def test_a_vector_gives_what_its_file_says(area: str, given: Given, expected: object) -> None:
    found: object
    try:
        found = READ[area](given)
    except EvidenceError as error:
        found = type(error).__name__
    assert found == expected


@pytest.mark.parametrize("area", AREAS)
def test_the_script_still_writes_these_files(area: str) -> None:
    assert text(area) == FILES[area]


@pytest.mark.parametrize("area", AREAS)
def test_a_file_has_each_case_once_and_each_name_once(area: str) -> None:
    vectors = json.loads(FILES[area])["vectors"]
    assert [name for name, times in Counter(each["name"] for each in vectors).items() if times > 1] == []
    given = Counter(json.dumps(each["given"], sort_keys=True) for each in vectors)
    assert [case for case, times in given.items() if times > 1] == []


def test_every_file_of_the_folder_is_read() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == AREAS.keys() == READ.keys()
