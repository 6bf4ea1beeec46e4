"""Scans of signed papers: the ledger holds the digest, this folder what it is the digest of, sealed.

A signature by hand is personal. Each scan is encrypted under a vault key of the person who signed, purpose ``scan``: to
erase the person is to erase the handwriting.
"""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Final, Protocol

from adapters.disk import Disk
from domain.ledger.errors import Invalid

PURPOSE: Final = "scan"


class ScanForeign(Invalid):
    """The file has another SHA-256 than the one that it was sent under."""

    code: ClassVar[str] = "scan_foreign"


class ScanMissing(Invalid):
    """The paper names a scan that its signer has not handed in."""

    code: ClassVar[str] = "scan_missing"


class FileVault(Protocol):
    """What encrypts files under the keys of persons."""

    async def seal_file(self, data: bytes, *, subject: str, purpose: str, digest: str) -> bytes:
        """The file as it may lie on a disk."""
        ...

    async def open_file(self, sealed: bytes, *, digest: str) -> bytes:
        """The file. Raises NotFound."""
        ...


class Scans:
    """The scans of one log; ``scan`` is a SHA-256 as 64 hex digits, ``signer`` the id of who signed by hand."""

    def __init__(self, folder: Path, vault: FileVault) -> None:
        self._folder = folder
        self._vault = vault

    async def keep(self, scan: str, data: bytes, *, signer: str) -> None:
        """Keep a scan; the same again changes nothing. Raises ScanForeign, KeyDestroyed."""
        if sha256(data).hexdigest() != scan:
            raise ScanForeign("scan", "must be the SHA-256 of the file")
        if not self._place(scan, signer).exists():
            sealed = await self._vault.seal_file(data, subject=signer, purpose=PURPOSE, digest=scan)
            await asyncio.to_thread(self._write, self._place(scan, signer), sealed)

    async def require(self, scan: str, *, signer: str) -> None:
        """Raises ScanMissing unless the signer has handed it in."""
        if not await asyncio.to_thread(self._place(scan, signer).exists):
            raise ScanMissing("held.paper.scan", "must have been handed in by who signed it")

    async def open(self, scan: str, *, signer: str) -> bytes:
        """The file. Raises ScanMissing, NotFound when it was erased."""
        await self.require(scan, signer=signer)
        sealed = await asyncio.to_thread(self._place(scan, signer).read_bytes)
        return await self._vault.open_file(sealed, digest=scan)

    def _place(self, scan: str, signer: str) -> Path:
        return self._folder / signer / scan

    def _write(self, place: Path, sealed: bytes) -> None:
        for folder in (self._folder, place.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        Disk().write(place, sealed)
