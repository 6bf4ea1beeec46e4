"""A bundle is valid as it is, and whatever is changed in it is found by a step that says so."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.evidence.bundle import Disclosed
from domain.evidence.canonical_json import canonical_json
from domain.evidence.commitment import commitment
from domain.evidence.errors import SignatureError
from domain.evidence.manifest import SealedValue
from domain.evidence.note import ED25519, VerifierKey
from domain.evidence.verdict import Reason, State, StepName, Verdict
from domain.evidence.verify_bundle import verify_bundle
from tests.domain.evidence.signed_day import (
    REMARKS,
    SALT,
    SCHOOL,
    SignedDay,
)
from tests.domain.evidence.small_log import LOG_KEY, ORIGIN, START, SmallLog, policy, private_key, raw_public, whole

Files = dict[str, bytes]
BOTH = ("audit.test", "province.test")


def verdict(files: Mapping[str, bytes], **more: Any) -> Verdict:
    return verify_bundle(files, policy(), **more)


def shown(judged: Verdict) -> dict[StepName, set[tuple[State, Reason]]]:
    return {
        step.name: {(each.state, each.reason) for each in step.findings}
        for step in judged.steps
        if step.state is not State.VALID
    }


def test_a_whole_bundle_is_valid_step_by_step() -> None:
    judged = verdict(SignedDay().log.bundle())
    assert shown(judged) == {
        StepName.WITNESSES: {(State.NOT_CHECKED, Reason.WITHOUT_WITNESSES)},
        StepName.CONSISTENCY: {(State.NOT_CHECKED, Reason.NO_LATER_CHECKPOINT)},
        StepName.TIMESTAMPS: {(State.NOT_CHECKED, Reason.NO_TIMESTAMP)},
        StepName.COVERAGE: {(State.NOT_CHECKED, Reason.NOTHING_TO_CHECK)},
        StepName.DISCLOSURE: {(State.NOT_CHECKED, Reason.NOTHING_TO_CHECK)},
    }
    assert (judged.state, judged.origin, judged.simulated) == (State.VALID, ORIGIN, True)
    assert [step.number for step in judged.steps] == list(range(1, 15))
    assert [(each.level, each.strength, each.counts) for each in judged.signatures] == [
        (1, "key_file", State.VALID), (2, "key_file", State.VALID), (2, "key_file", State.VALID),
        (3, "key_file", State.VALID),
    ]  # fmt: skip


def test_everything_that_can_be_checked_is_checked() -> None:
    day = SignedDay()
    size = len(day.log.entries)
    day.log.add("Later", {})
    name = commitment(REMARKS, SALT)
    files = day.log.bundle(
        size=size, later=True, witnesses=["audit.test"], later_witnesses=BOTH,
        disclosed={name: Disclosed(REMARKS, SALT)}, more={"timestamps/checkpoint.1.tsr": b"token", **covered(day)},
    )  # fmt: skip
    judged = verify_bundle(files, policy(quorum="both"), timestamps=lambda *_: datetime.now(UTC))
    assert shown(judged) == {}
    assert judged.state is State.VALID


def covered(day: SignedDay, **changes: Any) -> Files:
    """The paths of the day's report and of its district's roll-up."""
    return {
        f"coverage/{day.at[f'build_{name}']}.0.json": replace(each, **changes).encoded()
        for name, each in day.covered.items()
    }


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({}, State.VALID, Reason.HOLDS),
        ({"index": 1}, State.INVALID, Reason.NOT_COVERED),
        ({"size": 5}, State.INVALID, Reason.NOT_COVERED),
        ({"path": ()}, State.INVALID, Reason.NOT_COVERED),
        ({"child": (SCHOOL, "0" * 64)}, State.INVALID, Reason.NOT_COVERED),
    ],
)
def test_a_roll_up_is_shown_to_hold_its_report(changes: dict[str, Any], state: State, reason: Reason) -> None:
    day = SignedDay()
    step = verdict(day.log.bundle(more=covered(day, **changes))).step(StepName.COVERAGE)
    assert {(each.state, each.reason) for each in step.findings} == {(state, reason)}


def test_what_a_roll_up_holds_and_the_bundle_does_not_is_not_checked() -> None:
    day = SignedDay()
    everything = range(1, len(day.log.entries) + 1)
    for left_out, reason in (
        ("file", Reason.SUBJECT_ABSENT),
        ("sign_2", Reason.BELOW_ABSENT),
        ("build_rollup", Reason.NO_ROLLUP),
    ):
        positions = [each for each in everything if each != day.at[left_out]]
        step = verdict(day.log.bundle(positions, more=covered(day))).step(StepName.COVERAGE)
        assert (State.NOT_CHECKED, reason) in {(each.state, each.reason) for each in step.findings}


def entry(files: Files, position: int, **changes: Any) -> Files:
    said = json.loads(files[f"entries/{position}.json"])
    return whole(files | {f"entries/{position}.json": canonical_json(said | changes)})


def payload(files: Files, position: int, **changes: Any) -> Files:
    said = json.loads(files[f"entries/{position}.json"])
    return entry(files, position, payload=said["payload"] | changes)


def swapped(files: Files, one: str, other: str) -> Files:
    return whole(files | {one: files[other], other: files[one]})


def without_line(data: bytes, number: int) -> bytes:
    lines = data.split(b"\n")
    del lines[number]
    return b"\n".join(lines)


def with_line(data: bytes, number: int, line: bytes) -> bytes:
    lines = data.split(b"\n")
    lines[number] = line
    return b"\n".join(lines)


BUNDLE_CHANGES: dict[str, tuple[Callable[[Files], Files], StepName, Reason]] = {
    "a byte of an entry": (
        lambda files: files | {"entries/2.json": files["entries/2.json"][:-2] + b" }"},
        StepName.MANIFEST, Reason.MALFORMED,
    ),
    "a file removed": (
        lambda files: {k: v for k, v in files.items() if k != "proofs/2.tlog-proof"},
        StepName.MANIFEST, Reason.MALFORMED,
    ),
    "a file added": (lambda files: files | {"entries/99.json": b"{}"}, StepName.MANIFEST, Reason.MALFORMED),
    "a file of no kind": (lambda files: whole(files | {"policy": b"log x"}), StepName.MANIFEST, Reason.MALFORMED),
    "no manifest": (
        lambda files: {k: v for k, v in files.items() if k != "manifest.json"}, StepName.MANIFEST, Reason.MALFORMED,
    ),
    "a manifest in another order": (
        lambda files: files | {"manifest.json": json.dumps(json.loads(files["manifest.json"])).encode()},
        StepName.MANIFEST, Reason.MALFORMED,
    ),
    "no checkpoint": (
        lambda files: whole({k: v for k, v in files.items() if k != "checkpoint"}), StepName.MANIFEST, Reason.MALFORMED,
    ),
    "an entry with white space": (
        lambda files: whole(files | {"entries/2.json": files["entries/2.json"].replace(b'":', b'": ')}),
        StepName.MANIFEST, Reason.MALFORMED,
    ),
    "an entry with a member twice": (
        lambda files: whole(files | {"entries/2.json": b'{"id":"x",' + files["entries/2.json"][1:]}),
        StepName.MANIFEST, Reason.MALFORMED,
    ),
    "a changed entry with a manifest to it": (
        lambda files: payload(files, 2, name="另一科室"), StepName.INCLUSION, Reason.NOT_INCLUDED,
    ),
    "a changed time": (
        lambda files: entry(files, 3, received_at="2020-02-01T00:00:00.000000Z"),
        StepName.INCLUSION, Reason.NOT_INCLUDED,
    ),
    "two entries swapped": (
        lambda files: swapped(files, "entries/3.json", "entries/4.json"), StepName.INCLUSION, Reason.NOT_INCLUDED,
    ),
    "two proofs swapped": (
        lambda files: swapped(files, "proofs/3.tlog-proof", "proofs/4.tlog-proof"),
        StepName.INCLUSION, Reason.NOT_INCLUDED,
    ),
    "a shorter proof": (
        lambda files: whole(files | {"proofs/3.tlog-proof": without_line(files["proofs/3.tlog-proof"], 2)}),
        StepName.INCLUSION, Reason.NOT_INCLUDED,
    ),
    "a proof to another checkpoint": (
        lambda files: whole(files | {"proofs/3.tlog-proof": SignedDay().log.bundle(size=12)["proofs/3.tlog-proof"]}),
        StepName.INCLUSION, Reason.OTHER_CHECKPOINT,
    ),
    "another size in the checkpoint": (
        lambda files: whole(files | {"checkpoint": with_line(files["checkpoint"], 1, b"7")}),
        StepName.CHECKPOINT, Reason.LOG_SIGNATURE,
    ),
    "a checkpoint of another key": (
        lambda files: whole(files | {"checkpoint": SignedDay().log.note(key=private_key("thief")).encoded()}),
        StepName.CHECKPOINT, Reason.LOG_SIGNATURE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BUNDLE_CHANGES)
def test_a_changed_bundle_is_found_by_its_step(name: str) -> None:
    change, step, reason = BUNDLE_CHANGES[name]
    files = SignedDay().log.bundle()
    changed = change(dict(files))
    assert changed != files
    judged = verdict(changed)
    assert judged.state is State.INVALID
    assert (State.INVALID, reason) in shown(judged)[step]


def test_a_policy_with_another_log_key_makes_it_invalid() -> None:
    files = SignedDay().log.bundle()
    stranger = VerifierKey(ORIGIN, ED25519, raw_public(private_key("another")))
    other = VerifierKey("other.test/log", ED25519, raw_public(LOG_KEY))
    for log, reason in ((stranger, Reason.LOG_SIGNATURE), (other, Reason.LOG_UNKNOWN)):
        judged = verify_bundle(files, policy(log=log))
        assert shown(judged)[StepName.CHECKPOINT] == {(State.INVALID, reason)}
        assert judged.state is State.INVALID


def test_the_policys_witnesses_must_have_cosigned() -> None:
    day = SignedDay()
    for witnesses, state in ((BOTH, State.VALID), (BOTH[:1], State.INVALID), ((), State.INVALID)):
        judged = verify_bundle(day.log.bundle(witnesses=witnesses), policy(quorum="both"))
        assert judged.step(StepName.WITNESSES).state is state
        assert judged.state is state


def test_a_forged_line_of_a_known_witness_is_found() -> None:
    day = SignedDay()
    files = day.log.bundle(witnesses=BOTH)
    other = SmallLog().note(witnesses=BOTH).encoded().split(b"\n")[-3:]
    note = b"\n".join(files["checkpoint"].split(b"\n")[:-3] + other)
    judged = verify_bundle(whole(files | {"checkpoint": note}), policy(quorum="both"))
    assert (State.INVALID, Reason.WITNESS_SIGNATURE) in shown(judged)[StepName.WITNESSES]


def test_a_later_checkpoint_that_does_not_extend_the_first_is_found() -> None:
    day = SignedDay()
    size = len(day.log.entries)
    day.log.add("Later", {})
    files = day.log.bundle(size=size, later=True)
    assert verdict(files).step(StepName.CONSISTENCY).state is State.VALID
    forked = SignedDay(changes={"section": {"name": "另一科室"}})
    forked.log.add("Later", {})
    fork = forked.log.bundle(size=size, later=True)["later"]
    judged = verdict(whole(files | {"later": fork}))
    assert shown(judged)[StepName.CONSISTENCY] == {(State.INVALID, Reason.INCONSISTENT)}
    assert judged.state is State.INVALID


def refuses(*_: object) -> datetime:
    raise SignatureError("the token is over other bytes")


@pytest.mark.parametrize(
    ("check", "state", "reason", "whole_state"),
    [
        (None, State.NOT_CHECKED, Reason.NO_AUTHORITY_GIVEN, State.VALID),
        (lambda *_: START + timedelta(days=1), State.VALID, Reason.HOLDS, State.VALID),
        (lambda *_: START - timedelta(days=1), State.INVALID, Reason.TIMESTAMP_TOO_EARLY, State.INVALID),
        (refuses, State.INVALID, Reason.TIMESTAMP_WRONG, State.INVALID),
    ],
)
def test_a_timestamp_is_checked_by_whoever_is_trusted(
    check: Any, state: State, reason: Reason, whole_state: State
) -> None:
    judged = verdict(SignedDay().log.bundle(more={"timestamps/checkpoint.1.tsr": b"token"}), timestamps=check)
    (finding,) = judged.step(StepName.TIMESTAMPS).findings
    assert (finding.state, finding.reason, judged.state) == (state, reason, whole_state)


def test_without_a_timestamp_whoever_asks_for_one_is_told_that_it_was_not_checked() -> None:
    files = SignedDay().log.bundle()
    judged = verdict(files, timestamps=lambda *_: START)
    assert judged.step(StepName.TIMESTAMPS).findings[0].reason is Reason.NO_TIMESTAMP
    assert judged.state is State.NOT_CHECKED
    assert verdict(files).state is State.VALID


def test_what_is_disclosed_is_what_was_committed_to() -> None:
    day = SignedDay()
    name = commitment(REMARKS, SALT)
    sealed = [SealedValue(day.at["file"], "content.remarks")]
    good = day.log.bundle(disclosed={name: Disclosed(REMARKS, SALT)}, sealed=sealed)
    assert verdict(good).step(StepName.DISCLOSURE).state is State.VALID
    for disclosed, reason in (
        ({name: Disclosed("无异常", SALT)}, Reason.DISCLOSED_DIFFERS),
        ({commitment("x", SALT): Disclosed("x", SALT)}, Reason.DISCLOSED_STRANGER),
    ):
        judged = verdict(day.log.bundle(disclosed=disclosed, sealed=sealed))
        assert (State.INVALID, reason) in shown(judged)[StepName.DISCLOSURE]
    undisclosed = verdict(day.log.bundle(sealed=sealed))
    (finding,) = undisclosed.step(StepName.DISCLOSURE).findings
    assert (finding.reason, finding.position) == (Reason.NOT_DISCLOSED, day.at["file"])
    assert undisclosed.state is State.VALID


def listed(day: SignedDay, rows: Sequence[str], **shown: str) -> dict[str, bytes]:
    """A bundle whose report commits to a named list of these rows; ``shown`` are those that are disclosed."""
    committed = [commitment(each, SALT) for each in rows]
    values = [canonical_json(committed).decode(), *shown.values()]
    sealed = [SealedValue(day.at["file"], "content.named_list")]
    return day.log.bundle(disclosed={commitment(each, SALT): Disclosed(each, SALT) for each in values}, sealed=sealed)


def listing(value: str) -> SignedDay:
    return SignedDay({"content": {"named_list": commitment(value, SALT)}})


def test_a_named_list_opens_to_rows_of_which_each_is_checked() -> None:
    rows = ["one person", "another person"]
    text = canonical_json([commitment(each, SALT) for each in rows]).decode()
    day = listing(text)
    whole_list = verdict(listed(day, rows, first=rows[0], second=rows[1]))
    assert whole_list.step(StepName.DISCLOSURE).state is State.VALID
    assert whole_list.state is State.VALID
    # Of an erased person no row is there, and that is said.
    one_erased = verdict(listed(day, rows, first=rows[0]))
    (finding,) = [each for each in one_erased.step(StepName.DISCLOSURE).findings if each.state is not State.VALID]
    assert (finding.reason, finding.position) == (Reason.NOT_DISCLOSED, day.at["file"])
    assert finding.details == {"path": "content.named_list.1"}
    assert one_erased.state is State.VALID
    stranger = verdict(listed(day, rows, first=rows[0], second="somebody else"))
    assert (State.INVALID, Reason.DISCLOSED_STRANGER) in shown(stranger)[StepName.DISCLOSURE]


@pytest.mark.parametrize("value", ["张三", "{}", '["x"]', f'["{"1" * 64}" ]', "[" * 9000])
def test_a_named_list_that_is_no_list_of_commitments_is_found(value: str) -> None:
    day = listing(value)
    sealed = [SealedValue(day.at["file"], "content.named_list")]
    judged = verdict(day.log.bundle(disclosed={commitment(value, SALT): Disclosed(value, SALT)}, sealed=sealed))
    assert (State.INVALID, Reason.MALFORMED) in shown(judged)[StepName.DISCLOSURE]


def test_what_only_looks_like_a_commitment_inside_another_text_discloses_nothing() -> None:
    day = SignedDay({"section": {"code": f"x{commitment('x', SALT)}"}})
    judged = verdict(day.log.bundle(disclosed={commitment("x", SALT): Disclosed("x", SALT)}))
    assert (State.INVALID, Reason.DISCLOSED_STRANGER) in shown(judged)[StepName.DISCLOSURE]


@pytest.mark.parametrize("path", ["content", "content.classes", "content.counts.fever", "", ".."])
def test_a_manifest_may_say_of_anything_that_it_is_sealed(path: str) -> None:
    day = SignedDay()
    judged = verdict(day.log.bundle(sealed=[SealedValue(day.at["file"], path)]))
    assert shown(judged)[StepName.DISCLOSURE] == {(State.NOT_CHECKED, Reason.NOT_DISCLOSED)}
