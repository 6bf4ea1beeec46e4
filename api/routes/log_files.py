"""The published log: checkpoint and tiles for everybody, entries for those who may read all of a bundle.

The layout is that of C2SP tlog-tiles. Checkpoints and tiles hold hashes and nothing else.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath

from adapters.publisher.errors import REFUSALS
from adapters.publisher.published import Published
from adapters.publisher.publisher import Publisher
from adapters.publisher.tile_files import encode_tile
from api.identity import Asking, Wired
from api.log_keys import adopted_keys
from api.routes.answers import READ
from api.routes.fields import Body
from api.wiring import Wiring
from domain.evidence.errors import MalformedError
from domain.evidence.tiles import Tile, encode_bundle, parse_tile_path
from domain.ledger.errors import NotFound, Refusal
from domain.ledger.event import EventClass
from domain.registry.reading import Reader

routes: Final = APIRouter(tags=["log"])
BINARY: Final = "application/octet-stream"
TEXT: Final = "text/plain"
TIMESTAMP: Final = "application/timestamp-reply"
FOR_SECONDS: Final = "public, max-age=1"
FOR_EVER: Final = "public, max-age=31536000, immutable"
FOR_NOBODY_ELSE: Final = "private, no-store"
StampedSize = Annotated[int, InPath(ge=1, le=2**53)]


class EntriesNotReadable(Refusal):
    """Some entry of the bundle is of a class, or about somebody, that the asker may not see."""

    code: ClassVar[str] = "entries_not_readable"


class WitnessState(Body):
    """How it stands with a witness of the policy. ``refuses`` is an alarm; ``detail`` says what was answered."""

    name: str
    state: Literal["cosigns", "away", "refuses", "not_asked"]
    detail: str | None = None


class TimestampState(Body):
    """``size`` is that of the last stamped checkpoint; ``trouble`` says why the timestamp now due is not to be had."""

    size: int | None = None
    kept_at: datetime | None = None
    trouble: str | None = None


class LogState(Body):
    """``size`` and ``root`` (64 hex digits) are those of the published checkpoint; none before the first.

    ``keys`` are the verifier keys that were adopted, the last one signs: compare them with what you were given.
    ``watching``: another process publishes, or none does. Without ``witnessed`` the checkpoint has no quorum of
    witnesses behind it yet.
    """

    origin: str
    state: Literal["publishing", "watching"]
    size: int
    root: str | None = None
    keys: list[str]
    witnessed: bool = False
    witnesses: list[WitnessState]
    timestamps: TimestampState


class _Readable(msgspec.Struct, rename={"event_class": "class"}):
    event_class: EventClass
    tags: tuple[str, ...]


_READABLE: Final = msgspec.json.Decoder(_Readable)


def _file(description: str, media_type: str, **schema: str) -> dict[str, Any]:
    answer = {"description": description, "content": {media_type: {"schema": {"type": "string", **schema}}}}
    return {"response_class": Response, "responses": {**READ["responses"], 200: answer}}


@routes.get("/api/v1/log", operation_id="log_state", **READ)
async def log_state(wiring: Wired) -> LogState:
    """How far the log is published. While signing is refused: the problem, and from which position on."""
    standing = await asyncio.to_thread(wiring.publishing.standing)
    if standing.state == "refused" and standing.why is not None:
        raise REFUSALS[standing.why.code](standing.why.detail, position=standing.why.position)
    published = await asyncio.to_thread(wiring.published.newest)
    witnesses = await asyncio.to_thread(wiring.publishing.publisher.state.standings)
    return LogState(
        origin=wiring.ledger.origin,
        state="publishing" if standing.state == "publishing" else "watching",
        size=0 if published is None else published.checkpoint.size,
        root=None if published is None else published.checkpoint.root.hex(),
        keys=await adopted_keys(wiring.ledger),
        witnessed=published is not None and published.witnessed,
        witnesses=[WitnessState(name=each.name, state=each.state, detail=each.detail or None) for each in witnesses],
        timestamps=await asyncio.to_thread(_timestamps, wiring.publishing.publisher),
    )


@routes.get("/log/checkpoint", operation_id="log_checkpoint", **_file("The signed checkpoint, a note.", "text/plain"))
async def checkpoint(wiring: Wired) -> Response:
    """The newest published checkpoint with its signatures. ``Wenze-Witnessed`` says whether a quorum is among them."""
    published = await asyncio.to_thread(wiring.published.newest)
    if published is None:
        raise NotFound("nothing is published yet")
    headers = {"Cache-Control": FOR_SECONDS, "Content-Type": "text/plain; charset=utf-8"}
    return Response(published.note.encoded(), headers=headers | witnessed_header(published))


@routes.get(
    "/log/timestamps",
    operation_id="log_timestamps",
    **_file("The sizes of the checkpoints that have a timestamp, one a line.", "text/plain"),
)
async def timestamps(wiring: Wired) -> Response:
    """Which checkpoints have a timestamp."""
    sizes = await asyncio.to_thread(wiring.publishing.publisher.files.stamped_sizes)
    return Response("".join(f"{size}\n" for size in sizes), headers={"Cache-Control": FOR_SECONDS}, media_type=TEXT)


@routes.get(
    "/log/timestamps/{size}",
    operation_id="log_timestamp",
    **_file("An RFC 3161 token (DER) over the bytes of the checkpoint beside it.", TIMESTAMP, format="binary"),
)
async def timestamp(size: StampedSize, wiring: Wired) -> Response:
    """The timestamp of the checkpoint of a size."""
    _, token = await _stamped(wiring, size)
    return Response(token, headers={"Cache-Control": FOR_EVER}, media_type=TIMESTAMP)


@routes.get(
    "/log/timestamps/{size}/checkpoint",
    operation_id="log_stamped_checkpoint",
    **_file("The signed checkpoint that was stamped, a note.", "text/plain"),
)
async def stamped_checkpoint(size: StampedSize, wiring: Wired) -> Response:
    """The checkpoint that a timestamp is over, byte for byte."""
    note, _ = await _stamped(wiring, size)
    return Response(note, headers={"Cache-Control": FOR_EVER}, media_type=TEXT)


@routes.get(
    "/log/tile/entries/{path:path}",
    operation_id="log_entries",
    **_file("Entries, each after its length in two bytes, big endian.", BINARY, format="binary"),
)
async def entries(path: str, request: Request, wiring: Wired, asking: Asking) -> Response:
    """A bundle of up to 256 entries, for whoever may read every one of them."""
    tile, _ = _tile_of(request)
    found = await _found(wiring.publishing.publisher.files.entries, tile)
    if not all(_may_read(asking.reader, entry) for entry in found):
        raise EntriesNotReadable
    return _answer(encode_bundle(found), FOR_NOBODY_ELSE)


@routes.get(
    "/log/tile/{path:path}",
    operation_id="log_tile",
    **_file("Hashes of 32 bytes each.", BINARY, format="binary"),
)
async def tile(path: str, request: Request, wiring: Wired) -> Response:
    """A tile of up to 256 hashes."""
    wanted, of_entries = _tile_of(request)
    if of_entries:
        raise NotFound("tile")
    return _answer(encode_tile(await _found(wiring.publishing.publisher.files.tile, wanted)), FOR_EVER)


async def _stamped(wiring: Wiring, size: int) -> tuple[bytes, bytes]:
    try:
        return await asyncio.to_thread(wiring.publishing.publisher.files.timestamp, size)
    except FileNotFoundError as error:
        raise NotFound("timestamp") from error


def _timestamps(publisher: Publisher) -> TimestampState:
    last, trouble = publisher.files.stamped(), publisher.state.stamping()
    if last is None:
        return TimestampState(trouble=trouble)
    return TimestampState(size=last.size, kept_at=last.at, trouble=trouble)


def witnessed_header(published: Published) -> dict[str, str]:
    """What every answer with a checkpoint says of it."""
    return {"Wenze-Witnessed": "true" if published.witnessed else "false"}


def _tile_of(request: Request) -> tuple[Tile, bool]:
    """The tile that the address names. Raises NotFound for one that is written in any other way."""
    if b"%" in request.scope["raw_path"]:
        raise NotFound("tile")  # with escapes it would be a second address of the same tile
    try:
        return parse_tile_path(request.scope["path"].removeprefix("/log/"))
    except MalformedError as error:
        raise NotFound("tile") from error


async def _found(read: Callable[[Tile], tuple[bytes, ...]], tile: Tile) -> tuple[bytes, ...]:
    try:
        return await asyncio.to_thread(read, tile)
    except FileNotFoundError as error:
        raise NotFound("tile") from error


def _may_read(reader: Reader, entry: bytes) -> bool:
    known = _READABLE.decode(entry)
    return reader.may_read(known.event_class, known.tags)


def _answer(data: bytes, cached: str) -> Response:
    return Response(data, headers={"Cache-Control": cached}, media_type=BINARY)
