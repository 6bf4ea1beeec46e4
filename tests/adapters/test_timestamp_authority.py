"""A timestamp is kept only if it answers our own request, over our bytes, by an authority that the root has issued."""

import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
from structlog.testing import capture_logs

from adapters.publisher.published import PublishedLog
from adapters.publisher.publisher import Publisher
from adapters.publisher.stamping import Stamping
from adapters.publisher.tile_files import TileFiles
from adapters.timestamp_authority import LONGEST_ANSWER, TimestampAuthority, TimestampNotMade
from adapters.timestamp_check import TrustedAuthority
from domain.evidence.errors import SignatureError
from tests.adapters.failing_disk import FailingDisk, PowerLost
from tests.adapters.openssl_authority import OpensslAuthority
from tests.adapters.publisher.ledger import log_of, publish, publisher_of, served

pytestmark = pytest.mark.openssl
Answering = Callable[[bytes], bytes]
DATA = b"wenze.test/log\n7\nnot looked at\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("authority"))


class Asked:
    """An authority behind HTTP; ``answering`` makes the body of its answer."""

    def __init__(self, authority: OpensslAuthority) -> None:
        self.authority = authority
        self.answering: Answering = authority.reply
        self.status = 200
        self.queries: list[bytes] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        trusted = TrustedAuthority(authority.root)
        self.asked = TimestampAuthority("http://tsa.test/tsr", trusted, self.client)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/timestamp-query"
        self.queries.append(request.content)
        return httpx.Response(
            self.status,
            content=self.answering(request.content),
            headers={"Content-Type": "application/timestamp-reply"},
        )


@pytest.fixture
async def asked(authority: OpensslAuthority) -> AsyncIterator[Asked]:
    begun = Asked(authority)
    yield begun
    await begun.client.aclose()


def openssl_accepts(folder: Path, authority: OpensslAuthority, data: bytes, token: bytes, at: datetime) -> bool:
    (folder / "data").write_bytes(data)
    (folder / "token.tsr").write_bytes(token)
    (folder / "root.pem").write_bytes(authority.root)
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "token.tsr", "-CAfile", "root.pem", "-attime"]
    done = subprocess.run(
        [*command, str(int(at.timestamp()))], cwd=folder, capture_output=True, text=True, check=False, timeout=30
    )
    assert ("Verification: OK" in done.stdout) == (done.returncode == 0)
    return done.returncode == 0


async def test_a_timestamp_convinces_the_library_and_openssl(tmp_path: Path, asked: Asked) -> None:
    stamp = await asked.asked.stamp(DATA)
    assert abs(stamp.made_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert TrustedAuthority(asked.authority.root).made_at(stamp.token, DATA, b"") == stamp.made_at
    assert openssl_accepts(tmp_path, asked.authority, DATA, stamp.token, stamp.made_at)
    assert not openssl_accepts(tmp_path, asked.authority, DATA + b"x", stamp.token, stamp.made_at)
    # Long after its certificate has run out: what counts is the time that the token names.
    assert not openssl_accepts(tmp_path, asked.authority, DATA, stamp.token, stamp.made_at + timedelta(days=400))


async def test_two_requests_over_the_same_bytes_differ(asked: Asked) -> None:
    await asked.asked.stamp(DATA)
    await asked.asked.stamp(DATA)
    first, second = asked.queries
    assert first != second


async def test_the_token_of_another_request_is_refused(asked: Asked) -> None:
    earlier = asked.authority.stamp(DATA)
    asked.answering = lambda _query: earlier
    with pytest.raises(TimestampNotMade, match="nonce"):
        await asked.asked.stamp(DATA)


async def test_a_token_over_other_bytes_is_refused(asked: Asked) -> None:
    query = TimestampRequestBuilder().data(b"other").hash_algorithm(HashAlgorithm.SHA256).build().as_bytes()
    asked.answering = lambda _query: asked.authority.reply(query)
    with pytest.raises(TimestampNotMade, match="messages"):
        await asked.asked.stamp(DATA)


async def test_an_authority_that_the_root_has_not_issued_is_refused(tmp_path: Path, asked: Asked) -> None:
    other = OpensslAuthority(tmp_path / "other")
    asked.answering = other.reply
    with pytest.raises(TimestampNotMade):
        await asked.asked.stamp(DATA)


async def test_a_token_in_which_one_byte_was_changed_is_refused(asked: Asked) -> None:
    def changed(at: int) -> Answering:
        def answering(query: bytes) -> bytes:
            token = bytearray(asked.authority.reply(query))
            token[at] ^= 1
            return bytes(token)

        return answering

    for at in (-1, -40, 40, 120):
        asked.answering = changed(at)
        with pytest.raises(TimestampNotMade):
            await asked.asked.stamp(DATA)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""), (200, b"x"), (200, b"\x30\x03\x02\x01\x02"), (200, b"x" * (LONGEST_ANSWER + 1)),
        (302, b""), (404, b""), (500, b""),
    ],
)  # fmt: skip
async def test_what_is_no_timestamp_is_refused(asked: Asked, status: int, body: bytes) -> None:
    asked.status, asked.answering = status, lambda _query: body
    with pytest.raises(TimestampNotMade):
        await asked.asked.stamp(DATA)


async def test_an_authority_that_says_no_is_refused(asked: Asked) -> None:
    asked.answering = lambda _query: asked.authority.reply(b"no request")
    with pytest.raises(TimestampNotMade):
        await asked.asked.stamp(DATA)


async def test_an_authority_that_is_away_is_refused(asked: Asked) -> None:
    def away(_query: bytes) -> bytes:
        raise httpx.ConnectError("nobody there")

    asked.answering = away
    with pytest.raises(TimestampNotMade, match="ConnectError"):
        await asked.asked.stamp(DATA)


class Clock:
    def __init__(self) -> None:
        self.later = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.later


def stamping_of(publisher: Publisher, asked: Asked, clock: Clock) -> Stamping:
    published = PublishedLog(publisher.files, None)
    return Stamping(publisher.files, publisher.state, published, asked.asked, every=timedelta(hours=1), now=clock)


async def test_a_checkpoint_is_stamped_on_a_schedule_if_the_log_has_grown(tmp_path: Path, asked: Asked) -> None:
    rows, clock = log_of(7), Clock()
    publisher = publisher_of(rows, tmp_path)
    stamping = stamping_of(publisher, asked, clock)
    assert await stamping.stamp_if_due()
    assert asked.queries == []
    await publish(rows, tmp_path)
    for _ in range(3):
        assert await stamping.stamp_if_due()
    rows.grow_to(9)
    await publish(rows, tmp_path)
    assert await stamping.stamp_if_due()
    assert publisher.files.stamped_sizes() == [7]
    clock.later = timedelta(hours=1, seconds=1)
    for _ in range(2):
        # Nothing has grown since: what was stamped says everything already.
        assert await stamping.stamp_if_due()
        assert publisher.files.stamped_sizes() == [7, 9]
    # A clock that was put back by a year keeps nothing from being stamped.
    clock.later = timedelta(days=-365)
    rows.grow_to(11)
    await publish(rows, tmp_path)
    assert await stamping.stamp_if_due()
    assert publisher.files.stamped_sizes() == [7, 9, 11]


async def test_what_is_kept_is_the_note_as_it_was_published_and_its_token(tmp_path: Path, asked: Asked) -> None:
    rows = log_of(7)
    await publish(rows, tmp_path)
    publisher = publisher_of(rows, tmp_path)
    assert await stamping_of(publisher, asked, Clock()).stamp_if_due()
    note, token = publisher.files.timestamp(7)
    assert note == served(tmp_path)["checkpoint"] == served(tmp_path)["timestamps/7.checkpoint"]
    made_at = TrustedAuthority(asked.authority.root).made_at(token, note, b"")
    assert openssl_accepts(tmp_path, asked.authority, note, token, made_at)
    with pytest.raises(SignatureError):
        TrustedAuthority(asked.authority.root).made_at(token, note.replace(b"\n7\n", b"\n8\n"), b"")


async def test_a_failure_is_a_warning_is_told_and_ends_with_the_next_timestamp(tmp_path: Path, asked: Asked) -> None:
    rows = log_of(7)
    await publish(rows, tmp_path)
    publisher = publisher_of(rows, tmp_path)
    stamping = stamping_of(publisher, asked, Clock())
    asked.status = 503
    with capture_logs() as lines:
        assert not await stamping.stamp_if_due()
    assert [(line["event"], line["log_level"]) for line in lines] == [("not_stamped", "warning")]
    assert publisher.state.stamping() == "the authority answered 503"
    assert publisher.files.stamped() is None
    asked.status = 200
    assert await stamping.stamp_if_due()
    assert publisher.state.stamping() is None
    assert publisher.files.stamped_sizes() == [7]


async def test_a_crash_leaves_a_token_with_its_note_or_no_token(tmp_path: Path, asked: Asked) -> None:
    rows = log_of(7)
    note, token = b"note", b"token"
    for fail_at in range(10):
        folder = tmp_path / str(fail_at)
        await publish(rows, folder)
        disk = FailingDisk(fail_at, after=True)
        try:
            TileFiles(folder / "public", disk).keep_timestamp(7, note, token)
        except PowerLost:
            files = TileFiles(folder / "public")
            for size in files.stamped_sizes():
                assert files.timestamp(size) == (note, token)
        else:
            break
    assert fail_at > 2
