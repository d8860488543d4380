"""Expressions are told in words where something says them, and stay as they are where nothing does."""

import pytest

from domain.sop_yaml import parse
from services import sop_files
from ui.pages.expression_words import in_words
from ui.translation import translations

RECEIVING = parse(sop_files.newest("receiving_acceptance").text).definition


@pytest.mark.parametrize(
    ("expression", "zh", "en"),
    [
        (
            "arrival.outcome == 'received'",
            "“到货检查 · 结论” 为 “收货”",
            "“Check on arrival · outcome” is “Receive”",
        ),
        (
            "arrival.temperature_given && arrival.temperature > 8.0",
            "“到货检查 · 到货温度” > 8.0",
            "“Check on arrival · Temperature on arrival” > 8.0",
        ),
        (
            "!match.special_control || arrival.packaging != 'intact'",
            "非 “核对采购订单 · 特殊管理药品” 或 “到货检查 · 外包装” 不为 “完好”",
            "not “Match the purchase order · special-control goods” or “Check on arrival · Outer packaging” is not “Intact”",
        ),
        ("line.whatever == 'x'", "line.whatever 为 “x”", "line.whatever is “x”"),
        ("true", "true", "true"),
    ],
)
def test_an_expression_is_told(expression: str, zh: str, en: str) -> None:
    assert in_words(expression, RECEIVING, translations("zh")) == zh
    assert in_words(expression, RECEIVING, translations("en")) == en
