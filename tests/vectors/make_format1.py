"""Writes ``format1.json``: run once, when format 1 was fixed. A difference afterwards is a broken log.

python -m tests.vectors.make_format1
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from domain.evidence.digest import content_digest, merkle_root
from domain.ledger.entry import Actor, Context, template
from domain.ledger.event import Event
from domain.ledger.events import LogOpened, ServiceInterrupted, TokenIssued

VECTORS = Path(__file__).parent / "format1.json"
ID = "018f2a6e-0000-7000-8000-0000000000{:02x}"
RECORDED_AT = datetime(2020, 2, 3, 12, 0, 0, 123456, tzinfo=UTC)

EVENTS: tuple[tuple[str, Event, dict[str, Any]], ...] = (
    ("the first of every log", LogOpened(origin="wenze.test/log", format=1, clock="simulated"), {}),
    (
        "every member of the envelope, and text that looks like the hole",
        LogOpened(origin='校,"recorded_at":"000000000000000000000000000","', format=1, clock="real"),
        {
            "occurred_at": datetime(2020, 2, 3, 11, 59, tzinfo=UTC),
            "business_date": date(2020, 2, 3),
            "causation": ID.format(1),
            "correlation": 'a "quoted" \\ word\n',
            "rules": "rules-1",
        },
    ),
    (
        "class office, two tags, an instant in the payload",
        TokenIssued(
            token="t-1",
            person=ID.format(2),
            fingerprint="0f" * 32,
            expires_at=datetime(2021, 1, 1, tzinfo=UTC),
        ),
        {},
    ),
    (
        "microseconds of zero are written",
        ServiceInterrupted(
            began_at=datetime(2020, 2, 3, 7, tzinfo=UTC), ended_at=datetime(2020, 2, 3, 7, 5, 0, 5, tzinfo=UTC)
        ),
        {},
    ),
)


def entries() -> list[dict[str, Any]]:
    made = []
    for number, (why, event, given) in enumerate(EVENTS, 16):
        context = Context(
            actor=Actor(person=ID.format(3), appointment=ID.format(4) if number % 2 else None),
            received_at=datetime(2020, 2, 3, 12, tzinfo=UTC),
            key=ID.format(5),
            request=b"{}",
            **given,
        )
        prepared = template(event, event_id=ID.format(number), command="a_command", context=context)
        made.append(
            {
                "why": why,
                "offset": prepared.offset,
                "entry": prepared.at(RECORDED_AT).decode(),
                "leaf": prepared.leaf(RECORDED_AT).hex(),
            }
        )
    return made


def vectors() -> dict[str, Any]:
    made = entries()
    return {
        "format": 1,
        "recorded_at": "2020-02-03T12:00:00.123456Z",
        "entries": made,
        "roots": [merkle_root([each["entry"].encode() for each in made[:size]]).hex() for size in range(len(made) + 1)],
        "digests": [
            {"kind": kind, "content": content, "digest": content_digest(kind, content)}
            for kind, content in (
                ("report", {"fields": {"fever": 0, "present": 1203}, "origin": "wenze.test/log"}),
                ("signature", {"fields": {"fever": 0, "present": 1203}, "origin": "wenze.test/log"}),
                ("rollup", {"gaps": ["S-001", "S-403"], "district": "学区"}),
            )
        ],
    }


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
