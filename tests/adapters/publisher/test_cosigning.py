"""The publisher asks its witnesses, waits a little, adds what comes later, and tells who refuses."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from adapters.disk import Disk
from adapters.publisher import cosigning as module
from adapters.publisher.cosigning import AGAIN_S, COSIGN_S, Cosigner, Cosigning
from adapters.publisher.http_witness import LONGEST_ANSWER, HttpWitness, WitnessAway, WitnessRefuses
from adapters.publisher.publisher import Publisher
from adapters.publisher.tile_files import TileFiles
from adapters.signing_key import SigningKey
from adapters.witness.state import WitnessState
from adapters.witness.witness import Witness
from api.witness import create_witness_app
from domain.evidence.note import COSIGNATURE, Note, Signature, parse_note
from domain.evidence.policy import Policy, parse_policy
from domain.evidence.tiles import TiledTree
from domain.evidence.witnessed import is_witnessed
from tests.adapters.publisher.ledger import KEY, ORIGIN, MemoryRows, log_of, publish, publisher_of, served
from tests.adapters.witness.watched import Ticking

COURT, UNION = (
    SigningKey(f"{name}.test/witness", COSIGNATURE, bytes([number]) * 32)
    for number, name in ((8, "court"), (9, "union"))
)
Wrong = Callable[[httpx.Request], httpx.Response]


def policy_of(*keys: SigningKey, quorum: str = "all") -> Policy:
    names = [key.name.split(".")[0] for key in keys]
    lines = [f"log {KEY.verifier.vkey()}"]
    lines += [f"witness {name} {key.verifier.vkey()} http://{name}.test" for name, key in zip(names, keys, strict=True)]
    lines += [f"group office {quorum} {' '.join(names)}", "quorum office"]
    return parse_policy("".join(f"{line}\n" for line in lines).encode())


class Office:
    """A real witness behind HTTP, which a test can take away, slow down, or let answer something else."""

    def __init__(self, folder: Path, key: SigningKey) -> None:
        self.state, self.key = WitnessState(folder), key
        if not (folder / "key").exists():
            self.state.make(key)
            self.state.add_log(ORIGIN, KEY.verifier)
        self.real = httpx.ASGITransport(create_witness_app(Witness(self.state, key, Ticking()), self.state))
        self.instead: Wrong | None = None
        self.after: Awaitable[Any] | asyncio.Event | None = None
        self.asked: list[int] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.asked.append(int(body.split(b"\n")[0].removeprefix(b"old ")))
        if self.after is not None:
            assert isinstance(self.after, asyncio.Event)
            await self.after.wait()
        if self.instead is not None:
            return self.instead(request)
        async with httpx.AsyncClient(transport=self.real, base_url="http://witness.test") as client:
            answer = await client.post("/add-checkpoint", content=body)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def cosigner(self) -> HttpWitness:
        """As a process that has just started knows it."""
        return HttpWitness(self.key.name.split(".")[0], self.key.verifier, "http://witness.test/", self.client)


@pytest.fixture
async def court(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path / "court", COURT)
    yield office
    await office.client.aclose()


@pytest.fixture
async def union(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path / "union", UNION)
    yield office
    await office.client.aclose()


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def published(folder: Path) -> Note:
    return parse_note(served(folder)["checkpoint"])


def size_of(note: Note) -> int:
    return int(note.text.split(b"\n")[1])


async def _turns(publisher: Publisher, times: int = 1) -> None:
    for _ in range(times):
        while await publisher.turn():
            pass
        await asyncio.sleep(0.02)


async def test_a_checkpoint_is_published_with_the_cosignatures_of_the_quorum(
    tmp_path: Path, court: Office, union: Office
) -> None:
    rows, policy = log_of(7), policy_of(COURT, UNION)
    cosigning = Cosigning([court.cosigner(), union.cosigner()], policy)
    publisher = publisher_of(rows, tmp_path, cosigning=cosigning)
    with publisher.state.alone():
        for size in (7, 9, 700):
            rows.grow_to(size)
            await _turns(publisher)
            note = published(tmp_path)
            assert size_of(note) == size
            assert is_witnessed(note, policy)
            assert served(tmp_path)["witnessed"] == note.encoded()
    assert court.asked == union.asked == [0, 7, 9]
    assert [each.state for each in publisher.state.standings()] == ["cosigns", "cosigns"]


async def test_a_publisher_that_starts_anew_is_told_the_size_and_goes_on_from_there(
    tmp_path: Path, court: Office
) -> None:
    rows, policy = log_of(7), policy_of(COURT)
    await publish(rows, tmp_path, cosigning=Cosigning([court.cosigner()], policy))
    rows.grow_to(9)
    await publish(rows, tmp_path, cosigning=Cosigning([court.cosigner()], policy))
    assert is_witnessed(published(tmp_path), policy)
    assert court.asked == [0, 0, 7]


async def test_what_was_published_without_a_witness_is_cosigned_when_there_is_one(
    tmp_path: Path, court: Office
) -> None:
    rows, policy = log_of(7), policy_of(COURT)
    await publish(rows, tmp_path)
    assert not is_witnessed(published(tmp_path), policy)
    await publish(rows, tmp_path, cosigning=Cosigning([court.cosigner()], policy))
    assert is_witnessed(published(tmp_path), policy)


async def test_publishing_does_not_wait_for_a_slow_witness_and_adds_its_line_later(
    tmp_path: Path, court: Office, union: Office
) -> None:
    rows, policy = log_of(7), policy_of(COURT, UNION)
    union.after = asyncio.Event()
    publisher = publisher_of(rows, tmp_path, cosigning=Cosigning([court.cosigner(), union.cosigner()], policy))
    with publisher.state.alone():
        async with asyncio.timeout(COSIGN_S + 1):
            await _turns(publisher)
        note = published(tmp_path)
        assert note.of(COURT.verifier)
        assert not is_witnessed(note, policy)
        assert "witnessed" not in served(tmp_path)
        union.after.set()
        await asyncio.sleep(0.1)
        await _turns(publisher)
        assert published(tmp_path).text == note.text
        assert is_witnessed(published(tmp_path), policy)
        assert served(tmp_path)["witnessed"] == served(tmp_path)["checkpoint"]


async def test_a_witness_that_is_still_busy_is_not_waited_for_again(tmp_path: Path, court: Office) -> None:
    rows, court.after = log_of(7), asyncio.Event()
    asking = Cosigning([court.cosigner()], policy_of(COURT))
    publisher = publisher_of(rows, tmp_path, cosigning=asking)
    with publisher.state.alone():
        await publisher.turn()
        began = time.perf_counter()
        for size in range(8, 18):
            rows.grow_to(size)
            await publisher.turn()
        assert time.perf_counter() - began < 10 * COSIGN_S * 0.8
        court.after.set()
        await asking.settle()
        await publisher.turn()
        assert is_witnessed(published(tmp_path), policy_of(COURT))
    assert court.asked == [0, 7]


async def test_a_checkpoint_that_reaches_the_quorum_when_a_newer_one_is_published_is_still_the_newest_witnessed(
    tmp_path: Path, court: Office
) -> None:
    rows, policy = log_of(7), policy_of(COURT)
    court.after = asyncio.Event()
    publisher = publisher_of(rows, tmp_path, cosigning=Cosigning([court.cosigner()], policy))
    with publisher.state.alone():
        await _turns(publisher)
        rows.grow_to(9)
        await _turns(publisher)
        court.after.set()
        court.after = asyncio.Event()
        await asyncio.sleep(0.1)
        await _turns(publisher)
        assert size_of(published(tmp_path)) == 9
        assert not is_witnessed(published(tmp_path), policy)
        witnessed = parse_note(TileFiles(tmp_path / "public").witnessed() or b"")
        assert size_of(witnessed) == 7
        assert is_witnessed(witnessed, policy)
        court.after.set()
        await asyncio.sleep(0.1)
        await _turns(publisher)
        assert is_witnessed(published(tmp_path), policy)


async def test_an_unreachable_witness_is_a_warning_and_is_asked_again_after_a_while(
    tmp_path: Path, court: Office
) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    rows, policy, clock = log_of(7), policy_of(COURT), Clock()
    court.instead = away
    publisher = publisher_of(rows, tmp_path, cosigning=Cosigning([court.cosigner()], policy, clock=clock))
    with publisher.state.alone(), capture_logs() as lines:
        for size in (7, 8, 9):
            rows.grow_to(size)
            await _turns(publisher)
        assert len(court.asked) == 1
        assert [(line["event"], line["log_level"]) for line in lines] == [("witness_away", "warning")]
        assert publisher.state.standings()[0].state == "away"
        court.instead = None
        clock.at += AGAIN_S
        await _turns(publisher, 3)
        assert is_witnessed(published(tmp_path), policy)
        assert publisher.state.standings()[0].state == "cosigns"


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_a_witness_that_refuses_is_an_alarm_and_publishing_goes_on(
    tmp_path: Path, court: Office, status: int
) -> None:
    rows, policy = log_of(7), policy_of(COURT)
    court.instead = lambda _: httpx.Response(status, text="no\x1b[31m\n")
    publisher = publisher_of(rows, tmp_path, cosigning=Cosigning([court.cosigner()], policy))
    with publisher.state.alone(), capture_logs() as lines:
        await _turns(publisher, 2)
        (told,) = publisher.state.standings()
        assert told.state == "refuses"
        assert f"answered {status}: no[31m" == told.detail
        assert [(line["event"], line["log_level"]) for line in lines] == [("witness_refuses", "error")]
    assert size_of(published(tmp_path)) == 7


async def test_a_witness_that_has_seen_another_history_refuses(tmp_path: Path, court: Office) -> None:
    policy = policy_of(COURT)
    await publish(log_of(7), tmp_path / "one", cosigning=Cosigning([court.cosigner()], policy))
    other = MemoryRows(log_of(1).rows[0].entry)
    other.grow_to(9, "another")
    asking = Cosigning([court.cosigner()], policy)
    with capture_logs() as lines:
        await publish(other, tmp_path / "two", cosigning=asking)
    assert [each.state for each in asking.standings] == ["refuses"]
    assert "422" in asking.standings[0].detail
    assert any(line["log_level"] == "error" for line in lines)
    assert not is_witnessed(published(tmp_path / "two"), policy)


async def test_a_witness_that_has_seen_more_than_there_is_is_an_alarm(tmp_path: Path, court: Office) -> None:
    policy = policy_of(COURT)
    await publish(log_of(9), tmp_path / "one", cosigning=Cosigning([court.cosigner()], policy))
    asking = Cosigning([court.cosigner()], policy)
    await publish(log_of(7), tmp_path / "restored", cosigning=asking)
    assert asking.standings[0].state == "refuses"
    assert "9 entries" in asking.standings[0].detail


def _own_line(key: SigningKey, text: bytes = b"another text\n") -> str:
    return key.cosign(text, 1_600_000_000).line()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, text=""), WitnessRefuses),
        (httpx.Response(200, text="thank you\n"), WitnessRefuses),
        (httpx.Response(200, text=_own_line(COURT)), WitnessRefuses),
        (httpx.Response(200, text=_own_line(UNION)), WitnessRefuses),
        (httpx.Response(200, content=b"x" * (LONGEST_ANSWER + 1)), WitnessRefuses),
        (httpx.Response(409, text="5\n"), WitnessRefuses),
        (httpx.Response(409, headers={"Content-Type": "text/x.tlog.size"}, content=b"05\n"), WitnessRefuses),
        (httpx.Response(409, headers={"Content-Type": "text/x.tlog.size"}, content=b"5\n6\n"), WitnessRefuses),
        (httpx.Response(409, headers={"Content-Type": "text/x.tlog.size"}, content=b"99\n"), WitnessRefuses),
        (httpx.Response(409, headers={"Content-Type": "text/x.tlog.size"}, content=b"5\n"), WitnessAway),
        (httpx.Response(301, headers={"Location": "http://elsewhere.test/"}), WitnessRefuses),
        (httpx.Response(429), WitnessAway),
        (httpx.Response(503), WitnessAway),
    ],
)
async def test_no_answer_of_a_witness_is_believed_without_being_looked_at(
    tmp_path: Path, court: Office, answer: httpx.Response, kind: type[Exception]
) -> None:
    rows = log_of(7)
    await publish(rows, tmp_path)
    court.instead = lambda _: answer
    tree = TiledTree(7, TileFiles(tmp_path / "public").tile)
    with pytest.raises(kind):
        await court.cosigner().cosign(published(tmp_path), tree)
    assert len(court.asked) <= 3


class Broken:
    name = "broken"

    async def cosign(self, note: Note, tree: TiledTree) -> Sequence[Signature]:
        raise RuntimeError("a fault of ours")


async def test_a_fault_of_ours_keeps_nobody_else_from_cosigning(tmp_path: Path, court: Office) -> None:
    policy = policy_of(COURT)
    cosigners: list[Cosigner] = [Broken(), court.cosigner()]
    asking = Cosigning(cosigners, policy)
    with capture_logs() as lines:
        await publish(log_of(7), tmp_path, cosigning=asking)
    assert is_witnessed(published(tmp_path), policy)
    assert [each.state for each in asking.standings] == ["away", "cosigns"]
    assert any(line["event"] == "witness_not_asked" for line in lines)


async def test_only_a_few_checkpoints_are_remembered_while_a_witness_is_silent(
    tmp_path: Path, court: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COSIGN_S", 0.01)
    rows, court.after = log_of(1), asyncio.Event()
    asking = Cosigning([court.cosigner()], policy_of(COURT))
    publisher = publisher_of(rows, tmp_path, disk=Disk(), cosigning=asking)
    with publisher.state.alone():
        for size in range(2, 30):
            rows.grow_to(size)
            await publisher.turn()
        assert len(court.asked) == 1
        court.after.set()
        await asking.settle()
        await _turns(publisher)
        assert court.asked == [0, 2]
        assert is_witnessed(published(tmp_path), policy_of(COURT))
    await asking.stop()
