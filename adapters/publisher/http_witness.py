"""A witness as the publisher asks it, over HTTP. Source: C2SP tlog-witness."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

import httpx

from domain.evidence.add_checkpoint import AddCheckpoint
from domain.evidence.cosignature import verify_cosignatures
from domain.evidence.errors import EvidenceError
from domain.evidence.note import Note, Signature, VerifierKey, parse_signature
from domain.evidence.strict import decimal, text_lines
from domain.evidence.tiles import TiledTree
from domain.ledger.errors import WenzeError

TRIES: Final = 3
"""How often a witness may tell another size in one conversation: another process of ours may be asking too."""
LONGEST_ANSWER: Final = 16 * 1024
SIZE: Final = "text/x.tlog.size"
TIMEOUT: Final = httpx.Timeout(10.0, connect=3.0)
_PASSING: Final = frozenset({408, 425, 429})


class WitnessRefuses(WenzeError):
    """The witness says no to what we signed, or answers what no witness may: somebody has to look at it."""

    code: ClassVar[str] = "witness_refuses"


class WitnessAway(WenzeError):
    """The witness cannot be reached, or not at the moment."""

    code: ClassVar[str] = "witness_away"


class HttpWitness:
    """The witness ``name`` of the policy. ``client`` is borrowed. It is asked one thing at a time."""

    def __init__(self, name: str, key: VerifierKey, url: str, client: httpx.AsyncClient) -> None:
        self.name = name
        self._key = key
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._client = client
        # What it cosigned last, as far as this process knows; when it is not so, the witness tells.
        self._size = 0

    async def cosign(self, note: Note, tree: TiledTree) -> Sequence[Signature]:
        """Its lines for a signed checkpoint; ``tree`` is of its size. Raises WitnessRefuses, WitnessAway."""
        for _ in range(TRIES):
            old = self._size if self._size <= tree.size else 0
            proof = await asyncio.to_thread(tree.consistency_proof, old)
            status, content_type, body = await self._post(AddCheckpoint(old, proof, note).encoded())
            try:
                if status == 200:
                    lines = self._own_lines(note, body)
                    self._size = tree.size
                    return lines
                if status == 409 and content_type == SIZE:
                    (told,) = text_lines("size", body)
                    self._size = decimal("size", told)
                    if self._size > tree.size:
                        # It has seen more of this log than there is: what it saw was lost, or is kept from us.
                        raise WitnessRefuses(f"has cosigned {self._size} entries, and there are {tree.size}")
                    continue
            except (EvidenceError, ValueError) as error:
                raise WitnessRefuses(f"answered {status} with what cannot be: {error}") from error
            if status >= 500 or status in _PASSING:
                raise WitnessAway(f"answered {status}")
            raise WitnessRefuses(f"answered {status}: {_printable(body)}")
        raise WitnessAway("told another size each time")

    async def _post(self, body: bytes) -> tuple[int, str, bytes]:
        try:
            async with self._client.stream("POST", self._url, content=body, timeout=TIMEOUT) as answer:
                received = bytearray()
                async for part in answer.aiter_bytes(4096):
                    received += part
                    if len(received) > LONGEST_ANSWER:
                        raise WitnessRefuses(f"answers more than {LONGEST_ANSWER} bytes")
                return answer.status_code, answer.headers.get("content-type", ""), bytes(received)
        except httpx.HTTPError as error:
            raise WitnessAway(type(error).__name__) from error

    def _own_lines(self, note: Note, body: bytes) -> Sequence[Signature]:
        """The lines of this witness's key, verified; of other keys it may answer lines as well."""
        own = Note(note.text, tuple(parse_signature(line) for line in text_lines("cosignature", body)))
        if not verify_cosignatures(own, [self._key]):
            raise WitnessRefuses("answered no line of its own key")
        return own.of(self._key)


def _printable(body: bytes) -> str:
    """The beginning of what a stranger wrote, for our log file."""
    return "".join(character for character in body[:200].decode(errors="replace") if character.isprintable())
