"""Services: the order that a run sends goods for - loaded, locked, judged; action `sales.release_order`.

A sales order needs a customer whose licences cover every line today (药品管理法 55, GSP 89); a transfer
goes to a site of ours and needs none. Knows tables, no engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.queries import documents, references
from db.queries.documents import DocumentRef, LineRef
from db.queries.references import MaterialRef, PartyRef, SiteRef
from domain.licences import gaps
from services.action_context import ActionContext, ActionOutcome, ActionRefused

NOUNS = {"sales_order": ("销售订单", "sales order"), "transfer": ("调拨单", "transfer")}


@dataclass(frozen=True)
class OutboundOrder:
    """A sales order or transfer with what its lines stand for; its row is locked."""

    document: DocumentRef
    site: SiteRef
    customer: PartyRef | None
    lines: list[LineRef]
    materials: Mapping[UUID, MaterialRef]

    def line(self, line_no: int) -> LineRef | None:
        """The line of that number."""
        return next((line for line in self.lines if line.line_no == line_no), None)

    def material(self, line: LineRef) -> MaterialRef:
        """What a line asks for."""
        return self.materials[line.material_id]


async def release_order(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Judge the order and take it into process for this run."""
    order = await outbound_order(ctx, "sales_order", inputs.get("sales_order"))
    assert order.customer is not None
    _refuse_inactive(order)
    await documents.change_state(ctx.tx, order.document.id, "in_process", run_id=ctx.run.id)
    await ctx.tx.audit("release.sales_order", "document", str(order.document.id), run_id=ctx.run.id)
    materials = order.materials.values()
    return ActionOutcome(
        {
            "customer": order.customer.code,
            "cold_chain": any(material.cold_chain for material in materials),
            "special_control": any(material.special_control for material in materials),
            "line_count": len(order.lines),
        }
    )


async def reopen_order(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the order waits again, unless a part of it has left already."""
    del outputs
    order = await documents.locked(ctx.tx, document_id_of(inputs.get("sales_order")), "sales_order")
    if order is None or order.state != "in_process":
        return
    lines = await documents.lines_of(ctx.tx, order.id)
    if not any(shipped(line) for line in lines):
        await documents.change_state(ctx.tx, order.id, "open")
    await ctx.tx.audit("reopen.sales_order", "document", str(order.id), run_id=ctx.run.id)


async def outbound_order(ctx: ActionContext, kind: str, snapshot: Any) -> OutboundOrder:
    """The order, locked; `order_unknown`, `order_closed`, `customer_blocked` when nothing may leave."""
    document = await documents.locked(ctx.tx, document_id_of(snapshot), kind)
    zh, en = NOUNS[kind]
    if document is None or document.site_id != ctx.run.site_id:
        raise ActionRefused("order_unknown", f"本仓库没有这张{zh} / there is no such {en} at this site")
    if document.state in {"closed", "cancelled"}:
        raise ActionRefused("order_closed", f"{zh} {document.number} 已关闭 / the {en} is closed")
    if await documents.is_worked_on(ctx.tx, document, ctx.run.id):
        words = f"{zh} {document.number} 正由另一流程处理 / another run works on the {en}"
        raise ActionRefused("order_closed", words)
    site = await references.site(ctx.tx, document.site_id)
    assert site is not None
    lines = await documents.lines_of(ctx.tx, document.id)
    materials = await references.materials_by_id(ctx.tx, {line.material_id for line in lines})
    customer = await references.party(ctx.tx, document.party_id) if document.party_id else None
    order = OutboundOrder(document, site, customer, lines, materials)
    if kind == "sales_order":
        await _refuse_blocked(ctx, order)
    return order


def shipped(line: LineRef) -> int:
    """What of an order's line has left already, in base units."""
    return int(line.data.get("shipped", 0))


def _refuse_inactive(order: OutboundOrder) -> None:
    unused = [line.line_no for line in order.lines if not order.material(line).active]
    if unused:
        named = ", ".join(str(number) for number in unused)
        raise ActionRefused("material_unknown", f"商品已停用，行 / materials not in use, lines {named}")


async def _refuse_blocked(ctx: ActionContext, order: OutboundOrder) -> None:
    customer = order.customer
    if customer is None or not customer.active or "customer" not in customer.roles:
        raise ActionRefused("customer_blocked", "购货单位已停用 / the customer is blocked")
    held = await references.licences(ctx.tx, customer.id, order.site.legal_entity_id)
    needed = {category for material in order.materials.values() for category in material.categories}
    found = gaps(held, needed, order.site.day_of(ctx.now))
    if found:
        zh, en = "；".join(gap.words("zh") for gap in found), "; ".join(gap.words("en") for gap in found)
        raise ActionRefused("customer_blocked", f"{customer.name}：{zh} / {en}")


def document_id_of(snapshot: Any) -> UUID:
    """The id in a run's snapshot of a document; nil when there is none."""
    try:
        return UUID(str(snapshot["id"]))
    except (TypeError, KeyError, ValueError):
        return UUID(int=0)
