"""Domain: counting stock - what is counted, what a count says of the books, what a difference is worth.

Books and goods agree (GSP 88). A count speaks of one moment: what the books expected then is the balance with
everything taken out that moved since. Corrections of earlier counts are no movements of goods: they hold for
the moment of the count as well. Quantities are integers in the base unit, values are CNY as exact decimals.
Knows no table and no clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeVar

from domain.batches import Status
from domain.decimals import canonical_decimal
from domain.sampling import draw_numbers

PlanKind = Literal["full", "cycle", "random", "movement"]
PLAN_KINDS: tuple[PlanKind, ...] = ("full", "cycle", "random", "movement")
Planned = TypeVar("Planned")

STATUS_OF_ZONE: Mapping[str, Status] = {
    "waiting": Status.QUARANTINE,
    "storage": Status.QUALIFIED,
    "shipping": Status.QUALIFIED,
    "rejected": Status.REJECTED,
    "returned": Status.RETURNED,
    "recalled": Status.RECALLED,
}
"""The state of goods that are found beside the books: that of the zone in which they stand (GSP 83)."""


@dataclass(frozen=True)
class Counted:
    """One count of one position: how many there were, and how many the books expected at that moment."""

    quantity: int
    expected: int

    @property
    def variance(self) -> int:
        """Positive: more goods than books."""
        return self.quantity - self.expected


@dataclass(frozen=True)
class Judgement:
    """What the counts of one position say together: the second one, where there is one, stands."""

    first: Counted
    second: Counted | None = None

    @property
    def standing(self) -> Counted:
        return self.second or self.first

    @property
    def variance(self) -> int:
        return self.standing.variance

    @property
    def agreed(self) -> bool:
        """Whether both persons found the same difference, whatever moved between them."""
        return self.second is None or self.second.variance == self.first.variance


@dataclass(frozen=True)
class Moved:
    """A change of one position: signed quantity, when it was recorded, whether it corrected a count."""

    quantity: int
    at: datetime
    correction: bool = False


def expected_at(balance: int, moves: Iterable[Moved], at: datetime) -> int:
    """What the books hold of the moment `at`: the balance now, without the goods that moved after it."""
    return balance - sum(move.quantity for move in moves if move.at > at and not move.correction)


def moment_of(counts: Sequence[tuple[int, datetime]]) -> datetime:
    """When the quantity that stands was counted; `counts` are a line's results, the first one first.

    An answer repeated with the same quantity (a remark was added) is not a new count.
    """
    quantity, moment = counts[-1]
    for other, at in reversed(counts):
        if other != quantity:
            break
        moment = at
    return moment


@dataclass(frozen=True)
class Part:
    """A signed part of a difference: of the counted place, or of goods carried away from it (by number)."""

    quantity: int
    carried: int | None = None


def parts(variance: int, here: int, carried: Sequence[int]) -> list[Part]:
    """Where a difference is corrected, when goods were carried away since they were counted.

    `here` is what the place holds now, `carried` how much was taken away, oldest first. What is missing is
    taken from the place as far as it goes, then from what was carried away; what was found goes along with
    the goods when none are left. Without carrying, all of it belongs to the place, whatever that holds.
    """
    if not carried:
        return [Part(variance)]
    if variance > 0:
        return [Part(variance, None if here else len(carried) - 1)]
    left, found = -variance, []
    for at, there in ((None, here), *enumerate(carried)):
        taken = min(left, there)
        left -= taken
        found += [Part(-taken, at)] if taken else []
    return [*found, Part(-left)] if left else found


def value_of(variance: int, unit_value: str | None) -> str | None:
    """What a difference is worth (CNY, signed, exact); None while nobody has given the goods a value."""
    return None if unit_value is None else canonical_decimal(str(Decimal(unit_value) * variance))


def total_value(values: Iterable[str | None]) -> str:
    """Differences added up without their signs: losses do not pay for finds."""
    return canonical_decimal(str(sum((abs(Decimal(value)) for value in values if value), Decimal(0))))


def accuracy(right: int, counted: int) -> str:
    """How many positions of a hundred were right at the first count, with two decimals, rounded down."""
    if not counted:
        return "100.00"
    hundredths = right * 10_000 // counted
    return f"{hundredths // 100}.{hundredths % 100:02}"


def drawn(planned: Sequence[Planned], size: int, seed: str) -> list[Planned]:
    """A random part of the positions, each as likely as any other, in their order; the seed tells which."""
    return [planned[number - 1] for number in draw_numbers(len(planned), size, seed)]


@dataclass(frozen=True)
class Due:
    """When a position was counted last (None: never) and the class of its goods (none is C)."""

    key: str
    abc_class: str | None
    counted_on: date | None


def due(positions: Iterable[Due], today: date, days: Mapping[str, int]) -> list[str]:
    """The keys of what has to be counted again, what waits longest for its turn first.

    `days` says for each class after how many days; what was never counted comes first.
    """
    waiting: list[tuple[bool, int, str]] = []
    for one in positions:
        every = days[one.abc_class or "C"]
        if one.counted_on is None:
            waiting.append((False, every, one.key))
        elif (today - one.counted_on).days >= every:
            waiting.append((True, every - (today - one.counted_on).days, one.key))
    return [key for *_, key in sorted(waiting)]
