"""Services: documents as they are entered - orders, advices, transfers - with one rule for all doors.

Codes are resolved, quantities become integers in base units exactly, licences are checked; every problem
is told at once with its path. Knows tables and queries, no HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import documents as queries
from db.queries import references
from db.queries.references import MaterialRef, PartyRef, SiteRef
from db.session import Reader, Transaction
from domain.documents import (
    ENTERED,
    DispatchAdviceIn,
    DispatchAdviceLineIn,
    EnteredDocument,
    EnteredKind,
    EnteredLine,
    TransferIn,
    header_of,
    kind_of,
    partner_of,
)
from domain.errors import FieldProblem, Invalid, Refusal
from domain.licences import gaps, refuse_gaps
from domain.quantity import QuantityNotWhole, to_base
from services.permissions import Permission, require
from services.platform import Actor


class DocumentExists(Refusal):
    """There is a document of this kind with this number from this partner."""

    code = "document_exists"
    kind = "conflict"
    zh = "单据已存在：{number}"
    en = "The document exists already: {number}"


@dataclass
class Resolved:
    """What the codes of a document stand for, and what is wrong with them."""

    site: SiteRef | None
    partner: PartyRef | None
    materials: Mapping[str, MaterialRef]
    to_site: SiteRef | None = None
    problems: list[FieldProblem] = field(default_factory=list)

    def problem(self, path: str, code: str, zh: str, en: str) -> None:
        """Note a problem at a path of the document."""
        self.problems.append(FieldProblem(path, code, zh, en))


async def enter(
    tx: Transaction,
    body: EnteredDocument,
    *,
    actor: Actor,
    as_id: UUID | None = None,
    loaded: bool = False,
) -> UUID:
    """Check a document and insert it; Invalid, LicenceNotValid, NotPermitted or DocumentExists.

    `loaded`: it belongs to loaded history; LoadingClosed while the owner's window is shut.
    """
    kind, partner = kind_of(body), partner_of(body)
    resolved = await resolve(tx, kind, body.site, partner, body.lines)
    if isinstance(body, TransferIn):
        await _resolve_target(tx, body, resolved)
    rows = line_rows(body.lines, resolved)
    refuse_problems(resolved)
    assert resolved.site is not None
    require(actor, Permission.DOCUMENT_WRITE, resolved.site.id)
    now = await references.clock_now(tx)
    if ENTERED[kind].licensed:
        await refuse_unlicensed(tx, resolved, now)
    document_id = await _insert(tx, kind, body, resolved, actor=actor, now=now, as_id=as_id, loaded=loaded)
    await queries.add_lines(tx, document_id, rows)
    named = {ENTERED[kind].partner or "to_site": partner or getattr(body, "to_site", None)}
    await tx.audit(
        "create.document",
        "document",
        str(document_id),
        after={"kind": kind, "number": body.number, **named, "lines": len(rows)},
    )
    return document_id


async def resolve(
    tx: Reader, kind: EnteredKind, site_code: str, partner_code: str | None, lines: Sequence[EnteredLine]
) -> Resolved:
    """Look codes up and note those that stand for nothing."""
    site = await references.site(tx, site_code)
    role = ENTERED[kind].partner
    partner = (await references.parties(tx, {partner_code})).get(partner_code) if partner_code else None
    materials = await references.materials(tx, {line.material for line in lines})
    resolved = Resolved(site, partner, materials)
    if site is None or not site.active:
        resolved.problem("site", "site_unknown", f"没有仓库 {site_code}", f"there is no site {site_code}")
    if role and (partner is None or not partner.active or role not in partner.roles):
        _note_unknown(resolved, role, partner_code)
    return resolved


def _note_unknown(resolved: Resolved, role: str, code: str | None) -> None:
    if role == "customer":
        words = f"没有购货单位 {code}", f"there is no customer {code}"
        resolved.problem(role, "customer_unknown", *words)
    else:
        words = f"没有供货单位 {code}", f"there is no supplier {code}"
        resolved.problem(role, "supplier_unknown", *words)


async def _resolve_target(tx: Reader, body: TransferIn, resolved: Resolved) -> None:
    """The site that the goods go to: ours, in use, and of the same legal entity - else it is a sale."""
    target = await references.site(tx, body.to_site)
    resolved.to_site = target
    if target is None or not target.active:
        words = f"没有仓库 {body.to_site}", f"there is no site {body.to_site}"
        resolved.problem("to_site", "site_unknown", *words)
    elif resolved.site is not None and target.legal_entity_id != resolved.site.legal_entity_id:
        zh = f"{body.to_site} 属于另一法人，应开销售订单"
        en = f"{body.to_site} belongs to another legal entity: that is a sale"
        resolved.problem("to_site", "other_legal_entity", zh, en)
    elif resolved.site is not None and target.id == resolved.site.id:
        resolved.problem("to_site", "same_site", "调出与调入仓库相同", "both sites are the same")


def line_rows(lines: Sequence[EnteredLine], resolved: Resolved) -> list[dict[str, Any]]:
    """The rows to insert; what cannot be converted is noted with its path, `lines[3].material`."""
    rows = []
    for index, line in enumerate(lines):
        path = f"lines[{index}]"
        material = resolved.materials.get(line.material)
        if material is None or not material.active:
            words = f"没有商品 {line.material}", f"there is no material {line.material}"
            resolved.problem(f"{path}.material", "material_unknown", *words)
            continue
        quantity = _quantity(path, line, material, resolved)
        if quantity is not None:
            rows.append(_row(line, material, quantity))
    return rows


def refuse_problems(resolved: Resolved) -> None:
    """Raise Invalid with everything that was noted."""
    if resolved.problems:
        raise Invalid(resolved.problems)


async def refuse_unlicensed(tx: Reader, resolved: Resolved, now: datetime) -> None:
    """No order without the partner's licence, valid today in the scope of every line (药品管理法 55)."""
    assert resolved.site is not None
    assert resolved.partner is not None
    held = await references.licences(tx, resolved.partner.id, resolved.site.legal_entity_id)
    needed = {category for material in resolved.materials.values() for category in material.categories}
    refuse_gaps(resolved.partner.name, gaps(held, needed, resolved.site.day_of(now)))


def conditions(kind: str, resolved: Resolved) -> dict[str, bool]:
    """Whether the cold chain or special control is in a document from which goods move."""
    if kind == "purchase_order":
        return {}
    materials = resolved.materials.values()
    return {
        "cold_chain": any(material.cold_chain for material in materials),
        "special_control": any(material.special_control for material in materials),
    }


def _header(kind: str, body: EnteredDocument, resolved: Resolved) -> dict[str, Any]:
    """The kind's own fields, with the conditions under which its goods move."""
    to_site = {"to_site_id": str(resolved.to_site.id)} if resolved.to_site else {}
    return {**header_of(body), **to_site, **conditions(kind, resolved)}


def _quantity(path: str, line: EnteredLine, material: MaterialRef, resolved: Resolved) -> int | None:
    factor = material.units.get(line.unit)
    if factor is None:
        known = "、".join(material.units)
        words = f"没有单位 {line.unit}（可用：{known}）", f"there is no unit {line.unit} (known: {known})"
        resolved.problem(f"{path}.unit", "unit_unknown", *words)
        return None
    try:
        quantity = to_base(line.quantity, factor)
    except QuantityNotWhole:
        words = (
            f"{line.quantity} {line.unit} 不是整数个 {material.base_unit}",
            f"{line.quantity} {line.unit} is not a whole number of {material.base_unit}",
        )
        resolved.problem(f"{path}.quantity", "quantity_not_whole", *words)
        return None
    serials = getattr(line, "serials", [])
    if serials and len(serials) != quantity:
        words = (
            f"追溯码 {len(serials)} 个，数量 {quantity}",
            f"{len(serials)} serials for a quantity of {quantity}",
        )
        resolved.problem(f"{path}.serials", "serials_incomplete", *words)
        return None
    return quantity


def _row(line: EnteredLine, material: MaterialRef, quantity: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "line_no": line.line,
        "material_id": material.id,
        "quantity": quantity,
        "entered_quantity": str(line.quantity),
        "entered_unit": line.unit,
        "batch_number": None,
        "produced_on": None,
        "expires_on": None,
        "order_line_no": None,
        "data": {},
    }
    if isinstance(line, DispatchAdviceLineIn):
        row |= {
            "batch_number": line.batch,
            "produced_on": line.produced_on,
            "expires_on": line.expires_on,
            "order_line_no": line.order_line,
            "data": {
                name: value
                for name, value in (("serials", line.serials), ("packages", line.packages))
                if value
            },
        }
    else:
        asked = {"min_remaining_days": line.min_remaining_days, "price": getattr(line, "price", None)}
        row["data"] = {name: value for name, value in asked.items() if value is not None}
    return row


async def _insert(
    tx: Transaction,
    kind: str,
    body: EnteredDocument,
    resolved: Resolved,
    *,
    actor: Actor,
    now: datetime,
    as_id: UUID | None,
    loaded: bool,
) -> UUID:
    assert resolved.site is not None
    document_id: UUID | None = await tx.scalar(
        insert(t.document)
        .values(
            id=as_id or new_id(),
            kind=kind,
            number=body.number,
            party_id=resolved.partner.id if resolved.partner else None,
            site_id=resolved.site.id,
            legal_entity_id=resolved.site.legal_entity_id,
            state="open",
            header=_header(kind, body, resolved),
            created_by=actor.person_id,
            occurred_at=_occurred(body, now),
            loaded=loaded,
        )
        .on_conflict_do_nothing()
        .returning(sa.literal_column("id"))
    )
    if document_id is None:
        raise DocumentExists(number=body.number)
    return document_id


def _occurred(body: EnteredDocument, now: datetime) -> datetime:
    """When the document happened: an advice when the goods left, an order on its day; never in the future."""
    if isinstance(body, DispatchAdviceIn):
        return min(body.shipped_at.astimezone(UTC), now)
    return min(datetime.combine(body.ordered_on, datetime.min.time(), tzinfo=UTC), now)
