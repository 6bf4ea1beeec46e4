"""Who files can show it: the receipt of a position, and its proof under a policy, for those who may read the event."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.routes.receipts import LONGEST_WAIT_S, wait_of
from domain.evidence.digest import leaf_hash
from domain.evidence.errors import PolicyError, ProofError
from domain.evidence.policy import parse_policy
from domain.evidence.tlog_proof import parse_tlog_proof, verify_tlog_proof
from domain.ledger.event import Catalogue, EventClass
from domain.ledger.replay import head_of
from domain.registry.events import Appointed
from tests.adapters.publisher.ledger import until
from tests.api.city import City, found_city
from tests.api.conftest import Office, Person, running, settings_for
from tests.api.test_reading_rights import OWN, TYPES, InformantNamed, LeadReceived, about
from tests.api.test_witnessing import LOG_KEY, policy_text, witness_of, witnessed_settings


async def _published(office: Office, position: int) -> None:
    def reached() -> bool:
        published = office.wiring.published.newest()
        return published is not None and published.checkpoint.size >= position

    await until(reached)


async def test_a_command_answers_where_its_receipt_is_and_the_receipt_says_the_same(dsn: str, tmp_path: Path) -> None:
    async with witness_of(tmp_path / "witness") as address:
        settings, policy = witnessed_settings(dsn, tmp_path, address)
        async with running(settings) as office:
            city = await found_city(office)
            answer = await city.registrar.does(
                "registry", "register_person", person=(await office.person()).id, code="P-9", name="合成", phone="1"
            )
            stored = answer.json()
            assert answer.headers["link"] == f'</api/v1/receipts/{stored["last"]}>; rel="describedby"'
            await until(lambda: _is_witnessed(office, stored["last"]))
            receipt = (await city.registrar.sees(f"/api/v1/receipts/{stored['last']}")).json()
            assert receipt["state"] == "witnessed"
            assert receipt["leaf"] == stored["leaves"][0]
            for name in ("recorded_at", "received_at"):
                assert receipt[name] == stored[name]
            leaf = bytes.fromhex(receipt["leaf"])
            proof = parse_tlog_proof(receipt["proof"].encode())
            assert proof.index == stored["last"] - 1
            proved = verify_tlog_proof(proof, leaf_hash=leaf, policy=policy)
            assert proved.checkpoint.size == receipt["size"]
            assert len(proved.cosignatures) == 1
            with pytest.raises(ProofError):
                verify_tlog_proof(proof, leaf_hash=leaf_hash(b"another"), policy=policy)

            text = await city.registrar.sees(f"/api/v1/receipts/{stored['last']}/tlog-proof")
            assert text.headers["content-type"] == "text/plain; charset=utf-8"
            assert f'{stored["last"]}.tlog-proof"' in text.headers["content-disposition"]
            assert text.headers["wenze-witnessed"] == "true"
            verify_tlog_proof(parse_tlog_proof(text.content), leaf_hash=leaf, policy=policy)
            asked = await city.registrar.sees(f"/api/v1/receipts/{stored['last']}", Accept="text/plain")
            assert parse_tlog_proof(asked.content).index == stored["last"] - 1


def _is_witnessed(office: Office, position: int) -> bool:
    published = office.wiring.published.holding(position)
    return published is not None and published.witnessed


async def test_without_witnesses_it_is_published_and_no_quorum_is_claimed(dsn: str, tmp_path: Path) -> None:
    policy = parse_policy(policy_text("http://127.0.0.1:9"))
    async with running(settings_for(dsn, tmp_path, publish=True, log_key=LOG_KEY.private_text())) as office:
        city = await found_city(office)
        await _published(office, await head_of(office.wiring.ledger.log))
        receipt = (await city.discipline.sees("/api/v1/receipts/3")).json()
        assert receipt["state"] == "published"
        proof, leaf = parse_tlog_proof(receipt["proof"].encode()), bytes.fromhex(receipt["leaf"])
        with pytest.raises(PolicyError):
            verify_tlog_proof(proof, leaf_hash=leaf, policy=policy)
        nobody = parse_policy(f"log {LOG_KEY.verifier.vkey()}\nquorum none\n".encode())
        verify_tlog_proof(proof, leaf_hash=leaf, policy=nobody)


async def test_a_receipt_does_not_become_unwitnessed_with_the_next_checkpoint(dsn: str, tmp_path: Path) -> None:
    async with witness_of(tmp_path / "witness") as address:
        settings, policy = witnessed_settings(dsn, tmp_path, address)
        async with running(settings) as office:
            city = await found_city(office)
            position = await head_of(office.wiring.ledger.log)
            await until(lambda: _is_witnessed(office, position))
    # The witness is gone.
    async with running(settings) as office:
        person = await office.person(city.discipline.id)
        await City(office).happens(about(Appointed, OWN))
        later = await head_of(office.wiring.ledger.log)
        await _published(office, later)
        old = (await person.sees(f"/api/v1/receipts/{position}")).json()
        new = (await person.sees(f"/api/v1/receipts/{later}")).json()
        assert (old["state"], new["state"]) == ("witnessed", "published")
        assert old["size"] < new["size"]
        proof = parse_tlog_proof(old["proof"].encode())
        verify_tlog_proof(proof, leaf_hash=bytes.fromhex(old["leaf"]), policy=policy)


class Unpublished:
    """An office that publishes nothing until it is told to."""

    def __init__(self, office: Office, city: City) -> None:
        self.office, self.city = office, city

    async def publish(self) -> None:
        publishing = self.office.wiring.publishing
        await publishing._before()
        await publishing.publisher.publish()


@pytest.fixture
async def unpublished(dsn: str, tmp_path: Path) -> AsyncIterator[Unpublished]:
    async with running(settings_for(dsn, tmp_path, publish=False)) as office:
        yield Unpublished(office, await found_city(office))


async def test_before_it_is_published_it_is_recorded_and_the_proof_comes_later(unpublished: Unpublished) -> None:
    reader = unpublished.city.discipline
    answer = await reader.sees("/api/v1/receipts/2")
    assert (answer.status_code, answer.json()["state"]) == (200, "recorded")
    assert answer.json().keys() == {"position", "leaf", "recorded_at", "received_at", "state"}
    assert answer.headers["retry-after"] == "1"
    for path, accept in (("/api/v1/receipts/2/tlog-proof", "*/*"), ("/api/v1/receipts/2", "text/plain")):
        answer = await reader.sees(path, Accept=accept)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_yet_published")
        assert answer.headers["retry-after"] == "1"
    await unpublished.publish()
    assert (await reader.sees("/api/v1/receipts/2")).json()["state"] == "published"
    assert (await reader.sees("/api/v1/receipts/2/tlog-proof")).status_code == 200


async def test_who_prefers_to_wait_is_answered_when_it_is_published_or_the_wait_is_over(
    unpublished: Unpublished,
) -> None:
    reader = unpublished.city.discipline
    answer = await reader.sees("/api/v1/receipts/2", Prefer="wait=1")
    assert answer.json()["state"] == "recorded"
    assert answer.headers["preference-applied"] == "wait=1"
    waiting = asyncio.create_task(reader.sees("/api/v1/receipts/2", Prefer="respond-async, wait=9"))
    waiting_for_text = asyncio.create_task(reader.sees("/api/v1/receipts/2/tlog-proof", Prefer="wait=9"))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await unpublished.publish()
    async with asyncio.timeout(5):
        assert (await waiting).json()["state"] == "published"
        assert parse_tlog_proof((await waiting_for_text).content).index == 1


@pytest.mark.parametrize(
    ("prefer", "waits"),
    [
        (None, 0), ("", 0), ("wait=2", 2), ("Wait = 2", 2), ('wait="2"', 2), ("return=minimal, wait=3;x=y", 3),
        ("wait=999999999", LONGEST_WAIT_S), ("wait=0", 0), ("wait=-1", 0), ("wait=2.5", 0), ("wait=two", 0),
        ("await=2", 0), ("x; wait=2", 0), ("wait=1111111111", 0),
    ],
)  # fmt: skip
def test_how_long_a_preference_waits(prefer: str | None, waits: int) -> None:
    assert wait_of(prefer) == waits


async def test_a_receipt_is_for_those_who_may_read_the_event(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wider = Catalogue(TYPES.values())
    monkeypatch.setattr("api.main.CATALOGUE", wider)
    async with running(settings_for(dsn, tmp_path, publish=True)) as office:
        city = await found_city(office)
        await city.happens(about(LeadReceived, OWN), about(InformantNamed, OWN))
        head = await head_of(office.wiring.ledger.log)
        await _published(office, head)
        lead, informant = head - 1, head

        async def seen(who: Person, position: int) -> list[int]:
            paths = (f"/api/v1/receipts/{position}", f"/api/v1/receipts/{position}/tlog-proof")
            answers = [await who.sees(path, Prefer="wait=5") for path in paths]
            missing = [answer.json() for answer in answers if answer.status_code == 404]
            assert all(problem["code"] == "not_found" for problem in missing)
            return [answer.status_code for answer in answers]

        assert await seen(city.discipline, lead) == [200, 200]
        for stranger in (city.reporter, city.officer, city.registrar):
            # What is kept from them is answered as what is not there, at once and alike.
            assert await seen(stranger, lead) == await seen(stranger, head + 1) == [404, 404]
        assert await seen(city.discipline, informant) == [404, 404]
        own = await _last_about(office, city.stranger.id)
        assert await seen(city.stranger, own) == [200, 200]
        assert await seen(city.reporter, own) == [404, 404]
        assert (await office.client.get(f"/api/v1/receipts/{lead}")).status_code == 401


async def _last_about(office: Office, person: str) -> int:
    """The last event about a person that is no announcement."""
    events = (await office.wiring.ledger.log.read()).events
    return max(
        each.position
        for each in events
        if f"person:{person}" in each.tags and each.event.event_class is EventClass.OFFICE
    )


async def test_no_proof_is_made_from_damaged_files(unpublished: Unpublished) -> None:
    await unpublished.publish()
    files = unpublished.office.wiring.publishing.publisher.files
    (tile,) = (files.folder / "tile" / "0" / "000.p").iterdir()
    whole = tile.read_bytes()
    reader = unpublished.city.discipline
    for damaged in (bytes(32) + whole[32:], whole[:-1], b"", None):
        tile.unlink() if damaged is None else tile.write_bytes(damaged)
        answer = await reader.sees("/api/v1/receipts/2")
        assert (answer.status_code, answer.json()["code"]) == (503, "tiles_unreadable")
        answer = await reader.sees("/api/v1/receipts/2/tlog-proof")
        assert (answer.status_code, answer.json()["code"]) == (503, "tiles_unreadable")


async def test_what_the_database_holds_and_was_not_published_gets_no_receipt(unpublished: Unpublished) -> None:
    await unpublished.publish()
    pool = unpublished.office.wiring.pool
    await pool.execute(
        "ALTER TABLE ledger.event DISABLE TRIGGER USER; UPDATE ledger.event SET leaf = sha256('x') WHERE position = 2"
    )
    for path in ("/api/v1/receipts/2", "/api/v1/receipts/2/tlog-proof"):
        answer = await unpublished.city.discipline.sees(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "log_forked")
        assert answer.json()["details"]["position"] == 2
    assert (await unpublished.city.discipline.sees("/api/v1/receipts/3")).status_code == 200


async def test_positions_that_cannot_be_are_refused(unpublished: Unpublished) -> None:
    for wrong in ("0", "-1", "x", "1.5", str(2**60), "%EF%BC%91"):
        answer = await unpublished.city.discipline.sees(f"/api/v1/receipts/{wrong}")
        assert answer.status_code == 422, wrong


async def test_every_command_answers_with_a_receipt(unpublished: Unpublished) -> None:
    document = unpublished.office.app.openapi()
    answers = {
        path: _named(told["post"]["responses"]["200"], document["components"]["schemas"])
        for path, told in document["paths"].items()
        if any(each["name"].lower() == "idempotency-key" for each in told.get("post", {}).get("parameters", ()))
    }
    assert len(answers) > 40
    assert {path for path, named in answers.items() if "ReceiptBody" not in named} == set()


def _named(told: Any, schemas: dict[str, Any]) -> set[str]:
    """The schemas that an answer holds, also inside others."""
    found: set[str] = set()
    left = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(told)))
    while left:
        name = left.pop()
        found.add(name)
        left |= set(re.findall(r"#/components/schemas/(\w+)", json.dumps(schemas[name]))) - found
    return found
