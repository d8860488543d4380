"""Domain: invoices and credit notes - order, goods and invoice agree line by line (GSP 66, 91). No I/O.

An invoice names a shipment's lines: the batches that left. It may be for a part; it is never for more than
left, for another batch, or at another price than was ordered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domain.document_parts import LineNumber, Quantity, Shape
from domain.documents import MAX_LINES, Price
from domain.errors import FieldProblem
from domain.plain_text import Code, Day

Money = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{1,14}(\.[0-9]{1,4})?$")]


class InvoiceLineIn(Shape):
    """One line of a shipment as it is invoiced; `batch` and `price` are compared where they are given."""

    line: LineNumber
    shipment_line: LineNumber
    material: Code
    batch: Code | None = None
    quantity: Quantity
    unit: Code
    price: Price | None = None


class InvoiceIn(Shape):
    """An invoice to a customer for goods of one shipment; `total` is compared with its lines when given."""

    number: Code
    customer: Code
    shipment: Code
    invoiced_on: Day
    total: Money | None = None
    lines: Annotated[list[InvoiceLineIn], Field(min_length=1, max_length=MAX_LINES)]

    @model_validator(mode="after")
    def _line_numbers_once(self) -> Self:
        numbers = [line.line for line in self.lines]
        if len(set(numbers)) != len(numbers):
            raise ValueError("重复的行号 / a line number twice")
        return self


@dataclass(frozen=True)
class Shipped:
    """A line of a shipment: what left and stayed, what was invoiced and not credited, at which price."""

    line: int
    material: str
    batch: str
    quantity: int
    invoiced: int
    price: str | None = None
    """Per `unit`, as it was ordered."""
    unit: str | None = None


@dataclass(frozen=True)
class Invoiced:
    """A line of the invoice in base units; `path` is where it stands in the document."""

    path: str
    shipment_line: int
    material: str
    batch: str | None
    quantity: int
    unit: str
    price: str | None = None


def match(shipped: Sequence[Shipped], invoiced: Sequence[Invoiced]) -> list[FieldProblem]:
    """Everything in which the invoice differs from what left; empty when it may be entered."""
    by_line = {line.line: line for line in shipped}
    left = {line.line: line.quantity - line.invoiced for line in shipped}
    found: list[FieldProblem] = []
    for line in invoiced:
        of = by_line.get(line.shipment_line)
        if of is None:
            words = f"出库单没有第 {line.shipment_line} 行", f"the shipment has no line {line.shipment_line}"
            found.append(FieldProblem(f"{line.path}.shipment_line", "not_shipped", *words))
            continue
        found += _differences(line, of)
        left[of.line] -= line.quantity
        if left[of.line] < 0:
            most = max(0, left[of.line] + line.quantity)
            words = (
                f"批号 {of.batch} 可开票 {most}，开票 {line.quantity}",
                f"batch {of.batch}: {most} may be invoiced, {line.quantity} are",
            )
            found.append(FieldProblem(f"{line.path}.quantity", "over_quantity", *words))
    return found


def _differences(line: Invoiced, of: Shipped) -> list[FieldProblem]:
    found = []
    if line.material != of.material:
        words = (
            f"发出的是 {of.material}，不是 {line.material}",
            f"{of.material} was sent, not {line.material}",
        )
        found.append(FieldProblem(f"{line.path}.material", "material_mismatch", *words))
    if line.batch is not None and line.batch.strip() != of.batch:
        words = f"发出的批号是 {of.batch}，不是 {line.batch}", f"batch {of.batch} was sent, not {line.batch}"
        found.append(FieldProblem(f"{line.path}.batch", "batch_mismatch", *words))
    same_unit = of.unit is None or of.unit == line.unit
    if line.price and of.price and same_unit and Decimal(line.price) != Decimal(of.price):
        words = f"订单单价 {of.price}，开票 {line.price}", f"ordered at {of.price}, invoiced at {line.price}"
        found.append(FieldProblem(f"{line.path}.price", "price_mismatch", *words))
    return found


def to_credit(shipped: int, returned: int, invoiced: int, back: int) -> int:
    """What a return of `back` credits: what is invoiced beyond what stayed; `returned` has `back` in it."""
    return min(back, max(0, invoiced - (shipped - returned)))


def outstanding(shipped: Sequence[Shipped], invoiced: Sequence[Invoiced]) -> Mapping[int, int]:
    """Shipment line -> what of it is still to be invoiced after this invoice, where anything is."""
    left = {line.line: line.quantity - line.invoiced for line in shipped}
    for line in invoiced:
        left[line.shipment_line] = left.get(line.shipment_line, 0) - line.quantity
    return {line: quantity for line, quantity in left.items() if quantity > 0}


def total(lines: Sequence[tuple[int | str, str | None]]) -> Decimal | None:
    """The sum of entered quantity x price; None when a line has no price."""
    if any(price is None for _, price in lines):
        return None
    return sum((Decimal(str(quantity)) * Decimal(price or 0) for quantity, price in lines), Decimal(0))


def part_of_price(price: Decimal, quantity: int, units: Decimal, invoiced: int) -> Decimal:
    """What `quantity` of `invoiced` base units is worth; `units` of them cost `price` each. To the cent."""
    exact = Fraction(price) * Fraction(units) * quantity / invoiced
    cents = exact * 100
    return Decimal(floor(cents + Fraction(1, 2))).scaleb(-2)


def amount_of(price: str | None, units: str | int, kept: str | None = None) -> Decimal | None:
    """What a line is worth: what is kept with it, else its price times its units; None without a price."""
    if kept:
        return Decimal(kept)
    return Decimal(str(units)) * Decimal(price) if price else None


def sum_of(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of a document's amounts; None where there are none, or one is not known."""
    known = [one for one in amounts if one is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(amounts) else None
