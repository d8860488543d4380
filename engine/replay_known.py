"""Engine: what the code commands otherwise than it once did, without leading a run anywhere else.

The strict level tells these as known changes. Each holds for executions that began before a day and for
nothing later: what is recorded from then on has to be commanded again word for word. Only that a payload has
grown by a field that is empty is for ever: contracts grow by fields with a default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from domain.replay_comparison import Command, Differ, Difference, differences
from domain.replay_findings import ABSENT
from domain.sop_definition import Text

UNTIL = datetime(2026, 11, 28, tzinfo=UTC)
"""The day on which the register below was closed; a later change gets a later day of its own."""

GROWN = Text(zh="数据增加了一个空字段", en="a payload has grown by an empty field")
ORDER = Text(
    zh="同一推进中的操作、当前步骤和必填项改按固定次序排列",
    en="operations of an advance, current steps and required fields stand in one order now",
)
_LACKING = {
    re.compile(r"^heartbeat_timeout$"): Text(
        zh="推进改为定时报告仍在进行", en="an advance tells now and then that it is alive"
    ),
    re.compile(r"^input\[0\]\.operations\[\d+\]\.answer$"): Text(
        zh="办结时带上了答复的摘要", en="a settlement carries the hash of the answer"
    ),
}
"""What an old history lacks."""
_SCOPE = re.compile(r"^input\[0\]\.operations\[\d+\]\.line_scope$")
SCOPE = Text(
    zh="明细范围只在逐行步骤中写出", en="the scope of a line is given inside a step for each line only"
)


def explaining(began: datetime) -> Differ:
    """The differences of two commands of an execution that began then, known ones with their reason."""
    return _old if began < UNTIL else _new


def _new(recorded: Command, computed: Command) -> Iterator[Difference]:
    for path, one, two in differences(recorded.content, computed.content):
        yield Difference(path, one, two, GROWN if _grown(one, two) else None)


def _old(recorded: Command, computed: Command) -> Iterator[Difference]:
    if recorded.content == computed.content:
        yield from _new(recorded, computed)  # equal to Python is not the same to us: 1 and true
        return
    one, two = (_arranged(side.content) for side in (recorded, computed))
    if _orders(recorded.content) != _orders(computed.content):
        yield Difference("input[0]", ABSENT, ABSENT, ORDER)
    for path, was, now in differences(one, two):
        yield Difference(path, was, now, _why(path, was, now))


def _why(path: str, was: Any, now: Any) -> Text | None:
    if _grown(was, now):
        return GROWN
    if _SCOPE.match(path) and now is None:
        return SCOPE
    return next((why for one, why in _LACKING.items() if was is ABSENT and one.match(path)), None)


def _grown(was: Any, now: Any) -> bool:
    return was is ABSENT and now is not ABSENT and not now


def _arranged(value: Any) -> Any:
    """The same with operations, current steps and required fields in the order of their names."""
    if isinstance(value, dict):
        found = {key: _arranged(one) for key, one in value.items()}
        for key in ("current", "required"):
            if isinstance(found.get(key), list):
                found[key] = sorted(found[key], key=str)
        if isinstance(found.get("operations"), list):
            found["operations"] = sorted(found["operations"], key=_place)
        return found
    return [_arranged(one) for one in value] if isinstance(value, list) else value


def _orders(value: Any) -> list[list[str]]:
    """The order in which what is arranged stands, list by list."""
    if isinstance(value, list):
        return [order for one in sorted(value, key=_place) for order in _orders(one)]
    if not isinstance(value, dict):
        return []
    kept = [value[key] for key in ("current", "required", "operations") if isinstance(value.get(key), list)]
    inner = [order for one in value.values() for order in _orders(one)]
    return [[_place(one) for one in listed] for listed in kept] + inner


def _place(operation: Any) -> str:
    return str(operation.get("path")) if isinstance(operation, dict) else str(operation)
