"""Room `ops`, trials: read the Online Retail order lines as they are published. Pure; knows no product shape.

One file a day: sales, cancellations (`C…`), write-offs, postage and other things that are no goods. What is
left out is counted by its reason, never dropped silently.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ops.trials.scms_reader import SharedDataMissing, shared_data_with

FOLDER = Path("online_retail") / "by-day"
COUNTER = "0"
"""Who buys at the counter has no number."""
GOODS = re.compile(r"^[0-9]{4,6}[A-Z]{0,2}$", re.ASCII)
"""A stock code of goods; DOT, POST, M, D, gift_… are none."""
WHOLE = re.compile(r"^-?[0-9]{1,9}$", re.ASCII)
CUSTOMER = re.compile(r"^[0-9]{1,12}$", re.ASCII)
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
LONGEST_INVOICE = 20
LONGEST_NAME = 200
MOST_DECIMALS = 4


@dataclass(frozen=True)
class OrderLine:
    """So many units of a code on an invoice; `back`: a cancellation, the quantity is what came back."""

    invoice: str
    code: str
    description: str
    quantity: int
    customer: str
    on: date
    back: bool
    price: str | None = None
    """Per unit, as a decimal; None where the source has none that a sale can have."""


@dataclass(frozen=True)
class Read:
    """Usable lines in the order of the files, and how often what was found or left out."""

    lines: list[OrderLine]
    oddities: Counter[str]


def read(days: int | None = None) -> Read:
    """The first days of the published ones (all without a number); SharedDataMissing without the folder."""
    files = sorted((shared_data_with(FOLDER) / FOLDER).glob("*.csv"))[:days]
    if not files:
        raise SharedDataMissing(f"{FOLDER} holds no days")
    lines: list[OrderLine] = []
    oddities: Counter[str] = Counter()
    for file in files:
        # A letter that is no UTF-8 spoils a description at most: the row is used.
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            found = parse(csv.DictReader(opened))
        lines += found.lines
        oddities += found.oddities
    return Read(lines, oddities)


def parse(rows: Iterable[Mapping[Any, object]]) -> Read:
    """The usable ones of published rows; whatever a row holds, it is used or counted by its reason."""
    lines: list[OrderLine] = []
    oddities: Counter[str] = Counter()
    for row in rows:
        oddities["rows"] += 1
        cells = {name: " ".join(str(row.get(name) or "").split()) for name in COLUMNS}
        why = _malformed(row, cells) or _unusable(cells)
        if why:
            oddities[f"left out: {why}"] += 1
        else:
            lines.append(_line(cells, oddities))
    return Read(lines, oddities)


def _malformed(row: Mapping[Any, object], cells: Mapping[str, str]) -> str:
    """Why a row cannot be read, '' when it can."""
    if any(row.get(name) is None for name in COLUMNS) or None in row:
        return "more or fewer cells than columns"
    if not 0 < len(cells["InvoiceNo"]) <= LONGEST_INVOICE or not cells["InvoiceNo"].isprintable():
        return "no invoice number"
    if not WHOLE.match(cells["Quantity"]):
        return "quantity is no whole number"
    if _day(cells["InvoiceDate"]) is None:
        return "no date"
    number = cells["CustomerID"].removesuffix(".0")
    return "" if not number or CUSTOMER.match(number) else "customer is no number"


def _unusable(cells: Mapping[str, str]) -> str:
    """Why a row is no sale and no return of goods, '' when it is one."""
    if not GOODS.match(cells["StockCode"].upper()):
        return "no goods"
    quantity = int(cells["Quantity"])
    if quantity == 0 or (quantity < 0) != cells["InvoiceNo"].upper().startswith("C"):
        return "write-off"
    return ""


def _line(cells: Mapping[str, str], oddities: Counter[str]) -> OrderLine:
    code, price = cells["StockCode"].upper(), _price(cells["UnitPrice"])
    oddities["code written otherwise"] += code != cells["StockCode"]
    oddities["no price that a sale can have"] += price is None
    oddities["without a customer"] += not cells["CustomerID"]
    return OrderLine(
        invoice=cells["InvoiceNo"].upper(),
        code=code,
        description="".join(sign for sign in cells["Description"] if sign.isprintable())[:LONGEST_NAME],
        quantity=abs(int(cells["Quantity"])),
        customer=cells["CustomerID"].removesuffix(".0") or COUNTER,
        on=date.fromisoformat(cells["InvoiceDate"][:10]),
        back=cells["InvoiceNo"].upper().startswith("C"),
        price=price,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _price(text: str) -> str | None:
    """A price above zero with at most four decimals, as it is written."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    exponent = value.as_tuple().exponent
    usable = isinstance(exponent, int) and exponent >= -MOST_DECIMALS and 0 < value < 10**9
    return f"{value:f}" if usable else None
