from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.evidence.canonical_json import CanonicalError, canonical_json


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": None}, "$.a"),
        ({"a": [1, 2.0]}, "$.a[1]"),
        ({"a": {"b": 2**53}}, "$.a.b"),
        ({"a": -(2**53)}, "$.a"),
        ({"A": 1}, "$"),
        ({1: 1}, "$"),
        ({"a": "\x00"}, "$.a"),
        ({"a": "e\u0301"}, "$.a"),
        ({"a": "\ud800"}, "$.a"),
        ({"a": datetime(2020, 1, 1)}, "$.a"),  # noqa: DTZ001 - naive on purpose
        ({"a": b"x"}, "$.a"),
    ],
)
def test_a_value_without_canonical_form_is_refused_by_its_path(value: object, path: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        canonical_json(value)
    assert caught.value.path == path


def test_keys_are_sorted_and_nothing_is_padded() -> None:
    assert canonical_json({"b": [True, "校\n\x1f/"], "a": 2**53 - 1}) == (
        '{"a":9007199254740991,"b":[true,"校\\n\\u001f/"]}'.encode()
    )


def test_one_instant_has_one_form_whatever_its_offset() -> None:
    instant = datetime(2020, 2, 9, 15, tzinfo=timezone(timedelta(hours=8)))
    assert canonical_json(instant) == canonical_json(instant.astimezone(UTC)) == b'"2020-02-09T07:00:00.000000Z"'
