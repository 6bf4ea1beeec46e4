"""The witness over HTTP: every status of C2SP tlog-witness, and whatever else may be sent to it."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from adapters.witness.state import MOST_EVIDENCE, origin_hash
from api.witness import LONGEST, create_witness_app
from domain.evidence.cosignature import verify_cosignatures
from domain.evidence.note import Note, Signature, parse_note, parse_signature
from tests.adapters.witness.watched import LOG_KEY, NOON, ORIGIN, OTHER_KEY, WITNESS_KEY, Leaves, Ticking, watching

OURS, FORKED = Leaves(), Leaves("another history")


class Watch:
    """A witness behind HTTP."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Ticking()
        witness, state = watching(folder, self.clock)
        self.state = state
        transport = httpx.ASGITransport(create_witness_app(witness, state))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://witness.test")

    async def asked(self, body: bytes) -> httpx.Response:
        return await self.client.post("/add-checkpoint", content=body)

    async def cosigned(self, old: int, size: int) -> int:
        """Ask, and give the time of the cosignature, verified."""
        answer = await self.asked(OURS.asks(old, size))
        assert answer.status_code == 200, answer.text
        line = parse_signature(answer.text.removesuffix("\n"))
        (found,) = verify_cosignatures(Note(OURS.note(size).text, (line,)), [WITNESS_KEY.verifier])
        return int(found.time.timestamp())

    def evidence(self) -> list[str]:
        folder = self.folder / "evidence" / origin_hash(ORIGIN)
        return sorted(file.name.split("-")[0] for file in folder.iterdir()) if folder.is_dir() else []

    def last_size(self) -> int:
        note = self.state.cosigned(ORIGIN)
        return 0 if note is None else int(note.text.split(b"\n")[1])


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    started = Watch(tmp_path / "witness")
    yield started
    await started.client.aclose()


async def test_it_cosigns_what_extends_what_it_cosigned_last(watch: Watch) -> None:
    assert await watch.cosigned(0, 5) == int(NOON.timestamp())
    await watch.cosigned(5, 8)
    await watch.cosigned(8, 300)
    assert watch.last_size() == 300


async def test_an_empty_tree_is_cosigned_and_grown_from(watch: Watch) -> None:
    await watch.cosigned(0, 0)
    await watch.cosigned(0, 0)
    await watch.cosigned(0, 3)


async def test_the_same_tree_is_cosigned_again(watch: Watch) -> None:
    first = await watch.cosigned(0, 5)
    watch.clock.goes(seconds=60)
    assert await watch.cosigned(5, 5) == first + 60


async def test_a_clock_that_goes_back_never_makes_a_cosignature_earlier(watch: Watch) -> None:
    first = await watch.cosigned(0, 5)
    watch.clock.goes(days=-400)
    assert await watch.cosigned(5, 7) == first
    watch.clock.goes(days=401)
    assert await watch.cosigned(7, 9) > first


async def test_another_old_size_is_told_the_one_cosigned_last(watch: Watch) -> None:
    await watch.cosigned(0, 5)
    for old in (0, 4, 6):
        answer = await watch.asked(OURS.asks(old, 9))
        assert (answer.status_code, answer.content) == (409, b"5\n")
        assert answer.headers["content-type"] == "text/x.tlog.size"
    assert watch.last_size() == 5
    assert watch.evidence() == []


async def test_first_contact_from_a_size_that_was_never_cosigned_is_told_zero(watch: Watch) -> None:
    answer = await watch.asked(OURS.asks(4, 9))
    assert (answer.status_code, answer.content) == (409, b"0\n")


@pytest.mark.parametrize(
    ("old", "body", "kind"),
    [
        (5, OURS.asks(5, 9, proof=()), "proof"),
        (5, OURS.asks(5, 9, proof=OURS.hashes(9)[:3]), "proof"),
        (5, OURS.asks(5, 9, note=FORKED.note(9)), "proof"),
        (5, FORKED.asks(5, 9), "proof"),
        (5, FORKED.asks(5, 5), "fork"),
        (5, OURS.asks(5, 5, proof=OURS.hashes(1)), "proof"),
        (0, OURS.asks(0, 5, proof=OURS.hashes(1)), "proof"),
        (0, OURS.asks(0, 0, note=OURS.note(0, root=bytes(32))), "fork"),
    ],
    ids=[
        "proof-missing", "proof-of-other-hashes", "note-of-another-history", "another-history", "same-size-other-root",
        "proof-for-the-same-size", "proof-with-old-0", "size-0-with-a-root",
    ],
)  # fmt: skip
async def test_what_does_not_extend_is_refused_and_kept(watch: Watch, old: int, body: bytes, kind: str) -> None:
    if old:
        await watch.cosigned(0, old)
    answer = await watch.asked(body)
    assert answer.status_code == 422, answer.text
    assert watch.last_size() == old
    assert watch.evidence() == [kind]
    (kept,) = (watch.folder / "evidence" / origin_hash(ORIGIN)).iterdir()
    assert kept.read_bytes() == body
    if old:
        await watch.cosigned(old, 9)


async def test_what_the_log_did_not_sign_is_refused(watch: Watch) -> None:
    right = OURS.note(5)
    wrong = Note(right.text, (Signature(ORIGIN, LOG_KEY.verifier.key_id, bytes(64)),))
    short = Note(right.text, (Signature(ORIGIN, LOG_KEY.verifier.key_id, bytes(9)),))
    for note in (
        OURS.note(5, key=OTHER_KEY),
        wrong,
        short,
        Note(right.text, (*right.signatures, *wrong.signatures)),
        Note(OURS.note(6).text, right.signatures),
    ):
        answer = await watch.asked(OURS.asks(0, 5, note=note))
        assert answer.status_code == 403, answer.text
    assert watch.last_size() == 0
    assert watch.evidence() == []


async def test_a_log_that_is_not_watched_is_not_found(watch: Watch) -> None:
    assert (await watch.asked(OURS.asks(0, 5, note=OURS.note(5, origin="other.test/log")))).status_code == 404


async def test_another_key_of_the_log_is_added_while_the_witness_serves(watch: Watch) -> None:
    await watch.cosigned(0, 5)
    body = OURS.asks(5, 7, note=OURS.note(7, key=OTHER_KEY))
    assert (await watch.asked(body)).status_code == 403
    watch.state.add_log(ORIGIN, OTHER_KEY.verifier)
    assert (await watch.asked(body)).status_code == 200
    await watch.cosigned(7, 9)


RIGHT = OURS.asks(0, 5)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\n", b"\n\n", b"old\n\n", b"old 0\n", b"old 0\n\n", b"\x00" * 200, b"\xff" * 200,
        OURS.asks(6, 5), RIGHT[:-1], RIGHT + b"\n", RIGHT + b"more\n",
        RIGHT.replace(b"old 0", b"old 00"), RIGHT.replace(b"old 0", b"old -0"), RIGHT.replace(b"old 0", b"old +0"),
        RIGHT.replace(b"old 0", b"old 0 "), RIGHT.replace(b"old 0", b"old  0"), RIGHT.replace(b"old 0", b"Old 0"),
        RIGHT.replace(b"\n5\n", b"\n05\n"), RIGHT.replace(b"\n5\n", b"\n5\nan extension line\n"),
        RIGHT.replace(b"old 0\n", b"old 0\nAAAA\n"),
        RIGHT.replace(b"old 0\n", b"old 0\n" + b64encode(bytes(31)) + b"\n"),
        RIGHT.replace(b"old 0\n", b"old 0\n" + (b64encode(bytes(32)) + b"\n") * 64),
        RIGHT.replace(b"old 0\n", b"old %d\n" % 2**63), RIGHT.replace(b"\n", b"\r\n"),
        RIGHT.replace("— ".encode(), b"- "), RIGHT.replace(ORIGIN.encode(), b"wenze test/log"),
    ],
)  # fmt: skip
async def test_what_is_malformed_is_refused(watch: Watch, body: bytes) -> None:
    answer = await watch.asked(body)
    assert answer.status_code == 400, answer.text
    assert watch.last_size() == 0


async def test_no_more_of_a_body_is_read_than_a_request_may_have(watch: Watch) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1024
            yield b"x" * 1024

    assert (await watch.client.post("/add-checkpoint", content=endless())).status_code == 413
    assert given <= LONGEST + 2048


async def test_the_last_cosigned_checkpoint_is_there_for_everybody(watch: Watch) -> None:
    path = f"/{origin_hash(ORIGIN)}/checkpoint"
    assert (await watch.client.get(path)).status_code == 404
    await watch.cosigned(0, 5)
    answer = await watch.client.get(path)
    assert answer.headers["content-type"].startswith("text/plain")
    note = parse_note(answer.content)
    assert note.text == OURS.note(5).text
    assert note.of(LOG_KEY.verifier)
    assert len(verify_cosignatures(note, [WITNESS_KEY.verifier])) == 1
    for other in ("/..%2Fkey/checkpoint", f"/{origin_hash(ORIGIN).upper()}/checkpoint", "/key", "/"):
        assert (await watch.client.get(other)).status_code == 404


async def test_of_two_extensions_of_one_tree_one_wins(watch: Watch) -> None:
    await watch.cosigned(0, 5)
    # Two continuations of the same five entries: a log with two heads asks for both at the same time.
    shared = OURS.hashes(5)

    class Split(Leaves):
        def hashes(self, size: int) -> list[bytes]:
            return [*shared, *super().hashes(size)[5:]]

    for _ in range(20):
        ways = [Split(f"way {number}").asks(5, 6 + number) for number in range(4)]
        answers = await asyncio.gather(*(watch.asked(body) for body in ways))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        winner = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
        assert watch.last_size() == 6 + winner
        assert {answer.text for answer in answers if answer.status_code == 409} == {f"{6 + winner}\n"}
        (watch.folder / "cosigned" / origin_hash(ORIGIN)).unlink()
        await watch.cosigned(0, 5)


async def test_evidence_is_bounded_and_a_fork_finds_room_beside_wrong_proofs(watch: Watch) -> None:
    await watch.cosigned(0, 5)
    for size in range(6, 6 + MOST_EVIDENCE + 4):
        assert (await watch.asked(OURS.asks(5, size, proof=()))).status_code == 422
    assert (await watch.asked(FORKED.asks(5, 5))).status_code == 422
    assert (await watch.asked(FORKED.asks(5, 5))).status_code == 422
    assert watch.evidence() == ["fork"] + ["proof"] * MOST_EVIDENCE


async def test_a_folder_that_cannot_be_used_cosigns_nothing(watch: Watch) -> None:
    await watch.cosigned(0, 5)
    kept = watch.folder / "cosigned" / origin_hash(ORIGIN)
    whole = kept.read_bytes()
    for damaged in (b"", whole[:-9], OURS.note(5).encoded(), whole.replace(b"\n5\n", b"\n4\n")):
        kept.write_bytes(damaged)
        answer = await watch.asked(OURS.asks(5, 7))
        assert (answer.status_code, kept.read_bytes()) == (503, damaged)
    kept.write_bytes(whole)
    await watch.cosigned(5, 7)
