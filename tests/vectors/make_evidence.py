"""Writes the files of ``evidence/``: what verifies, and what does not, named by what was changed.

python -m tests.vectors.make_evidence

Any verifier of the same formats may be run over them. A file holds what it is about and its vectors: ``given``, and
``expected``, which is what the bytes say or the class of the refusal. Binary data stand in hex, or in base64 where the
name of the field ends in ``_base64``.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.vectors import merkle_cases, note_cases, proof_cases, served_cases

FOLDER = Path(__file__).parent / "evidence"
AREAS: dict[str, tuple[str, Callable[[], Iterator[dict[str, Any]]]]] = {
    "root": ("RFC 9162 section 2.1.1: the root over entries", merkle_cases.roots),
    "inclusion": ("RFC 9162 section 2.1.3.2: a leaf is in a tree", merkle_cases.inclusion),
    "consistency": ("RFC 9162 section 2.1.4.2: a tree extends another", merkle_cases.consistency),
    "vkey": ("C2SP signed-note: a verifier key", note_cases.vkeys),
    "note": ("C2SP signed-note: the form of a note", note_cases.notes),
    "log_signature": ("C2SP signed-note: whether a log has signed", note_cases.log_signatures),
    "checkpoint": ("C2SP tlog-checkpoint, without extension lines", note_cases.checkpoints),
    "cosignature": ("C2SP tlog-cosignature, type 0x04: which witnesses have signed, and when", note_cases.cosignatures),
    "policy": ("C2SP tlog-policy: whether these witnesses reach the quorum", proof_cases.policies),
    "tlog_proof": ("C2SP tlog-proof: an entry is in a log that a policy believes", proof_cases.proofs),
    "tile_path": ("C2SP tlog-tiles: where a tile or a bundle of entries lies", served_cases.tile_paths),
    "entry_bundle": ("C2SP tlog-tiles: the entries of a bundle", served_cases.bundles),
    "add_checkpoint": ("C2SP tlog-witness: what a witness is asked", served_cases.add_checkpoints),
    "canonical_json": ("RFC 8785 with the limits of format 1", proof_cases.canonical),
}


def text(area: str) -> str:
    """The file of an area; one line for each vector."""
    about, cases = AREAS[area]
    lines = ",\n".join(f"  {json.dumps(case, sort_keys=True)}" for case in cases())
    return f'{{\n "about": {json.dumps(about)},\n "vectors": [\n{lines}\n ]\n}}\n'


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for area in AREAS:
        (FOLDER / f"{area}.json").write_text(text(area), encoding="utf-8")
