"""Writes ``statements.json``: what people sign, byte for byte. A difference afterwards breaks every signature.

python -m tests.vectors.make_statements
"""

import json
from pathlib import Path
from typing import Any

from domain.evidence.canonical_json import canonical_json
from domain.evidence.statement import (
    Statement,
    batch_digest,
    batch_path,
    batch_root,
    paper_digest,
    statement,
    statement_digest,
)

VECTORS = Path(__file__).parent / "statements.json"
ORIGIN = "wenze.test/log"
OFFICE = "018f2a6e-0000-7000-8000-000000000004"
NONCE = "bm9uY2U"

STATEMENTS: tuple[tuple[str, Statement], ...] = (
    (
        "level 1 signs",
        statement(
            origin=ORIGIN, digest="a1" * 32, level=1, decision="sign", appointment=OFFICE, nonce=NONCE, rules="rules-1"
        ),
    ),
    (
        "level 2 signs over level 1, as a delegate, from the summary only",
        statement(
            origin=ORIGIN,
            digest="a1" * 32,
            level=2,
            decision="sign",
            appointment=OFFICE,
            nonce=NONCE,
            below="b2" * 32,
            rules="rules-1",
            examined="summary_only",
            delegation="018f2a6e-0000-7000-8000-000000000005",
        ),
    ),
    (
        "level 3 signs a roll-up that it examined",
        statement(
            origin=ORIGIN,
            digest="c3" * 32,
            level=3,
            decision="sign",
            appointment=OFFICE,
            nonce=NONCE,
            examined="examined",
        ),
    ),
    (
        "level 2 returns with a reason",
        statement(
            origin=ORIGIN,
            digest="a1" * 32,
            level=2,
            decision="return",
            appointment=OFFICE,
            nonce=NONCE,
            below="b2" * 32,
            rules="rules-1",
            reason="d4" * 32,
        ),
    ),
    (
        "level 1 refuses with a reason",
        statement(
            origin=ORIGIN,
            digest="a1" * 32,
            level=1,
            decision="refuse",
            appointment=OFFICE,
            nonce=NONCE,
            rules="rules-1",
            reason="d4" * 32,
        ),
    ),
    (
        "who prepared it attests a zero report",
        statement(
            origin=ORIGIN,
            digest="a1" * 32,
            level=0,
            decision="attest_zero",
            appointment=OFFICE,
            nonce=NONCE,
            rules="rules-1",
        ),
    ),
)


def vectors() -> dict[str, Any]:
    digests = [statement_digest(each) for _, each in STATEMENTS]
    root = batch_root(digests)
    return {
        "statements": [
            {
                "why": why,
                "statement": each,
                "canonical": canonical_json(each).decode(),
                "digest": statement_digest(each),
            }
            for why, each in STATEMENTS
        ],
        "batch": {
            "origin": ORIGIN,
            "size": len(digests),
            "root": root,
            "nonce": NONCE,
            "paths": [batch_path(digests, index) for index in range(len(digests))],
            "digest": batch_digest(origin=ORIGIN, size=len(digests), root=root, nonce=NONCE),
        },
        "paper": {
            "signed": digests[0],
            "scan": "e5" * 32,
            "signer": OFFICE,
            "digest": paper_digest(signed=digests[0], scan="e5" * 32, signer=OFFICE),
        },
    }


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
