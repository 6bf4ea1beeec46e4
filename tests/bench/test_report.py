"""The shape that every benchmark prints, and how its numbers are made; nothing here asks how fast anything is."""

import json
import sys
from collections.abc import Callable
from types import ModuleType

import msgspec
import pytest

from api.bench.report import ROUNDS, TURNS, Case, Report, Round, measure, quantile
from api.cli import main
from tests.bench.check_shape import wrong_in


@pytest.fixture(autouse=True)
def no_collecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is timed here, and walking what the other tests have left takes seconds."""
    monkeypatch.setattr("gc.collect", lambda: 0)


def case(name: str, milliseconds: float, prepared: list[str]) -> Case:
    """A case whose every operation takes so long, by its own account."""

    def prepare(n: int) -> Callable[[], Round]:
        prepared.append(name)
        return lambda: Round(n, n * milliseconds / 1000, [milliseconds / 1000] * n)

    return Case(name, f"append, {name}", "nobody", prepare, most=200)


def measured(prepared: list[str]) -> Report:
    cases = [case("quick", 1.0, prepared), case("slow", 4.0, prepared)]
    return measure(cases, {"quick_vs_slow": ("quick", "slow")}, seconds=0.1, progress=lambda _: None)


def test_a_report_has_the_promised_shape_and_the_numbers_of_its_rounds() -> None:
    report = measured([])
    assert wrong_in(json.dumps(msgspec.to_builtins(report)), {"quick_vs_slow"}) == []
    quick, slow = report.rows
    assert (quick.what, quick.peer, quick.rate, quick.p50_ms, quick.p99_ms) == ("append, quick", "nobody", 1000, 1, 1)
    assert (slow.rate, slow.p50_ms) == (250, 4)
    assert report.ratios == {"quick_vs_slow": 4}


def test_cases_take_turns_there_and_back() -> None:
    prepared: list[str] = []
    measured(prepared)
    turns = prepared[4:]  # after the two warm-ups of each
    assert len(turns) == 2 * ROUNDS * TURNS
    assert turns[:4] == ["quick", "slow", "slow", "quick"]


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda report: report["rows"][0].pop("p99_ms"), "fields of a row"),
        (lambda report: report["rows"][0].update(rate="fast"), "rate is 'fast'"),
        (lambda report: report["rows"][0].update(n=0), "no measurement"),
        (lambda report: report["rows"].clear(), "no rows"),
        (lambda report: report["ratios"].clear(), "ratios"),
        (lambda report: report.update(more=1), "not an object of"),
    ],
)
def test_another_shape_is_noticed(spoil: Callable[[dict[str, object]], object], named: str) -> None:
    report = msgspec.to_builtins(measured([]))
    spoil(report)
    assert named in "\n".join(wrong_in(json.dumps(report), {"quick_vs_slow"}))


def test_two_objects_are_not_one() -> None:
    text = json.dumps(msgspec.to_builtins(measured([])))
    assert wrong_in(f"{text}\n{text}\n", {"quick_vs_slow"})


def test_the_command_prints_one_object_and_its_progress_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*, dsn: str | None, quick: bool, progress: Callable[[str], None]) -> Report:
        progress("quick: warm-up")
        assert quick
        return measured([])

    fake = ModuleType("api.bench.append")
    fake.__dict__["run"] = run
    monkeypatch.setitem(sys.modules, "api.bench.append", fake)  # the real one needs the peers
    monkeypatch.setattr(sys, "argv", ["wenze", "bench", "append", "--quick", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    said, told = capsys.readouterr()
    assert wrong_in(said, {"quick_vs_slow"}) == []
    assert "warm-up" in told


def test_a_quantile_is_a_value_that_occurred() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([1.0], 0.99) == 1.0
    assert quantile([], 0.5) == 0.0
