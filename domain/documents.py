"""Domain: the shapes of the documents that integrators, buyers, sellers and keepers enter. Knows no table.

What a single document can say wrong about itself is refused here; what needs other records (does the material
exist, does the partner hold its licences) is the service's. Quantities arrive as integers or decimal strings
with a unit and become integers in the base unit; never floats. Record fields: 药品管理法 57.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    Field,
    StringConstraints,
    model_validator,
)

from domain.canonical import instant
from domain.document_parts import LineNumber, Quantity, RemainingDays, Shape
from domain.plain_text import Code, Day, Moment, Words

DocumentKind = Literal[
    "purchase_order",
    "dispatch_advice",
    "receipt",
    "acceptance_record",
    "put_away",
    "sales_order",
    "shipment",
    "invoice",
    "credit_note",
    "sales_return",
    "purchase_return",
    "transfer",
    "stocktake",
    "recall",
    "destruction",
]
EnteredKind = Literal["purchase_order", "dispatch_advice", "sales_order", "transfer"]
DOCUMENT_KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
MAX_LINES = 20_000
MAX_SERIALS_PER_LINE = 20_000


Price = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")]
"""What one of the entered unit costs, CNY, a decimal string (药品管理法 57)."""


class PurchaseOrderLineIn(Shape):
    """One ordered material; `min_remaining_days` is the shelf life that the buyer asks for on arrival.

    `price`: what the purchase record must say (GSP 68).
    """

    line: LineNumber
    material: Code
    quantity: Quantity
    unit: Code
    min_remaining_days: RemainingDays | None = None
    price: Price | None = None


class PurchaseOrderIn(Shape):
    """A purchase order to a supplier for one site."""

    number: Code
    supplier: Code
    site: Code
    ordered_on: Day
    lines: Annotated[list[PurchaseOrderLineIn], Field(min_length=1, max_length=MAX_LINES)]

    @model_validator(mode="after")
    def _line_numbers_once(self) -> Self:
        _once("line", [line.line for line in self.lines])
        return self


class DispatchAdviceLineIn(Shape):
    """One batch of one material in a delivery, for an order line; its serials are bound to it for ever."""

    line: LineNumber
    order_line: LineNumber | None = None
    material: Code
    batch: Code
    produced_on: Day | None = None
    expires_on: Day
    quantity: Quantity
    unit: Code
    serials: Annotated[list[Code], Field(max_length=MAX_SERIALS_PER_LINE)] = Field(default=[])
    packages: Annotated[list[Code], Field(max_length=MAX_SERIALS_PER_LINE)] = Field(default=[])

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.produced_on is not None and self.produced_on > self.expires_on:
            raise ValueError("生产日期晚于有效期 / produced after its expiry")
        _once("serial", self.serials)
        return self


class DispatchAdviceIn(Shape):
    """The supplier's notice of a delivery (随货同行单): carrier, vehicle, time of departure, batches."""

    number: Code
    supplier: Code
    purchase_order: Code
    site: Code
    shipped_at: Moment
    carrier: Words = ""
    vehicle: Words = ""
    lines: Annotated[list[DispatchAdviceLineIn], Field(min_length=1, max_length=MAX_LINES)]

    @model_validator(mode="after")
    def _once_in_the_document(self) -> Self:
        _once("line", [line.line for line in self.lines])
        _once("serial", [f"{line.material} {serial}" for line in self.lines for serial in line.serials])
        return self


class SalesOrderLineIn(Shape):
    """One material sold; `min_remaining_days` is asked of its shelf life, the customer's own when longer."""

    line: LineNumber
    material: Code
    quantity: Quantity
    unit: Code
    min_remaining_days: RemainingDays | None = None
    price: Price | None = None


class SalesOrderIn(Shape):
    """A customer's order on one site; `deliver_to` is the address on the note that goes with the goods."""

    number: Code
    customer: Code
    site: Code
    ordered_on: Day
    deliver_to: Words | None = None
    lines: Annotated[list[SalesOrderLineIn], Field(min_length=1, max_length=MAX_LINES)]

    @model_validator(mode="after")
    def _line_numbers_once(self) -> Self:
        _once("line", [line.line for line in self.lines])
        return self


class TransferLineIn(Shape):
    """One material that goes to another site of ours."""

    line: LineNumber
    material: Code
    quantity: Quantity
    unit: Code
    min_remaining_days: RemainingDays | None = None


class TransferIn(Shape):
    """An order to move goods from `site` to `to_site`, both of one legal entity."""

    number: Code
    site: Code
    to_site: Code
    ordered_on: Day
    lines: Annotated[list[TransferLineIn], Field(min_length=1, max_length=MAX_LINES)]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.site == self.to_site:
            raise ValueError("调出与调入仓库相同 / both sites are the same")
        _once("line", [line.line for line in self.lines])
        return self


def _once(what: str, values: list[int] | list[str]) -> None:
    seen: set[int | str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"重复的 {what} / {what} given twice: {value}")
        seen.add(value)


class PurchaseOrderChanges(Shape):
    """What a correction may change on a purchase order."""

    ordered_on: Day | None = None
    lines: Annotated[list[PurchaseOrderLineIn], Field(min_length=1, max_length=MAX_LINES)] | None = None


class DispatchAdviceChanges(Shape):
    """What a correction may change on a dispatch advice."""

    shipped_at: Moment | None = None
    carrier: Words | None = None
    vehicle: Words | None = None
    lines: Annotated[list[DispatchAdviceLineIn], Field(min_length=1, max_length=MAX_LINES)] | None = None


class SalesOrderChanges(Shape):
    """What a correction may change on a sales order."""

    ordered_on: Day | None = None
    deliver_to: Words | None = None
    lines: Annotated[list[SalesOrderLineIn], Field(min_length=1, max_length=MAX_LINES)] | None = None


class TransferChanges(Shape):
    """What a correction may change on a transfer."""

    ordered_on: Day | None = None
    lines: Annotated[list[TransferLineIn], Field(min_length=1, max_length=MAX_LINES)] | None = None


EnteredDocument = PurchaseOrderIn | DispatchAdviceIn | SalesOrderIn | TransferIn
EnteredLine = PurchaseOrderLineIn | DispatchAdviceLineIn | SalesOrderLineIn | TransferLineIn
EnteredChanges = PurchaseOrderChanges | DispatchAdviceChanges | SalesOrderChanges | TransferChanges


@dataclass(frozen=True)
class Entered:
    """One kind that people enter: its shapes, the role of its partner (none: it is among our own sites).

    `licensed`: the partner's licences must cover every line (药品管理法 55). `in_process`: fields of the
    head that may still be corrected while a run works on the document; its lines may not.
    """

    body: type[EnteredDocument]
    changes: type[EnteredChanges]
    partner: Literal["supplier", "customer"] | None
    licensed: bool
    in_process: frozenset[str]


ENTERED: Mapping[EnteredKind, Entered] = {
    "purchase_order": Entered(
        PurchaseOrderIn, PurchaseOrderChanges, "supplier", licensed=True, in_process=frozenset({"ordered_on"})
    ),
    "dispatch_advice": Entered(
        DispatchAdviceIn,
        DispatchAdviceChanges,
        "supplier",
        licensed=False,
        in_process=frozenset({"shipped_at", "carrier", "vehicle"}),
    ),
    "sales_order": Entered(
        SalesOrderIn,
        SalesOrderChanges,
        "customer",
        licensed=True,
        in_process=frozenset({"ordered_on", "deliver_to"}),
    ),
    "transfer": Entered(
        TransferIn, TransferChanges, None, licensed=False, in_process=frozenset({"ordered_on"})
    ),
}


def kind_of(document: EnteredDocument) -> EnteredKind:
    """The kind of an entered document, by its shape."""
    return next(kind for kind, entered in ENTERED.items() if isinstance(document, entered.body))


def partner_of(document: EnteredDocument) -> str | None:
    """The code of the partner; None where there is none."""
    role = ENTERED[kind_of(document)].partner
    return str(getattr(document, role)) if role else None


def header_of(document: EnteredDocument) -> dict[str, str]:
    """The fields of the document that are its own kind's, as they are stored and shown."""
    if isinstance(document, DispatchAdviceIn):
        return {
            "purchase_order": document.purchase_order,
            "shipped_at": instant(document.shipped_at),
            "carrier": document.carrier,
            "vehicle": document.vehicle,
        }
    head = {"ordered_on": document.ordered_on.isoformat()}
    if isinstance(document, SalesOrderIn) and document.deliver_to:
        return {**head, "deliver_to": document.deliver_to}
    return {"to_site": document.to_site, **head} if isinstance(document, TransferIn) else head
