"""What no JSON file can say; the rest is in ``tests/vectors/evidence/canonical_json.json``."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.evidence.canonical_json import CanonicalError, canonical_json


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({1: 1}, "$"),
        ({"a": datetime(2020, 1, 1)}, "$.a"),  # noqa: DTZ001 - naive on purpose
        ({"a": b"x"}, "$.a"),
        ({"a": {"b": [float("nan")]}}, "$.a.b[0]"),
    ],
)
def test_a_value_without_canonical_form_is_refused_by_its_path(value: object, path: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        canonical_json(value)
    assert caught.value.path == path


def test_one_instant_has_one_form_whatever_its_offset() -> None:
    instant = datetime(2020, 2, 9, 15, tzinfo=timezone(timedelta(hours=8)))
    assert canonical_json(instant) == canonical_json(instant.astimezone(UTC)) == b'"2020-02-09T07:00:00.000000Z"'
