"""`wenze sign`: what the server wants signed is shown, compared with what was asked for, and signed here."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner, Result

from api.cli import build
from api.cli.asking import ServerAway
from api.cli.sign import StatementForeign
from api.routes import statements
from tests.api.city import found_city
from tests.api.conftest import Office, Person
from tests.api.signing_day import SigningDay
from tests.keys import credential, private_key


class Hand:
    """A person at a terminal, with the own key in a file."""

    def __init__(self, site: str, folder: Path) -> None:
        self.site = site
        self.folder = folder

    async def types(self, person: Person, *words: str, answer: str | None = None) -> Result:
        key = self.folder / f"{person.id}.key"
        if not key.exists():
            pem = private_key(person.id).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            key.write_bytes(pem)
            key.chmod(0o600)
        environment = {
            "WENZE_SERVER": self.site,
            "WENZE_TOKEN": person.token,
            "WENZE_KEY_FILE": str(key),
            "WENZE_LANGUAGE": "en",
        }
        return await asyncio.to_thread(CliRunner().invoke, build(), list(words), input=answer, env=environment)


@pytest.fixture
async def hand(office: Office, tmp_path: Path) -> AsyncIterator[Hand]:
    """The app of the office on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(office.app, port=0, lifespan="off", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Hand(f"http://127.0.0.1:{port}", tmp_path)
    server.should_exit = True
    await serving


async def test_a_person_is_shown_what_is_signed_and_signs_it_with_the_own_key(office: Office, hand: Hand) -> None:
    day = await SigningDay.begin(office)
    principal, reviewer = day.city.principal, day.city.reviewer
    words = ("sign", day.report, "--level", "1")
    declined = await hand.types(principal, *words, answer="n\n")
    assert declined.exit_code == 1
    assert f"Level 1 signs: F1 report of 单位X1 for {day.city.day}" in " ".join(declined.output.split())
    signed = await hand.types(principal, *words, answer="y\n")
    assert signed.exit_code == 0, signed.output
    again = await hand.types(principal, *words, "--yes")
    assert again.exit_code == 1
    assert again.exception is not None
    assert "signed" in str(again.exception)

    returned = await hand.types(
        reviewer, "sign", day.report, "--level", "2", "--decision", "return", "--reason", "人数不符", "--yes", "--json"
    )
    assert returned.exit_code == 0, returned.output
    (outcome,) = json.loads(returned.stdout.splitlines()[-1])["outcomes"]
    assert outcome["receipt"]["duplicate"] is False
    await day.look()
    shown = (await day.city.officer.sees(f"/api/v1/reports/{day.report}")).json()["day"]["objections"]
    assert [(each["kind"], each["hand"]["method"]) for each in shown] == [("returned", "ed25519")]


async def test_a_key_from_a_file_is_proved_and_waits_for_an_officer(office: Office, hand: Hand) -> None:
    city = await found_city(office)
    asked = await hand.types(city.principal, "key", "enrol", "--json")
    assert asked.exit_code == 0, asked.output
    told = json.loads(asked.stdout.splitlines()[-1])
    assert (told["credential"], told["strength"]) == (credential(city.principal.id), "key_file")
    await city.registrar.did("signing", "confirm_enrolment", code=told["code"])
    own = (await city.principal.sees("/api/v1/signing/credentials")).json()["credentials"]
    assert [(each["credential"], each["standing"]) for each in own] == [(told["credential"], "usable")]


async def test_a_batch_is_signed_once(office: Office, hand: Hand) -> None:
    day = await SigningDay.begin(office)
    city = day.city
    await city.hire("neighbours_reporter", "school.reporter", city.neighbour)
    await city.hire("neighbours_principal", "school.principal", city.neighbour)
    other, said = city.report(city.neighbour), city.content(prepared_by=city.neighbours_reporter.id)
    await city.neighbours_reporter.did("reporting", "submit_report", report=other, content=said)
    for person, report in ((city.principal, day.report), (city.neighbours_principal, other)):
        assert (await hand.types(person, "sign", report, "--level", "1", "--yes")).exit_code == 0
    words = ("sign", day.report, other, "--level", "2", "--examined", "summary_only", "--yes", "--json")
    signed = await hand.types(city.reviewer, *words)
    assert signed.exit_code == 0, signed.output
    outcomes = json.loads(signed.stdout.splitlines()[-1])["outcomes"]
    assert [(each["subject"], each["problem"]) for each in outcomes] == [(day.report, None), (other, None)]


@pytest.mark.parametrize(
    "said",
    [
        {"decision": "return"}, {"level": 2}, {"digest": "ab" * 32}, {"nonce": "A" * 44}, {"delegation": "ab"},
        {"another": "member"},
    ],
)  # fmt: skip
async def test_another_statement_than_was_asked_for_is_not_signed(
    office: Office, hand: Hand, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    day = await SigningDay.begin(office)
    honest = statements._statement

    async def lying(*asked: Any) -> Any:
        told = await honest(*asked)
        assert isinstance(told, dict)
        return told | said

    monkeypatch.setattr(statements, "_statement", lying)
    signed = await hand.types(day.city.principal, "sign", day.report, "--level", "1", "--yes")
    assert isinstance(signed.exception, StatementForeign)


async def test_a_server_that_is_away_is_named_in_a_sentence(office: Office, tmp_path: Path) -> None:
    city = await found_city(office)
    nowhere = Hand("http://127.0.0.1:9", tmp_path)
    signed = await nowhere.types(city.principal, "sign", city.report(), "--level", "1", "--yes")
    assert isinstance(signed.exception, ServerAway)
