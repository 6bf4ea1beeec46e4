"""Format 1 gives the committed bytes, for ever; and the bytes are checked by somebody else's code."""

import json
from hashlib import sha256

import pytest
import rfc8785

from domain.catalogue import CATALOGUE
from domain.evidence.digest import content_digest
from domain.ledger.entry import recorded
from tests.vectors.make_format1 import VECTORS, vectors

GOLDEN = json.loads(VECTORS.read_text(encoding="utf-8"))


def test_the_code_still_gives_the_golden_bytes() -> None:
    assert vectors() == GOLDEN


@pytest.mark.parametrize("vector", GOLDEN["entries"], ids=lambda vector: vector["why"])
def test_a_golden_entry_is_canonical_and_hashes_to_its_leaf(vector: dict[str, str]) -> None:
    entry = vector["entry"].encode()
    assert rfc8785.dumps(json.loads(entry)) == entry
    assert sha256(b"\x00" + entry).hexdigest() == vector["leaf"]
    offset = int(vector["offset"])
    assert entry[offset : offset + 27].decode() == GOLDEN["recorded_at"]


@pytest.mark.parametrize("vector", GOLDEN["entries"], ids=lambda vector: vector["why"])
def test_a_golden_entry_is_read_back(vector: dict[str, str]) -> None:
    fields = json.loads(vector["entry"])
    event = recorded(7, vector["entry"].encode(), CATALOGUE)
    assert (event.position, event.id, event.event.type_name) == (7, fields["id"], fields["type"])
    assert list(event.tags) == fields["tags"]


@pytest.mark.parametrize("vector", GOLDEN["digests"], ids=lambda vector: vector["kind"])
def test_a_content_digest_is_over_its_kind_and_canonical_content(vector: dict[str, str]) -> None:
    independent = sha256(f"wenze/{vector['kind']}/v1\n".encode() + rfc8785.dumps(vector["content"])).hexdigest()
    assert content_digest(vector["kind"], vector["content"]) == vector["digest"] == independent
