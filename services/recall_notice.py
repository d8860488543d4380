"""Services: recall notices as they are entered - codes resolved, every problem told at once. Knows no HTTP.

A notice is a document of kind `recall`: a line for each material, the scope text and the clock in its head.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import documents, documents_read, references
from db.queries.documents_read import DocumentRow
from db.queries.references import MaterialRef
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid
from domain.recall import LIMITS, RecallIn
from services import audit, calendars
from services.documents_entry import DocumentExists
from services.permissions import Permission, require
from services.platform import Actor, Platform

KIND = "recall"


async def post(
    platform: Platform, body: RecallIn, *, actor: Actor, as_id: UUID | None = None, request_id: str = ""
) -> DocumentRow:
    """Enter a notice; Invalid, NotPermitted or DocumentExists. `as_id` again gives the first."""
    async with (
        audit.refusals(platform, actor, "create.document", "document", body.number, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        document_id = as_id
        if as_id is None or not await documents_read.one(tx, as_id, None, KIND):
            document_id = await enter(tx, body, actor=actor, as_id=as_id)
        assert document_id is not None
    async with platform.database.read() as tx:
        (row,) = await documents_read.one(tx, document_id, None, KIND)
        return row


async def profiles(platform: Platform) -> list[str]:
    """The clocks that may be chosen."""
    async with platform.database.read() as tx:
        return sorted({clock.rpartition("/")[0] for clock in await _clocks(tx)})


async def enter(tx: Transaction, body: RecallIn, *, actor: Actor, as_id: UUID | None = None) -> UUID:
    """Check a notice and insert it."""
    site = await references.site(tx, body.site)
    materials = await references.materials(tx, set(body.materials))
    holder = await references.party(tx, body.holder) if body.holder else None
    problems = [
        FieldProblem(
            f"materials[{at}]", "material_unknown", f"没有商品 {code}", f"there is no material {code}"
        )
        for at, code in enumerate(body.materials)
        if code not in materials
    ]
    if site is None or not site.active:
        words = f"没有仓库 {body.site}", f"there is no site {body.site}"
        problems.append(FieldProblem("site", "site_unknown", *words))
    if body.holder and holder is None:
        words = f"没有往来单位 {body.holder}", f"there is no partner {body.holder}"
        problems.append(FieldProblem("holder", "party_unknown", *words))
    if body.clock not in await _clocks(tx):
        words = f"没有召回时限 {body.profile}", f"there are no limits {body.profile}"
        problems.append(FieldProblem("profile", "profile_unknown", *words))
    if site and body.noticed_on > site.day_of(await references.clock_now(tx)):
        words = "通知不能晚于今天收到", "a notice is not received after today"
        problems.append(FieldProblem("noticed_on", "in_the_future", *words))
    if problems or site is None:
        raise Invalid(problems)
    require(actor, Permission.DOCUMENT_WRITE, site.id)
    document_id: UUID | None = await tx.scalar(
        insert(t.document)
        .values(
            id=as_id or new_id(),
            kind=KIND,
            number=body.number,
            party_id=holder.id if holder else None,
            site_id=site.id,
            legal_entity_id=site.legal_entity_id,
            header=_header(body),
            created_by=actor.person_id,
            occurred_at=await references.clock_now(tx),
        )
        .on_conflict_do_nothing()
        .returning(sa.literal_column("id"))
    )
    if document_id is None:
        raise DocumentExists(number=body.number)
    await documents.add_lines(
        tx, document_id, _lines([materials[code] for code in dict.fromkeys(body.materials)])
    )
    await tx.audit(
        "create.document",
        "document",
        str(document_id),
        after={"kind": KIND, "number": body.number, "clock": body.clock, "lines": len(body.materials)},
    )
    return document_id


async def _clocks(tx: Reader) -> frozenset[str]:
    limits = await calendars.limits(tx)
    return frozenset(limits.get(LIMITS, {}).get("notify", {}))


def _header(body: RecallIn) -> dict[str, str]:
    return {
        "class_name": body.recall_class,
        "profile": body.profile,
        "clock": body.clock,
        "initiated_by": body.initiated_by,
        "noticed_on": body.noticed_on.isoformat(),
        "scope": body.scope,
        "reason": body.reason,
    }


def _lines(materials: Sequence[MaterialRef]) -> list[dict[str, object]]:
    return [
        {"line_no": number, "material_id": material.id, "quantity": 0, "entered_unit": material.base_unit}
        for number, material in enumerate(materials, 1)
    ]
