"""Room `api`: JSON as this door accepts it - no floats, no NUL, no half characters, nothing twice, not deep.

Quantities are integers or decimal strings (docs/reference/api.md); what PostgreSQL or the canonical form
could not hold is refused here by its path, before any rule sees it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from api.validation import RequestInvalid
from domain.canonical import INTEGER_LIMIT
from domain.errors import FieldProblem, Refusal

MAX_DEPTH = 24
_SUSPICIOUS = re.compile(rb"\\u(?:d[89a-f]|0000)", re.IGNORECASE)


class MalformedBody(Refusal):
    """The body is not JSON in UTF-8, or the parts of a form cannot be told apart."""

    code = "malformed_body"
    kind = "invalid"
    zh = "请求正文无法解析：须为 UTF-8 编码的 JSON，或完整的 multipart 表单"
    en = "The body cannot be read: it is JSON in UTF-8, or a whole multipart form"


class _Bad(Exception):
    def __init__(self, code: str, zh: str, en: str, *path: str) -> None:
        super().__init__(code)
        self.problem = (code, zh, en)
        self.path = list(path)


def parse(body: bytes) -> Any:
    """The value of a body; MalformedBody or RequestInvalid."""
    try:
        value = json.loads(body.decode(), parse_constant=_constant, object_pairs_hook=_object)
        _check(value, 0, text=bool(_SUSPICIOUS.search(body)))
    except _Bad as bad:
        raise RequestInvalid([FieldProblem(".".join(bad.path)[:200] or "body", *bad.problem)]) from bad
    except (ValueError, RecursionError) as broken:
        raise MalformedBody from broken
    return value


def _constant(name: str) -> Any:
    raise ValueError(name)


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; two members of one name would be read differently by different readers."""
    made = dict(members)
    if len(made) < len(members):
        name, _ = Counter(name for name, _ in members).most_common(1)[0]
        shown = name.encode("utf-8", "replace").decode()
        raise _Bad("member_twice", "同一对象中此项出现多次", "given twice in one object", shown)
    return made


def _check(value: Any, depth: int, *, text: bool) -> None:
    if isinstance(value, str):
        if text:
            _check_text(value)
    elif isinstance(value, dict | list):
        if depth >= MAX_DEPTH:
            raise _Bad("too_deep", "嵌套过深", "nested too deeply")
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            try:
                if text and isinstance(key, str):
                    _check_text(key)
                _check(item, depth + 1, text=text)
            except _Bad as bad:
                bad.path.insert(0, str(key).encode("utf-8", "replace").decode())
                raise
    elif isinstance(value, float):
        raise _Bad("float", '小数须写成文本，如 "5.5"', 'write decimals as text, such as "5.5"')
    elif isinstance(value, int) and abs(value) > INTEGER_LIMIT:
        raise _Bad("integer_too_large", "整数超出范围", "the integer is beyond 2^53")


def _check_text(value: str) -> None:
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise _Bad("not_plain_text", "含有不允许的字符", "holds characters that are not allowed")
