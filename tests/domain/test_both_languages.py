"""What is written in both languages is split for one reader; nothing else is."""

import pytest

from domain.both_languages import half
from domain.errors import NotFound


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("期初库存 / opening stock", "期初库存", "opening stock"),
        ("SO-1 / C003", "SO-1 / C003", "SO-1 / C003"),
        ("包装 / 受潮", "包装 / 受潮", "包装 / 受潮"),
        ("包装受潮", "包装受潮", "包装受潮"),
    ],
)
def test_a_reader_gets_the_own_half(text: str, zh: str, en: str) -> None:
    assert (half(text, "zh"), half(text, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("what", "zh", "en"),
    [
        ("任务 / task 7", "没有找到：任务 7", "Not found: task 7"),
        ("单据 / document", "没有找到：单据", "Not found: document"),
        ("receiving", "没有找到：receiving", "Not found: receiving"),
    ],
)
def test_what_is_not_found_is_named_in_the_language_of_the_refusal(what: str, zh: str, en: str) -> None:
    refused = NotFound(what=what)
    assert (refused.message("zh"), refused.message("en")) == (zh, en)
