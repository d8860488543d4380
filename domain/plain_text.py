"""Domain: text as it comes through a door - NFC, trimmed, without control characters, of bounded length.

Pydantic types for the shapes of documents and master data; days and instants are written as in ISO 8601. What
people see may hold any character that can be printed, `<` and `'` included: escaping belongs to the door that
shows it.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from domain.half_width import half_width


class NotPlainText(ValueError):
    """Text with a control character (also NUL, which the database cannot hold) or a lone surrogate."""


def plain(value: str) -> str:
    """The text in NFC without surrounding blanks; NotPlainText for control characters."""
    text = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise NotPlainText("控制字符不允许 / control characters are not allowed")
    return text


def plain_lines(value: str) -> str:
    """As `plain`, but line breaks and tabs may stand in it."""
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\t" for sign in text):
        raise NotPlainText("控制字符不允许 / control characters are not allowed")
    return text


def _halved(value: Any) -> Any:
    """A code in half width, before its length is looked at; what is no text is left to its type."""
    return half_width(value) if isinstance(value, str) else value


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("不能为空 / must not be empty")
    return value


_SAID_NOT_EMPTY = Field(json_schema_extra={"minLength": 1})
"""Tells integrators what `_not_empty` asks, in its own words for people."""
Code = Annotated[
    str,
    StringConstraints(max_length=64),
    BeforeValidator(_halved),
    AfterValidator(plain),
    AfterValidator(_not_empty),
    _SAID_NOT_EMPTY,
]
"""A code or number by which people know a thing: `A-17`, `国药准字H20000001`."""
Name = Annotated[
    str, StringConstraints(max_length=200), AfterValidator(plain), AfterValidator(_not_empty), _SAID_NOT_EMPTY
]
Words = Annotated[str, StringConstraints(max_length=200), AfterValidator(plain)]
"""A short text that may be empty."""
Reason = Annotated[
    str,
    StringConstraints(max_length=1000),
    AfterValidator(plain_lines),
    AfterValidator(_not_empty),
    _SAID_NOT_EMPTY,
]


def _written(value: Any) -> Any:
    """A day or an instant is written out: a bare number could be seconds, milliseconds or a typing error."""
    if isinstance(value, date | datetime):
        return value
    if isinstance(value, str) and re.match(r"\d{4}-", plain := half_width(value), re.ASCII):
        return plain
    raise ValueError(
        "应为 2027-11-30 这样的日期，时间须带时区 / write a date as 2027-11-30, an instant with its offset"
    )


Day = Annotated[date, BeforeValidator(_written)]
"""A calendar day, `2027-11-30`."""
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""An instant with its offset, `2027-11-30T08:00:00+08:00` (RFC 3339)."""
