"""What a verdict says of a day in a small log."""

from typing import Any

from domain.evidence.verdict import Reason, State, StepName, Verdict
from domain.evidence.verify_bundle import verify_bundle
from tests.domain.evidence.signed_day import SignedDay
from tests.domain.evidence.small_log import policy

Changes = dict[str, dict[str, Any]]


def judged(day: SignedDay, *without: str) -> Verdict:
    left_out = {day.at[name] for name in without}
    return verify_bundle(
        day.log.bundle([each for each in range(1, len(day.log.entries) + 1) if each not in left_out]), policy()
    )


def found_at(verdict: Verdict, step: StepName) -> set[tuple[State, Reason, int | None]]:
    return {
        (each.state, each.reason, each.position)
        for each in verdict.step(step).findings
        if each.state is not State.VALID
    }
