"""For any values: canonical bytes as another implementation writes them, holes where they were left, true roots."""

import json
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any, ClassVar
from unicodedata import normalize

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.canonical_json import canonical_json
from domain.evidence.digest import leaf_hash, merkle_root
from domain.ledger.entry import Actor, Context, template
from domain.ledger.event import Event
from domain.ledger.time import INSTANT_LENGTH, instant_text

Instants = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2999, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
# The hole's own name and bytes, quotes and backslashes come up often.
Text = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    st.sampled_from(
        ['","recorded_at":"', '"recorded_at":"000000000000000000000000000"', "\\", '"', "recorded_at", "0" * 27]
    ),
).map(partial(normalize, "NFC"))
Values = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), Text),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.from_regex(r"[a-z0-9_]+", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=12,
)


class Said(Event, frozen=True, kw_only=True):
    """Anything was said."""

    type_name: ClassVar[str] = "Said"
    words: dict[str, str]
    about: tuple[str, ...]

    def tags(self) -> tuple[str, ...]:
        return self.about


@given(Values)
def test_canonical_json_is_what_rfc8785_writes(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@given(
    words=st.dictionaries(st.from_regex(r"[a-z0-9_]+", fullmatch=True), Text, max_size=4),
    about=st.lists(st.from_regex(r"[a-z]+:[A-Za-z0-9._-]{1,64}", fullmatch=True), max_size=8).map(tuple),
    instants=st.tuples(Instants, Instants),
    extra=st.dictionaries(st.sampled_from(["causation", "correlation", "rules"]), Text),
    person=Text.filter(bool),
)
def test_the_hole_is_where_recorded_at_belongs_whatever_the_payload_says(
    words: dict[str, str],
    about: tuple[str, ...],
    instants: tuple[datetime, datetime],
    extra: dict[str, str],
    person: str,
) -> None:
    received_at, recorded_at = instants
    context = Context(actor=Actor(person=person), received_at=received_at, key="k", request=b"", **extra)
    prepared = template(Said(words=words, about=about), event_id="i", command="c", context=context)
    entry = prepared.at(recorded_at)
    fields = json.loads(entry)
    assert entry == rfc8785.dumps(fields)
    assert fields["recorded_at"] == instant_text(recorded_at)
    assert fields["payload"] == {"words": words, "about": list(about)}
    assert fields["tags"] == sorted(set(about))
    assert {name: fields[name] for name in extra} == extra
    end = prepared.offset + INSTANT_LENGTH
    assert (entry[: prepared.offset], entry[end:]) == (prepared.entry[: prepared.offset], prepared.entry[end:])
    assert prepared.leaf(recorded_at) == sha256(b"\x00" + entry).digest()


def root_by_levels(leaves: list[bytes]) -> bytes:
    """The root built from below, level by level; an odd node is carried up. Not how ours does it (RFC 9162 2.1.2)."""
    level = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        paired = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = paired + (level[-1:] if len(level) % 2 else [])
    return level[0] if level else sha256(b"").digest()


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_the_merkle_root_is_the_same_built_from_below(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == root_by_levels(leaves)


@given(st.binary(max_size=64))
def test_a_leaf_is_never_a_node(entry: bytes) -> None:
    assert leaf_hash(entry) == sha256(b"\x00" + entry).digest()
    assert merkle_root([entry]) == leaf_hash(entry)
