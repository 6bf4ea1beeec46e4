"""What a report says of persons and in words: looked at here, with the field named, and sealed from here on."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from api.routes.reports import ContentBody
from domain.ledger.query import Query, QueryItem
from tests.api.city import found_city, open_day
from tests.api.conftest import Office

PERSON = "00000000-0000-7000-8000-000000000001"
ROW = {"person": PERSON, "status": "home_observation", "since": "2020-02-07"}


async def test_the_named_list_is_typed_rows_each_sealed_under_its_person(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    long = await city.reporter.does(
        "reporting", "submit_report", report=city.report(), content=city.content(remarks="字" * 501)
    )
    assert long.status_code == 422
    assert "content.remarks" in long.text
    rows = [ROW, ROW | {"status": "outside_city"}]
    receipt = await city.reporter.did(
        "reporting", "submit_report", report=city.report(), content=city.content(named_list=rows, remarks="字" * 500)
    )
    reading = await office.wiring.ledger.log.read(Query((QueryItem(frozenset({"ReportSubmitted"})),)))
    (filed,) = reading.events
    assert filed.position == receipt["first"]
    commitment = filed.event.content.named_list
    vault = office.wiring.ledger.vault
    listed = json.loads(await vault.open(commitment))
    assert [json.loads(await vault.open(each)) for each in listed] == rows
    # The list falls under the school's key, each row under that of the person it is about.
    keys = await office.wiring.pool.fetch("SELECT subject, purpose FROM vault.key WHERE purpose = 'named_list'")
    assert {row["subject"] for row in keys} == {city.school, PERSON}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"remarks": "字" * 501}, "remarks"),
        ({"roster_difference": "字" * 501}, "roster_difference"),
        ({"named_list": "张三、李四"}, "named_list"),
        ({"named_list": []}, "named_list"),
        ({"named_list": [ROW | {"person": "张三"}]}, "named_list.0.person"),
        ({"named_list": [ROW | {"status": "ill"}]}, "named_list.0.status"),
        ({"named_list": [ROW | {"since": "yesterday"}]}, "named_list.0.since"),
        ({"named_list": [ROW, ROW | {"since": "2020-02-08"}]}, "named_list"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(said: dict[str, Any], field: str) -> None:
    plain = {
        "nature": "zero", "zero_attestation": True, "counts": {}, "flags": {}, "choices": {}, "classes": [],
        "missing_classes": [], "prepared_by": PERSON,
    }  # fmt: skip
    ContentBody.model_validate(plain | {"named_list": [ROW], "remarks": "字" * 500})
    with pytest.raises(ValidationError) as caught:
        ContentBody.model_validate(plain | said)
    assert ".".join(map(str, caught.value.errors()[0]["loc"])) == field
