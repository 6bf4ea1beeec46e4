"""Bundles as files: one zip, or a folder with the same names in it.

What is written is the same for the same files, byte for byte: names in order, no compression, one date. What is read
may be anybody's: nothing is unpacked to disk, names that lead elsewhere are refused, and the sizes that are counted are
those of what comes out, never those that the archive claims.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.evidence.bundle import MAX_BYTES, MAX_FILES
from domain.evidence.errors import MalformedError

_DATE: Final = (1980, 1, 1, 0, 0, 0)
_KNOWN_WAYS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_REGULAR: Final = 0o100644 << 16


def pack_bundle(files: Mapping[str, bytes]) -> bytes:
    """The zip of a bundle's files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = 3  # so that every system writes the same
            info.external_attr = _REGULAR
            archive.writestr(info, files[name])
    return packed.getvalue()


def read_bundle(place: Path) -> dict[str, bytes]:
    """The files of a zip or a folder. Raises MalformedError, OSError."""
    if place.is_dir():
        return _read_folder(place)
    if place.stat().st_size > 2 * MAX_BYTES:
        raise MalformedError("bundle", f"has at most {MAX_BYTES} bytes")
    return unpack_bundle(place.read_bytes())


def unpack_bundle(packed: bytes) -> dict[str, bytes]:
    """The files of a zip. Raises MalformedError."""
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            listed = archive.infolist()
            if len(listed) > MAX_FILES:
                raise MalformedError("bundle", f"has at most {MAX_FILES} files")
            for info in listed:
                if info.is_dir():
                    continue
                _require_harmless(info, files)
                with archive.open(info) as file:
                    data = file.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise MalformedError("bundle", f"has at most {MAX_BYTES} bytes")
                files[info.filename] = data
    except MalformedError:
        raise
    except Exception as error:  # the library raises a dozen kinds for what is no zip
        raise MalformedError("bundle", "must be a whole zip") from error
    return files


def _require_harmless(info: zipfile.ZipInfo, files: Mapping[str, bytes]) -> None:
    name = info.filename
    if name in files:
        raise MalformedError(name[:100], "stands twice in the zip")
    parts = name.split("/")
    if name != info.orig_filename or "\\" in name or any(part in ("", ".", "..") for part in parts) or ":" in parts[0]:
        raise MalformedError("bundle", "has a name that leads out of it")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _KNOWN_WAYS:
        raise MalformedError(name[:100], "is encrypted, or packed in a way that is not read here")


def _read_folder(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    for place in sorted(folder.rglob("*")):
        name = place.relative_to(folder).as_posix()
        if place.is_symlink() or not (place.is_dir() or place.is_file()):
            raise MalformedError(name[:100], "is neither a file nor a folder")
        if place.is_dir():
            continue
        left -= place.stat().st_size
        if left < 0 or len(files) >= MAX_FILES:
            raise MalformedError("bundle", f"has at most {MAX_FILES} files and {MAX_BYTES} bytes")
        files[name] = place.read_bytes()
    return files
