"""Domain: receiving and acceptance - what must fit before goods are taken in. Knows no table and no engine.

Order match (GSP 72-75), cartons for sampling (GSP 77), quantities of acceptance (GSP 80) and of put-away
(GSP 81: only what was accepted enters qualified stock). Quantities are integers in the base unit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from domain.errors import Refusal

AcceptanceOutcome = Literal["accepted", "rejected", "partial"]


class QuantitiesDoNotAddUp(Refusal):
    """Accepted and rejected must be exactly what arrived; put away must be exactly what was accepted."""

    code = "quantities_do_not_add_up"
    kind = "invalid"
    zh = "批号 {batch}：{given_zh}，应为 {expected}"
    en = "Batch {batch}: {given_en}, expected {expected}"


@dataclass(frozen=True)
class OrderedLine:
    """A line of the purchase order: ordered, already booked in, and on its way in other deliveries."""

    line_no: int
    material_id: UUID
    ordered: int
    received: int = 0
    underway: int = 0
    min_remaining_days: int | None = None

    @property
    def open_quantity(self) -> int:
        """What may still arrive on this line."""
        return max(0, self.ordered - self.received - self.underway)


@dataclass(frozen=True)
class AdvisedLine:
    """A line of the dispatch advice; `usable`: the batch is within its expiry on arrival."""

    line_no: int
    order_line_no: int | None
    material_id: UUID
    batch: str
    quantity: int
    expires_on: date
    usable: bool = True


@dataclass(frozen=True)
class Mismatch:
    """Why one line of a delivery does not fit; `refusal` is the name that a definition can route."""

    refusal: Literal["not_on_order", "over_quantity", "batch_expired", "shelf_life_too_short"]
    line_no: int
    zh: str
    en: str


def match(ordered: Iterable[OrderedLine], advised: Iterable[AdvisedLine], today: date) -> list[Mismatch]:
    """Every way in which the delivery does not fit the order, line by line (GSP 73).

    Several batches may share an order line: their sum must fit what is still open on it.
    """
    lines = {line.line_no: line for line in ordered}
    advised = sorted(advised, key=lambda line: line.line_no)
    found: list[Mismatch] = []
    left: dict[int, int] = {number: line.open_quantity for number, line in lines.items()}
    for line in advised:
        order_line = lines.get(line.order_line_no) if line.order_line_no is not None else None
        if order_line is None or order_line.material_id != line.material_id:
            found.append(_not_on_order(line))
            continue
        if line.quantity > left[order_line.line_no]:
            found.append(_over_quantity(line, left[order_line.line_no]))
        left[order_line.line_no] = max(0, left[order_line.line_no] - line.quantity)
        found.extend(_shelf_life(line, order_line, today))
    return found


def order_lines_told(ordered: Iterable[OrderedLine], advised: Iterable[AdvisedLine]) -> dict[int, int]:
    """Line of the advice -> line of the order, where none is named and the material tells it.

    Paper advices name goods, not lines of our order. Of two lines with the same material neither is guessed:
    they may differ in price and in the days that must be left.
    """
    of: dict[UUID, list[int]] = {}
    for line in ordered:
        of.setdefault(line.material_id, []).append(line.line_no)
    unnamed = {line.line_no: of.get(line.material_id, []) for line in advised if line.order_line_no is None}
    return {number: found[0] for number, found in unnamed.items() if len(found) == 1}


def _not_on_order(line: AdvisedLine) -> Mismatch:
    return Mismatch(
        "not_on_order",
        line.line_no,
        f"第 {line.line_no} 行（批号 {line.batch}）不在采购订单上",
        f"line {line.line_no} (batch {line.batch}) is not on the purchase order",
    )


def _over_quantity(line: AdvisedLine, open_quantity: int) -> Mismatch:
    return Mismatch(
        "over_quantity",
        line.line_no,
        f"第 {line.line_no} 行（批号 {line.batch}）到货 {line.quantity}，超出订单未到数量 {open_quantity}",
        f"line {line.line_no} (batch {line.batch}) brings {line.quantity}, only {open_quantity} is open",
    )


def _shelf_life(line: AdvisedLine, order_line: OrderedLine, today: date) -> list[Mismatch]:
    if not line.usable:
        words = line.expires_on.isoformat()
        return [
            Mismatch(
                "batch_expired",
                line.line_no,
                f"第 {line.line_no} 行（批号 {line.batch}）已过有效期 {words}",
                f"line {line.line_no} (batch {line.batch}) is past its expiry {words}",
            )
        ]
    wanted, remaining = order_line.min_remaining_days, (line.expires_on - today).days
    if wanted is None or remaining >= wanted:
        return []
    return [
        Mismatch(
            "shelf_life_too_short",
            line.line_no,
            f"第 {line.line_no} 行（批号 {line.batch}）剩余效期 {remaining} 天，订单要求至少 {wanted} 天",
            f"line {line.line_no} (batch {line.batch}) has {remaining} days left, the order wants {wanted}",
        )
    ]


@dataclass(frozen=True)
class Cartons:
    """How one batch is packed: full cartons, and whether a loose (opened, partial) one is with them."""

    full: int
    loose: bool

    @property
    def count(self) -> int:
        """All cartons, the loose one included."""
        return self.full + int(self.loose)


def cartons_of(quantity: int, carton_quantity: int) -> Cartons:
    """Cartons of a quantity; a remainder stands in one loose carton, which is always sampled (GSP 77)."""
    full, rest = divmod(quantity, max(1, carton_quantity))
    return Cartons(full, rest > 0)


def accepted_and_rejected(
    outcome: str, arrived: int, accepted: int | None, rejected: int | None, batch: str
) -> tuple[int, int]:
    """The two quantities of an acceptance line: they add up to what arrived, or QuantitiesDoNotAddUp.

    `accepted` and `rejected` as outcomes mean all of it; a partial acceptance names at least one of the two.
    """
    if outcome == "accepted":
        accepted, rejected = arrived if accepted is None else accepted, rejected or 0
    elif outcome == "rejected":
        accepted, rejected = accepted or 0, arrived if rejected is None else rejected
    elif accepted is None and rejected is not None:
        accepted = arrived - rejected
    elif rejected is None and accepted is not None:
        rejected = arrived - accepted
    accepted, rejected = accepted or 0, rejected or 0
    if not _fits(outcome, arrived, accepted, rejected):
        raise QuantitiesDoNotAddUp(
            batch=batch,
            given_zh=f"合格 {accepted}、不合格 {rejected}",
            given_en=f"accepted {accepted}, rejected {rejected}",
            expected=arrived,
        )
    return accepted, rejected


def _fits(outcome: str, arrived: int, accepted: int, rejected: int) -> bool:
    if min(accepted, rejected) < 0 or accepted + rejected != arrived:
        return False
    if outcome == "accepted":
        return rejected == 0
    if outcome == "rejected":
        return accepted == 0
    return accepted > 0 and rejected > 0


def check_put_away(accepted: int, put_away: int | None, batch: str) -> int:
    """What was put away must be exactly what was accepted; no quantity given means all of it."""
    if put_away is None or put_away == accepted:
        return accepted
    raise QuantitiesDoNotAddUp(
        batch=batch, given_zh=f"上架 {put_away}", given_en=f"{put_away} put away", expected=accepted
    )


def same_dates(
    known: Mapping[str, date | None],
    told: Mapping[str, date | None],
    fields: Iterable[str] = ("produced_on", "expires_on"),
) -> bool:
    """Whether a known batch and a delivery agree on its dates; a date that one does not name agrees."""
    return all(known.get(f) is None or told.get(f) is None or known[f] == told[f] for f in fields)
