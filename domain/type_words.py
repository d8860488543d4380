"""Domain: what the types of expressions are called in messages, in both languages."""

from __future__ import annotations

_TYPES = {
    "string": ("文字", "a text"),
    "int": ("整数", "a whole number"),
    "bool": ("是或否", "yes or no"),
    "date": ("日期", "a date"),
    "decimal": ("小数", "a decimal"),
    "timestamp": ("时刻", "an instant"),
    "line_set": ("明细", "a list of lines"),
}


def type_words(*types: str) -> tuple[str, str]:
    """What types are called: one, or a choice of several; Chinese, English."""
    zh, en = zip(*(_words(type_.removesuffix("?")) for type_ in types), strict=True)
    return "或".join(zh), " or ".join(en)


def _words(type_: str) -> tuple[str, str]:
    name, _, inner = type_.removesuffix(">").partition("<")
    if name == "list":
        zh, en = _words(inner)
        return f"多项{zh}", f"several of {en}"
    if name == "document":
        return f"单据 {inner}".rstrip(), f"a document {inner}".rstrip()
    return _TYPES.get(type_, (type_, type_))
