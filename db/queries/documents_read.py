"""Db queries: documents as they are read - lists, details, lines by page, corrections."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from db import tables as t
from db.queries._paging import Page, cursor_of, position_of
from db.queries.references import code_or_id
from db.session import Reader


@dataclass(frozen=True)
class DocumentRow:
    """A document in a list."""

    id: UUID
    kind: str
    number: str
    party: str | None
    party_name: str | None
    site: str
    site_zh: str
    site_en: str
    time_zone: str
    state: str
    version: int
    header: Mapping[str, Any]
    line_count: int
    run_id: UUID | None
    source_document_id: UUID | None
    created_by: str
    created_at: datetime
    occurred_at: datetime
    loaded: bool


@dataclass(frozen=True)
class DocumentLine:
    """A line of a document as it is read; `received` counts on purchase orders and transfers.

    What the material is stands in master data; what a record took over of it at the time, in `data`.
    """

    id: UUID
    line_no: int
    material: str
    material_name_zh: str
    material_name_en: str
    specification: str
    base_unit: str
    batch_number: str | None
    batch_id: UUID | None
    produced_on: date | None
    expires_on: date | None
    quantity: int
    entered_quantity: str | None
    entered_unit: str | None
    order_line_no: int | None
    received: int | None
    data: Mapping[str, Any]
    generic_name: str = ""
    dosage_form: str = ""
    holder: str = ""
    manufacturer: str = ""


@dataclass(frozen=True)
class DocumentChange:
    """A correction: what was, what is, why, by whom."""

    version: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True)
class DocumentFilter:
    """What of the documents is wanted; None: everything. `sites` is the row scope.

    `waiting`: only what a run can begin with - neither closed nor cancelled, and in no open run; goods that
    have left (a closed shipment) can come back.
    """

    kind: str | None = None
    state: str | None = None
    party: str | None = None
    site: str | None = None
    run_id: UUID | None = None
    source_id: UUID | None = None
    batch_id: UUID | None = None
    text: str | None = None
    waiting: bool = False
    sites: frozenset[UUID] | None = None


async def page(tx: Reader, wanted: DocumentFilter, *, after: str | None, limit: int) -> Page[DocumentRow]:
    """Documents, newest first."""
    query = listed(wanted)
    if after is not None:
        query = query.where(t.document.c.id < position_of(after, UUID)[0])
    rows = [DocumentRow(**row) for row in await tx.rows(query.limit(limit + 1))]
    more = cursor_of(rows[limit - 1].id) if len(rows) > limit else None
    return Page(rows[:limit], more)


def listed(wanted: DocumentFilter) -> sa.Select[Any]:
    """The rows of such a list, newest first."""
    return _select().where(*_conditions(wanted)).order_by(t.document.c.id.desc())


async def one(
    tx: Reader, ref: str | UUID, sites: frozenset[UUID] | None, kind: str | None
) -> list[DocumentRow]:
    """Documents that an id or a number names, within the row scope; several partners may share a number."""
    conditions = [code_or_id(t.document, ref, "number"), *_conditions(DocumentFilter(kind=kind, sites=sites))]
    return [DocumentRow(**row) for row in await tx.rows(_select().where(*conditions).limit(20))]


async def lines(tx: Reader, document_id: UUID, *, after: str | None, limit: int) -> Page[DocumentLine]:
    """A page of a document's lines, in order; a date that a line does not say itself is its batch's."""
    c, m, b = t.document_line.c, t.material.c, t.batch.c
    query = (
        sa.select(
            c.id,
            c.line_no,
            m.code.label("material"),
            m.name_zh.label("material_name_zh"),
            m.name_en.label("material_name_en"),
            m.specification,
            m.base_unit,
            c.batch_number,
            c.batch_id,
            sa.func.coalesce(c.produced_on, b.produced_on).label("produced_on"),
            sa.func.coalesce(c.expires_on, b.expires_on).label("expires_on"),
            c.quantity,
            c.entered_quantity,
            c.entered_unit,
            c.order_line_no,
            sa.cast(c.data["received"].astext, sa.BigInteger).label("received"),
            c.data,
            m.generic_name,
            m.dosage_form,
            m.holder,
            t.party.c.name.label("manufacturer"),
        )
        .join(t.material, m.id == c.material_id)
        .join(t.party, t.party.c.id == m.manufacturer_id)
        .outerjoin(t.batch, b.id == c.batch_id)
        .where(c.document_id == document_id, ~c.data.has_key("removed"))
        .order_by(c.line_no)
    )
    if after is not None:
        query = query.where(c.line_no > position_of(after, int)[0])
    rows = [DocumentLine(**row) for row in await tx.rows(query.limit(limit + 1))]
    more = cursor_of(rows[limit - 1].line_no) if len(rows) > limit else None
    return Page(rows[:limit], more)


async def changes(tx: Reader, document_id: UUID) -> list[DocumentChange]:
    """All corrections of a document, first to last."""
    c = t.document_change.c
    rows = await tx.rows(
        sa.select(c.version, c.before, c.after, c.reason, t.person.c.name.label("actor"), c.recorded_at)
        .join(t.person, t.person.c.id == c.actor_id)
        .where(c.document_id == document_id)
        .order_by(c.version)
    )
    return [DocumentChange(**row) for row in rows]


def _select() -> sa.Select[Any]:
    c = t.document.c
    count = (
        sa.select(sa.func.count())
        .where(t.document_line.c.document_id == c.id, ~t.document_line.c.data.has_key("removed"))
        .scalar_subquery()
    )
    return (
        sa.select(
            c.id,
            c.kind,
            c.number,
            t.party.c.code.label("party"),
            t.party.c.name.label("party_name"),
            t.site.c.code.label("site"),
            t.site.c.name_zh.label("site_zh"),
            t.site.c.name_en.label("site_en"),
            t.site.c.time_zone,
            c.state,
            c.version,
            c.header,
            count.label("line_count"),
            c.run_id,
            c.source_document_id,
            t.person.c.name.label("created_by"),
            c.created_at,
            c.occurred_at,
            c.loaded,
        )
        .join(t.site, t.site.c.id == c.site_id)
        .join(t.person, t.person.c.id == c.created_by)
        .outerjoin(t.party, t.party.c.id == c.party_id)
    )


def _conditions(wanted: DocumentFilter) -> list[sa.ColumnElement[bool]]:
    c = t.document.c
    found: list[sa.ColumnElement[bool]] = [
        c[name] == value
        for name, value in (
            ("kind", wanted.kind),
            ("state", wanted.state),
            ("run_id", wanted.run_id),
            ("source_document_id", wanted.source_id),
        )
        if value is not None
    ]
    found += scope(wanted.sites)
    if wanted.party is not None:
        found.append(code_or_id(t.party, wanted.party))
    if wanted.site is not None:
        found.append(code_or_id(t.site, wanted.site))
    if wanted.batch_id is not None:
        line = t.document_line.c
        found.append(c.id.in_(sa.select(line.document_id).where(line.batch_id == wanted.batch_id)))
    if wanted.waiting:
        begins = c.state.in_(("open", "in_process"))
        found += [sa.or_(begins, sa.and_(c.kind == "shipment", c.state == "closed")), ~_in_a_run()]
    if wanted.text:
        found.append(
            sa.or_(
                c.number.icontains(wanted.text, autoescape=True),
                t.party.c.name.icontains(wanted.text, autoescape=True),
            )
        )
    return found


def scope(sites: Collection[UUID] | None) -> list[sa.ColumnElement[bool]]:
    """The documents of these sites (None: all)."""
    return [] if sites is None else [sa.or_(t.document.c.site_id.in_(sites), _comes_to(sites))]


def _comes_to(sites: Collection[UUID]) -> sa.ColumnElement[bool]:
    """A transfer is a document of the site that it goes to as well."""
    c = t.document.c
    return sa.and_(c.kind == "transfer", c.header["to_site_id"].astext.in_([str(site) for site in sites]))


_ONE_RUN = ("dispatch_advice", "sales_order", "transfer")
"""Kinds that one run at a time works on; of a purchase order there may be several deliveries."""


def _in_a_run() -> sa.ColumnElement[bool]:
    """Whether it is an input of an open run, which the document says only after the first step."""
    run = t.run.c
    given = sa.func.jsonb_each(run.inputs).table_valued("key", sa.column("value", JSONB)).alias("given")
    taken = sa.select(given.c.value["id"].astext).select_from(t.run).join(given, sa.true())
    taken = taken.where(run.state.in_(t.OPEN_STATES), given.c.value["id"].astext.is_not(None))
    c = t.document.c
    return sa.and_(c.kind.in_(_ONE_RUN), sa.cast(c.id, sa.Text).in_(taken))
