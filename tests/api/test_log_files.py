"""The published log over HTTP: hashes for everybody, entries for those who may read them, and loud when it parts."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from api.log_keys import rotate
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.digest import leaf_hash
from domain.evidence.note import parse_note, parse_vkey, verify_log_signature
from domain.evidence.tiles import decode_bundle, tile_hashes
from domain.ledger.entry import MACHINE, Actor, Context
from domain.ledger.events import TokenIssued
from domain.ledger.ports import Append, Receipt
from domain.ledger.replay import head_of
from tests.adapters.publisher.ledger import until
from tests.api.city import found_city
from tests.api.conftest import Office, running, settings_for

BINARY = "application/octet-stream"
REWRITE = """
ALTER TABLE ledger.event DISABLE TRIGGER USER;
UPDATE ledger.event SET entry = '\\x7b7d', leaf = sha256('\\x007b7d') WHERE position >= {0};
"""


@pytest.fixture
async def office(dsn: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with running(settings_for(dsn, tmp_path, publish=True)) as started:
        yield started


async def published(office: Office, size: int) -> Checkpoint:
    """The checkpoint, once it covers so many entries."""
    files = office.wiring.publishing.publisher.files
    await until(lambda: covers(files.checkpoint(), size))
    answer = await office.client.get("/log/checkpoint")
    return parse_checkpoint(parse_note(answer.content).text)


def covers(note: bytes | None, size: int) -> bool:
    return note is not None and parse_checkpoint(parse_note(note).text).size >= size


async def test_the_key_is_made_and_adopted_before_anything_is_signed_with_it(office: Office, tmp_path: Path) -> None:
    checkpoint = await published(office, 2)
    assert (checkpoint.origin, checkpoint.size) == (office.wiring.ledger.origin, 2)
    (adopted,) = [
        recorded.event
        for recorded in (await office.wiring.ledger.log.read()).events
        if recorded.event.type_name == "LogKeyAdopted"
    ]
    note = (await office.client.get("/log/checkpoint")).content
    verify_log_signature(parse_note(note), parse_vkey(adopted.as_dict()["vkey"]))
    assert (tmp_path / "keys" / "log.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


async def test_anybody_reads_checkpoint_and_tiles(office: Office) -> None:
    city = await found_city(office)
    checkpoint = await published(office, await head_of(office.wiring.ledger.log))
    answer = await office.client.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=1"
    assert answer.headers["wenze-witnessed"] == "false"
    answer = await office.client.get(f"/log/tile/0/000.p/{checkpoint.size}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, BINARY)
    assert "immutable" in answer.headers["cache-control"]
    hashes = tile_hashes(answer.content, checkpoint.size)
    bundle = await city.discipline.sees(f"/log/tile/entries/000.p/{checkpoint.size}")
    assert [leaf_hash(entry) for entry in decode_bundle(bundle.content, checkpoint.size)] == list(hashes)
    assert "no-store" in bundle.headers["cache-control"]
    state = (await office.client.get("/api/v1/log")).json()
    assert state.pop("keys") == [each.verifier.vkey() for each in office.wiring.settings.log_keys()]
    assert state == {
        "origin": checkpoint.origin, "state": "publishing", "size": checkpoint.size, "root": checkpoint.root.hex(),
        "witnessed": False, "witnesses": [],
        "timestamps": {"size": None, "kept_at": None, "trouble": None},
    }  # fmt: skip


HOSTILE = (
    "tile/0/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p/9999",
    "tile/00/000.p/2", "tile/0/0.p/2", "tile/0/0000.p/2", "tile/0/x000/000.p/2", "tile/0/000.p/2/", "tile/0//000.p/2",
    "tile/0/%3000.p/2", "tile%2F0/000.p/2", "tile/0/000%2Ep/2", "tile/64/000.p/2", "tile/-1/000.p/2", "tile/0/001.p/2",
    "tile/1/000.p/1", "tile/0/..%2F..%2Fcheckpoint", "tile/%2e%2e/%2e%2e/state/signed", "tile/0/000.p/\uff12",
    "tile/0/000.P/2",
    "tile/", "", "checkpoint/", "CHECKPOINT", "tile/data/000.p/2", "state/signed", "tile/0/000.p/2%00",
    "tile/0/x999/x999/x999/x999/x999/x999/x999/999.p/2",
)  # fmt: skip


async def test_every_other_way_of_writing_a_tile_is_nothing(office: Office) -> None:
    await published(office, 2)
    assert (await office.client.get("/log/tile/0/000.p/2")).status_code == 200
    for path in HOSTILE:
        answer = await office.client.get(f"/log/{path}", follow_redirects=False)
        assert answer.status_code in (404, 307), path
        assert BINARY not in answer.headers.get("content-type", ""), path
    for path in ("entries/%3000.p/2", "entries/../../state/signed", "entries/", "entries/000", "entries/x000/000.p/2"):
        answer = await (await office.person()).sees(f"/log/tile/{path}")
        assert answer.status_code == 404, path


async def test_a_bundle_of_open_events_is_for_every_holder_of_a_token(office: Office) -> None:
    await published(office, 2)
    answer = await (await office.person()).sees("/log/tile/entries/000.p/2")
    assert len(decode_bundle(answer.content, 2)) == 2


async def test_entries_are_only_for_those_who_may_read_every_one_of_the_bundle(office: Office) -> None:
    city = await found_city(office)
    size = (await published(office, await head_of(office.wiring.ledger.log))).size
    path = f"/log/tile/entries/000.p/{size}"
    assert (await office.client.get(path)).status_code == 401
    assert (await office.client.get(path, headers={"Authorization": "Bearer wz_nobody"})).status_code == 401
    stranger = await office.person()
    for person, allowed in (
        (stranger, False),
        (city.reporter, False),
        (city.principal, False),
        (city.reviewer, False),
        (city.officer, True),
        (city.registrar, True),
        (city.discipline, True),
    ):
        answer = await person.sees(path)
        assert answer.status_code == (200 if allowed else 403), person.id
        if not allowed:
            assert answer.json()["code"] == "entries_not_readable"


async def test_a_checkpoint_follows_an_append_within_a_second(office: Office) -> None:
    await published(office, 2)
    waited = []
    for name in ("a", "b", "c"):
        before = time.monotonic()
        receipt = await happen(office, name)
        await published(office, receipt.last)
        waited.append(time.monotonic() - before)
    assert min(waited) < 1, "the machine may be busy once, not each time"


async def happen(office: Office, name: str) -> Receipt:
    ledger = office.wiring.ledger
    now = ledger.clock.now()
    context = Context(actor=Actor(person=MACHINE), received_at=now, key=str(uuid4()), request=b"{}")
    event = TokenIssued(token=name, person=name, fingerprint="0" * 64, expires_at=now)
    return await ledger.log.append(Append(events=(event,), ids=(ledger.ids.new(),), command="test", context=context))


async def test_when_the_database_is_rewritten_everything_says_so_and_appends_go_on(office: Office, dsn: str) -> None:
    city = await found_city(office)
    size = await head_of(office.wiring.ledger.log)
    await published(office, size)
    await until(lambda: office.wiring.publishing.publisher.size == size)
    connection = await asyncpg.connect(dsn)
    await connection.execute(REWRITE.format(size))
    await connection.close()
    await until(lambda: office.wiring.publishing.why_refused is not None)
    parted = office.wiring.publishing.why_refused
    assert parted is not None
    assert (parted.code, parted.position) == ("log_forked", size)
    told = f"not signed; code=log_forked; position={size}"
    answer = await office.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"], answer.headers["wenze-log"]) == (200, "ready", told)
    assert str(size) in answer.json()["not_signed"]
    answer = await office.client.get("/api/v1/log")
    assert (answer.status_code, answer.json()["code"]) == (503, "log_forked")
    assert answer.json()["details"] == {"position": size, "why": f"position {size} is not what was signed"}
    assert "wenze_signing 0.0" in (await office.client.get("/metrics")).text
    assert "wenze_published_size" in (await office.client.get("/metrics")).text
    page = await office.client.get("/", headers={"Accept-Language": "en"})
    assert 'role="alert"' in page.text
    assert "on nothing is signed" in page.text
    # What was signed stays what it was, and nothing new is signed; but nobody is kept from filing.
    done = await city.registrar.does(
        "registry", "register_organisation", organisation=str(uuid4()), kind="primary", code="X9", name="单位X9",
        parent=city.district, opened_on="2010-09-01", public=True,
    )  # fmt: skip
    assert (done.status_code, done.headers["wenze-log"]) == (200, told)
    assert (await published(office, 1)).size == size


async def test_a_new_key_signs_after_the_checkpoint_that_holds_its_adoption(office: Office) -> None:
    await published(office, 2)
    wiring = office.wiring
    old = wiring.settings.log_keys()[0]
    new = await rotate(wiring.ledger, wiring.settings)
    await published(office, 3)
    note = parse_note((await office.client.get("/log/checkpoint")).content)
    verify_log_signature(note, old.verifier)
    await rotate(wiring.ledger, wiring.settings)
    await published(office, 4)
    note = parse_note((await office.client.get("/log/checkpoint")).content)
    verify_log_signature(note, new.verifier)
