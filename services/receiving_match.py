"""Services: the action `receiving.match_order` and its undo (GSP 72-75). Knows no engine.

Everything is checked before anything is written; the first kind of mismatch found names the refusal, the
message names every line. What fits becomes a receipt: batches registered, documents in process, lines
handed on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents, order_counts, references
from db.queries.documents import DocumentRef, LineRef
from db.queries.references import MaterialRef, PartyRef, SiteRef
from domain.licences import gaps
from domain.receiving import AdvisedLine, Mismatch, OrderedLine, cartons_of, match, order_lines_told
from services import line_sets
from services import receiving_batches as batches
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_lines import aggregates, day

CARRIED = ("shipped_at", "carrier", "vehicle")
"""What a receipt takes over from the dispatch advice of how the goods travelled (GSP 73-74)."""


async def match_order(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Match the delivery with its order and open the receipt."""
    order, advice = await _documents(ctx, inputs)
    site, supplier = await _partners(ctx, order, advice)
    order_lines = await documents.lines_of(ctx.tx, order.id)
    advice_lines = await _with_order_lines(ctx, order_lines, await documents.lines_of(ctx.tx, advice.id))
    materials = await references.materials_by_id(ctx.tx, {line.material_id for line in advice_lines})
    _refuse_unknown(advice_lines, materials)
    await refuse_blocked(ctx, supplier, site, materials.values())
    underway = await order_counts.underway(ctx.tx, order, advice.id)
    today = site.day_of(ctx.now)
    _refuse_mismatches(
        match(
            [_ordered(line, underway) for line in order_lines],
            [
                _advised(line, usable=line.expires_on is not None and today <= line.expires_on)
                for line in advice_lines
            ],
            today,
        )
    )
    found = await batches.register(ctx, [(materials[line.material_id], line) for line in advice_lines])
    await batches.bind_serials(
        ctx.tx, [(found[line.id].id, line.material_id, line.data.get("serials", [])) for line in advice_lines]
    )
    lines = [
        _receipt_line(number, line, materials[line.material_id], found[line.id])
        for number, line in enumerate(advice_lines, 1)
    ]
    receipt = await _open_receipt(ctx, order, advice, advice_lines, lines, materials)
    reference = await line_sets.create(
        ctx.tx,
        run_id=ctx.run.id,
        path=ctx.path,
        kind="receipt_lines",
        lines=[(f"{line['material']}:{line['batch_number']}", line) for line in lines],
        aggregates=aggregates(lines),
    )
    return ActionOutcome(
        {
            "lines": reference.model_dump(mode="json"),
            "cold_chain": reference.aggregates["any_cold_chain"],
            "special_control": reference.aggregates["any_special_control"],
            "receipt": str(receipt),
        }
    )


async def cancel_receipt(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the receipt is cancelled, advice and order wait again. Registered batches stay on record."""
    del inputs
    receipt = await documents.locked(ctx.tx, UUID(outputs["receipt"]), "receipt")
    if receipt is None or receipt.state == "cancelled":
        return
    await documents.change_state(ctx.tx, receipt.id, "cancelled")
    if receipt.source_document_id is not None:
        await documents.change_state(ctx.tx, receipt.source_document_id, "open")
    await ctx.tx.audit("cancel.receipt", "document", str(receipt.id), run_id=ctx.run.id)


async def _documents(ctx: ActionContext, inputs: Mapping[str, Any]) -> tuple[DocumentRef, DocumentRef]:
    """The two documents, locked: order first, so that two deliveries of one order never wait in a circle."""
    order = await documents.locked(ctx.tx, _id(inputs.get("purchase_order")), "purchase_order")
    if order is None:
        raise ActionRefused("order_unknown", "没有这张采购订单 / there is no such purchase order")
    advice = await documents.locked(ctx.tx, _id(inputs.get("dispatch_advice")), "dispatch_advice")
    if advice is None:
        raise ActionRefused("order_unknown", "没有这张随货同行单 / there is no such dispatch advice")
    if order.state in {"closed", "cancelled"}:
        raise ActionRefused("order_closed", f"采购订单 {order.number} 已关闭 / the order is closed")
    if advice.state in {"closed", "cancelled"}:
        raise ActionRefused("order_closed", f"随货同行单 {advice.number} 已关闭 / the advice is closed")
    if await documents.is_worked_on(ctx.tx, advice, ctx.run.id):
        words = f"随货同行单 {advice.number} 正由另一流程处理 / another run works on the advice"
        raise ActionRefused("order_closed", words)
    if advice.party_id != order.party_id:
        raise ActionRefused("supplier_mismatch", "供货单位与采购订单不符 / not the order's supplier")
    if advice.header.get("purchase_order") != order.number or advice.site_id != order.site_id:
        words = f"随货同行单 {advice.number} 不属于采购订单 {order.number} / it names another order or site"
        raise ActionRefused("order_unknown", words)
    return order, advice


async def _partners(ctx: ActionContext, order: DocumentRef, advice: DocumentRef) -> tuple[SiteRef, PartyRef]:
    site = await references.site(ctx.tx, advice.site_id)
    supplier = await references.party(ctx.tx, order.party_id) if order.party_id else None
    assert site is not None
    if supplier is None or not supplier.active or "supplier" not in supplier.roles:
        raise ActionRefused("supplier_blocked", "供货单位已停用 / the supplier is blocked")
    return site, supplier


async def _with_order_lines(
    ctx: ActionContext, order_lines: list[LineRef], advice_lines: list[LineRef]
) -> list[LineRef]:
    """The lines of the advice; a line of the order that only the material tells is noted on them."""
    told = order_lines_told(
        [_ordered(line, {}) for line in order_lines], [_advised(line, usable=True) for line in advice_lines]
    )
    c = t.document_line.c
    for line in advice_lines:
        if line.line_no in told:
            await ctx.tx.execute(
                sa.update(t.document_line).where(c.id == line.id).values(order_line_no=told[line.line_no])
            )
    return [
        replace(line, order_line_no=told[line.line_no]) if line.line_no in told else line
        for line in advice_lines
    ]


def _refuse_unknown(lines: list[LineRef], materials: Mapping[UUID, MaterialRef]) -> None:
    unknown = [line.line_no for line in lines if not materials[line.material_id].active]
    if unknown:
        named = ", ".join(str(number) for number in unknown)
        raise ActionRefused("material_unknown", f"商品已停用，行 / materials not in use, lines {named}")


async def refuse_blocked(
    ctx: ActionContext, supplier: PartyRef, site: SiteRef, materials: Iterable[MaterialRef]
) -> None:
    """`supplier_blocked` unless its licences cover the materials on this day of the site (药品管理法 55)."""
    held = await references.licences(ctx.tx, supplier.id, site.legal_entity_id)
    needed = {category for material in materials for category in material.categories}
    found = gaps(held, needed, site.day_of(ctx.now))
    if found:
        zh, en = "；".join(gap.words("zh") for gap in found), "; ".join(gap.words("en") for gap in found)
        raise ActionRefused("supplier_blocked", f"{supplier.name}：{zh} / {en}")


def _refuse_mismatches(found: list[Mismatch]) -> None:
    if found:
        zh, en = "；".join(one.zh for one in found[:20]), "; ".join(one.en for one in found[:20])
        raise ActionRefused(found[0].refusal, f"{zh} / {en}")


def _ordered(line: LineRef, underway: Mapping[int, int]) -> OrderedLine:
    return OrderedLine(
        line.line_no,
        line.material_id,
        line.quantity,
        line.data.get("received", 0),
        underway.get(line.line_no, 0),
        line.data.get("min_remaining_days"),
    )


def _advised(line: LineRef, *, usable: bool) -> AdvisedLine:
    assert line.batch_number is not None
    assert line.expires_on is not None
    return AdvisedLine(
        line.line_no,
        line.order_line_no,
        line.material_id,
        line.batch_number,
        line.quantity,
        line.expires_on,
        usable,
    )


def _receipt_line(
    number: int, line: LineRef, material: MaterialRef, batch: batches.Registered
) -> dict[str, Any]:
    return {
        "number": number,
        "order_line": line.order_line_no,
        "material": material.code,
        "material_name": material.name_zh,
        "specification": material.specification,
        "unit": material.base_unit,
        "batch_id": str(batch.id),
        "batch_number": line.batch_number,
        "produced_on": day(line.produced_on),
        "expires_on": day(line.expires_on),
        "quantity": line.quantity,
        "cartons": cartons_of(line.quantity, material.carton_quantity).count,
        "special_control": material.special_control,
        "cold_chain": material.cold_chain,
        "storage_class": material.storage_class,
        "date_mismatch": batch.date_mismatch,
    }


async def _open_receipt(
    ctx: ActionContext,
    order: DocumentRef,
    advice: DocumentRef,
    advised: list[LineRef],
    lines: list[dict[str, Any]],
    materials: Mapping[UUID, MaterialRef],
) -> UUID:
    number = await documents.next_number(ctx.tx, "receipt", advice, "SH")
    receipt = await documents.open_document(
        ctx.tx,
        kind="receipt",
        number=number,
        source=advice,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        occurred_at=ctx.now,
        header={
            "purchase_order": order.number,
            "purchase_order_id": str(order.id),
            "dispatch_advice": advice.number,
            **{name: advice.header[name] for name in CARRIED if advice.header.get(name)},
        },
    )
    await documents.add_lines(
        ctx.tx,
        receipt,
        (
            {
                "line_no": line["number"],
                "material_id": source.material_id,
                "batch_number": source.batch_number,
                "produced_on": source.produced_on,
                "expires_on": source.expires_on,
                "quantity": source.quantity,
                "entered_quantity": source.entered_quantity,
                "entered_unit": source.entered_unit,
                "order_line_no": source.order_line_no,
                "batch_id": UUID(line["batch_id"]),
                "data": {
                    "advice_line": source.line_no,
                    "serials": source.data.get("serials", []),
                    **materials[source.material_id].facts,
                },
            }
            for source, line in zip(advised, lines, strict=True)
        ),
    )
    await documents.change_state(ctx.tx, order.id, "in_process")
    await documents.change_state(ctx.tx, advice.id, "in_process", run_id=ctx.run.id)
    await ctx.tx.audit("open.receipt", "document", str(receipt), run_id=ctx.run.id, after={"number": number})
    return receipt


def _id(snapshot: Any) -> UUID:
    try:
        return UUID(str(snapshot["id"]))
    except (TypeError, KeyError, ValueError):
        return UUID(int=0)
