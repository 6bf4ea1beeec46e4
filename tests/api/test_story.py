"""A day through the routes: every command at least once, and what each kind of person may see of it."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.ledger.entry import MACHINE, Actor
from domain.registry.errors import PersonUnknown
from domain.registry.issue_token import IssueToken
from tests.api.city import City, found_city, later, open_day
from tests.api.conftest import Office


async def test_a_day_from_the_founding_to_the_bureaus_signature(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    report, reporter, principal, reviewer, officer = (
        city.report(), city.reporter, city.principal, city.reviewer, city.officer,
    )  # fmt: skip
    await reporter.did("reporting", "draft_report", report=report, content=city.content())
    key = str(uuid4())
    first = await reporter.did("reporting", "submit_report", key=key, report=report, content=city.content(remarks="无"))
    again = await reporter.did("reporting", "submit_report", key=key, report=report, content=city.content(remarks="无"))
    assert again == first | {"duplicate": True}
    other = await reporter.does("reporting", "submit_report", key=key, report=report, content=city.content())
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    stands = await reporter.does("reporting", "submit_report", report=report, content=city.content())
    assert (stands.status_code, stands.json()["code"]) == (409, "already_submitted")

    digest = await _digest(city, report)
    returned = {"report": report, "level": 1, "digest": digest, "reason": "请核对"}
    await principal.signed("refuse_signature", **returned)
    await principal.signed("return_report", **returned)
    await reporter.did("reporting", "correct_report", report=report, content=city.content(), reason="已核对")
    digest = await _digest(city, report)
    await reporter.did("reporting", "withdraw_report", report=report, reason="填错")
    await reporter.did("reporting", "submit_report", report=report, content=city.content())
    digest = await _digest(city, report)
    skipped = await reviewer.signs("sign_report", report=report, level=2, digest=digest)
    assert (skipped.status_code, skipped.json()["code"]) == (409, "level_skipped")
    await principal.signed("sign_report", report=report, level=1, digest=digest)
    await reviewer.signed("sign_report", report=report, level=2, digest=digest)

    await _remind(city)
    rollup = f"f2-f1.{city.day}.{city.district}"
    await reviewer.did("reporting", "build_rollup", rollup=rollup)
    span = f"?first_day={city.day}&last_day={city.day}"
    assert (await reviewer.sees(f"/api/v1/views/rollup_tree{span}")).json()["code"] == "outside_scope"
    fresh = {"Wenze-Position-AtLeast": (await reviewer.sees("/api/v1/whoami")).headers["wenze-position"]}
    own = (await reviewer.sees(f"/api/v1/views/rollup_tree{span}&district={city.district}", **fresh)).json()["rows"]
    assert [row["rollup"]["rollup"] for row in own] == [rollup]
    digest = own[0]["rollup"]["digest"]
    await reviewer.signed("sign_rollup", rollup=rollup, digest=digest)
    bureau = {"rollup": f"f2-f1.{city.day}.{city.bureau}", "section": city.section}
    await officer.did("reporting", "build_rollup", **bureau)
    digest = await _rollup_digest(city, bureau["rollup"])
    await officer.signed("sign_rollup", **bureau, digest=digest)

    (tree,) = (await officer.sees(f"/api/v1/views/rollup_tree{span}", **await _fresh(city))).json()["rows"]
    assert (tree["rollup"]["rollup"], tree["is_outdated"]) == (bureau["rollup"], False)
    assert [(each["rollup"]["rollup"], each["is_outdated"]) for each in tree["below"]] == [(rollup, False)]

    row = (await _days(city))[city.school]
    assert (row["signed_level"], row["nature"], row["withdrawn"]) == (3, "zero", False)
    state = (await principal.sees(f"/api/v1/schools/{city.school}/state")).json()
    assert [each["report"] for each in state["days"]] == [report]
    before = (await principal.sees(f"/api/v1/schools/{city.school}/state?as_of={first['first'] - 2}")).json()
    assert (before["position"], before["days"][0]["stood"]["status"] in ("open", "missing")) == (
        first["first"] - 2,
        True,
    )


async def test_the_other_commands_of_the_registry(office: Office) -> None:
    city = await found_city(office)
    does, today = city.registrar.did, city.day.isoformat()
    await does(
        "registry", "declare_roster", organisation=city.school, as_of=today, staff=9,
        classes=[{"class_id": "1a", "grade": 1, "students": 40}],
    )  # fmt: skip
    await does("registry", "suspend_site", organisation=city.neighbour, suspended_on=today)
    await does("registry", "resume_site", organisation=city.neighbour, resumed_on=str(city.day + timedelta(days=2)))
    body = str(uuid4())
    await does("registry", "register_organisation", organisation=body, kind="district", code="D-99", name="学区-99",
               parent=city.bureau, opened_on="1995-09-01", public=True)  # fmt: skip
    await does("registry", "abolish_organisation", organisation=body, abolished_on=today)
    fresh = {"Wenze-Position-AtLeast": (await city.registrar.sees("/api/v1/whoami")).headers["wenze-position"]}
    abolished = (await city.registrar.sees(f"/api/v1/organisations/{body}", **fresh)).json()
    assert abolished["closed_on"] == today
    await does("registry", "move_site", organisation=city.far, to_parent=city.district, moved_on=today)
    await does(
        "registry", "exempt_small_site", organisation=city.neighbour, valid_from=later(), reason="人少"
    )  # fmt: skip
    force, group, delegation = str(uuid4()), str(uuid4()), str(uuid4())
    await does("registry", "end_small_site_exemption", organisation=city.neighbour, ended_at=later(seconds=3))
    await does(
        "registry", "form_task_force", task_force=force, level="bureau", formed_by=city.bureau, covers=[city.district],
        name="专班", members=[city.reporter.id],
    )  # fmt: skip
    await does(
        "registry", "form_group", group=group, level="district", formed_by=city.district, covers=[city.school],
        purpose="dissuasion", members=[city.reporter.id],
    )  # fmt: skip
    own = str(uuid4())
    await does("registry", "form_group", group=own, level="bureau", formed_by=city.bureau, covers=[city.far],
               purpose="dissuasion", members=[])  # fmt: skip
    await does("registry", "assign_group_member", group=group, person=city.principal.id)
    await does("registry", "release_group_member", group=group, person=city.reporter.id)
    await does("registry", "dissolve_group", group=group)
    await _figures_lead_to_their_own_events(city, own=own, other=group)
    year = city.day.year
    await does(
        "registry", "publish_calendar", calendar="working", first_day=f"{year}-01-01", last_day=f"{year}-12-31",
        work_days=[], rest_days=[f"{year}-10-01"], known_at=later(), source="国务院办公厅",
    )  # fmt: skip
    await does(
        "registry", "change_calendar", calendar="working", work_days=[], rest_days=[f"{year}-10-08"], known_at=later(),
        source="通知",
    )  # fmt: skip
    await city.principal.did(
        "registry", "grant_delegation", delegation=delegation, appointment=city.principal.appointment,
        delegate=city.reporter.id, valid_from=later(), valid_to=later(days=3),
    )  # fmt: skip
    whoami = (await city.reporter.sees("/api/v1/whoami")).json()
    assert [each.get("delegation") for each in whoami["offices"]] == [None, delegation]
    await city.principal.did(
        "registry", "revoke_delegation", delegation=delegation, appointment=city.principal.appointment,
        revoked_at=later(seconds=1),
    )  # fmt: skip
    acting = str(uuid4())
    await does(
        "registry", "appoint_acting", appointment=acting, person=city.stranger.id,
        acting_for=city.principal.appointment, valid_from=later(), valid_to=later(days=1),
    )  # fmt: skip
    await does("registry", "relieve", appointment=acting, relieved_at=later(seconds=2))
    await does(
        "registry", "merge_site", organisation=city.far, into=city.school, merged_on=str(city.day + timedelta(1))
    )
    await does(
        "registry",
        "close_site",
        organisation=city.neighbour,
        closed_on=str(city.day + timedelta(days=5)),
        heir=city.school,
    )


async def test_other_peoples_schools_are_refused_and_offices_are_needed(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    await city.reporter.did("reporting", "submit_report", report=city.report(), content=city.content())
    foreign = await city.stranger.does("reporting", "submit_report", report=city.report(), content=city.content())
    assert foreign.status_code in (403, 422), foreign.text
    for path in (f"/api/v1/schools/{city.school}/state", f"/api/v1/schools/{city.school}/days",
                 f"/api/v1/reports/{city.report()}"):  # fmt: skip
        fresh = {"Wenze-Position-AtLeast": (await city.reporter.sees("/api/v1/whoami")).headers["wenze-position"]}
        refused = await city.stranger.sees(path, **fresh)
        assert (refused.status_code, refused.json()["code"]) == (403, "outside_scope"), path
        assert (await city.reporter.sees(path, **fresh)).status_code == 200
        assert (await city.reviewer.sees(path, **fresh)).status_code == 200
    span = f"first_day={city.day}&last_day={city.day}"
    assert (await city.reviewer.sees(f"/api/v1/views/school_day?{span}")).json()["code"] == "outside_scope"
    own = await city.reviewer.sees(f"/api/v1/views/school_day?{span}&district={city.district}")
    assert own.status_code == 200
    nobody = await office.person()
    refused = await nobody.does("reporting", "withdraw_report", report=city.report(), reason="x")
    assert (refused.status_code, refused.json()["code"]) == (403, "no_office")
    borrowed = await office.person()
    borrowed.appointment = city.reporter.appointment
    refused = await borrowed.does("reporting", "withdraw_report", report=city.report(), reason="x")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_office")
    unknown = await city.reporter.does(
        "reporting", "submit_report", report=f"f1.{city.day}.{uuid4()}", content=city.content()
    )
    assert unknown.status_code == 404, unknown.text


async def test_a_read_waits_for_the_position_of_a_write_and_knows_other_logs(office: Office) -> None:
    city = await found_city(office)
    answer = await city.registrar.does(
        "registry", "register_organisation", organisation=str(uuid4()), kind="primary", code="X9", name="新校",
        parent=city.district, opened_on="2020-01-01", public=True,
    )  # fmt: skip
    token = answer.headers["wenze-position"]
    seen = await city.registrar.sees("/api/v1/organisations", **{"Wenze-Position-AtLeast": token})
    assert "X9" in {row["code"] for row in seen.json()["rows"]}
    origin, _, position = token.partition(":")
    for wrong in (f"{origin}:{int(position) + 1000}", f"{'0' * 12}:1", "nonsense", f"{origin}:{'9' * 40}"):
        refused = await city.registrar.sees("/api/v1/organisations", **{"Wenze-Position-AtLeast": wrong})
        assert (refused.status_code, refused.json()["code"]) == (409, "position_beyond_head"), wrong


async def test_pages_of_a_list_follow_one_another_without_a_gap(office: Office) -> None:
    city = await found_city(office)
    found, cursor = [], ""
    fresh = {"Wenze-Position-AtLeast": (await city.reporter.sees("/api/v1/whoami")).headers["wenze-position"]}
    while cursor is not None:
        answer = await city.reporter.sees(f"/api/v1/organisations?limit=2{cursor and '&after=' + cursor}", **fresh)
        found += [row["organisation"] for row in answer.json()["rows"]]
        cursor = answer.json().get("next")
    assert found == sorted(found)
    assert len(found) == 7
    wrong = await city.reporter.sees("/api/v1/organisations?after=xxxx")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "after")


async def test_the_stream_of_events_is_filtered_and_shows_each_what_may_be_seen(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    submitted = await city.reporter.did("reporting", "submit_report", report=city.report(), content=city.content())
    query = f"?tag=school:{city.school}&type=ReportSubmitted"
    for person, seen in (("reporter", 1), ("principal", 1), ("reviewer", 1), ("officer", 1), ("stranger", 0)):
        lines = await _lines(city, person, query)
        assert [line["position"] for line in lines] == [submitted["first"]] * seen, person
    everything = await _lines(city, "officer", "")
    assert [line["position"] for line in everything][:3] == [1, 2, 3]
    middle = everything[len(everything) // 2]
    since = await _lines(city, "officer", f"?recorded_from={middle['recorded_at']}")
    assert since[0]["recorded_at"] == middle["recorded_at"]
    until = await _lines(city, "officer", f"?recorded_to={middle['recorded_at']}")
    assert len(since) + len(until) == len(everything)
    assert await _lines(city, "officer", f"?after={everything[-1]['position']}") == []
    assert len(await _lines(city, "officer", "?upto=5&limit=3")) == 3
    names = [line for line in everything if line["type"] == "PersonRegistered"]
    assert "合成" not in json.dumps([line["payload"] for line in names], ensure_ascii=False)
    wrong = await city.officer.sees("/api/v1/events?type=Nothing")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "type")


async def test_every_view_answers_whoever_sees_the_city(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    fresh = {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
    span = f"?first_day={city.day}&last_day={city.day}"
    for view in ("school_day", "duty_board", "lateness_by_level", "late_reports", "zero_coverage", "signature_latency",
                 "rollup_tree"):  # fmt: skip
        answer = await city.officer.sees(f"/api/v1/views/{view}{span}", **fresh)
        assert answer.status_code == 200, answer.text
        assert {"rows", "position", "simulated"} <= answer.json().keys()
    for path in (f"signature_latency{span}&by=person", "missing_now", "article_figures", "article_figures/2"):
        answer = await city.officer.sees(f"/api/v1/views/{path}", **fresh)
        assert answer.status_code == 200, answer.text
    for path in (f"organisations/{city.school}", f"organisations/{city.school}/appointments",
                 f"people/{city.reporter.id}/appointments"):  # fmt: skip
        assert (await city.stranger.sees(f"/api/v1/{path}", **fresh)).status_code == 200
    assert (await city.stranger.sees(f"/api/v1/organisations/{uuid4()}")).json()["code"] == "not_found"


async def _figures_lead_to_their_own_events(city: City, *, own: str, other: str) -> None:
    """Rows 8 and 9 are both about groups, and lead to different ones; over the API and on the pages."""
    fresh = {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
    for row, group, expected in ((8, own, ["GroupFormed"]), (9, other, ["GroupFormed", "GroupDissolved"])):
        about = await _lines(city, "officer", f"?tag=group:{group}&type=GroupFormed&type=GroupDissolved")
        assert [line["type"] for line in about] == expected
        answer = await city.officer.sees(f"/api/v1/views/article_figures/{row}", **fresh)
        assert answer.json()["positions"] == [line["position"] for line in about]
        page = await city.officer.client.get(f"/events?figure={row}")
        assert re.findall(r'<tr id="p(\d+)"', page.text) == [str(line["position"]) for line in about]
    for wrong in ("41", "0", "x", "²"):
        refused = await city.officer.client.get(f"/events?figure={wrong}")
        assert refused.status_code == 422, wrong


async def _remind(city: City) -> None:
    missing, reminder = city.report(city.neighbour), str(uuid4())
    addressee = await city.hire("addressee", "school.principal", city.neighbour)
    await city.reviewer.did(
        "reporting", "send_reminder", report=missing, reminder=reminder, level=1, addressee=addressee.id,
        channel="phone",
    )  # fmt: skip
    await city.reviewer.did(
        "reporting", "serve_reminder", report=missing, reminder=reminder, how="called", served_to=addressee.id,
        served_at=later(), number="13800000000",
    )  # fmt: skip
    excused = await city.reviewer.does("reporting", "excuse_duty", report=missing, level=1, reason="停电")
    assert excused.status_code in (200, 409), excused.text
    await city.officer.did(
        "reporting", "declare_outage", outage=str(uuid4()), began_at=later(hours=-2), ended_at=later(hours=-1),
        grace_until=later(hours=1), reason="线路故障", schools=[city.school],
    )  # fmt: skip
    inherited = await city.officer.does(
        "reporting", "inherit_duty", report=missing, closed=city.neighbour, heir=city.school
    )
    assert (inherited.status_code, inherited.json()["code"]) == (409, "duty_not_inherited")


async def _fresh(city: City) -> dict[str, str]:
    return {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}


async def _days(city: City) -> dict[str, Any]:
    span = f"first_day={city.day}&last_day={city.day}"
    answer = await city.officer.sees(f"/api/v1/views/school_day?{span}", **await _fresh(city))
    return {row["school"]: row for row in answer.json()["rows"]}


async def _digest(city: City, report: str) -> str:
    return str({row["report"]: row for row in (await _days(city)).values()}[report]["digest"])


async def _rollup_digest(city: City, rollup: str) -> str:
    span = f"first_day={city.day}&last_day={city.day}"
    answer = await city.officer.sees(f"/api/v1/views/rollup_tree?{span}", **await _fresh(city))
    rollups = [row["rollup"] for row in answer.json()["rows"]]
    return str(next(each["digest"] for each in rollups if each["rollup"] == rollup))


async def _lines(city: City, person: str, query: str) -> list[dict[str, Any]]:
    answer = await city.people[person].sees(f"/api/v1/events{query}")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_a_token_is_for_a_registered_person_once_there_is_a_bureau(office: Office) -> None:
    ledger = office.wiring.ledger

    def issue(person: str) -> IssueToken:
        return IssueToken(token=str(uuid4()), person=person, fingerprint="0" * 64, expires_at=datetime.now(UTC))

    async def issued(person: str) -> None:
        actor, request = Actor(person=MACHINE), b"{}"
        await ledger.carry_out(lambda: issue(person), actor=actor, key=str(uuid4()), request=request)

    await issued(str(uuid4()))
    city = await found_city(office)
    await issued(city.reporter.id)
    with pytest.raises(PersonUnknown):
        await issued(str(uuid4()))
