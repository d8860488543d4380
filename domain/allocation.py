"""Domain: which stock an order line gets - first expiry first (FEFO; GSP 85, 89). Knows no table, no clock.

The caller gives only stock that may be sold (qualified, not held, not expired, not reserved) and the days
that each batch still has. Within one expiry date the fewest locations are visited; among equals no case is
broken open that can stay whole, then the oldest receipt comes first. Quantities are whole base units.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from domain.stock import Position


@dataclass(frozen=True)
class Demand:
    """What a line of an order still needs, and the shelf life that the customer asks for in days."""

    line_no: int
    material_id: UUID
    quantity: int
    min_remaining_days: int = 0


@dataclass(frozen=True)
class Available:
    """What of a batch is free at one position. `case` is how many base units a whole case holds."""

    batch_id: UUID
    batch_number: str
    material_id: UUID
    expires_on: date | None
    remaining_days: int | None
    position: Position
    location: str
    quantity: int
    case: int = 1


@dataclass(frozen=True)
class Allocated:
    """So much of an available position for a line."""

    line_no: int
    stock: Available
    quantity: int


@dataclass(frozen=True)
class Allocation:
    """What the lines get, in their order and then first expiry first; `missing` base units by line."""

    taken: tuple[Allocated, ...]
    missing: dict[int, int]


def stricter(*days: int | None) -> int:
    """The remaining shelf life that counts: the longest that the customer or the line asks for."""
    return max((one for one in days if one is not None), default=0)


def fresh_enough(stock: Available, min_remaining_days: int) -> bool:
    """Whether the batch has at least so many days left; one without an expiry always has."""
    return stock.remaining_days is None or stock.remaining_days >= min_remaining_days


def allocate(demands: Iterable[Demand], stock: Iterable[Available]) -> Allocation:
    """Serve the lines in their order from the stock; the same input always gives the same answer."""
    free: dict[UUID, list[Available]] = defaultdict(list)
    for one in sorted(stock, key=_key):
        free[one.material_id].append(one)
    left = {_place(one): one.quantity for shelf in free.values() for one in shelf}
    taken: list[Allocated] = []
    missing: dict[int, int] = {}
    for demand in demands:
        wanted = demand.quantity
        fit = [one for one in free[demand.material_id] if fresh_enough(one, demand.min_remaining_days)]
        for _, same_expiry in groupby(fit, key=lambda one: one.expires_on):
            for one, quantity in _visit(list(same_expiry), wanted, left):
                taken.append(Allocated(demand.line_no, one, quantity))
                left[_place(one)] -= quantity
                wanted -= quantity
        if wanted:
            missing[demand.line_no] = wanted
    return Allocation(tuple(taken), missing)


def _visit(
    shelf: Sequence[Available], wanted: int, left: dict[tuple[UUID, Position], int]
) -> list[tuple[Available, int]]:
    """Which places of one expiry date are visited for so much, and what is taken at each."""
    found: list[tuple[Available, int]] = []
    places = [one for one in shelf if left[_place(one)]]
    while wanted and places:
        enough = [one for one in places if left[_place(one)] >= wanted]
        if enough:
            chosen = min(enough, key=lambda one: (_breaks_case(one, wanted, left[_place(one)]), _age(one)))
        else:  # the fullest first: no other order needs fewer places
            chosen = min(places, key=lambda one: (-left[_place(one)], _age(one)))
        quantity = min(wanted, left[_place(chosen)])
        found.append((chosen, quantity))
        wanted -= quantity
        places.remove(chosen)
    return found


def _breaks_case(one: Available, wanted: int, there: int) -> bool:
    """Whether a whole case must be opened for it: its loose units do not cover the odd ones."""
    return wanted % one.case > there % one.case


def _place(one: Available) -> tuple[UUID, Position]:
    return one.batch_id, one.position


def _age(one: Available) -> tuple[str, str, str]:
    """The batch that was received first (ids grow with time), then by where it stands."""
    return (str(one.batch_id), one.location, str(one.position.owner_id))


def _key(one: Available) -> tuple[bool, date, tuple[str, str, str]]:
    return (one.expires_on is None, one.expires_on or date.max, _age(one))
