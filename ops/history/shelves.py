"""Room `ops`, history: the shelves as a plan sees them - what stands where, and stood when. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from domain.batches import Status
from domain.loaded_records import At
from domain.master_data import MaterialIn


class Spot(NamedTuple):
    """One batch at one location in one state; codes, as the stock page names them."""

    site: str
    location: str
    material: str
    batch: str
    status: Status

    @property
    def at(self) -> At:
        return At(self.site, self.location, self.status)


@dataclass(frozen=True)
class Lot:
    """A batch of the plan: its material and dates."""

    material: MaterialIn
    number: str
    produced_on: date
    expires_on: date

    @property
    def key(self) -> tuple[str, str]:
        return self.material.code, self.number


class Overdrawn(Exception):
    """The plan takes more than it has put there: a defect of the plan."""

    code = "overdrawn"


@dataclass
class Shelves:
    """Quantities by spot, the serials of goods that have them, and the journal of all changes."""

    held: dict[Spot, int] = field(default_factory=lambda: defaultdict(int))
    serials: dict[Spot, list[str]] = field(default_factory=lambda: defaultdict(list))
    lots: dict[tuple[str, str], Lot] = field(default_factory=dict)
    journal: list[tuple[datetime, Spot, int]] = field(default_factory=list)

    def change(self, at: datetime, spot: Spot, quantity: int) -> None:
        """Put there, or take from there (negative)."""
        self.held[spot] += quantity
        if self.held[spot] < 0:
            raise Overdrawn(f"{spot}: {self.held[spot]}")
        self.journal.append((at, spot, quantity))

    def move(self, at: datetime, source: Spot, target: Spot, quantity: int) -> None:
        self.change(at, source, -quantity)
        self.change(at, target, quantity)

    def take_serials(self, spot: Spot, quantity: int) -> tuple[str, ...]:
        """The first serials of the spot, none where the goods have none."""
        here = self.serials[spot]
        taken, self.serials[spot] = here[:quantity], here[quantity:]
        return tuple(taken)

    def standing(self, site: str, status: Status = Status.QUALIFIED) -> Iterator[tuple[Spot, int]]:
        """What stands at a site in a state, in a fixed order."""
        for spot in sorted(self.held):
            if spot.site == site and spot.status is status and self.held[spot]:
                yield spot, self.held[spot]

    def of(self, spot: Spot) -> Lot:
        return self.lots[spot.material, spot.batch]

    def as_of(self, moment: datetime) -> dict[Spot, int]:
        """What stood where at a moment, by the journal."""
        found: dict[Spot, int] = defaultdict(int)
        for at, spot, quantity in self.journal:
            if at <= moment:
                found[spot] += quantity
        return {spot: quantity for spot, quantity in found.items() if quantity}
