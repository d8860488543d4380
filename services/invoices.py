"""Services: invoices for what was shipped, and credit notes for what came back (GSP 66, 91; G15).

The shipment's row is locked while an invoice is compared, so that two invoices of the same goods are never
both within what left. Knows tables and queries, no HTTP.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import documents as queries
from db.queries import references, sales_returns
from db.queries.documents import DocumentRef, LineRef
from db.queries.references import MaterialRef
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid
from domain.invoices import Invoiced, InvoiceIn, InvoiceLineIn, Shipped, match, outstanding, total
from domain.quantity import QuantityNotWhole, to_base
from services import audit, credit_amounts, documents
from services.documents import DocumentView
from services.documents_entry import DocumentExists
from services.permissions import Permission, require
from services.platform import Actor, Platform


async def post(
    platform: Platform,
    body: InvoiceIn,
    *,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
    loaded: bool = False,
) -> DocumentView:
    """Enter an invoice. Invalid lists every difference from what left; DocumentExists when it is known.

    `loaded`: it belongs to loaded history, which only comes in while the owner's window is open.
    """
    async with (
        audit.refusals(platform, actor, "create.document", "document", body.number, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        known = as_id and await tx.scalar(sa.select(t.document.c.id).where(t.document.c.id == as_id))
        document_id = as_id if as_id and known else await _enter(tx, body, actor, as_id, loaded=loaded)
    return await documents.get(platform, document_id, actor=actor)


async def open_credit_note(
    tx: Transaction,
    *,
    returned: DocumentRef,
    shipment: DocumentRef,
    lines: Iterable[tuple[int, int, int]],
    actor_id: UUID,
    run_id: UUID | None,
    occurred_at: datetime,
    as_id: UUID | None = None,
    loaded: bool = False,
) -> UUID:
    """A credit note for goods that came back; the caller audits.

    `lines` are (return line, shipment line, base units). It follows from the return and names the shipment;
    what it credits may be invoiced again.
    """
    of_shipment = {line.line_no: line for line in await queries.lines_of(tx, shipment.id)}
    number = await queries.next_number(tx, "credit_note", returned, "HZ")
    header = {
        "shipment": shipment.number,
        "shipment_id": str(shipment.id),
        "sales_return": returned.number,
        "sales_return_id": str(returned.id),
    }
    made = await queries.open_document(
        tx,
        kind="credit_note",
        number=number,
        source=returned,
        run_id=run_id,
        actor_id=actor_id,
        occurred_at=occurred_at,
        header=header,
        as_id=as_id,
        loaded=loaded,
    )
    billed = await credit_amounts.prices(tx, shipment.id)
    rows = [
        {**_of_shipment(of_shipment[sent]), "line_no": at, "quantity": quantity}
        | {
            "data": {
                **_of_shipment(of_shipment[sent])["data"],
                "return_line": back,
                **(billed[sent].data(quantity) if sent in billed else {}),
            }
        }
        for at, (back, sent, quantity) in enumerate(lines, 1)
    ]
    await queries.add_lines(tx, made, rows)
    await queries.change_state(tx, made, "closed")
    return made


async def invoiced(tx: Reader, shipment_id: UUID) -> dict[int, int]:
    """Shipment line -> what was invoiced of it and not credited, in base units."""
    d, c = t.document.c, t.document_line.c
    line_no = sa.cast(c.data["shipment_line"].astext, sa.Integer)
    signed = sa.case((d.kind == "credit_note", -c.quantity), else_=c.quantity)
    rows = await tx.rows(
        sa.select(line_no.label("line"), sa.func.sum(signed).label("quantity"))
        .join(t.document, d.id == c.document_id)
        .where(
            d.kind.in_(("invoice", "credit_note")),
            d.state != "cancelled",
            d.header["shipment_id"].astext == str(shipment_id),
        )
        .group_by(line_no)
    )
    return {row["line"]: max(0, int(row["quantity"])) for row in rows}


async def _enter(tx: Transaction, body: InvoiceIn, actor: Actor, as_id: UUID | None, *, loaded: bool) -> UUID:
    shipment = await _shipment(tx, body)
    require(actor, Permission.DOCUMENT_WRITE, shipment.site_id)
    sent = {line.line_no: line for line in await queries.lines_of(tx, shipment.id)}
    materials = await references.materials_by_id(tx, {line.material_id for line in sent.values()})
    shipped = await _shipped(tx, shipment, sent, materials)
    problems: list[FieldProblem] = []
    lines = _lines(body, sent, materials, problems)
    problems += match(shipped, lines)
    sum_of_lines = total([(line.quantity, line.price) for line in body.lines])
    if body.total is not None and sum_of_lines is not None and sum_of_lines != Decimal(body.total):
        words = f"合计应为 {sum_of_lines}", f"the lines add up to {sum_of_lines}"
        problems.append(FieldProblem("total", "total_mismatch", *words))
    if problems:
        raise Invalid(problems)
    header = {
        "invoiced_on": body.invoiced_on.isoformat(),
        "shipment": shipment.number,
        "shipment_id": str(shipment.id),
        "sales_order": shipment.header.get("sales_order"),
        "sales_order_id": shipment.header.get("sales_order_id"),
        **({"total": body.total} if body.total else {}),
        "outstanding": sum(outstanding(shipped, lines).values()),
    }
    made = await _insert(tx, body, shipment, header, actor, as_id, loaded=loaded)
    await queries.add_lines(
        tx,
        made,
        [
            {
                **_of_shipment(sent[line.shipment_line]),
                "line_no": line.line,
                "quantity": one.quantity,
                "entered_quantity": str(line.quantity),
                "entered_unit": line.unit,
                "data": {
                    **_of_shipment(sent[line.shipment_line])["data"],
                    **({"price": line.price} if line.price else {}),
                },
            }
            for line, one in zip(body.lines, lines, strict=True)
        ],
    )
    after = {"kind": "invoice", "number": body.number, "shipment": shipment.number, "lines": len(lines)}
    await tx.audit("create.document", "document", str(made), after=after)
    return made


async def _shipment(tx: Transaction, body: InvoiceIn) -> DocumentRef:
    """The shipment by its number, locked; it must have left, to this customer."""
    customer = await references.party(tx, body.customer)
    found = await queries.by_number(tx, "shipment", customer.id, body.shipment) if customer else None
    locked = await queries.locked(tx, found.id, "shipment") if found else None
    if locked is None:
        zh = f"没有发给 {body.customer} 的出库单 {body.shipment}"
        en = f"there is no shipment {body.shipment} to {body.customer}"
        raise Invalid([FieldProblem("shipment", "shipment_unknown", zh, en)])
    if locked.state != "closed":
        words = f"出库单 {body.shipment} 尚未发出", f"shipment {body.shipment} has not left"
        raise Invalid([FieldProblem("shipment", "not_shipped", *words)])
    return locked


async def _shipped(
    tx: Reader, shipment: DocumentRef, sent: Mapping[int, LineRef], materials: Mapping[UUID, MaterialRef]
) -> list[Shipped]:
    assert shipment.source_document_id is not None
    order = {line.line_no: line for line in await queries.lines_of(tx, shipment.source_document_id)}
    done = await invoiced(tx, shipment.id)
    back = await sales_returns.returned_so_far(tx, shipment.id)
    found = []
    for line in sent.values():
        ordered = order.get(line.order_line_no or 0)
        found.append(
            Shipped(
                line=line.line_no,
                material=materials[line.material_id].code,
                batch=line.batch_number or "",
                quantity=line.quantity - back.get(line.line_no, (0, frozenset()))[0],
                invoiced=done.get(line.line_no, 0),
                price=ordered.data.get("price") if ordered else None,
                unit=ordered.entered_unit if ordered else None,
            )
        )
    return found


def _lines(
    body: InvoiceIn,
    sent: Mapping[int, LineRef],
    materials: Mapping[UUID, MaterialRef],
    problems: list[FieldProblem],
) -> list[Invoiced]:
    by_code = {material.code: material for material in materials.values()}
    found = []
    for at, line in enumerate(body.lines):
        path = f"lines[{at}]"
        of = sent.get(line.shipment_line)
        material = by_code.get(line.material) or (materials[of.material_id] if of else None)
        quantity = _quantity(path, line, material, problems)
        found.append(
            Invoiced(path, line.shipment_line, line.material, line.batch, quantity, line.unit, line.price)
        )
    return found


def _quantity(
    path: str, line: InvoiceLineIn, material: MaterialRef | None, problems: list[FieldProblem]
) -> int:
    factor = material.units.get(line.unit) if material else None
    if factor is None:
        words = f"没有单位 {line.unit}", f"there is no unit {line.unit}"
        problems.append(FieldProblem(f"{path}.unit", "unit_unknown", *words))
        return 0
    try:
        return to_base(line.quantity, factor)
    except QuantityNotWhole as wrong:
        problems.append(
            FieldProblem(f"{path}.quantity", "quantity_not_whole", wrong.message("zh"), wrong.message("en"))
        )
        return 0


def _of_shipment(line: LineRef) -> dict[str, Any]:
    """What a line that follows from a shipment's takes over."""
    return {
        "material_id": line.material_id,
        "batch_number": line.batch_number,
        "produced_on": line.produced_on,
        "expires_on": line.expires_on,
        "order_line_no": line.order_line_no,
        "batch_id": line.batch_id,
        "data": {"shipment_line": line.line_no, "shipment_line_id": str(line.id)},
    }


async def _insert(
    tx: Transaction,
    body: InvoiceIn,
    shipment: DocumentRef,
    header: Mapping[str, Any],
    actor: Actor,
    as_id: UUID | None,
    *,
    loaded: bool,
) -> UUID:
    made = as_id or new_id()
    inserted: Sequence[Any] = await tx.rows(
        insert(t.document)
        .values(
            id=made,
            kind="invoice",
            number=body.number,
            party_id=shipment.party_id,
            site_id=shipment.site_id,
            legal_entity_id=shipment.legal_entity_id,
            state="closed",
            header=dict(header),
            source_document_id=shipment.id,
            created_by=actor.person_id,
            occurred_at=datetime.combine(body.invoiced_on, datetime.min.time(), UTC),
            loaded=loaded,
        )
        .on_conflict_do_nothing()
        .returning(t.document.c.id)
    )
    if not inserted:
        raise DocumentExists(number=body.number)
    return made
