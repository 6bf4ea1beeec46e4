"""The stream of events: every filter with every other against a filter written by hand, and nothing cut unasked."""

import json
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from api.main import create_app
from api.routes.events import PAGE, readable
from api.settings import Settings
from domain.ledger.entry import Recorded
from domain.ledger.query import EVERYTHING
from domain.ledger.time import instant_text
from domain.registry.events import Role
from domain.registry.reading import Post, Reader
from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office
from tests.histories import CityBuilder, ListedLog

COMBINATIONS = 150
TICK = timedelta(microseconds=1)


async def lived(office: Office) -> City:
    city = await found_city(office)
    await open_day(city)
    await city.reporter.did("reporting", "draft_report", report=city.report(), content=city.content())
    await city.reporter.did("reporting", "submit_report", report=city.report(), content=city.content())
    await city.reporter.did("reporting", "correct_report", report=city.report(), content=city.content(), reason="核对")
    return city


def chosen(random: Random, events: list[Recorded]) -> dict[str, Any]:
    """Some of the filters, each with a value that is about something there, or about nothing."""
    one, instant = random.choice(events), random.choice(events).recorded_at + random.choice([-TICK, 0 * TICK, TICK])
    later = random.choice(events).recorded_at + random.choice([-TICK, 0 * TICK, TICK])
    tags = random.sample(one.tags, min(len(one.tags), random.randint(1, 2)))
    every = {
        "tag": [*tags, *(["school:nobody"] if random.random() < 0.1 else [])],
        "type": random.sample(sorted({each.event.type_name for each in events}), random.randint(1, 4)),
        "class": random.choice(["open", "office", "sealed"]),
        "after": random.randint(0, len(events) + 2),
        "upto": random.randint(0, len(events) + 2),
        "recorded_from": instant_text(instant),
        "recorded_to": instant_text(later),
        "limit": random.randint(1, 12),
    }
    return {name: every[name] for name in every if random.random() < 0.35}


def by_hand(events: list[Recorded], asked: dict[str, Any]) -> list[int]:
    found = [
        each.position
        for each in events
        if set(asked.get("tag", [])) <= set(each.tags)
        and each.event.type_name in asked.get("type", [each.event.type_name])
        and asked.get("class", each.event.event_class.value) == each.event.event_class.value
        and asked.get("after", 0) < each.position <= asked.get("upto", len(events))
        and asked.get("recorded_from", "") <= instant_text(each.recorded_at) < asked.get("recorded_to", "9")
    ]
    return found[: asked.get("limit")]


async def test_every_combination_of_filters_gives_what_a_filter_by_hand_gives(office: Office) -> None:
    city = await lived(office)
    events = list((await office.wiring.ledger.log.read()).events)
    random, sizes = Random(20200127), set()
    for _ in range(COMBINATIONS):
        asked = chosen(random, events)
        answer = await city.discipline.sees(f"/api/v1/events?{urlencode(asked, doseq=True)}")
        assert answer.status_code == 200, answer.text
        expected = by_hand(events, asked)
        # What the service itself has recorded meanwhile comes after all of them, and is not what this is about.
        found = [json.loads(line)["position"] for line in answer.text.splitlines()]
        assert [each for each in found if each <= len(events)] == expected, asked
        sizes.add(len(expected))
    assert len(sizes) > 5, sizes  # not all of them nothing, and not all of them everything


async def test_without_a_limit_nothing_is_cut() -> None:
    history = CityBuilder(1, schools=60, districts=2, days=4).build()
    assert len(history.events) > 2 * PAGE
    reader = Reader("p", (Post(Role.DISCIPLINE, "bureau"),))
    found = [each async for each in readable(ListedLog(history.events), reader, EVERYTHING, after=0, upto=10**9)]
    assert found == history.events


def test_the_document_knows_no_limit_that_nobody_asked_for(tmp_path: Path) -> None:
    app = create_app(Settings.load(database_url="postgresql://nowhere/nothing", data_folder=tmp_path))
    (limit,) = [
        each for each in app.openapi()["paths"]["/api/v1/events"]["get"]["parameters"] if each["name"] == "limit"
    ]
    assert "default" not in limit["schema"]
    assert not limit["required"]
