"""What people sign gives the committed digests, for ever; and somebody else's code computes them too."""

import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from pymerkle import InmemoryTree

from tests.vectors.make_statements import VECTORS, vectors

GOLDEN: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))


def test_the_code_still_gives_the_golden_digests() -> None:
    assert json.loads(json.dumps(vectors())) == GOLDEN


@pytest.mark.parametrize("vector", GOLDEN["statements"], ids=lambda vector: vector["why"])
def test_a_statement_is_signed_by_its_canonical_form(vector: dict[str, Any]) -> None:
    assert rfc8785.dumps(vector["statement"]).decode() == vector["canonical"]
    assert sha256(b"wenze/signature/v1\n" + vector["canonical"].encode()).hexdigest() == vector["digest"]


def test_a_batch_is_signed_by_the_root_over_its_statements() -> None:
    batch = GOLDEN["batch"]
    tree = InmemoryTree(algorithm="sha256")
    for each in GOLDEN["statements"]:
        tree.append_entry(bytes.fromhex(each["digest"]))
    assert tree.get_root().hex() == batch["root"]
    signed = {name: batch[name] for name in ("origin", "size", "root", "nonce")}
    assert sha256(b"wenze/signature_batch/v1\n" + rfc8785.dumps(signed)).hexdigest() == batch["digest"]


def test_a_paper_is_attested_with_what_it_carries_its_scan_and_who_signed_by_hand() -> None:
    paper = GOLDEN["paper"]
    attested = {name: paper[name] for name in ("signed", "scan", "signer")}
    assert sha256(b"wenze/paper/v1\n" + rfc8785.dumps(attested)).hexdigest() == paper["digest"]
