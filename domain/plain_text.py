"""Domain: text as it comes through a door - NFC, trimmed, without control characters, of bounded length.

Pydantic types for the shapes of documents and master data. What people see may hold any character that can be
printed, `<` and `'` included: escaping belongs to the door that shows it.
"""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints


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


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("不能为空 / must not be empty")
    return value


Code = Annotated[str, StringConstraints(max_length=64), AfterValidator(plain), AfterValidator(_not_empty)]
"""A code or number by which people know a thing: `A-17`, `国药准字H20000001`."""
Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(plain), AfterValidator(_not_empty)]
Words = Annotated[str, StringConstraints(max_length=200), AfterValidator(plain)]
"""A short text that may be empty."""
Reason = Annotated[
    str, StringConstraints(max_length=1000), AfterValidator(plain_lines), AfterValidator(_not_empty)
]
