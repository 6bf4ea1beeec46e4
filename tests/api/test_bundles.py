"""From the signed day to the verdict: a bundle is made on a real database and verified without it."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from adapters.files.bundles import unpack_bundle
from adapters.postgres.shredding import shred
from adapters.timestamp_check import TrustedAuthority
from api.cli import build
from domain.evidence.note import parse_note
from domain.evidence.policy import parse_policy
from domain.evidence.verdict import Reason, State, StepName, Verdict
from domain.evidence.verify_bundle import verify_bundle
from domain.ledger.events import BundleExported
from domain.ledger.replay import head_of
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from tests.adapters.openssl_authority import OpensslAuthority
from tests.adapters.publisher.ledger import until
from tests.api.city import found_city, open_day
from tests.api.conftest import Person, running, settings_for
from tests.api.signed_city import REMARKS, SignedCity, signed_city
from tests.api.test_witnessing import witness_of, witnessed_settings


@pytest.fixture
async def city(dsn: str, tmp_path: Path) -> AsyncIterator[SignedCity]:
    async with running(settings_for(dsn, tmp_path, publish=True)) as office:
        yield await signed_city(office)


async def exported(person: Person, path: str) -> dict[str, bytes]:
    answer = await person.sees(f"/api/v1/bundles/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return unpack_bundle(answer.content)


async def judged(city: SignedCity, files: dict[str, bytes]) -> Verdict:
    return verify_bundle(files, parse_policy(await city.policy()))


def reasons(verdict: Verdict, step: StepName) -> set[Reason]:
    return {each.reason for each in verdict.step(step).findings if each.state is not State.VALID}


async def test_a_report_that_three_levels_signed_is_valid_for_an_office_outside(
    city: SignedCity, tmp_path: Path
) -> None:
    path = f"reports/{city.report}"
    files = await exported(city.city.discipline, f"{path}?disclose=true")
    verdict = await judged(city, files)
    assert {step.name: step.state for step in verdict.steps if step.state is not State.VALID} == {
        StepName.WITNESSES: State.NOT_CHECKED, StepName.CONSISTENCY: State.NOT_CHECKED,
        StepName.TIMESTAMPS: State.NOT_CHECKED,
    }  # fmt: skip
    assert [(each.level, each.strength, each.counts) for each in verdict.signatures] == [
        (level, "key_file", State.VALID) for level in (1, 2, 2, 3)
    ]
    assert len(verdict.step(StepName.COVERAGE).findings) == 2  # the report in its roll-up, and that in the city's
    assert any(REMARKS in data.decode() for name, data in files.items() if name.startswith("disclosed/"))
    assert "证据包" in files["README.zh.html"].decode()
    assert "How to verify it" in files["README.en.html"].decode()

    (tmp_path / "policy").write_bytes(await city.policy())
    (tmp_path / "bundle").mkdir()
    for name, data in files.items():
        (tmp_path / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bundle" / name).write_bytes(data)
    words = ["verify", str(tmp_path / "bundle"), "--policy", str(tmp_path / "policy"), "--json"]
    done = CliRunner().invoke(build(), words)
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (0, "valid")

    recorded = [each.event for each in (await city.ledger.log.read()).events if isinstance(each.event, BundleExported)]
    assert [(each.person, each.manifest, each.disclosed) for each in recorded] == [
        (city.city.discipline.id, sha256(files["manifest.json"]).hexdigest(), 1)
    ]


async def test_a_disputed_signature_stops_counting_until_it_is_confirmed(city: SignedCity) -> None:
    people = city.city
    path = f"schools/{people.school}?first_day={people.day}&last_day={people.day}"
    dispute = await city.dispute(people.reviewer)
    verdict = await judged(city, await exported(people.discipline, path))
    assert reasons(verdict, StepName.CREDENTIALS) == {Reason.DISPUTED}
    assert [each.counts for each in verdict.signatures] == [State.VALID, State.INVALID, State.INVALID, State.VALID]
    # The school hears of it too: a bundle that hid a dispute would lie.
    assert (await judged(city, await exported(people.principal, path))).state is State.INVALID
    await city.resolve(dispute, people.reviewer)
    assert (await judged(city, await exported(people.discipline, path))).state is State.VALID


async def test_an_erased_persons_report_still_verifies(city: SignedCity) -> None:
    people = city.city
    path = f"reports/{city.report}?disclose=true"
    before = await exported(people.principal, path)
    subjects = [
        row["subject"] for row in await city.city.office.wiring.pool.fetch("SELECT DISTINCT subject FROM vault.key")
    ]
    assert await shred(city.city.office.wiring.pool, subjects=subjects, keys=(), at=datetime.now(UTC))
    after = await exported(people.principal, path)
    assert [name for name in before if name.startswith("disclosed/")]
    assert not [name for name in after if name.startswith("disclosed/")]
    verdict = await judged(city, after)
    assert verdict.state is State.VALID
    assert reasons(verdict, StepName.DISCLOSURE) == {Reason.NOT_DISCLOSED}


async def test_whoever_may_not_read_the_filing_gets_the_signatures_without_it(city: SignedCity) -> None:
    files = await exported(city.city.stranger, f"reports/{city.report}")
    types = {json.loads(data)["type"] for name, data in files.items() if name.startswith("entries/")}
    assert "ReportSubmitted" not in types
    assert {"ReportSigned", "CredentialEnrolled", "Appointed"} <= types
    verdict = await judged(city, files)
    assert (verdict.state, reasons(verdict, StepName.STATEMENTS)) == (State.NOT_CHECKED, {Reason.SUBJECT_ABSENT})


async def test_personal_values_are_disclosed_to_the_own_school_and_to_discipline_only(city: SignedCity) -> None:
    people = city.city
    for person, status in ((people.reviewer, 403), (people.stranger, 200), (people.principal, 200)):
        answer = await person.sees(f"/api/v1/bundles/reports/{city.report}?disclose=true")
        assert answer.status_code == status
        if status == 200:
            names = [name for name in unpack_bundle(answer.content) if name.startswith("disclosed/")]
            assert bool(names) == (person is people.principal)
    without = await exported(people.principal, f"reports/{city.report}")
    assert not [name for name in without if name.startswith("disclosed/")]


async def test_a_named_list_is_disclosed_row_by_row_but_for_who_was_erased(dsn: str, tmp_path: Path) -> None:
    async with running(settings_for(dsn, tmp_path, publish=True)) as office:
        people = await found_city(office)
        await open_day(people)
        city = SignedCity(people)
        pupils = [str(uuid4()) for _ in range(2)]
        rows = [{"person": pupil, "status": "home_observation", "since": "2020-02-07"} for pupil in pupils]
        content = people.content(named_list=rows, choices={"duty_leader": people.principal.id})
        await people.reporter.did("reporting", "submit_report", report=city.report, content=content)
        path = f"reports/{city.report}?disclose=true"
        files = await exported(people.principal, path)
        assert [sum(pupil in text for text in shown(files)) for pupil in pupils] == [1, 1]
        assert (await judged(city, files)).step(StepName.DISCLOSURE).state is State.VALID
        assert shown(await exported(people.principal, f"reports/{city.report}")) == []
        assert shown(await exported(people.stranger, path)) == []

        assert await shred(office.wiring.pool, subjects=pupils[:1], keys=(), at=datetime.now(UTC))
        after = await exported(people.principal, path)
        assert [sum(pupil in text for text in shown(after)) for pupil in pupils] == [0, 1]
        verdict = await judged(city, after)
        assert reasons(verdict, StepName.DISCLOSURE) == {Reason.NOT_DISCLOSED}
        assert verdict.state is State.VALID


def shown(files: dict[str, bytes]) -> list[str]:
    return [data.decode() for name, data in files.items() if name.startswith("disclosed/")]


async def test_every_kind_of_decision_that_a_command_records_is_verified(dsn: str, tmp_path: Path) -> None:
    async with running(settings_for(dsn, tmp_path, publish=True)) as office:
        people = await found_city(office)
        await open_day(people)
        city = SignedCity(people)
        content = people.content()
        await people.reporter.did("reporting", "submit_report", report=city.report, content=content)
        digest = await city.filed()
        await city.attest_zero(people.reporter, digest)
        await city.decline(RefuseSignature, people.principal, 1, digest, None)
        below = await city.sign(people.principal, 1, digest)
        await city.decline(ReturnReport, people.reviewer, 2, digest, below)
        corrected = content | {"counts": {"staff": 11, "fever": 0}}
        await people.reporter.did(
            "reporting", "correct_report", report=city.report, content=corrected, reason="更正人数"
        )  # fmt: skip
        digest = await city.filed()
        below = await city.sign(people.principal, 1, digest)
        await city.sign(people.reviewer, 2, digest, below)
        rollup, over = await city.roll_up(people.reviewer, 2, people.district)
        await city.return_rollup(people.officer, rollup, over)
        verdict = await judged(city, await exported(people.discipline, f"reports/{city.report}"))
        assert verdict.state is State.VALID
        assert [(each.level, each.decision) for each in verdict.signatures] == [
            (0, "attest_zero"), (1, "refuse"), (1, "sign"), (2, "return"), (1, "sign"), (2, "sign"), (2, "sign"),
            (3, "return"),
        ]  # fmt: skip
        assert [each.void_since is not None for each in verdict.signatures] == [
            True, False, True, False, False, False, True, False,
        ]  # fmt: skip


async def test_a_single_signature_comes_with_what_it_rests_on(city: SignedCity) -> None:
    events = (await city.ledger.log.read()).events
    position = next(each.position for each in events if each.event.type_name == "ReportSigned")
    files = await exported(city.city.discipline, f"positions?position={position}")
    manifest = json.loads(files["manifest.json"])
    assert manifest["roles"]["asked"] == [position]
    assert (await judged(city, files)).state is State.VALID


async def test_what_is_not_there_or_not_published_is_no_bundle(
    city: SignedCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    discipline = city.city.discipline
    nowhere = await discipline.sees(f"/api/v1/bundles/reports/f1.2001-01-01.{city.city.school}")
    assert problem(nowhere) == (404, "nothing_to_bundle")
    assert problem(await discipline.sees("/api/v1/bundles/positions?position=999999")) == (404, "nothing_to_bundle")
    turned = await discipline.sees(
        f"/api/v1/bundles/schools/{city.city.school}?first_day=2020-02-02&last_day=2020-02-01"
    )
    assert turned.status_code == 422
    for position in (2**53, 2**63):
        beyond = await discipline.sees(f"/api/v1/bundles/positions?position={position}")
        assert problem(beyond) == (422, "invalid_request")
        assert "position" in beyond.text
    last = await discipline.sees(f"/api/v1/bundles/positions?position={2**53 - 1}")
    assert problem(last) == (404, "nothing_to_bundle")
    monkeypatch.setattr("api.bundles.making.WAIT_S", 0.2)
    monkeypatch.setattr(city.city.office.wiring.published, "holding", lambda _: None)
    assert problem(await discipline.sees(f"/api/v1/bundles/reports/{city.report}")) == (503, "not_published")


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.openssl
async def test_a_bundle_leads_to_a_witnessed_checkpoint_with_its_timestamp_and_on_to_the_newest(
    dsn: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        witness = await stack.enter_async_context(AsyncExitStack())
        address = await witness.enter_async_context(witness_of(tmp_path / "witness"))
        settings, policy = witnessed_settings(dsn, tmp_path, address)
        office = await stack.enter_async_context(running(settings))
        city, published = await signed_city(office), office.wiring.published
        head = await head_of(city.ledger.log)
        await until(lambda: (found := published.holding(head)) is not None and found.witnessed)
        await witness.aclose()  # what the log holds from here on is not witnessed
        await city.city.hire("newcomer", "school.reporter", city.city.far)
        await until(lambda: (newest := published.newest()) is not None and newest.checkpoint.size > head)
        discipline, path = city.city.discipline, f"reports/{city.report}"
        files = await exported(discipline, path)
        verdict = verify_bundle(files, policy)
        assert not_valid(verdict) == {StepName.TIMESTAMPS, StepName.DISCLOSURE}
        held = published.holding(head)
        assert held is not None
        assert (verdict.state, verdict.size) == (State.VALID, held.checkpoint.size)

        authority, witnessed = OpensslAuthority(tmp_path / "authority"), parse_note(files["checkpoint"])
        assert verdict.size is not None
        office.wiring.publishing.publisher.files.keep_timestamp(
            verdict.size, witnessed.encoded(), authority.stamp(witnessed.encoded())
        )
        stamped = await exported(discipline, path)
        assert stamped["checkpoint"] == files["checkpoint"]
        check = TrustedAuthority(authority.root).made_at
        assert not_valid(verify_bundle(stamped, policy, timestamps=check)) == {StepName.DISCLOSURE}
        # Whoever trusts another authority is not persuaded by this one.
        other = TrustedAuthority(OpensslAuthority(tmp_path / "other").root).made_at
        assert verify_bundle(stamped, policy, timestamps=other).state is State.INVALID
        assert verify_bundle(files, policy, timestamps=check).state is State.NOT_CHECKED


def not_valid(verdict: Verdict) -> set[StepName]:
    return {step.name for step in verdict.steps if step.state is not State.VALID}
