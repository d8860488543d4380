"""Room `ops`, trials: read the Online Retail order lines as they are published. Pure; knows no product shape.

One file a day: sales, cancellations (`C…`), write-offs, postage and other things that are no goods. What is
left out is counted by its reason, never dropped silently.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ops.trials.scms_reader import SharedDataMissing, shared_data

FOLDER = Path("online_retail") / "by-day"
COUNTER = "0"
"""Who buys at the counter has no number."""
GOODS = re.compile(r"^[0-9]{4,6}[A-Z]{0,2}$")
"""A stock code of goods; DOT, POST, M, D, gift_… are none."""


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


@dataclass(frozen=True)
class Read:
    """Usable lines in the order of the files, and how often what was found or left out."""

    lines: list[OrderLine]
    oddities: Counter[str]


def read(days: int | None = None) -> Read:
    """The first days of the published ones (all without a number); SharedDataMissing without the folder."""
    folder = shared_data() / FOLDER
    if not folder.is_dir():
        raise SharedDataMissing(str(FOLDER))
    files = sorted(folder.glob("*.csv"))[:days]
    lines: list[OrderLine] = []
    oddities: Counter[str] = Counter()
    for file in files:
        with file.open(encoding="utf-8", newline="") as opened:
            lines += _lines(csv.DictReader(opened), oddities)
    return Read(lines, oddities)


def _lines(rows: Iterable[dict[str, str]], oddities: Counter[str]) -> Iterable[OrderLine]:
    for row in rows:
        why = _unusable(row)
        if why:
            oddities[why] += 1
            continue
        code, quantity = row["StockCode"].strip().upper(), int(row["Quantity"])
        if code != row["StockCode"]:
            oddities["code written otherwise"] += 1
        yield OrderLine(
            invoice=row["InvoiceNo"].strip(),
            code=code,
            description=" ".join(row["Description"].split()),
            quantity=abs(quantity),
            customer=row["CustomerID"].strip().removesuffix(".0") or COUNTER,
            on=date.fromisoformat(row["InvoiceDate"][:10]),
            back=row["InvoiceNo"].startswith("C"),
        )


def _unusable(row: dict[str, str]) -> str:
    """Why a row is no sale and no return of goods, '' when it is one."""
    if not GOODS.match(row["StockCode"].strip().upper()):
        return "no goods"
    quantity = int(row["Quantity"])
    if quantity == 0 or (quantity < 0) != row["InvoiceNo"].startswith("C"):
        return "write-off"
    return ""
