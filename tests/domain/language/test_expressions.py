"""Expressions: types, positions, exact decimals, guards, absent values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decimals import NotADecimal, canonical_decimal, from_order_key, order_key
from domain.expression_errors import ExpressionFailed, ExpressionInvalid
from domain.expressions import Environment

NAMES = {
    "inputs.dispatch_advice": "document<dispatch_advice>",
    "inputs.dispatch_advice.site": "string",
    "inputs.dispatch_advice.cold_chain": "bool",
    "match.lines": "line_set",
    "match.lines.count": "int",
    "match.lines.any_cold": "bool",
    "arrival.temperature": "decimal",
    "arrival.temperature_given": "bool",
    "arrival.limit": "decimal",
    "arrival.on": "date",
    "arrival.photos": "list<string>",
    "run.now": "timestamp",
}
VALUES: dict[str, Any] = {
    "inputs": {"dispatch_advice": {"id": "d", "site": "BJ01", "cold_chain": True}},
    "match": {
        "lines": {"id": "l", "count": 3, "root": "00", "aggregates": {"any_cold": True, "count_rejected": 1}}
    },
    "arrival": {"temperature": "7.90", "limit": "8", "on": "2026-05-01", "photos": ["a", "b"]},
    "run": {"now": "2026-05-01T08:00:00.000001Z"},
}


@pytest.fixture
def env() -> Environment:
    return Environment(NAMES)


@pytest.mark.parametrize(
    ("source", "type_", "value"),
    [
        ("inputs.dispatch_advice.site", "string", "BJ01"),
        ("inputs.dispatch_advice.site == 'BJ01'", "bool", True),
        ("match.lines.any_cold && match.lines.count > 2", "bool", True),
        ("match.lines", "line_set", VALUES["match"]["lines"]),
        ("( match.lines )", "line_set", VALUES["match"]["lines"]),
        ("inputs.dispatch_advice", "document<dispatch_advice>", VALUES["inputs"]["dispatch_advice"]),
        ("arrival.limit", "decimal", "8"),
        ("arrival.limit < decimal('8.000000000000000001')", "bool", True),
        ("arrival.limit <= decimal(8)", "bool", True),
        ("arrival.temperature_given && arrival.temperature <= arrival.limit", "bool", True),
        ("arrival.temperature_given ? arrival.temperature : decimal('-1.50')", "decimal", "7.9"),
        ("arrival.on", "date", "2026-05-01"),
        ("run.now", "timestamp", "2026-05-01T08:00:00.000001Z"),
        ("run.now + duration('90m')", "timestamp", "2026-05-01T09:30:00.000001Z"),
        ("size(arrival.photos)", "int", 2),
        ("arrival.photos.exists(p, p == 'b')", "bool", True),
        ("arrival.photos", "list<string>", ["a", "b"]),
        ("size('汉字')", "int", 2),
        ("'quality'", "string", "quality"),
        ("match.lines.count * 2", "int", 6),
    ],
)
def test_an_expression_has_its_type_and_value(
    env: Environment, source: str, type_: str, value: object
) -> None:
    assert env.check(source) == type_
    assert env.evaluate(source, VALUES) == value


@pytest.mark.parametrize(
    ("source", "line", "column", "words"),
    [
        ("inputs.dispatch_advice.sit == 'x'", 1, 1, "unknown name `inputs.dispatch_advice.sit`"),
        ("match.lines.count > 2 &&\n  arrival.temp == 'x'", 2, 3, "unknown name `arrival.temp`"),
        ("match.lines.count > 'x'", 1, 19, "`>` does not fit a whole number and a text"),
        ("match.lines.count >", 1, 20, "Syntax error"),
        ("arrival.limit == arrival.limit", 1, 15, "< <= > >="),
        ("arrival.limit < 8", 1, 15, "`<` does not fit a decimal and a whole number"),
        ("arrival.limit < '8'", 1, 15, "`<` does not fit a decimal and a text"),
        ("arrival.limit + arrival.limit < arrival.limit", 1, 15, "< <= > >="),
        ("1.5 > 2.0", 1, 1, "no floats"),
        ("[1, 'a']", 1, 1, "not part of the language"),
        ("{'a': 1}", 1, 1, "not part of the language"),
        ("null", 1, 1, "not part of the language"),
        ("b'abc'", 1, 1, "not part of the language"),
        ("match.lines == match.lines", 1, 1, "handed on as a whole"),
        ("[match.lines]", 1, 2, "handed on as a whole"),
        ("duration('1h')", 1, 9, "cannot be handed on"),
        ("arrival.temperature < arrival.limit", 1, 1, "guard it with `arrival.temperature_given &&`"),
        ("arrival.temperature", 1, 1, "guard it"),
        ("", 1, 1, "Syntax error"),
    ],
)
def test_a_wrong_expression_is_refused_at_its_place(
    env: Environment, source: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        env.check(source)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert words in refused.value.message_en
    assert refused.value.message_zh


def test_a_bare_optional_name_is_fine_where_absence_is_understood(env: Environment) -> None:
    assert env.check("arrival.temperature", absent_allowed=True) == "decimal"
    without = {**VALUES, "arrival": {"limit": "8"}}
    assert env.absent("arrival.temperature", without)
    assert not env.absent("arrival.temperature", VALUES)
    assert env.evaluate("arrival.temperature_given", without) is False
    assert env.evaluate("!arrival.temperature_given || arrival.temperature < arrival.limit", without) is True


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("arrival.limit", {}),
        ("arrival.limit < decimal('1')", {"arrival": {}}),
        ("match.lines.count / 0", VALUES),
        ("match.lines.count > 1", {"match": {"lines": {"count": "3"}}}),
        ("match.lines.count > 1", {"match": {"lines": {"count": 3.0}}}),
        ("match.lines.any_cold", {"match": {"lines": {"any_cold": 0.5}}}),
        ("arrival.limit < decimal('1')", {"arrival": {"limit": "eight"}}),
        ("arrival.limit < decimal('one')", VALUES),
        ("match.lines.count * 9223372036854775807", VALUES),
        ("match.lines.count > 1", {"match": {"lines": {"count": 2**70}}}),
        ("run.now > run.now", {"run": {"now": "yesterday"}}),
    ],
)
def test_a_missing_or_wrong_value_is_a_named_error(
    env: Environment, source: str, values: dict[str, Any]
) -> None:
    with pytest.raises(ExpressionFailed):
        env.evaluate(source, values)


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20)


@given(NUMBERS, NUMBERS)
def test_decimals_sort_as_numbers_do(a: Decimal, b: Decimal) -> None:
    left, right = canonical_decimal(format(a, "f")), canonical_decimal(format(b, "f"))
    assert (order_key(left) < order_key(right)) is (a < b)
    assert (order_key(left) == order_key(right)) is (a == b)
    assert Decimal(from_order_key(order_key(left))) == a


@given(st.text(max_size=30))
def test_a_text_is_a_decimal_or_refused(text: str) -> None:
    try:
        spelled = canonical_decimal(text)
    except NotADecimal:
        return
    assert canonical_decimal(spelled) == spelled


@given(st.text(max_size=60))
def test_no_text_crashes_the_compiler(text: str) -> None:
    try:
        Environment({"a.b": "int"}).check(text)
    except ExpressionInvalid as refused:
        position = (refused.line, refused.column)
    else:
        position = (1, 1)
    assert position >= (1, 1)


@pytest.mark.parametrize(
    ("source", "known", "value"),
    [
        ("a && b", {"a": False}, False),
        ("a && b", {"a": True}, None),
        ("a || b", {"b": True}, True),
        ("!a", {"a": True}, False),
        ("a", {}, None),
        ("a", {"a": True}, True),
        ("s == 'x' && a", {"s": "y"}, False),
        ("n > 2 ? a : !a", {"a": True}, None),
        ("2 > 1", {}, True),
        ("1 / n > 2", {"n": 0}, None),
    ],
)
def test_a_value_is_settled_by_the_names_that_are_known_or_not_at_all(
    source: str, known: dict[str, object], value: object
) -> None:
    names = Environment({"a": "bool", "b": "bool", "s": "string", "n": "int"})
    assert names.settled(source, known) == value
