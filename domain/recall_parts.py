"""Domain: the parts of a recall notice's text - what each pattern says, in the order in which they are tried.

Numbers, ranges, "all", spans of dates and what stands beside them, in Chinese of both scripts and in English.
Knows the text at one place, nothing before or behind it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.recall_dates import DATE, days_of
from domain.recall_numbers import NUMBER, BrokenRange, LotRange, range_of

Kind = Literal["lot", "range", "all", "dates", "expiry", "count", "heading", "filler", "open", "unknown"]
Basis = Literal["expiry", "production", "distribution"]
SCOPE_KINDS = ("lot", "range", "all", "dates")
"""What names batches; the others stand beside it."""


@dataclass(frozen=True)
class Part:
    """A piece of the text and what it says; `text` is as it stood, in one width of letters.

    `doubt`: it was read, and a person has to look (`broken_range`, `hyphen`, `letters`, `many`, `blank`).
    """

    kind: Kind
    text: str
    number: str | None = None
    span: LotRange | None = None
    basis: Basis | None = None
    from_day: date | None = None
    to_day: date | None = None
    count: int | None = None
    doubt: str | None = None


Reading = Callable[[re.Match[str]], Part | None]
_LABEL = r"(?:批\s?號|批\s?号|批次(?!產品|产品)|(?i:lot|batch|unit|code)s?(?:\s?/\s?(?i:lot)s?)?(?![A-Za-z]))"
_NUMERALS = "一二三四五六七八九十"
_LABEL_TAIL = r"(?:\s*(?:#s?|(?i:nos?|numbers?)\b\.?))?\s*:?"
_ALL_TAIL = r"(?:產品|产品|之產品|的產品)?"
_BASES: tuple[tuple[str, Basis], ...] = (
    ("製", "production"),
    ("制", "production"),
    ("生產", "production"),
    ("生产", "production"),
    ("manufactured", "production"),
    ("produced", "production"),
    ("distributed", "distribution"),
    ("shipped", "distribution"),
    ("sold", "distribution"),
)
_BASIS_WORD = r"(?:有效期限?|失效期|效期|期限|製造日期|制造日期|生產日期|生产日期)(?:為|为|在|至)?\s*"
_BEFORE = r"(?:\(?含\)?)?(?:以前|之前|前|以内|以內)"
_MAKING = r"(?:生產|生产|製造|制造)?"
_MADE = rf"{_MAKING}(?:之|的)?(?:所有|全部|全)?{_MAKING}(?:之|的)?(?:批號|批号|批次|產品|产品)?"
_EVERY = r"all\s+(?:lots?|batch(?:es)?|products?)"
_HAPPENED = r"(?:\s+(?:manufactured|produced|distributed|shipped|sold|and))*\s+(?:between|from)?\s*"
_EXPIRY = (
    r"(?i:exp(?:\.|iration|ires?|iry)?(?:\s+(?:on|dated?s?))?\.?|use by date|best before|best by)"
    r"\s*:?\s*(?i:dated?\s*)?"
)
_JOINED = r"\s*(?P<sign>-|–|—|~|〜|至|到|\sto\s|\sthrough\s)\s*"
_FROM = NUMBER.replace("[-/_.@]", "[/_.@]")


def _filler(found: re.Match[str]) -> Part:
    return Part("filler", found[0])


def _all(found: re.Match[str]) -> Part:
    return Part("all", found[0])


def _open(found: re.Match[str]) -> Part:
    return Part("open", found[0])


def _heading(found: re.Match[str]) -> Part | None:
    """The product or pack of the numbers that follow; never a text with a number of its own in it."""
    return None if _LONG_NUMBER.search(found[0]) else Part("heading", found[0])


def _count(found: re.Match[str]) -> Part:
    stated = found["count"]
    return Part("count", found[0], count=int(stated) if stated.isdigit() else _NUMERALS.index(stated) + 1)


def _basis(text: str) -> Basis:
    lower = text.lower()
    return next((basis for sign, basis in _BASES if sign in lower), "expiry")


def _before(found: re.Match[str]) -> Part | None:
    days = days_of(found["date"])
    return None if days is None else Part("dates", found[0], basis=_basis(found[0]), to_day=days.last)


def _after(found: re.Match[str]) -> Part | None:
    days = days_of(found["date"])
    return None if days is None else Part("dates", found[0], basis=_basis(found[0]), from_day=days.first)


def _between(found: re.Match[str]) -> Part | None:
    first, last = days_of(found["first"]), days_of(found["last"])
    if first is None or last is None or first.first > last.last:
        return None
    return Part("dates", found[0], basis=_basis(found[0]), from_day=first.first, to_day=last.last)


def _expiry(found: re.Match[str]) -> Part | None:
    days = days_of(found["date"])
    return (
        None
        if days is None
        else Part("expiry", found[0], basis="expiry", from_day=days.first, to_day=days.last)
    )


def _range(found: re.Match[str]) -> Part | None:
    first, last, sign = found["from"], found["to"], found["sign"]
    if not _has_digit(first) or not _has_digit(last):
        return None
    try:
        span = range_of(first.strip(), last.strip(), hyphen=sign.strip() == "-")
    except BrokenRange:
        return Part("unknown", found[0], doubt="broken_range")
    return None if span is None else Part("range", found[0], span=span, doubt=span.doubt)


def _lot(found: re.Match[str]) -> Part | None:
    return Part("lot", found[0], number=found[0].strip()) if _has_digit(found[0]) else None


def _spaced(found: re.Match[str]) -> Part | None:
    """`VNT16 K001`: one number with a blank in it, when a lettered series stands before the number."""
    if not _has_digit(found["tail"]):
        return None
    doubt = "blank" if _has_digit(found["head"]) and len(found["head"]) > 5 else None  # noqa: PLR2004
    return Part("lot", found[0], number=found[0].strip(), doubt=doubt)


def _letters(found: re.Match[str]) -> Part:
    """Capitals without a digit may be a number or a word."""
    return Part("lot", found[0], number=found[0], doubt="letters_only")


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text) or "@" in text


_LONG_NUMBER = re.compile(r"\d{5}")
_ASIDE = r"(?:[^、,;()\n除不非外前後后全年至所]|\([^()\n除不非外]*\))"
_ENDS = r"(?=\s*(?:[、,;:()\s。.\"]|及|和|與|与|以及|等|共|批|$))"
PATTERNS: tuple[tuple[re.Pattern[str], Reading], ...] = tuple(
    (re.compile(pattern), reading)
    for pattern, reading in (
        (r"[\s、,;:。．&+\"“”]+|\.(?=\s|$)", _filler),
        (r"\d{1,2}\)\s*(?:(?:-|and|,|及)\s*\d{1,2}\)\s*)*(?=\S)", _heading),
        # "all", with what it is all of
        (
            r"(?:(?:仍在)?有?效期[內内](?:之|的)?)?(?:全部?|所有)(?:的|之)?(?:批號|批号|批次)" + _ALL_TAIL,
            _all,
        ),
        (r"有?效期[內内](?:之|的)?(?:批號|批号|批次|產品|产品)", _all),
        (r"(?:市售)?(?:之)?所有(?:有?效期[內内]?)?(?:的|之)?(?:產品|产品)", _all),
        (
            rf"(?i:{_EVERY}{_HAPPENED})(?P<first>{DATE})\s*(?i:through|thru|to|and|-)\s*(?P<last>{DATE})",
            _between,
        ),
        (rf"(?i:{_EVERY}(?:\s+(?:that are\s+)?within\s+expir(?:y|ation))?)(?![A-Za-z])", _all),
        # spans of dates
        (
            rf"(?:{_BASIS_WORD})?(?P<first>{DATE})\s*(?:至|到|~|-|—)\s*(?P<last>{DATE})(?:之|的)?{_MADE}",
            _between,
        ),
        (rf"(?:{_BASIS_WORD})?(?P<date>{DATE})\s*{_BEFORE}(?:之|的)?{_MADE}", _before),
        (rf"(?:{_BASIS_WORD})?(?P<date>{DATE})\s*(?:以後|以后|之後|之后|後|后|起)(?:之|的)?{_MADE}", _after),
        (rf"(?:有效期限?至?|效期|失效期)\s*:?\s*(?P<date>{DATE})", _expiry),
        (rf"{_EXPIRY}(?P<date>{DATE})", _expiry),
        # what is stated beside the numbers
        (
            rf"\(?\s*共[計计]?\s*(?P<count>\d+|[{_NUMERALS}])\s*批(?:次)?(?:藥品|药品|產品|产品)?\s*\)?",
            _count,
        ),
        (r"(?P<count>\d+)\s*批(?:次)?(?:藥品|药品|產品|产品)?(?![號号次])", _count),
        (r"等(?:批號|批号|批次)?|including but not limited to(?:\s+lots?)?", _open),
        (r"\((?:包裝|包装)?(?:規格|规格)[^()]*\)", _heading),
        # a label, and a product or a pack before it
        (rf"{_LABEL}{_LABEL_TAIL}", _filler),
        (rf"(?!{NUMBER}\s*(?:[、,;]|等)){_ASIDE}{{1,80}}?[(]?(?:批號|批号)\s*:?", _heading),
        (rf"{_ASIDE}{{1,40}}?[裝装]\s*:", _heading),
        # numbers
        (rf"(?P<from>{_FROM}|[A-Za-z]+[0-9]*\s[A-Za-z0-9]+){_JOINED}(?P<to>[A-Za-z0-9]+){_ENDS}", _range),
        (rf"(?P<head>[A-Z]{{1,5}}[0-9]{{0,4}})[ ](?P<tail>[A-Z]?[0-9]{{2,6}}[A-Z]?){_ENDS}", _spaced),
        (rf"{NUMBER}{_ENDS}", _lot),
        (rf"[A-Z]{{3,8}}{_ENDS}", _letters),
        (r"以及|及|和|與|与|或|(?i:and|or)(?![A-Za-z])|\(|\)", _filler),
    )
)
"""In this order: what is longer and says more comes first."""
