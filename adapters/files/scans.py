"""Scans of signed papers, each under its SHA-256: the ledger holds the digest, this folder what it is the digest of."""

from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from adapters.disk import Disk
from domain.ledger.errors import Invalid


class ScanForeign(Invalid):
    """The file has another SHA-256 than the one that it was sent under."""

    code: ClassVar[str] = "scan_foreign"


def keep_scan(folder: Path, scan: str, data: bytes) -> None:
    """Keep a scan; ``scan`` is its SHA-256 as 64 hex digits. Raises ScanForeign."""
    if sha256(data).hexdigest() != scan:
        raise ScanForeign("scan", "must be the SHA-256 of the file")
    place = folder / scan
    # A signature by hand is personal: nobody else on this machine reads it.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not place.exists():
        Disk().write(place, data)
