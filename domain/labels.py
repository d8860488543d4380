"""Domain: what a label says to a scanner - GS1 element strings of packages and batches. No I/O.

GS1 General Specifications: the SSCC of a logistic unit is (00); a trade item with its batch is (01) GTIN,
(17) expiry, (10) batch, the one of variable length last, so that no separator is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.codes.digits import is_cset82

BATCH_LONGEST = 20
"""Characters of a batch number in (10)."""
CODE_LONGEST = 48
"""Characters that Code 128 can hold on a label of ours and still be read."""

Symbology = Literal["gs1_128", "code_128"]


@dataclass(frozen=True)
class Barcode:
    """What is encoded, and how it is written below the bars for people."""

    symbology: Symbology
    content: str
    text: str


def of_package(sscc: str) -> Barcode:
    """The label of a logistic unit carries its SSCC (GS1 General Specifications 2.6)."""
    return _gs1([("00", sscc)])


def of_batch(gtin: str | None, number: str, expires_on: date | None) -> Barcode | None:
    """GTIN, expiry and batch where there is a GTIN, else the number alone; None if bars cannot say it."""
    if gtin is None:
        return of_text(number)
    if not is_cset82(number) or len(number) > BATCH_LONGEST:
        return None
    expiry = [("17", expires_on.strftime("%y%m%d"))] if expires_on else []
    return _gs1([("01", gtin.zfill(14)), *expiry, ("10", number)])


def of_text(code: str) -> Barcode | None:
    """A code of our own, as it stands; None for one that Code 128 cannot hold."""
    if not code or len(code) > CODE_LONGEST or not all(" " <= one <= "~" for one in code):
        return None
    return Barcode("code_128", code, code)


def _gs1(elements: Sequence[tuple[str, str]]) -> Barcode:
    return Barcode(
        "gs1_128",
        "".join(ai + value for ai, value in elements),
        "".join(f"({ai}){value}" for ai, value in elements),
    )
