"""Verifier keys, notes, checkpoints and cosignatures as they are written, and every other way of writing them."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.evidence.checkpoint import Checkpoint
from domain.evidence.cosignature import cosignature_line, cosigned_bytes
from domain.evidence.merkle import EMPTY_ROOT
from domain.evidence.note import COSIGNATURE, ED25519, Note, Signature, VerifierKey
from tests.vectors.merkle_cases import HASHES, root

Case = dict[str, Any]
Texts = Mapping[str, str | bytes]

ORIGIN = "wenze.test/log"
SECONDS = 1_583_310_300
TIME = "2020-03-04T08:25:00+00:00"
LATER = "2020-03-04T08:26:00+00:00"


def private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def key(name: str, key_type: int = ED25519, *, seed: str = "") -> VerifierKey:
    return VerifierKey(name, key_type, private(seed or name).public_key().public_bytes_raw())


LOG = key(ORIGIN)
NEXT = key(ORIGIN, seed="the next key of the log")
WITNESSES = {name: key(name, COSIGNATURE) for name in ("court.test", "paper.test", "union.test")}
COURT = WITNESSES["court.test"]
CHECKPOINT = Checkpoint(ORIGIN, 40, bytes.fromhex(root(40)))
TEXT = CHECKPOINT.text()
ROOT = b64encode(CHECKPOINT.root).decode()
STRANGER = Signature("stranger.test", b"1234", b"x" * 64)


def log_line(text: bytes = TEXT, by: VerifierKey = LOG, seed: str = ORIGIN) -> Signature:
    return Signature(by.name, by.key_id, private(seed).sign(text))


def witness_line(name: str, text: bytes = TEXT, seconds: int = SECONDS) -> Signature:
    made = private(name).sign(cosigned_bytes(text, seconds))
    return cosignature_line(WITNESSES[name], seconds=seconds, signature=made)


def note(*lines: Signature, text: bytes = TEXT) -> bytes:
    return Note(text, lines).encoded()


GOOD = note(log_line(), witness_line("court.test"))


def negative(field: str, texts: Texts, error: str = "MalformedError", **rest: Any) -> Iterator[Case]:
    for name, text in texts.items():
        yield {"name": name, "given": {**as_field(field, text), **rest}, "expected": error}


def as_field(field: str, text: str | bytes) -> Case:
    """Bytes that are no text stand in base64."""
    if isinstance(text, str):
        return {field: text}
    try:
        return {field: text.decode()}
    except UnicodeDecodeError:
        return {f"{field}_base64": b64encode(text).decode()}


def vkeys() -> Iterator[Case]:
    specified = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    for name, text in (
        ("the_key_of_the_specification", specified),
        ("of_a_log", LOG.vkey()),
        ("of_a_witness", COURT.vkey()),
    ):
        plain, _, encoded = text.split("+", 2)
        yield {"name": name, "given": {"vkey": text}, "expected": {"name": plain, "encoded": encoded}}
    good, key_id = LOG.vkey(), LOG.key_id.hex()
    encoded = good.split("+", 2)[2]

    def of_type(number: int, public: bytes) -> str:
        return b64encode(bytes([number]) + public).decode()

    yield from negative(
        "vkey",
        {
            "id_of_another_name": good.replace(ORIGIN, "other.test/log"),
            "id_of_7_digits": good.replace(key_id, key_id[:7]),
            "id_of_9_digits": good.replace(key_id, f"{key_id}0"),
            "id_in_capitals": good.replace(key_id, key_id.upper()),
            "id_empty": good.replace(key_id, ""),
            "name_empty": f"+{key_id}+{encoded}",
            "name_with_a_space": good.replace("wenze.test", "wenze test"),
            "name_with_an_ideographic_space": good.replace("wenze.test", "wenze\u3000test"),
            "name_with_a_line_feed": good.replace("wenze.test", "wenze\ntest"),
            "key_missing": f"{ORIGIN}+{key_id}",
            "key_without_padding": f"{ORIGIN}+{key_id}+{of_type(1, LOG.public_key[:31]).rstrip('=')}",
            "key_with_a_line_feed_after_it": f"{good}\n",
            "key_in_the_alphabet_of_addresses": f"{ORIGIN}+{key_id}+{encoded[:-1]}_",
            "key_of_31_bytes": f"{ORIGIN}+{key_id}+{of_type(1, LOG.public_key[:31])}",
            "key_of_33_bytes": f"{ORIGIN}+{key_id}+{of_type(1, LOG.public_key + b'x')}",
            "type_unknown": f"{ORIGIN}+{key_id}+{of_type(9, LOG.public_key)}",
            "type_of_another_id": f"{ORIGIN}+{key_id}+{of_type(4, LOG.public_key)}",
            **{
                f"key_of_small_order_{at}": small_order(bytes.fromhex(point))
                for at, point in enumerate(("00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "00" * 31 + "80"))
            },
            "empty": "",
        },
    )


def small_order(public: bytes) -> str:
    key_id = sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4].hex()
    encoded = b64encode(b"\x01" + public).decode()
    return f"{ORIGIN}+{key_id}+{encoded}"


def notes() -> Iterator[Case]:
    empty_lines = b"one\n\n\ntwo\n"
    for name, text, lines in (
        ("of_a_log_and_a_witness", TEXT, (log_line(), witness_line("court.test"))),
        ("of_strangers", TEXT, (STRANGER, STRANGER)),
        ("text_with_empty_lines_ends_at_the_last", empty_lines, (log_line(empty_lines),)),
        ("a_hundred_signatures", TEXT, (STRANGER,) * 100),
    ):
        shown = [[each.name, each.key_id.hex(), each.made.hex()] for each in lines]
        expected = {"text": text.decode(), "signatures": shown}
        yield {"name": name, "given": as_field("note", note(*lines, text=text)), "expected": expected}

    def line(made: bytes) -> bytes:
        return f"— x {b64encode(made).decode()}\n".encode()

    yield from negative(
        "note",
        {
            "empty_line_missing": GOOD.replace(b"\n\n", b"\n"),
            "signature_missing": GOOD[: GOOD.index(b"\n\n") + 2],
            "text_missing": GOOD[GOOD.index(b"\n\n") + 1 :],
            "last_line_feed_missing": GOOD[:-1],
            "text_after_the_signatures": GOOD + b"more\n",
            "empty_line_after_the_signatures": GOOD + b"\n",
            "carriage_returns": GOOD.replace(b"\n", b"\r\n"),
            "tab_in_the_text": GOOD.replace(b"wenze.test/log\n", b"wenze\ttest/log\n", 1),
            "nul_in_the_text": GOOD.replace(b"wenze.test/log\n", b"wenze\x00test/log\n", 1),
            "not_utf_8": GOOD.replace(b"wenze", b"\xff\xfe", 1),
            "surrogate_in_utf_8": GOOD.replace(b"wenze", b"\xed\xa0\x80", 1),
            "hyphen_for_the_dash": GOOD.replace("—".encode(), b"-"),
            "en_dash_for_the_dash": GOOD.replace("—".encode(), "–".encode()),
            "space_before_the_dash": GOOD.replace("— ".encode(), " — ".encode()),
            "no_space_after_the_dash": GOOD.replace("— ".encode(), "—".encode()),
            "two_spaces_after_the_dash": GOOD.replace("— ".encode(), "—  ".encode()),
            "name_missing": GOOD + f"— {b64encode(b'12345').decode()}\n".encode(),
            "name_with_a_plus": GOOD + line(b"12345").replace(b" x ", b" x+y "),
            "name_with_a_no_break_space": GOOD + line(b"12345").replace(b" x ", " x\u00a0y ".encode()),
            "signature_of_4_bytes": GOOD + line(b"1234"),
            "signature_of_no_bytes": GOOD + "— x \n".encode(),
            "signature_without_padding": GOOD + line(b"12345").replace(b"=", b""),
            "signature_with_spare_bits": GOOD + "— x MTIzNDV=\n".encode(),
            "signature_in_two_words": GOOD + "— x MTIz NDU=\n".encode(),
            "signature_with_a_trailing_space": GOOD + line(b"12345").replace(b"\n", b" \n"),
            "a_hundred_and_one_signatures": TEXT + b"\n" + 101 * line(b"12345"),
            "empty": b"",
        },
    )


def log_signatures() -> Iterator[Case]:
    forged = Signature(LOG.name, LOG.key_id, b"x" * 64)
    other_text = TEXT.replace(b"\n40\n", b"\n41\n")
    one, two = [LOG.vkey()], [LOG.vkey(), NEXT.vkey()]
    next_line = log_line(by=NEXT, seed="the next key of the log")
    by_court = private("court.test").sign(TEXT)
    no_point = VerifierKey(ORIGIN, ED25519, b"\x02" + bytes(31))
    for name, data, keys, expected in (
        ("signed", note(log_line()), one, "valid"),
        ("signed_beside_a_stranger", note(STRANGER, log_line()), one, "valid"),
        ("signed_twice", note(log_line(), log_line()), one, "valid"),
        ("signed_by_the_next_key", note(next_line), two, "valid"),
        ("signed_by_both_keys", note(log_line(), next_line), two, "valid"),
        ("signed_by_a_key_that_is_not_the_log_s_any_more", note(log_line()), [NEXT.vkey()], "SignatureError"),
        ("signed_by_a_stranger_only", note(STRANGER), one, "SignatureError"),
        ("signature_missing_its_last_byte", note(short(log_line())), one, "SignatureError"),
        ("signature_of_another_text", note(log_line(other_text)), one, "SignatureError"),
        ("text_changed", note(log_line(), text=other_text), one, "SignatureError"),
        ("forged_line_beside_the_right_one", note(log_line(), forged), one, "SignatureError"),
        ("forged_line_of_the_next_key", note(log_line(), line_of(NEXT, b"x" * 64)), two, "SignatureError"),
        ("of_a_witness_under_the_log_s_name", note(witness_as_log()), one, "SignatureError"),
        ("a_witness_s_key_for_a_log", note(line_of(COURT, by_court)), [COURT.vkey()], "SignatureError"),
        ("by_a_key_that_is_no_point", note(line_of(no_point, b"x" * 64)), [no_point.vkey()], "SignatureError"),
        ("no_key_is_known", note(log_line()), [], "SignatureError"),
    ):
        yield {"name": name, "given": {**as_field("note", data), "keys": keys}, "expected": expected}


def line_of(by: VerifierKey, made: bytes) -> Signature:
    return Signature(by.name, by.key_id, made)


def short(line: Signature) -> Signature:
    return Signature(line.name, line.key_id, line.made[:-1])


def witness_as_log() -> Signature:
    """The log's key, used as a witness's: over other bytes, and with a time."""
    made = private(ORIGIN).sign(cosigned_bytes(TEXT, SECONDS))
    return Signature(LOG.name, LOG.key_id, SECONDS.to_bytes(8, "big") + made)


def checkpoints() -> Iterator[Case]:
    for name, checkpoint in (
        ("of_40", CHECKPOINT),
        ("of_the_empty_tree", Checkpoint(ORIGIN, 0, EMPTY_ROOT)),
        ("of_the_largest_size", Checkpoint(ORIGIN, 2**63 - 1, HASHES[0])),
    ):
        expected = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
        yield {"name": name, "given": {"text": checkpoint.text().decode()}, "expected": expected}

    def sized(size: str) -> str:
        return f"{ORIGIN}\n{size}\n{ROOT}\n"

    def rooted(text: str) -> str:
        return f"{ORIGIN}\n40\n{text}\n"

    yield from negative(
        "text",
        {
            "decimal_with_leading_zero": sized("040"),
            "decimal_with_plus": sized("+40"),
            "decimal_with_underscore": sized("4_0"),
            "decimal_with_a_space_after_it": sized("40 "),
            "decimal_with_a_space_before_it": sized(" 40"),
            "decimal_in_other_digits": sized("\uff14\uff10"),
            "decimal_in_arabic_digits": sized("\u0664\u0660"),
            "decimal_negative": sized("-40"),
            "decimal_minus_0": f"{ORIGIN}\n-0\n{b64encode(EMPTY_ROOT).decode()}\n",
            "decimal_with_a_point": sized("40.0"),
            "decimal_with_an_exponent": sized("4e1"),
            "decimal_in_hex": sized("0x28"),
            "decimal_beyond_63_bits": sized("9223372036854775808"),
            "decimal_of_20_digits": sized("10000000000000000000"),
            "decimal_empty": sized(""),
            "root_without_padding": rooted(ROOT[:-1]),
            "root_with_two_pads": rooted(f"{ROOT}="),
            "root_with_junk": rooted(f"{ROOT[:-1]}!="),
            "root_with_a_space": rooted(f"{ROOT[:10]} {ROOT[10:]}"),
            "root_with_spare_bits": rooted(f"{'A' * 42}B="),
            "root_in_the_alphabet_of_addresses": rooted(b64encode(b"\xff" * 32).decode().replace("/", "_")),
            "root_in_hex": rooted(CHECKPOINT.root.hex()),
            "root_of_31_bytes": rooted(b64encode(CHECKPOINT.root[:31]).decode()),
            "root_of_33_bytes": rooted(b64encode(CHECKPOINT.root + b"x").decode()),
            "root_empty": rooted(""),
            "empty_tree_with_a_root": f"{ORIGIN}\n0\n{ROOT}\n",
            "origin_empty": f"\n40\n{ROOT}\n",
            "origin_with_a_space": f"wenze log\n40\n{ROOT}\n",
            "origin_with_an_ideographic_space": f"wenze\u3000log\n40\n{ROOT}\n",
            "origin_with_a_plus": f"wenze+log\n40\n{ROOT}\n",
            "extension_line": f"{ORIGIN}\n40\n{ROOT}\nhidden\n",
            "fourth_line_empty": f"{ORIGIN}\n40\n{ROOT}\n\n",
            "line_missing": f"{ORIGIN}\n40\n",
            "last_line_feed_missing": f"{ORIGIN}\n40\n{ROOT}",
            "carriage_returns": f"{ORIGIN}\r\n40\r\n{ROOT}\r\n",
            "line_separators_for_line_feeds": f"{ORIGIN}\u202840\u2028{ROOT}\n",
            "empty": "",
        },
    )


def cosignatures() -> Iterator[Case]:
    every = [each.vkey() for each in WITNESSES.values()]
    court = [COURT.vkey()]
    made = private("court.test").sign(cosigned_bytes(TEXT, SECONDS))
    over_text = private("court.test").sign(TEXT)
    by_paper = private("paper.test").sign(cosigned_bytes(TEXT, SECONDS))
    other = TEXT.replace(b"\n40\n", b"\n41\n")
    lines = {name: witness_line(name) for name in WITNESSES}

    def of_court(seconds: int, signature: bytes) -> Signature:
        return cosignature_line(COURT, seconds=seconds, signature=signature)

    for name, note_lines, witnesses, expected in (
        ("by_one", (log_line(), lines["court.test"]), every, [["court.test", TIME]]),
        ("by_all", tuple(lines.values()), every, [[witness, TIME] for witness in WITNESSES]),
        ("by_nobody", (log_line(),), every, []),
        ("by_one_who_is_not_asked_for", (lines["paper.test"],), court, []),
        (
            "witness_key_twice_counts_once_with_its_latest_time",
            (lines["court.test"], witness_line("court.test", seconds=SECONDS + 60)),
            every,
            [["court.test", LATER]],
        ),
        ("another_time", (of_court(SECONDS + 1, made),), court, "SignatureError"),
        ("another_checkpoint", (witness_line("court.test", other),), court, "SignatureError"),
        ("another_witness_s_key", (of_court(SECONDS, by_paper),), court, "SignatureError"),
        ("over_the_text_alone", (of_court(SECONDS, over_text),), court, "SignatureError"),
        ("forged_beside_a_right_one", (lines["court.test"], of_court(SECONDS, b"x" * 64)), court, "SignatureError"),
        ("time_beyond_63_bits", (of_court(2**63, made),), court, "MalformedError"),
        ("time_beyond_the_year_9999", (of_court(253_402_300_800, made),), court, "MalformedError"),
        ("time_missing", (Signature(COURT.name, COURT.key_id, made),), court, "MalformedError"),
        ("one_byte_short", (short(lines["court.test"]),), court, "MalformedError"),
        ("one_byte_long", (line_of(COURT, lines["court.test"].made + b"x"),), court, "MalformedError"),
        ("a_log_s_key_for_a_witness", (log_line(),), [LOG.vkey()], "SignatureError"),
    ):
        given = {**as_field("note", note(*note_lines)), "witnesses": witnesses}
        yield {"name": name, "given": given, "expected": expected}
