"""Room `ops`, trials: read the SCMS delivery history as it is published. Pure; knows no product shape.

The file is classic Mac: bare CR line ends, UTF-8 with a mark, two date formats in one row, words in columns
of numbers. What cannot be used is counted by its reason, never dropped silently.
"""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ops.settings import REPOSITORY

FILE = Path("scms") / "scms_delivery_history.part_a.csv"
ORDER_PREFIX = "SCMS-"  # SO- is an order from the programme's own warehouse: an internal transfer
OWN_WAREHOUSE = "SCMS from RDC"
GLUED_NUMBER = re.compile(r"^#(\d+)\*\*\s*")
DATE_FORMATS = ("%d-%b-%y", "%m/%d/%y")


class SharedDataMissing(Exception):
    """The public sample data is not there."""

    code = "shared_data_missing"


@dataclass(frozen=True)
class Shipped:
    """One line of the history: an ordered item that came with one advice. Quantities are packs."""

    line_id: int
    order: str
    advice: str
    country: str
    vendor: str
    maker: str
    item: str
    group: str
    dosage: str
    form: str
    pack_size: int
    packs: int
    ordered_on: date | None
    delivered_on: date


@dataclass(frozen=True)
class Read:
    """Usable lines of purchase orders, and how often what was found or left out."""

    lines: list[Shipped]
    oddities: Counter[str]


def shared_data() -> Path:
    """The folder of public sample data: XUNJI_SHARED_DATA, or beside the repository; SharedDataMissing."""
    return shared_data_with(FILE)


def shared_data_with(wanted: Path) -> Path:
    """The same folder, which must hold `wanted`: a file or a folder of it; SharedDataMissing otherwise."""
    path = Path(os.environ.get("XUNJI_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (path / wanted).exists():
        raise SharedDataMissing(
            f"there is no {wanted} in the shared data: set XUNJI_SHARED_DATA to its folder"
        )
    return path


def read(folder: Path) -> Read:
    """Read the history of purchase orders."""
    text = (folder / FILE).read_bytes().decode("utf-8-sig")
    return parse(csv.DictReader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))))


def parse(rows: Iterable[dict[str, str]]) -> Read:
    """The lines of purchase orders among the rows."""
    lines: list[Shipped] = []
    found: Counter[str] = Counter()
    for row in rows:
        found["rows"] += 1
        if not row["PO / SO #"].startswith(ORDER_PREFIX) or row["Vendor"] == OWN_WAREHOUSE:
            found["rows of the own warehouse, left out"] += 1
            continue
        line = _line(row, found)
        if line is not None:
            lines.append(line)
    return Read(lines, found)


def _line(row: dict[str, str], found: Counter[str]) -> Shipped | None:
    packs, pack_size = whole(row["Line Item Quantity"]), whole(row["Unit of Measure (Per Pack)"])
    delivered_on = day(row["Delivered to Client Date"])
    if packs is None or pack_size is None:
        found["lines left out: quantity is not a number above zero"] += 1
        return None
    if delivered_on is None:
        found["lines left out: no delivery date"] += 1
        return None
    ordered_on = day(row["PO Sent to Vendor Date"])
    _note(row, ordered_on, delivered_on, found)
    return Shipped(
        line_id=int(row["ID"]),
        order=row["PO / SO #"],
        advice=row["ASN/DN #"],
        country=row["Country"].strip(),
        vendor=squeezed(row["Vendor"]),
        maker=squeezed(row["Manufacturing Site"]),
        item=squeezed(GLUED_NUMBER.sub("", row["Item Description"])),
        group=row["Product Group"].strip(),
        dosage=row["Dosage"].strip(),
        form=row["Dosage Form"].strip(),
        pack_size=pack_size,
        packs=packs,
        ordered_on=ordered_on,
        delivered_on=delivered_on,
    )


def _note(row: dict[str, str], ordered_on: date | None, delivered_on: date, found: Counter[str]) -> None:
    scheduled, recorded = day(row["Scheduled Delivery Date"]), day(row["Delivery Recorded Date"])
    oddities = {
        "order date is a word": ordered_on is None,
        "delivered before it was ordered": ordered_on is not None and delivered_on < ordered_on,
        "delivered after the planned day": scheduled is not None and delivered_on > scheduled,
        "recorded before it was delivered": recorded is not None and recorded < delivered_on,
        "item number glued to the name": bool(GLUED_NUMBER.match(row["Item Description"])),
        "pack price is zero": row["Pack Price"].strip() in {"0", "0.00"},
        "weight is a word or a pointer": whole(row["Weight (Kilograms)"]) is None,
        "freight is a word or a pointer": not _is_number(row["Freight Cost (USD)"]),
        "insurance is empty": not row["Line Item Insurance (USD)"].strip(),
    }
    found.update(what for what, odd in oddities.items() if odd)


def whole(text: str) -> int | None:
    """A whole number above zero, thousands separators allowed; None for anything else."""
    digits = text.strip().replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and int(digits) > 0 else None


def day(text: str) -> date | None:
    """A date in one of the file's two formats (two-digit years are of this century); None for a word."""
    for spelling in DATE_FORMATS:
        try:
            return datetime.strptime(text.strip(), spelling).date()  # noqa: DTZ007 - a date, no instant
        except ValueError:
            continue
    return None


def squeezed(text: str) -> str:
    """The text with single blanks."""
    return " ".join(text.split())


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True
