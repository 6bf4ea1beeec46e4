"""After an erasure the data are nowhere: in no table, in no answer; and every leaf is what it was."""

from hashlib import sha256
from uuid import uuid4

import pytest

from adapters.fsck.log import Given, check_log
from adapters.postgres.event_log import PostgresEventLog
from api.eraser import apply_erasures
from domain.catalogue import CATALOGUE
from domain.ledger.commitments import sealed_fields
from domain.ledger.ports import Append, Receipt
from tests.api.city import City, found_city, later, open_day
from tests.api.conftest import Office
from tests.api.erasing import erased, leave, opened

MARK = "私密-zx9q7"
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


async def test_afterwards_no_table_and_no_answer_holds_the_data_and_every_leaf_is_as_it_was(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    pupil, leaver = str(uuid4()), await office.person()
    city.people["leaver"] = leaver
    await city.registrar.did(
        "registry", "register_person", person=leaver.id, code="P-leaver", name=f"{MARK}名", phone=f"{MARK}号"
    )
    leaver.appointment = str(uuid4())
    await city.registrar.did(
        "registry", "appoint", appointment=leaver.appointment, person=leaver.id, role="school.reporter",
        organisation=city.school, valid_from=later(seconds=-60),
    )  # fmt: skip
    rows = [{"person": pupil, "status": "confirmed", "since": "2020-02-07"}]
    content = city.content(prepared_by=leaver.id, named_list=rows)
    await leaver.did("reporting", "draft_report", report=city.report(), content=content)
    await leave(city, "leaver")
    before = await _entries(office)
    for marker in (MARK, "confirmed"):  # it is there to be found
        assert any(marker in value for value in await opened(office)), marker
    for person in (leaver.id, pupil):
        await erased(city, person)
    await apply_erasures(office.wiring.ledger, office.wiring.pool)
    await office.wiring.projector.catch_up()
    # The vault opens neither.
    assert not [value for value in await opened(office) if MARK in value or "confirmed" in value]
    # No row of any table of ours says it, as text or as bytes.
    for marker in (MARK, MARK.encode().hex(), "confirmed", b"confirmed".hex()):
        assert await _tables_with(office, marker) == [], marker
    assert await _tables_with(office, leaver.id) != []  # the search finds what is there
    # No route does, whoever asks: with every id that there is.
    answers = await _every_answer(city, leaver.id, pupil)
    assert len(answers) > 40
    assert [path for path, text in answers.items() if MARK in text or '"confirmed"' in text] == []
    # And every entry is what it was, with its leaf, and the whole check of the log finds nothing.
    assert (await _entries(office))[: len(before)] == before
    assert all(leaf == sha256(b"\x00" + entry).digest() for entry, leaf in await _entries(office))
    settings = office.wiring.settings
    checked = await check_log(
        Given(
            dsn=str(settings.database_url), folder=None, keys=[], masters=settings.vault_master_keys(),
            sealed={name: sealed_fields(event_type) for name, event_type in CATALOGUE.types.items()},
        )
    )  # fmt: skip
    assert (checked.differences.named, checked.unchecked) == ([], [])
    assert checked.size >= len(before)


async def test_what_is_remembered_of_a_request_cannot_be_tried_out_once_the_key_is_gone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A MAC of the request stays with the append: over words, its key would tell a guessed name from a wrong one."""
    city = await found_city(office)
    await open_day(city)
    requests: list[bytes] = []
    whole = PostgresEventLog.append

    async def heard(log: PostgresEventLog, append: Append) -> Receipt:
        requests.append(append.context.request)
        return await whole(log, append)

    monkeypatch.setattr(PostgresEventLog, "append", heard)
    person, pupil, keys = str(uuid4()), str(uuid4()), [str(uuid4()) for _ in range(2)]
    rows = [{"person": pupil, "status": "confirmed", "since": "2020-02-07"}]
    said = {"person": person, "code": "P-remembered", "name": f"{MARK}名", "phone": "13800000000"}
    filed = {"report": city.report(), "content": city.content(named_list=rows, remarks=MARK)}
    for duplicate in (False, True):  # and the same request is still known as the same
        first = await city.registrar.did("registry", "register_person", key=keys[0], **said)
        second = await city.reporter.did("reporting", "draft_report", key=keys[1], **filed)
        assert (first["duplicate"], second["duplicate"]) == (duplicate, duplicate)
    for other in (said | {"name": f"{MARK}另"}, said | {"phone": "13800000001"}):
        answer = await city.registrar.does("registry", "register_person", key=keys[0], **other)
        assert answer.json()["code"] == "key_reused"
    texts = [request.decode() for request in requests]
    assert any(person in text for text in texts)
    assert any(city.report() in text for text in texts)
    for word in (MARK, "13800000000", pupil, "confirmed"):
        assert not [text for text in texts if word in text], word


async def _entries(office: Office) -> list[tuple[bytes, bytes]]:
    rows = await office.wiring.pool.fetch("SELECT entry, leaf FROM ledger.event ORDER BY position")
    return [(row["entry"], row["leaf"]) for row in rows]


async def _tables_with(office: Office, marker: str) -> list[str]:
    found = []
    for (table,) in await office.wiring.pool.fetch(TABLES):
        rows = f"SELECT count(*) FROM {table} AS each WHERE position($1 IN row_to_json(each)::text) > 0"
        if await office.wiring.pool.fetchval(rows, marker):
            found.append(table)
    return found


async def _every_answer(city: City, person: str, pupil: str) -> dict[str, str]:
    """What every GET route answers to whoever may see most, with ids of this city in its place."""
    places = {
        "person": (person, pupil), "organisation": (city.school,), "school": (city.school,),
        "district": (city.district,), "report": (city.report(),), "day": (city.day.isoformat(),),
        "business_date": (city.day.isoformat(),), "position": ("5",), "form": ("F1",), "level": ("1",),
    }  # fmt: skip
    spans = {
        "first_day": city.day, "last_day": city.day, "business_date": city.day, "purpose": "name", "level": 1,
        "at": later(days=0).replace("+", "%2B"), "form": "F1", "report": city.report(), "day": city.day,
    }  # fmt: skip
    document = (await city.discipline.sees("/api/v1/openapi.json")).json()
    answers: dict[str, str] = {}
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        for first in places["person"]:
            filled = path
            for name, values in places.items():
                filled = filled.replace(f"{{{name}}}", first if name == "person" else values[0])
            needed = [each["name"] for each in methods["get"].get("parameters", ())
                      if each["in"] == "query" and each.get("required")]  # fmt: skip
            asked = "&".join(f"{name}={spans.get(name, 'x')}" for name in needed)
            for who in (city.discipline, city.officer):
                answer = await who.sees(f"{filled}?{asked}")
                answers[f"{filled}?{asked} {who.id}"] = answer.text
    for page in ("/", "/board", f"/schools/{city.school}", "/events", f"/districts/{city.district}"):
        answers[page] = (await city.office.client.get(page)).text
    return answers
