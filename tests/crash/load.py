"""The load of the crash tests: appends that can be made again from their number, and what must hold afterwards."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

import asyncpg

from domain.ledger.entry import Actor, Context
from domain.ledger.event import Catalogue, Commitment, Event
from domain.ledger.events import LogOpened
from domain.ledger.ports import Append, SealedPart
from domain.ledger.query import Condition, Query, QueryItem

SECRET = b"crash" * 8
VAULT_KEY = """
UPDATE vault.kek SET id = repeat('a', 16);
INSERT INTO vault.key (key_id, subject, purpose, term, wrapped, kek)
VALUES ('key', 'p', 'word', 2020, '\\x00', repeat('a', 16))
"""
RECEIVED_AT = datetime(2020, 2, 9, 6, 59, 59, tzinfo=UTC)


class Happened(Event, frozen=True, kw_only=True):
    """Something happened, in two events and with a sealed word, so that there is a half to be written."""

    type_name: ClassVar[str] = "Happened"
    number: int
    half: int
    word: Commitment

    def tags(self) -> tuple[str, ...]:
        return (f"number:{self.number}", f"half:{self.number}.{self.half}", "load:all")


CATALOGUE = Catalogue((LogOpened, Happened))


def uuid_of(kind: int, number: int) -> str:
    """The same identifier for the same number, in the shape of a UUIDv7."""
    return str(UUID(int=(0x0190B0A0_0000_7000 << 64) | (1 << 63) | (kind << 48) | number))


def append_of(number: int) -> Append:
    """The append of a number: two events, one sealed part, a uniqueness condition, its own key."""
    word = sha256(f"word {number}".encode()).hexdigest()
    return Append(
        events=tuple(Happened(number=number, half=half, word=word) for half in (1, 2)),
        ids=(uuid_of(1, number), uuid_of(2, number)),
        command="happen",
        context=Context(
            actor=Actor(person=uuid_of(0, 0)),
            received_at=RECEIVED_AT,
            key=uuid_of(3, number),
            request=f'{{"number":{number}}}'.encode(),
        ),
        sealed=(SealedPart(word, "key", b"sealed " + str(number).encode()),),
        condition=Condition(Query((QueryItem(tags=frozenset({f"number:{number}"})),))),
    )


async def assert_whole(dsn: str) -> int:
    """Nothing is half-written: positions, pairs, leaves, tags, keys, parts, head. Gives the head's position."""
    connection = await asyncpg.connect(dsn)
    try:
        events = await connection.fetch("SELECT position, type, entry, leaf FROM ledger.event ORDER BY position")
        head = await connection.fetchval("SELECT position FROM ledger.head")
        tags = await connection.fetchval("SELECT count(*) FROM ledger.event_tag WHERE tag LIKE 'half:%'")
        keys = await connection.fetchval("SELECT count(*) FROM ledger.append_key WHERE last = first + 1")
        parts = await connection.fetchval("SELECT count(*) FROM vault.part")
    finally:
        await connection.close()
    happened = [event for event in events if event["type"] == "Happened"]
    assert [event["position"] for event in events] == list(range(1, head + 1))
    assert len(happened) % 2 == 0
    assert all(sha256(b"\x00" + event["entry"]).digest() == event["leaf"] for event in events)
    assert tags == len(happened)
    assert keys == parts == len(happened) // 2
    return int(head)
