"""What a log serves and a witness is asked: paths of tiles, bundles of entries, requests for a cosignature."""

from base64 import b64encode
from collections.abc import Iterator

from domain.evidence.add_checkpoint import AddCheckpoint
from domain.evidence.merkle import consistency_proof
from domain.evidence.note import parse_note
from domain.evidence.tiles import encode_bundle
from tests.vectors.merkle_cases import HASHES
from tests.vectors.note_cases import GOOD, Case, as_field, negative


def tile_paths() -> Iterator[Case]:
    for path, level, number, width in (
        ("tile/0/000", 0, 0, 256),
        ("tile/0/x001/x234/067", 0, 1_234_067, 256),
        ("tile/1/999.p/17", 1, 999, 17),
        ("tile/2/x001/000.p/255", 2, 1_000, 255),
        ("tile/63/000.p/1", 63, 0, 1),
        ("tile/entries/x001/000", "entries", 1_000, 256),
        ("tile/entries/000.p/1", "entries", 0, 1),
    ):
        expected = {"level": level, "number": number, "width": width}
        yield {"name": path, "given": {"path": path}, "expected": expected}
    yield from negative(
        "path",
        {
            "number_missing": "tile/0/",
            "number_of_one_digit": "tile/0/0",
            "number_of_two_digits": "tile/0/00",
            "number_of_four_digits": "tile/0/0000",
            "number_with_a_group_of_zeros_before_it": "tile/0/x000/000",
            "number_whose_last_group_has_an_x": "tile/0/x001",
            "number_whose_first_group_has_no_x": "tile/0/001/000",
            "number_whose_x_comes_last": "tile/0/001/x000",
            "number_with_a_capital_x": "tile/0/X001/000",
            "number_negative": "tile/0/-01",
            "number_in_other_digits": "tile/0/\u0661\u0661\u0661",
            "level_with_leading_zero": "tile/00/000",
            "level_with_plus": "tile/+1/000",
            "level_64": "tile/64/000",
            "level_beside_entries": "tile/entries/0/000",
            "level_of_another_layout": "tile/8/0/000",
            "width_0": "tile/0/000.p/0",
            "width_256": "tile/0/000.p/256",
            "width_with_leading_zero": "tile/0/000.p/07",
            "width_empty": "tile/0/000.p/",
            "width_missing": "tile/0/000.p",
            "slash_before": "/tile/0/000",
            "slash_after": "tile/0/000/",
            "line_feed_after": "tile/0/000\n",
            "way_out": "tile/0/000/..",
            "checkpoint": "checkpoint",
            "empty": "",
        },
    )


def add_checkpoints() -> Iterator[Case]:
    note = parse_note(GOOD)
    proof = consistency_proof(HASHES[:40], 23)
    good = AddCheckpoint(23, proof, note).encoded()
    for name, request in (
        ("from_23", AddCheckpoint(23, proof, note)),
        ("at_first_contact", AddCheckpoint(0, (), note)),
    ):
        expected = {"old_size": request.old_size, "proof": [each.hex() for each in request.proof]}
        yield {"name": name, "given": as_field("request", request.encoded()), "expected": expected}
    hash_line = b64encode(b"x" * 32) + b"\n"
    yield from negative(
        "request",
        {
            "old_size_missing": good.split(b"\n", 1)[1],
            "old_size_below_0": good.replace(b"old 23", b"old -1"),
            "old_size_with_leading_zero": good.replace(b"old 23", b"old 023"),
            "old_size_with_plus": good.replace(b"old 23", b"old +23"),
            "old_size_with_two_spaces": good.replace(b"old 23", b"old  23"),
            "old_size_empty": good.replace(b"old 23", b"old "),
            "old_size_in_capitals": good.replace(b"old 23", b"OLD 23"),
            "old_size_twice": good.replace(b"old 23\n", b"old 23\nold 23\n"),
            "hash_of_31_bytes": good.replace(b"old 23\n", b"old 23\n" + b64encode(b"x" * 31) + b"\n"),
            "hash_without_padding": good.replace(b"old 23\n", b"old 23\n" + hash_line.replace(b"=", b"")),
            "hashes_more_than_63": good.replace(b"old 23\n", b"old 23\n" + 64 * hash_line),
            "empty_line_missing": good.replace(b"\n\nwenze", b"\nwenze"),
            "checkpoint_missing": good[: good.index(b"\n\n") + 2],
            "signature_missing": good[: good.rindex(b"\n\n") + 2],
            "carriage_returns": good.replace(b"\n", b"\r\n"),
            "last_line_feed_missing": good[:-1],
            "empty": b"",
        },
    )


def bundles() -> Iterator[Case]:
    entries = [b"", b"x", b"entry" * 100]
    data = encode_bundle(entries)
    shown = [each.hex() for each in entries]
    for name, hexadecimal, width, expected in (
        ("three_entries", data.hex(), 3, shown),
        ("an_entry_of_no_bytes", "0000", 1, [""]),
        ("width_one_less", data.hex(), 2, "MalformedError"),
        ("width_one_more", data.hex(), 4, "MalformedError"),
        ("nothing", "", 1, "MalformedError"),
        ("half_a_length", "00", 1, "MalformedError"),
        ("half_a_length_after_the_last", f"{data.hex()}00", 3, "MalformedError"),
        ("ends_within_an_entry", data.hex()[:-2], 3, "MalformedError"),
        ("an_entry_more", f"{data.hex()}0000", 3, "MalformedError"),
    ):
        yield {"name": name, "given": {"data": hexadecimal, "width": width}, "expected": expected}
