"""A school's state as of a position and as of an instant: exactly what was recorded by then, and nothing later."""

from datetime import timedelta
from typing import Any

from domain.ledger.entry import Recorded
from domain.ledger.time import instant_text
from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office

TICK = timedelta(microseconds=1)
NOTHING = {
    "status": "open", "nature": None, "revision": None, "digest": None, "signed_level": 0, "voided_signatures": 0,
    "corrected": False, "returned": False, "withdrawn": False, "reminders_served": 0,
}  # fmt: skip


async def as_of(city: City, when: str) -> dict[str, Any]:
    answer = await city.officer.sees(f"/api/v1/schools/{city.school}/state?as_of={when}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_state_is_that_of_the_events_up_to_then(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    report = city.report()
    await city.reporter.did("reporting", "submit_report", report=report, content=city.content())
    first = await newest(office, "ReportSubmitted")
    digest = first.event.digest
    await city.principal.signed("sign_report", report=report, level=1, digest=digest)
    signed = await newest(office, "ReportSigned")
    await city.reporter.did("reporting", "correct_report", report=report, content=city.content(), reason="核对")
    second = await newest(office, "ReportCorrected")
    opened = next(each for each in await events(office, "DutyOpened") if each.event.report == report)

    filed = {
        "status": "on_time" if first.recorded_at <= opened.event.due_1 else "late",
        "nature": "zero", "revision": 1, "digest": digest,
    }  # fmt: skip
    corrected = {"revision": 2, "digest": second.event.digest, "corrected": True, "voided_signatures": 1}
    moments: list[tuple[Recorded, dict[str, Any]]] = [
        (opened, NOTHING),
        (first, NOTHING | filed),
        (signed, NOTHING | filed | {"signed_level": 1}),
        (second, NOTHING | filed | corrected),
    ]
    for number, (moment, stood) in enumerate(moments):
        steps = [each.position for each, _ in moments[: number + 1]]
        for when in (str(moment.position), instant_text(moment.recorded_at)):
            state = await as_of(city, when)
            assert [(each["report"], each["stood"]) for each in state["days"]] == [(report, stood)], when
            assert [each["position"] for each in state["steps"]] == steps
            assert (state["school"], state["district"], state["open"]) == (city.school, city.district, True)
        assert (await as_of(city, str(moment.position)))["position"] == moment.position
        before = await as_of(city, instant_text(moment.recorded_at - TICK))
        assert before["position"] < moment.position
        assert [each["position"] for each in before["steps"]] == steps[:-1]
        assert [each["stood"] for each in before["days"]] == [stood for _, stood in moments[:number][-1:]]


async def test_before_the_first_event_there_is_nothing_and_beyond_the_head_neither(office: Office) -> None:
    city = await found_city(office)
    head = (await office.wiring.ledger.log.read()).head
    path = f"/api/v1/schools/{city.school}/state?as_of="
    for when in ("0", "1990-01-01T00:00:00Z", "1"):
        answer = await city.officer.sees(path + when)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), when
    beyond = await city.officer.sees(path + str(head + 1))
    assert (beyond.status_code, beyond.json()["code"]) == (409, "position_beyond_head")
    assert (await as_of(city, "2199-01-01T00:00:00Z"))["position"] == head


async def events(office: Office, name: str) -> list[Recorded]:
    return [each for each in (await office.wiring.ledger.log.read()).events if each.event.type_name == name]


async def newest(office: Office, name: str) -> Any:
    return (await events(office, name))[-1]
