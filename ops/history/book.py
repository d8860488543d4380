"""Room `ops`, history: what a plan is written in - codes, chance, shelves and the events. Pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.batches import Status
from domain.documents import EnteredDocument
from domain.invoices import InvoiceIn
from domain.licences import COLD_CLASSES
from domain.loaded_records import PastRecord
from domain.master_data import MaterialIn, SiteIn, ZoneIn
from ops.history.shelves import Lot, Shelves, Spot
from services.loaded_holds import PastHold

Content = EnteredDocument | InvoiceIn | tuple[PastRecord, ...] | PastHold


@dataclass(frozen=True)
class Event:
    """Something that is taken over in one command, in the order of `at`; `kind` is for people."""

    at: datetime
    kind: str
    content: Content


@dataclass(frozen=True)
class Cast:
    """The company as a plan needs it: goods, sites, and partners by their codes."""

    materials: Sequence[MaterialIn]
    sites: Mapping[str, SiteIn]
    suppliers: Sequence[str]
    customers: Mapping[str, int]
    """Customers with the days of shelf life that they ask for."""


@dataclass(frozen=True)
class Sold:
    """A line of a shipment that has left, while some of it may still come back."""

    site: str
    shipment: str
    customer: str
    line: int
    lot: Lot
    quantity: int
    on: date


@dataclass
class Book:
    """The plan while it is written; every choice is drawn from `chance`, so that it is the same each time."""

    cast: Cast
    chance: random.Random
    assortment: dict[str, list[MaterialIn]]
    shelves: Shelves = field(default_factory=Shelves)
    events: list[Event] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)
    suppliers: dict[tuple[str, str], str] = field(default_factory=dict)
    """Who delivered a batch."""
    blocked: set[tuple[str, str, str]] = field(default_factory=set)
    released: list[tuple[datetime, tuple[str, str, str]]] = field(default_factory=list)
    """Batches on hold, until when."""
    later: list[tuple[datetime, Spot, int]] = field(default_factory=list)
    """What arrives from another site on a day that has not come yet."""
    sold: list[Sold] = field(default_factory=list)

    def moment(self, site: str, day: date, hour: int, minute: int = 0) -> datetime:
        """A wall time at a site, with some minutes of chance, as an instant."""
        wall = datetime.combine(day, time(hour, minute), ZoneInfo(self.cast.sites[site].time_zone))
        return wall.astimezone(UTC) + timedelta(seconds=self.chance.randrange(600))

    def catch_up(self, day: date) -> None:
        """A new day: what was under way arrives on it, holds that were lifted before it block no longer."""
        for at, spot, quantity in self.later:
            self.shelves.change(at, spot, quantity)
        self.later.clear()
        for closed, key in [one for one in self.released if one[0].date() < day]:
            self.blocked.discard(key)
            self.released.remove((closed, key))

    def number(self, prefix: str, day: date) -> str:
        """The next number of a kind of document on a day: `PO-260901-03`."""
        stem = f"{prefix}-{day:%y%m%d}"
        self.numbers[stem] += 1
        return f"{stem}-{self.numbers[stem]:02}"

    def add(self, at: datetime, kind: str, content: Content) -> None:
        self.events.append(Event(at, kind, content))

    def place(self, site: str, kind: str, material: MaterialIn) -> str:
        """A location for goods in a zone of a kind, drawn among those that suit."""
        fitting = [
            location
            for zone in self.cast.sites[site].zones
            if zone.kind == kind and _suits(kind, zone, material)
            for location in zone.locations
        ]
        return self.chance.choice(fitting)

    def spot(self, site: str, kind: str, lot: Lot, status: Status) -> Spot:
        """A place for a batch in a zone of a kind."""
        return Spot(site, self.place(site, kind, lot.material), *lot.key, status)

    def is_blocked(self, spot: Spot) -> bool:
        return (spot.site, spot.material, spot.batch) in self.blocked


def _suits(kind: str, zone: ZoneIn, material: MaterialIn) -> bool:
    """Stored goods stand in just their own class, cold goods wait in the cold (GSP 75, 83)."""
    if kind == "storage":
        return (zone.storage_class, zone.special_control) == (
            material.storage_class,
            material.special_control,
        )
    cold = material.storage_class in COLD_CLASSES
    if kind == "waiting" and cold:
        return zone.storage_class == material.storage_class
    return (zone.storage_class in COLD_CLASSES) == cold
