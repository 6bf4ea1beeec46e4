import pytest

from domain.ledger.errors import FormatError, Invalid
from domain.ledger.events import LogOpened
from domain.ledger.query import EVERYTHING, Query, QueryItem, boundary_query
from domain.ledger.slice import Selector
from domain.ledger.tags import normal_tags


def test_an_item_needs_one_of_its_types_and_all_of_its_tags() -> None:
    item = QueryItem(frozenset({"A", "B"}), frozenset({"x:1", "y:2"}))
    assert item.matches("A", ["x:1", "y:2", "z:3"])
    assert not item.matches("C", ["x:1", "y:2"])
    assert not item.matches("A", ["x:1"])


def test_items_are_alternatives_and_no_item_means_everything() -> None:
    query = Query((QueryItem(frozenset({"A"})), QueryItem(tags=frozenset({"x:1"}))))
    assert query.matches("A", [])
    assert query.matches("B", ["x:1"])
    assert not query.matches("B", [])
    assert EVERYTHING.matches("B", [])


@pytest.mark.parametrize("boundary", [[], Selector(), [Selector(tags=["x:1"]), Selector()]])
def test_a_boundary_that_would_lock_the_whole_log_is_refused(boundary: Selector | list[Selector]) -> None:
    with pytest.raises(Invalid):
        boundary_query(boundary)


def test_a_boundary_names_types_by_their_stable_name() -> None:
    assert boundary_query(Selector(types=[LogOpened], tags=["log:opened", "log:opened"])) == Query(
        (QueryItem(frozenset({"LogOpened"}), frozenset({"log:opened"})),)
    )


def test_tags_are_sorted_and_unique() -> None:
    assert normal_tags(["b:2", "a:1", "b:2"]) == ("a:1", "b:2")


@pytest.mark.parametrize("tag", ["", "a", "a:", ":1", "A:1", "a:1 2", "a:" + "x" * 65, "a:校", "a:1\n", "a1:1"])
def test_what_is_not_a_tag_is_refused(tag: str) -> None:
    with pytest.raises(FormatError):
        normal_tags([tag])


def test_a_seventeenth_tag_is_refused() -> None:
    with pytest.raises(FormatError):
        normal_tags(f"a:{n}" for n in range(17))
