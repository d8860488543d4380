"""Room `ops`, trials: the published stock ledger of OpenLMIS and its balances, read as they are. Pure.

Cards (facility, programme, product, lot), movements, and what a card held at the end of a day. A movement
with a source came from elsewhere, one with a destination left; a reason is a credit or a debit; one with
neither is a physical count.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from ops.trials.scms_reader import SharedDataMissing
from ops.trials.scms_reader import shared_data as shared_folder
from services.loaded_history import Happening

FOLDER = Path("openlmis")
TRANSFER_IN, CONSUMED, RECEIPTS = (
    "e3fc3cf3-da18-44b0-a220-77c985202e06",
    "b5c27da7-bdda-4790-925a-9484c5dfb594",
    "313f2f5f-0c22-4626-8c49-3554ef763de3",
)
"""Reasons that are built in and not in the published list."""
BUILT_IN: dict[str, tuple[str, Happening]] = {
    TRANSFER_IN: ("Transfer In", "arrived"),
    RECEIPTS: ("Receipts", "arrived"),
    CONSUMED: ("Consumed", "left"),
}


@dataclass(frozen=True)
class Card:
    """One position: where, what, which lot (None: the product is kept without lots)."""

    id: str
    facility: str
    programme: str
    product: str
    lot: str | None
    expires_on: date | None


@dataclass(frozen=True)
class Movement:
    """One line of a card; a count says how many there are."""

    card: str
    on: date
    processed: str
    happening: Happening
    quantity: int
    reason: str | None


@dataclass(frozen=True)
class Balance:
    """What a card held at the end of a day, as published."""

    card: str
    on: date
    quantity: int


@dataclass
class Published:
    """All of it; `oddities` counts what was seen on the way."""

    cards: dict[str, Card] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)
    products: dict[str, str] = field(default_factory=dict)
    facilities: dict[str, str] = field(default_factory=dict)
    oddities: Counter[str] = field(default_factory=Counter)


def shared_data() -> Path:
    """The folder of public sample data; SharedDataMissing when the ledger is not there."""
    path = shared_folder()
    if not (path / FOLDER / "ledger_a" / "stock_cards.csv").is_file():
        raise SharedDataMissing("there is no openlmis ledger in the shared data: set XUNJI_SHARED_DATA")
    return path


def read(folder: Path) -> Published:
    """Read the ledger; movements in the order of replay (day, then when they were processed)."""
    found = Published()
    lots = {row["id"].lower(): row for row in _rows(folder, "reference/referencedata.lots.csv")}
    for row in _rows(folder, "ledger_a/stock_cards.csv"):
        lot = lots.get(row["lotId"].lower()) if row["lotId"] else None
        found.cards[row["id"]] = Card(
            row["id"],
            row["facilityId"],
            row["programId"],
            row["orderableId"],
            lot["lotcode"] if lot else None,
            date.fromisoformat(lot["expirationdate"]) if lot and lot["expirationdate"] else None,
        )
    found.products = _names(folder, "reference/referencedata.orderables.csv", "fullproductname")
    found.facilities = _names(folder, "reference/referencedata.facilities.csv", "name")
    found.movements = sorted(_movements(folder, found), key=lambda one: (one.on, one.processed))
    for row in _rows(folder, "ledger_a/calculated_stocks_on_hand.csv"):
        on, quantity = date.fromisoformat(row["occurreddate"]), int(row["stockonhand"])
        found.balances.append(Balance(row["stockcardid"], on, quantity))
    return found


def _movements(folder: Path, found: Published) -> Iterator[Movement]:
    reasons = {
        r["id"]: r for r in _rows(folder, "reference/stockmanagement.stock_card_line_item_reasons.csv")
    }
    for row in _rows(folder, "ledger_a/stock_card_line_items.csv"):
        happening, words = _what(row, reasons)
        found.oddities[happening] += 1
        quantity = int(row["quantity"])
        found.oddities["quantity is zero"] += quantity == 0
        yield Movement(
            row["stockCardId"],
            date.fromisoformat(row["occurredDate"]),
            _processed(row["processedDate"]),
            happening,
            quantity,
            words,
        )


def _what(row: dict[str, str], reasons: dict[str, dict[str, str]]) -> tuple[Happening, str | None]:
    """What happened, and the reason that was given."""
    if row["sourceId"]:
        return "arrived", "from a source"
    if row["destinationId"]:
        return "left", "to a destination"
    reason = row["reasonId"]
    if not reason:
        return "counted", "physical count"
    if reason in BUILT_IN:
        words, happening = BUILT_IN[reason]
        return happening, words
    known = reasons[reason]
    credit, transfer = known["reasontype"] == "CREDIT", known["reasoncategory"] == "TRANSFER"
    if transfer:
        return ("arrived" if credit else "left"), known["name"]
    return ("found" if credit else "lost"), known["name"]


def _processed(text: str) -> str:
    """When it was entered, as a text that sorts: published with a varying number of decimals."""
    return datetime.fromisoformat(text.replace(" ", "T").ljust(26, "0") if "." in text else text).isoformat(
        timespec="microseconds"
    )


def _names(folder: Path, file: str, column: str) -> dict[str, str]:
    return {row["id"]: row[column] for row in _rows(folder, file)}


def _rows(folder: Path, file: str) -> list[dict[str, str]]:
    with (folder / FOLDER / file).open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))
