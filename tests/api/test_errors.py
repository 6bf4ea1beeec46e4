"""The one table: every error has its row, every row its error or its place at the edge."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import adapters
import api
import domain
from api.errors import TABLE, row_of
from api.problems import language_of
from domain.ledger.errors import NotFound, QueueFull, Refusal, WenzeError

AT_THE_EDGE = {
    "bad_json", "bad_request", "no_such_page", "method_not_allowed", "body_too_large", "not_json",
    "invalid_request", "internal", "database_away",
}  # fmt: skip


def every_error() -> set[type[WenzeError]]:
    for package in (domain, adapters, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".bench" not in module.name:
                importlib.import_module(module.name)

    def below(error: type[WenzeError]) -> Iterator[type[WenzeError]]:
        for each in error.__subclasses__():
            yield each
            yield from below(each)

    return {each for each in below(WenzeError) if each.__module__.split(".")[0] in ("domain", "adapters", "api")}


def test_every_error_has_its_row_and_no_two_share_a_code() -> None:
    codes = sorted(error.code for error in every_error())
    assert sorted(set(codes)) == codes
    assert set(codes) - TABLE.keys() == set()


def test_no_row_is_left_over() -> None:
    assert TABLE.keys() - {error.code for error in every_error()} - AT_THE_EDGE == set()


@pytest.mark.parametrize("code", TABLE)
def test_every_row_speaks_both_languages(code: str) -> None:
    row = TABLE[code]
    assert re.search(r"[\u4e00-\u9fff]", row.zh)
    assert row.zh.endswith("。")
    assert not re.search(r"[\u4e00-\u9fff]", row.en)
    assert row.en.endswith(".")
    assert 400 <= row.status <= 503


def test_an_error_without_a_row_is_answered_as_its_kind() -> None:
    class Unheard(Refusal):
        code = "unheard"

    assert row_of(Unheard()) == TABLE["refused"]
    assert row_of(NotFound()).status == 404
    assert row_of(QueueFull()).status == 503


def test_the_language_is_the_one_that_is_wanted_most() -> None:
    assert language_of("") == "zh"
    assert language_of("zh-CN,zh;q=0.9,en;q=0.8") == "zh"
    assert language_of("en-GB,en;q=0.9,zh;q=0.5") == "en"
    assert language_of("fr, *;q=x") == "zh"
