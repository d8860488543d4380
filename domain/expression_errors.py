"""Domain: what is wrong with an expression: it does not compile, or it has no value."""

from __future__ import annotations

import re

from domain.errors import Refusal
from domain.type_words import type_words

_MESSAGE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_OVERLOAD = re.compile(r"no matching overload for '([^']+)' applied to '\(([^)]*)\)'")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


class ExpressionInvalid(Refusal):
    """An expression that does not compile or type-check; `line` and `column` count from 1 in its source."""

    code = "expression_invalid"
    kind = "invalid"
    zh = "表达式第 {line} 行第 {column} 列：{message_zh}"
    en = "Expression, line {line}, column {column}: {message_en}"

    def __init__(self, line: int, column: int, message_zh: str, message_en: str) -> None:
        super().__init__(line=line, column=column, message_zh=message_zh, message_en=message_en)
        self.line, self.column, self.message_zh, self.message_en = line, column, message_zh, message_en


class ExpressionFailed(Refusal):
    """A sound expression that has no value for these values: one is missing, or a division by zero."""

    code = "expression_failed"
    kind = "invalid"
    zh = "表达式“{source}”无法求值：{reason}"
    en = "Expression `{source}` has no value: {reason}"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source=source, reason=reason)


def rejected(source: str, text: str) -> ExpressionInvalid:
    """The library's first complaint, with its position and in words of the language."""
    first = _MESSAGE.search(text)
    line, column, message = (int(first[1]), int(first[2]), first[3]) if first else (1, 1, text[:200])
    message = message.replace(" (in container '')", "").replace("bytes", "decimal")
    if "undeclared reference" in message or "operand of a select" in message:
        # The position is that of a dot inside a dotted name.
        for name in _NAME.finditer((source.splitlines() or [""])[line - 1]):
            if name.start() < column <= name.end():
                return ExpressionInvalid(
                    line, name.start() + 1, f"未知名称“{name[0]}”", f"unknown name `{name[0]}`"
                )
    if "Syntax error" in message:
        return ExpressionInvalid(line, column, "语法错误", message[:300])
    fits = _OVERLOAD.search(message)
    if fits:
        types = [type_words(one.strip()) for one in fits[2].split(",")]
        sign = fits[1].strip("_").replace("_", " … ")
        zh, en = "与".join(one[0] for one in types), " and ".join(one[1] for one in types)
        return ExpressionInvalid(line, column, f"“{sign}”不能用于{zh}", f"`{sign}` does not fit {en}")
    if "no matching overload" in message:
        return ExpressionInvalid(line, column, f"类型不符：{message[:300]}", message[:300])
    return ExpressionInvalid(line, column, f"无法编译：{message[:300]}", message[:300])
