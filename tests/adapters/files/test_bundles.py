"""A bundle is packed the same every time, and hostile packs are refused before they cost anything."""

import io
import warnings
import zipfile
from pathlib import Path

import pytest

from adapters.files import bundles
from adapters.files.bundles import pack_bundle, read_bundle, unpack_bundle
from domain.evidence.errors import MalformedError
from tests.domain.evidence.signed_day import SignedDay

FILES = SignedDay().log.bundle()


def packed(*members: tuple[str, bytes], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", way) as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def test_the_same_files_make_the_same_pack_and_come_out_as_they_went_in() -> None:
    backwards = dict(reversed(FILES.items()))
    assert pack_bundle(FILES) == pack_bundle(backwards)
    assert unpack_bundle(pack_bundle(FILES)) == FILES


def test_what_somebody_else_packed_is_read_too(tmp_path: Path) -> None:
    repacked = packed(("entries/", b""), *FILES.items())
    assert unpack_bundle(repacked) == FILES
    (tmp_path / "bundle.zip").write_bytes(repacked)
    assert read_bundle(tmp_path / "bundle.zip") == FILES


def test_a_folder_is_read_as_its_zip(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert read_bundle(tmp_path) == FILES
    (tmp_path / "entries" / "99.json").symlink_to("/etc/hostname")
    with pytest.raises(MalformedError):
        read_bundle(tmp_path)


@pytest.mark.parametrize(
    "name", ["../policy", "/etc/passwd", "entries/../../x", "entries//1.json", "a\\b", "c:/x", "entries/./1.json"]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(MalformedError):
        unpack_bundle(packed((name, b"x")))


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(MalformedError, match="twice"):
        unpack_bundle(packed(("checkpoint", b"one"), ("checkpoint", b"other")))


def test_a_bomb_is_measured_by_what_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_BYTES", 1_000_000)
    bomb = packed(("checkpoint", bytes(5_000_000)))
    assert len(bomb) < 10_000
    with pytest.raises(MalformedError, match="at most"):
        unpack_bundle(bomb)
    # The archive says that it is small.
    lying = bomb.replace((5_000_000).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    assert lying != bomb
    with pytest.raises(MalformedError):
        unpack_bundle(lying)


def test_more_files_than_a_bundle_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_FILES", 3)
    with pytest.raises(MalformedError, match="3 files"):
        unpack_bundle(packed(*((f"entries/{number}.json", b"") for number in range(1, 5))))


def test_a_way_of_packing_that_nobody_else_reads_is_refused() -> None:
    with pytest.raises(MalformedError, match="packed"):
        unpack_bundle(packed(("checkpoint", b"x"), way=zipfile.ZIP_LZMA))


@pytest.mark.parametrize("cut", [0, 1, 30, 1000, -1, -20])
def test_half_a_zip_is_no_bundle(cut: int) -> None:
    with pytest.raises(MalformedError):
        unpack_bundle(pack_bundle(FILES)[:cut])


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(pack_bundle({"checkpoint": b"x"}))
    for at in (6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    with pytest.raises(MalformedError):
        unpack_bundle(bytes(data))
