"""Policies and whole proofs; canonical JSON."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import rfc8785

from domain.evidence.checkpoint import Checkpoint
from domain.evidence.digest import leaf_hash
from domain.evidence.merkle import inclusion_proof, tree_root
from domain.evidence.note import COSIGNATURE, Note, VerifierKey
from domain.evidence.tlog_proof import TlogProof
from tests.vectors.note_cases import (
    COURT,
    LOG,
    NEXT,
    ORIGIN,
    TIME,
    WITNESSES,
    Case,
    as_field,
    key,
    log_line,
    negative,
    witness_line,
)

ENTRIES = [f"entry {number}".encode() for number in range(40)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
TEXT = Checkpoint(ORIGIN, 40, tree_root(LEAVES)).text()
A_LOG = f"log {LOG.vkey()}\n"
A_WITNESS = f"{A_LOG}witness a {COURT.vkey()}\n"


def policy(quorum: str = "two") -> str:
    return "".join(
        (
            "# whom we believe\n",
            f"log {LOG.vkey()} https://wenze.test/log\n\n",
            *(f"witness {name} {each.vkey()}\n" for name, each in WITNESSES.items()),
            f"group two 2 {' '.join(WITNESSES)}\n",
            f"quorum {quorum}\n",
        )
    )


NESTED = "".join(
    (
        A_LOG,
        *(f"witness {name} {each.vkey()}\n" for name, each in WITNESSES.items()),
        "group press any paper.test union.test\ngroup both all court.test press\nquorum both\n",
    )
)


CHAIN = "".join(
    (
        A_LOG,
        f"witness court.test {COURT.vkey()}\ngroup g0 1 court.test\n",
        *(f"group g{number} 1 g{number - 1}\n" for number in range(1, 255)),
        "quorum g254\n",
    )
)


def policies() -> Iterator[Case]:
    court, paper, union = WITNESSES
    for name, text, cosigned, expected in (
        ("quorum_none_is_reached_by_nobody", policy("none"), [], "reached"),
        ("two_of_three_by_two", policy(), [court, union], "reached"),
        ("two_of_three_by_three", policy(), [court, paper, union], "reached"),
        ("two_of_three_by_one", policy(), [court], "PolicyError"),
        ("two_of_three_by_one_counted_twice", policy(), [court, court], "PolicyError"),
        ("two_of_three_by_nobody", policy(), [], "PolicyError"),
        ("one_witness_by_that_one", policy(court), [court], "reached"),
        ("one_witness_by_another", policy(court), [paper], "PolicyError"),
        ("a_group_of_groups_by_one_of_each", NESTED, [court, union], "reached"),
        ("a_group_of_groups_without_one", NESTED, [paper, union], "PolicyError"),
        ("a_group_of_groups_by_one", NESTED, [court], "PolicyError"),
        ("names_up_to_256", CHAIN, [court], "reached"),
        ("tabs_and_leading_spaces", policy("none").replace(" ", "\t").replace("#", "  #", 1), [], "reached"),
        ("a_log_with_its_old_and_its_next_key", f"{A_LOG}log {NEXT.vkey()}\nquorum none\n", [], "reached"),
    ):
        given = {"policy": text, "cosigned": [WITNESSES[each].vkey() for each in cosigned]}
        yield {"name": name, "given": given, "expected": expected}
    renamed = VerifierKey("other.test", COSIGNATURE, COURT.public_key).vkey()
    log_as_witness = VerifierKey("w", COSIGNATURE, LOG.public_key).vkey()
    yield from negative(
        "policy",
        {
            "quorum_missing": A_LOG,
            "quorum_twice": f"{A_LOG}quorum none\nquorum none\n",
            "quorum_of_nobody": f"{A_LOG}quorum court\n",
            "quorum_defined_below": f"{A_LOG}quorum a\nwitness a {COURT.vkey()}\n",
            "quorum_of_two_names": f"{A_WITNESS}quorum a a\n",
            "quorum_empty": f"{A_LOG}quorum\n",
            "log_missing": "quorum none\n",
            "log_without_a_key": "log\nquorum none\n",
            "log_key_twice": f"{A_LOG}{A_LOG}quorum none\n",
            "log_with_a_witness_s_type": f"log {key(ORIGIN, COSIGNATURE).vkey()}\nquorum none\n",
            "log_with_two_addresses": f"log {LOG.vkey()} https://a.test https://b.test\nquorum none\n",
            "witness_key_twice": f"{A_WITNESS}witness b {COURT.vkey()}\nquorum none\n",
            "witness_key_under_another_name": f"{A_WITNESS}witness b {renamed}\nquorum none\n",
            "witness_name_twice": f"{A_WITNESS}witness a {WITNESSES['paper.test'].vkey()}\nquorum none\n",
            "witness_with_the_log_s_key": f"{A_LOG}witness a {log_as_witness}\nquorum a\n",
            "witness_with_a_log_s_type": f"{A_LOG}witness a {key('court.test').vkey()}\nquorum a\n",
            "witness_called_none": f"{A_LOG}witness none {COURT.vkey()}\nquorum none\n",
            "witness_without_a_key": f"{A_LOG}witness a\nquorum none\n",
            "witness_name_with_an_ideographic_space": f"{A_LOG}witness a\u3000{COURT.vkey()}\nquorum none\n",
            "group_of_a_stranger": f"{A_LOG}group g 1 a\nquorum g\n",
            "group_of_itself": f"{A_LOG}group g 1 g\nquorum g\n",
            "group_of_none": f"{A_WITNESS}group g 1 none\nquorum g\n",
            "group_of_one_twice": f"{A_WITNESS}group g 2 a a\nquorum g\n",
            "group_without_members": f"{A_WITNESS}group g any\nquorum g\n",
            "group_with_a_name_that_is_taken": f"{A_WITNESS}group a 1 a\nquorum a\n",
            "member_of_two_groups": f"{A_WITNESS}group g 1 a\ngroup h 1 a\nquorum h\n",
            "threshold_above_its_members": f"{A_WITNESS}group g 2 a\nquorum g\n",
            "threshold_0": f"{A_WITNESS}group g 0 a\nquorum g\n",
            "threshold_negative": f"{A_WITNESS}group g -1 a\nquorum g\n",
            "threshold_with_leading_zero": f"{A_WITNESS}group g 01 a\nquorum g\n",
            "threshold_in_words": f"{A_WITNESS}group g most a\nquorum g\n",
            "names_more_than_256": A_WITNESS
            + "group g0 1 a\n"
            + "".join(f"group g{number} 1 g{number - 1}\n" for number in range(1, 256))
            + "quorum g255\n",
            "statement_unknown": f"{A_LOG}quorum none\ntrust me\n",
            "statement_in_capitals": f"{A_LOG.replace('log', 'LOG', 1)}quorum none\n",
            "last_line_feed_missing": f"{A_LOG}quorum none",
            "carriage_returns": f"{A_LOG}quorum none\n".replace("\n", "\r\n"),
            "control_character_in_a_comment": f"{A_LOG}# \x7f\nquorum none\n",
            "not_utf_8": f"{A_LOG}quorum none\n# ".encode() + b"\xff\n",
            "empty": "",
        },
        cosigned=[],
    )


def proof(index: int = 13, *witnesses: str, extra: bytes | None = None) -> bytes:
    lines = (log_line(TEXT), *(witness_line(each, TEXT) for each in witnesses))
    return TlogProof(index, inclusion_proof(LEAVES, index), Note(TEXT, lines), extra).encoded()


def proofs() -> Iterator[Case]:
    good = proof(13, "court.test", "paper.test")
    leaf, other_leaf = LEAVES[13].hex(), LEAVES[14].hex()
    next_policy = f"log {NEXT.vkey()}\nlog {LOG.vkey()}\nquorum none\n"
    cosigned = [["court.test", TIME], ["paper.test", TIME]]
    for name, data, leaf_of, by, expected in (
        ("with_two_witnesses", good, leaf, policy(), cosigned),
        ("with_extra_data", proof(13, "court.test", "paper.test", extra=b"extra"), leaf, policy(), cosigned),
        ("of_the_first_entry", proof(0), LEAVES[0].hex(), policy("none"), []),
        ("of_the_last_entry", proof(39), LEAVES[39].hex(), policy("none"), []),
        ("signed_by_the_older_key_of_the_log", proof(13), leaf, next_policy, []),
    ):
        index = int(data.split(b"index ")[1].split(b"\n")[0])
        shown = {"index": index, "size": 40, "cosigned": expected}
        yield {"name": name, "given": _given(data, leaf_of, by), "expected": shown}
    other_log = f"log {key('other.test/log').vkey()}\nquorum none\n"
    for name, data, leaf_of, by, error in (
        ("another_entry", good, other_leaf, policy(), "ProofError"),
        ("leaf_of_31_bytes", good, leaf[:-2], policy(), "ProofError"),
        ("index_of_another_entry", good.replace(b"index 13", b"index 14"), leaf, policy(), "ProofError"),
        ("index_beyond_size", good.replace(b"index 13", b"index 40"), leaf, policy(), "ProofError"),
        ("index_a_tree_further", good.replace(b"index 13", b"index 77"), leaf, policy(), "ProofError"),
        ("proof_one_hash_short", _without_line(good, 2), leaf, policy(), "ProofError"),
        ("proof_one_hash_long", _with_line(good, 2, b64encode(LEAVES[0])), leaf, policy(), "ProofError"),
        ("log_signature_missing", _without(good, b"wenze.test/log "), leaf, policy(), "SignatureError"),
        ("checkpoint_changed", good.replace(b"\n40\n", b"\n41\n"), leaf, policy(), "SignatureError"),
        ("witness_missing", proof(13, "court.test"), leaf, policy(), "PolicyError"),
        ("witness_line_twice", proof(13, "court.test", "court.test"), leaf, policy(), "PolicyError"),
        ("log_unknown", good, leaf, other_log, "PolicyError"),
    ):
        yield {"name": name, "given": _given(data, leaf_of, by), "expected": error}
    yield from negative("proof", _written_otherwise(good), leaf_hash=leaf, policy=policy())


def _written_otherwise(good: bytes) -> dict[str, str | bytes]:
    hash_line = b64encode(b"x" * 32) + b"\n"
    after_index = b"index 13\n"
    return {
        "version_2": good.replace(b"@v1", b"@v2"),
        "header_missing": good.split(b"\n", 1)[1],
        "header_with_a_trailing_space": good.replace(b"@v1\n", b"@v1 \n"),
        "index_below_0": good.replace(b"index 13", b"index -1"),
        "index_with_leading_zero": good.replace(b"index 13", b"index 013"),
        "index_with_plus": good.replace(b"index 13", b"index +13"),
        "index_with_two_spaces": good.replace(b"index 13", b"index  13"),
        "index_in_capitals": good.replace(b"index 13", b"INDEX 13"),
        "index_empty": good.replace(b"index 13", b"index "),
        "index_missing": good.replace(after_index, b""),
        "index_twice": good.replace(after_index, after_index * 2),
        "extra_after_index": good.replace(after_index, after_index + b"extra eA==\n"),
        "extra_twice": good.replace(after_index, b"extra eA==\nextra eA==\n" + after_index),
        "extra_without_padding": good.replace(after_index, b"extra eA\n" + after_index),
        "extra_with_spare_bits": good.replace(after_index, b"extra eB==\n" + after_index),
        "line_unknown": good.replace(after_index, b"origin wenze.test/log\n" + after_index),
        "hash_of_31_bytes": good.replace(after_index, after_index + b64encode(b"x" * 31) + b"\n"),
        "hash_without_padding": good.replace(after_index, after_index + hash_line.replace(b"=", b"")),
        "hash_with_a_trailing_space": good.replace(after_index, after_index + hash_line.replace(b"\n", b" \n")),
        "hashes_more_than_63": good.replace(after_index, after_index + 64 * hash_line),
        "empty_line_missing": good.replace(b"\n\nwenze", b"\nwenze"),
        "empty_line_twice": good.replace(b"\n\nwenze", b"\n\n\nwenze"),
        "checkpoint_missing": good[: good.index(b"\n\n") + 2],
        "carriage_returns": good.replace(b"\n", b"\r\n"),
        "byte_order_mark": b"\xef\xbb\xbf" + good,
        "last_line_feed_missing": good[:-1],
        "empty": b"",
    }


def _given(data: bytes, leaf: str, by: str) -> Case:
    return {**as_field("proof", data), "leaf_hash": leaf, "policy": by}


def _without_line(data: bytes, number: int) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join(lines[:number] + lines[number + 1 :])


def _with_line(data: bytes, number: int, line: bytes) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join([*lines[:number], line, *lines[number:]])


def _without(data: bytes, word: bytes) -> bytes:
    return b"\n".join(line for line in data.split(b"\n") if not (line.startswith("— ".encode()) and word in line))


def canonical() -> Iterator[Case]:
    values: dict[str, Any] = {
        "keys_are_sorted": {"b": 1, "a": {"d": 1, "c": 2}, "a1": 3, "a_": 4},
        "nothing_is_padded": [True, False, {"a": []}, {}],
        "integers_to_2_to_the_53": [0, -1, 2**53 - 1, -(2**53) + 1],
        "escapes_are_the_shortest": 'quote " backslash \\ slash / \b\f\n\r\t \x01\x1f\x7f',
        "other_text_stands_as_it_is": "学区 é 𝄞 \u2028",
    }
    for name, value in values.items():
        yield {"name": name, "given": {"value": value}, "expected": {"canonical": _by_the_book(value)}}
    refused: dict[str, tuple[Any, str]] = {
        "null": ({"a": None}, "$.a"),
        "null_in_an_array": ([1, None], "$[1]"),
        "float": ({"a": [1, 2.5]}, "$.a[1]"),
        "float_that_is_whole": ({"a": 2.0}, "$.a"),
        "integer_of_2_to_the_53": ({"a": {"b": 2**53}}, "$.a.b"),
        "integer_of_minus_2_to_the_53": ({"a": -(2**53)}, "$.a"),
        "key_in_capitals": ({"A": 1}, "$"),
        "key_with_a_dash": ({"a": {"b-c": 1}}, "$.a"),
        "key_empty": ({"": 1}, "$"),
        "key_with_a_line_feed": ({"a\n": 1}, "$"),
        "key_in_another_alphabet": ({"\uff41": 1}, "$"),
        "text_with_nul": ({"a": "\x00"}, "$.a"),
        "text_not_in_normal_form_c": ({"a": "e\u0301"}, "$.a"),
        "text_with_half_a_surrogate": ({"a": "\ud800"}, "$.a"),
    }
    for name, (value, path) in refused.items():
        yield {"name": name, "given": {"value": value}, "expected": {"refused_at": path}}


def _by_the_book(value: Any) -> str:
    return rfc8785.dumps(value).decode()
