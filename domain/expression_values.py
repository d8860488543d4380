"""Domain: the values of an expression - found by name, as the library takes them, and as JSON again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.decimals import NotADecimal, from_order_key, order_key
from domain.expression_errors import ExpressionFailed

ABSENT = object()
"""What a name that has no value is found to be."""


def lookup(values: Mapping[str, Any], name: str) -> Any:
    """The value of a dotted name in flat or nested values; a line set's aggregates count as its fields."""
    if name in values:
        return ABSENT if values[name] is None else values[name]
    here: Any = values
    for part in name.split("."):
        if not isinstance(here, Mapping):
            return ABSENT
        if part in here:
            here = here[part]
        elif isinstance(here.get("aggregates"), Mapping) and part in here["aggregates"]:
            here = here["aggregates"][part]
        else:
            return ABSENT
    return ABSENT if here is None else here


def into(source: str, name: str, type_: str, value: Any) -> Any:
    """A JSON value as the library takes it; another type than declared is a failure, never a guess."""
    try:
        if type_ == "bool" and isinstance(value, bool):
            return value
        if type_ == "int" and isinstance(value, int) and not isinstance(value, bool):
            return value
        if type_ in {"string", "date"} and isinstance(value, str):
            return value
        if type_ == "decimal" and isinstance(value, str):
            return order_key(value)
        if type_ == "timestamp":
            at = datetime.fromisoformat(value) if isinstance(value, str) else value
            return at.astimezone(UTC)
        if type_.startswith("list<") and isinstance(value, list):
            inner = type_.removeprefix("list<").removesuffix(">")
            return [into(source, name, inner, v) for v in value]
    except (NotADecimal, ValueError, AttributeError):
        pass
    raise ExpressionFailed(source, f"{name} is not a {type_}")


def out_of(value: Any) -> Any:
    """What the library made, as JSON."""
    if isinstance(value, datetime):
        return canonical_time(value)
    if isinstance(value, bytes | bytearray):
        return from_order_key(bytes(value))
    if isinstance(value, list):
        return [out_of(v) for v in value]
    return value


def canonical_time(value: datetime) -> str:
    """An instant as JSON has it everywhere."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
