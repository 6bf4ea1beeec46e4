"""Erasing through the routes: who may, what stops it, and what is told to whom."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from api.eraser import apply_erasures
from domain.erasure.events import KeysDestroyed
from domain.ledger.errors import KeyDestroyed
from domain.ledger.time import business_date_of
from tests.api.city import found_city, open_day
from tests.api.conftest import Office
from tests.api.erasing import events_of, held, leave, old_keys, opened, proposed, refused


async def test_two_persons_erase_a_third_and_the_service_destroys_the_keys(office: Office) -> None:
    city = await found_city(office)
    stranger = await leave(city, "stranger")
    erasure = await proposed(city, stranger)
    await refused(city, "officer", "approve_erasure", "wrong_role", erasure=erasure)
    await apply_erasures(office.wiring.ledger, office.wiring.pool)
    assert "合成-stranger" in await opened(office)  # proposed is not approved
    await city.discipline.did("erasure", "approve_erasure", erasure=erasure)
    for _ in range(60):  # nobody calls the eraser: it runs
        if done := await events_of(office, KeysDestroyed):
            break
        await asyncio.sleep(0.1)
    (done,) = done
    assert isinstance(done, KeysDestroyed)
    assert {(key.subject, key.purpose) for key in done.keys} == {(stranger, "name"), (stranger, "phone")}
    assert "合成-stranger" not in await opened(office)
    assert "合成-principal" in await opened(office)
    with pytest.raises(KeyDestroyed):
        await office.wiring.ledger.vault.seal("again", subject=stranger, purpose="name")
    listed = (await city.officer.sees("/api/v1/erasure/erasures?stage=done")).json()["rows"]
    assert [row["erasure"] for row in listed] == [erasure]


async def test_whoever_is_in_office_or_held_is_not_erased_and_a_hold_is_told_to_discipline_alone(
    office: Office,
) -> None:
    city = await found_city(office)
    body = {"erasure": str(uuid4()), "person": city.stranger.id, "ground": "unlawful"}
    await refused(city, "officer", "propose_person_erasure", "still_in_office", **body)
    person = await leave(city, "stranger")
    # Over the school that the person once worked for.
    hold = await held(city, city.far)
    erasure = await proposed(city, person)
    await refused(city, "discipline", "approve_erasure", "under_legal_hold", erasure=erasure)
    assert [row["hold"] for row in (await city.discipline.sees("/api/v1/erasure/holds")).json()["rows"]] == [hold]
    for who in ("officer", "registrar", "reviewer"):
        assert (await city.people[who].sees("/api/v1/erasure/holds")).status_code == 403
        assert hold not in (await city.people[who].sees("/api/v1/events")).text
    await city.discipline.did("erasure", "end_legal_hold", hold=hold)
    await city.discipline.did("erasure", "approve_erasure", erasure=erasure)
    assert (await city.discipline.sees("/api/v1/erasure/holds")).json()["rows"] == []


async def test_a_hold_over_a_school_keeps_the_pupil_on_its_list(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    pupil = str(uuid4())
    rows = [{"person": pupil, "status": "home_observation", "since": "2020-02-07"}]
    await city.reporter.did("reporting", "draft_report", report=city.report(), content=city.content(named_list=rows))
    hold = await held(city, city.school)
    erasure = await proposed(city, pupil)
    await refused(city, "discipline", "approve_erasure", "under_legal_hold", erasure=erasure)
    await city.discipline.did("erasure", "end_legal_hold", hold=hold)
    await city.discipline.did("erasure", "approve_erasure", erasure=erasure)
    await apply_erasures(office.wiring.ledger, office.wiring.pool)
    assert not [value for value in await opened(office) if pupil in value]
    # The list still says that it named one, and it is told that no value is sealed for this pupil again.
    assert any(isinstance(_json(value), list) and len(_json(value)) == 1 for value in await opened(office))
    again = await city.reporter.does(
        "reporting", "draft_report", report=city.report(), content=city.content(named_list=rows)
    )
    assert (again.status_code, again.json()["code"]) == (409, "key_destroyed")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


async def test_what_is_due_is_listed_proposed_approved_and_gone(office: Office) -> None:
    city = await found_city(office)
    assert (await city.officer.sees("/api/v1/erasure/due?purpose=remarks")).json()["rows"] == []
    for purpose in ("remarks", "name"):
        await city.registrar.did("erasure", "adopt_retention", purpose=purpose, days=30, source="档案管理规定（合成）")
    await old_keys(office, [(city.school, "remarks", 2019), (city.principal.id, "name", 2019), ("x", "phone", 2019)])
    assert [row["purpose"] for row in (await city.officer.sees("/api/v1/erasure/retention")).json()["rows"]] == [
        "name",
        "remarks",
    ]
    due = (await city.officer.sees("/api/v1/erasure/due?purpose=remarks")).json()["rows"]
    assert due == [{"subject": city.school, "purpose": "remarks", "term": 2019, "due_on": "2020-01-31"}]
    # Somebody in office keeps a name.
    assert (await city.officer.sees("/api/v1/erasure/due?purpose=name")).json()["rows"] == []
    assert (await city.reporter.sees("/api/v1/erasure/due?purpose=remarks")).status_code == 403
    keys = [{name: row[name] for name in ("subject", "purpose", "term")} for row in due]
    erasure = str(uuid4())
    this_year = [{"subject": city.school, "purpose": "remarks", "term": business_date_of(_now(office)).year}]
    await refused(
        city, "officer", "propose_key_erasure", "term_still_runs", erasure=erasure, ground="unlawful", keys=this_year
    )
    await city.officer.did("erasure", "propose_key_erasure", erasure=erasure, ground="retention_over", keys=keys)
    await city.discipline.did("erasure", "approve_erasure", erasure=erasure)
    await apply_erasures(office.wiring.ledger, office.wiring.pool)
    assert (await city.officer.sees("/api/v1/erasure/due?purpose=remarks")).json()["rows"] == []
    living = await office.wiring.pool.fetch("SELECT purpose FROM vault.key WHERE term = 2019 AND wrapped IS NOT NULL")
    assert {row["purpose"] for row in living} == {"name", "phone"}


def _now(office: Office) -> Any:
    return office.wiring.ledger.clock.now()
