"""A log of three hundred events with sealed names, published in steps; and who may change everything, does."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from adapters.fsck.log import Checked, Given, check_log
from adapters.ids import UuidV7Ids
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import open_pool
from adapters.postgres.vault import PostgresVault
from adapters.publisher.publisher import Publisher
from adapters.publisher.rows import PostgresRows
from adapters.signing_key import SigningKey
from domain.catalogue import CATALOGUE
from domain.evidence.note import ED25519
from domain.ledger.commitments import sealed_fields
from domain.ledger.entry import Actor, Context
from domain.ledger.event import Event
from domain.ledger.events import LogKeyAdopted
from domain.ledger.ports import Append, SealedPart
from domain.registry.events import BureauFounded, OrganisationRegistered, PersonRegistered
from domain.registry.kinds import OrganisationKind
from tests.conftest import ORIGIN

KEY = SigningKey(ORIGIN, ED25519, b"k" * 32)
STRANGER = SigningKey(ORIGIN, ED25519, b"s" * 32)
MASTER = bytes(range(32))
SECRET = b"a secret of the tests, 32 bytes."
ACTOR = "018f0000-0000-7000-8000-0000000000aa"
BACKUP, SIZE, BATCH = 200, 300, 10
SEALED = {name: sealed_fields(event_type) for name, event_type in CATALOGUE.types.items()}


@dataclass(frozen=True)
class SignedLog:
    """A database of a test's own, and a copy of the log's folder."""

    dsn: str
    folder: Path

    async def check(self, **given: Any) -> Checked:
        return await check_log(given_for(**{"dsn": self.dsn, "folder": self.folder, **given}))


def given_for(dsn: str, folder: Path | None, **given: Any) -> Given:
    return Given(
        **{"dsn": dsn, "folder": folder, "keys": [KEY.verifier], "sealed": SEALED, "masters": [MASTER], **given}
    )


async def grow(dsn: str, folder: Path, *, upto: int, publish: tuple[int, ...] = (), word: str = "校") -> None:
    """Append until there are so many events; the first ten one by one, then ten at a time. Publish at some sizes."""
    log = await PostgresEventLog.open(dsn, catalogue=CATALOGUE, secret=SECRET, readers=2)
    pool = await open_pool(dsn, size=2)
    ids = UuidV7Ids(log.clock)
    vault = PostgresVault(pool, master=MASTER, clock=log.clock)
    publisher = Publisher(PostgresRows(pool), folder, origin=ORIGIN, keys=lambda: [KEY])
    try:
        size = (await log.read(limit=1)).head
        while size < upto:
            count = 1 if size < BATCH else BATCH
            events: list[Event] = []
            sealed: list[SealedPart] = []
            for number in range(size + 1, size + count + 1):
                if number % BATCH == 0:
                    sealed.append(await vault.seal(f"姓名{number}", subject=f"p{number}", purpose="name"))
                events.append(event(number, word, sealed[-1].commitment if sealed else ""))
            await log.append(
                Append(
                    events=tuple(events),
                    ids=tuple(ids.new() for _ in events),
                    command="grow",
                    context=Context(
                        actor=Actor(person=ACTOR), received_at=log.clock.now(), key=ids.new(), request=b"{}"
                    ),
                    sealed=tuple(sealed),
                )
            )
            size += count
            if size in publish:
                await publisher.publish()
    finally:
        await log.close()
        await pool.close()


async def publish_as(log: SignedLog, key: SigningKey) -> None:
    """Adopt a key and publish under its name."""
    opened = await PostgresEventLog.open(log.dsn, catalogue=CATALOGUE, secret=SECRET, readers=2)
    pool = await open_pool(log.dsn, size=2)
    ids = UuidV7Ids(opened.clock)
    context = Context(actor=Actor(person=ACTOR), received_at=opened.clock.now(), key=ids.new(), request=b"{}")
    try:
        adopted = LogKeyAdopted(vkey=key.verifier.vkey())
        await opened.append(Append(events=(adopted,), ids=(ids.new(),), command="adopt_log_key", context=context))
        await Publisher(PostgresRows(pool), log.folder, origin=key.name, keys=lambda: [key]).publish()
    finally:
        await opened.close()
        await pool.close()


def event(number: int, word: str, commitment: str) -> Event:
    if number == 2:
        return LogKeyAdopted(vkey=KEY.verifier.vkey())
    if number == 3:
        return BureauFounded(bureau="b", name="教育局")
    if number % BATCH == 0:
        return PersonRegistered(person=f"p{number}", code=f"P-{number}", name=commitment)
    return OrganisationRegistered(
        organisation=f"s{number}",
        kind=OrganisationKind.PRIMARY,
        code=f"S-{number}",
        name=f"{word}{number}",
        parent="b",
        opened_on=date(2010, 9, 1),
        public=True,
    )


class Superuser:
    """Changes rows as if there were no triggers."""

    def __init__(self, connection: asyncpg.Connection, folder: Path) -> None:
        self.run = connection.execute
        self.value = connection.fetchval
        self.public = folder / "public"
        self.state = folder / "state"

    async def entry(self, position: int) -> dict[str, Any]:
        return json.loads(await self.value("SELECT entry FROM ledger.event WHERE position = $1", position))

    async def forge(self, position: int, change: Callable[[dict[str, Any]], None]) -> None:
        """Another entry at a position, with everything that follows from it but the tags and the key."""
        entry = await self.entry(position)
        change(entry)
        data = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        await self.run(
            "UPDATE ledger.event SET id = $2, type = $3, class = $4, recorded_at = $5, entry = $6, leaf = $7"
            " WHERE position = $1",
            position,
            UUID(entry["id"]),
            entry["type"],
            entry["class"],
            datetime.fromisoformat(entry["recorded_at"]).astimezone(UTC),
            data,
            sha256(b"\0" + data).digest(),
        )

    def flip(self, path: str, at: int) -> None:
        """One bit of a served file."""
        file = self.public / path
        data = bytearray(file.read_bytes())
        data[at] ^= 1
        file.write_bytes(data)


@asynccontextmanager
async def as_superuser(log: SignedLog) -> AsyncIterator[Superuser]:
    connection = await asyncpg.connect(log.dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        yield Superuser(connection, log.folder)
    finally:
        await connection.close()
