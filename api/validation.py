"""Room `api`: validation - what FastAPI and pydantic found wrong, as field problems in both languages.

The refused input is never repeated in the answer: it may hold a password.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.errors import FieldProblem, Invalid

_ZH = {
    "missing": "必填",
    "extra_forbidden": "没有此项",
    "string_type": "须为文本",
    "string_too_short": "文本过短",
    "string_too_long": "文本过长",
    "string_pattern_mismatch": "格式不符",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_from_float": "须为整数",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "list_type": "须为列表",
    "dict_type": "须为对象",
    "model_type": "须为对象",
    "model_attributes_type": "须为对象",
    "literal_error": "不在可选范围内",
    "enum": "不在可选范围内",
    "uuid_parsing": "须为 UUID",
    "uuid_type": "须为 UUID",
    "date_from_datetime_parsing": "须为日期（YYYY-MM-DD）",
    "date_parsing": "须为日期（YYYY-MM-DD）",
    "date_type": "须为日期（YYYY-MM-DD）",
    "datetime_parsing": "须为时间（RFC 3339）",
    "datetime_from_date_parsing": "须为时间（RFC 3339）",
    "datetime_type": "须为时间（RFC 3339）",
    "timezone_aware": "时间须带时区",
    "greater_than": "数值过小",
    "greater_than_equal": "数值过小",
    "less_than": "数值过大",
    "less_than_equal": "数值过大",
    "too_short": "数量过少",
    "too_long": "数量过多",
}
_LOCATIONS = frozenset({"body", "query", "path", "header", "cookie"})
_MAX_PROBLEMS = 100


class RequestInvalid(Invalid):
    """The request does not have the declared shape."""

    code = "validation"
    zh = "请求格式不符：{what}"
    en = "The request does not have the declared shape: {what}"


def from_pydantic(errors: Sequence[Any]) -> RequestInvalid:
    """All problems of one request, at most a hundred of them."""
    return RequestInvalid([_field(error) for error in errors[:_MAX_PROBLEMS]])


def _field(error: Any) -> FieldProblem:
    place = [str(part) for part in error.get("loc", ())]
    if len(place) > 1 and place[0] in _LOCATIONS:
        place = place[1:]
    kind = str(error.get("type", "invalid"))
    zh, en = _words(kind, str(error.get("msg", "")))
    return FieldProblem(".".join(place)[:200] or "body", kind, zh, en)


def _words(kind: str, message: str) -> tuple[str, str]:
    """Our own validators say `中文 / English`; pydantic speaks English, known kinds have Chinese words."""
    if kind == "value_error":
        said = message.removeprefix("Value error, ")
        zh, separator, en = said.partition(" / ")
        return (zh, en) if separator else (_ZH.get(kind, "填写内容不符合要求"), said)
    return _ZH.get(kind, "填写内容不符合要求"), message
