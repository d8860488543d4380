"""Db queries: a batch's card - identity, holds, where it is, and every move that took it there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.batch_evidence import Acceptance, acceptances, performers
from db.queries.stock import StockRow, stock_rows
from db.session import Reader

NEAR_EXPIRY_DAYS = 180
POSITIONS_SHOWN = 500


@dataclass(frozen=True)
class HoldRow:
    """One hold; open while `closed_at` is None. Without a site it holds everywhere."""

    id: UUID
    kind: str
    site_code: str | None
    reason: str
    opened_at: datetime
    opened_by: str
    opened_by_run: UUID | None
    closed_at: datetime | None
    closed_by: str | None
    closed_reason: str | None
    closed_by_run: UUID | None
    loaded: bool


@dataclass(frozen=True)
class MoveRow:
    """One move of the batch, the newest first; an outside end has no site, location or status.

    `performers`: all who performed the task that it followed; the posting itself has one `actor`.
    """

    id: UUID
    posting_id: UUID
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    quantity: int
    from_kind: str
    from_site: str | None
    from_location: str | None
    from_status: str | None
    to_kind: str
    to_site: str | None
    to_location: str | None
    to_status: str | None
    party: str | None
    document_id: UUID | None
    document_kind: str | None
    document_number: str | None
    run_id: UUID | None
    path: str | None
    actor: str
    performers: list[str]
    reason: str | None
    reverses_id: UUID | None
    loaded: bool


@dataclass(frozen=True)
class BatchCard:
    """A batch as the page and the API show it. `expired`: over at every site (no stock: by UTC)."""

    id: UUID
    number: str
    produced_on: date | None
    expires_on: date | None
    licence_holder: str | None
    created_by_run: UUID | None
    material_id: UUID
    material_code: str
    material_zh: str
    material_en: str
    generic_name: str
    dosage_form: str
    specification: str
    approval_number: str
    holder: str
    storage_class: str
    special_control: bool
    base_unit: str
    manufacturer_code: str
    manufacturer: str
    expired: bool
    near_expiry: bool
    remaining_days: int | None
    serials: int
    holds: Sequence[HoldRow]
    positions: Sequence[StockRow]
    moves: Sequence[MoveRow]
    more_moves: bool
    acceptances: Sequence[Acceptance]
    counted: bool = False
    """Whether positions are left out because the reader may count them, and with them all moves."""

    @property
    def on_hold(self) -> bool:
        return any(hold.closed_at is None for hold in self.holds)

    @property
    def quantity(self) -> int:
        """All of it that is inside, in every state."""
        return sum(position.quantity for position in self.positions)


async def batch_card(
    tx: Reader,
    batch_id: UUID,
    *,
    sites: Collection[UUID] | None = None,
    hidden: Collection[UUID] = (),
    near_days: int = NEAR_EXPIRY_DAYS,
    moves: int = 200,
) -> BatchCard | None:
    """The card of one batch, or None; positions and moves of the reader's `sites` only (None: all).

    `hidden`: sheets of counts that the reader may not know the positions of.
    """
    identity = await tx.one_or_none(_identity(batch_id))
    if identity is None:
        return None
    counted = batch_id in await counted_of(tx, [batch_id], hidden)
    positions = (
        await stock_rows(tx, batch_id=batch_id, sites=sites, hidden=hidden, limit=POSITIONS_SHOWN)
    ).items
    moved = await tx.rows(_moves(batch_id, sites).limit(moves + 1)) if not counted else []
    remaining = [row.remaining_days for row in positions if row.remaining_days is not None]
    days: int | None = max(remaining) if remaining else identity["remaining_days"]
    return BatchCard(
        **{**identity, "remaining_days": days},
        expired=days is not None and days < 0,
        near_expiry=days is not None and 0 <= days <= near_days,
        holds=[HoldRow(**row) for row in await tx.rows(_holds(batch_id))],
        positions=positions,
        moves=[MoveRow(**row) for row in moved[:moves]],
        more_moves=len(moved) > moves,
        acceptances=await acceptances(tx, batch_id, sites),
        counted=counted,
    )


def _identity(batch_id: UUID) -> sa.Select[Any]:
    b, m = t.batch.c, t.material.c
    today = sa.cast(sa.func.timezone("UTC", sa.func.clock_now()), sa.Date)
    serials = sa.select(sa.func.count()).where(t.serial.c.batch_id == b.id).scalar_subquery()
    material = ("generic_name", "dosage_form", "specification", "approval_number", "holder")
    return (
        sa.select(
            *(b.id, b.number, b.produced_on, b.expires_on, b.licence_holder, b.created_by_run),
            m.id.label("material_id"),
            m.code.label("material_code"),
            m.name_zh.label("material_zh"),
            m.name_en.label("material_en"),
            *(m[name] for name in (*material, "storage_class", "special_control", "base_unit")),
            t.party.c.code.label("manufacturer_code"),
            t.party.c.name.label("manufacturer"),
            (b.expires_on - today).label("remaining_days"),
            serials.label("serials"),
        )
        .join(t.material, m.id == b.material_id)
        .join(t.party, t.party.c.id == b.manufacturer_id)
        .where(b.id == batch_id)
    )


def _holds(batch_id: UUID) -> sa.Select[Any]:
    h = t.hold.c
    opener, closer = t.person.alias("opener"), t.person.alias("closer")
    return (
        sa.select(
            *(h.id, h.kind, t.site.c.code.label("site_code"), h.reason, h.opened_at),
            opener.c.name.label("opened_by"),
            *(h.opened_by_run, h.closed_at, closer.c.name.label("closed_by"), h.closed_reason),
            *(h.closed_by_run, h.loaded),
        )
        .join(opener, opener.c.id == h.opened_by)
        .outerjoin(closer, closer.c.id == h.closed_by)
        .outerjoin(t.site, t.site.c.id == h.scope_site_id)
        .where(h.batch_id == batch_id)
        .order_by(h.closed_at.is_not(None), h.opened_at.desc())
    )


async def counted_of(tx: Reader, batch_ids: Collection[UUID], hidden: Collection[UUID]) -> set[UUID]:
    """Which of the batches stand on hidden sheets: their moves would tell what the books expect."""
    if not hidden or not batch_ids:
        return set()
    c = t.line.c
    named = c.data["batch_id"].astext
    rows = await tx.rows(
        sa.select(named.label("batch_id"))
        .where(c.line_set_id.in_(list(hidden)), named.in_([str(batch_id) for batch_id in batch_ids]))
        .distinct()
    )
    return {UUID(row["batch_id"]) for row in rows}


def _moves(batch_id: UUID, sites: Collection[UUID] | None) -> sa.Select[Any]:
    m, p = t.move.c, t.posting.c
    ends = {
        side: (t.site.alias(f"{side}_site"), t.location.alias(f"{side}_location")) for side in ("from", "to")
    }
    columns: list[sa.ColumnElement[Any]] = []
    for side, (site, location) in ends.items():
        columns += [m[f"{side}_kind"], site.c.code.label(f"{side}_site"), m[f"{side}_status"]]
        columns.append(location.c.code.label(f"{side}_location"))
    query = (
        sa.select(
            *(m.id, m.posting_id, p.kind, p.occurred_at, p.recorded_at, m.quantity, *columns),
            t.party.c.code.label("party"),
            p.document_id,
            t.document.c.kind.label("document_kind"),
            t.document.c.number.label("document_number"),
            *(p.run_id, p.path, t.person.c.name.label("actor")),
            performers().label("performers"),
            sa.func.coalesce(m.reason, p.reason).label("reason"),
            *(p.reverses_id, p.loaded),
        )
        .join(t.posting, p.id == m.posting_id)
        .join(t.person, t.person.c.id == p.actor_id)
        .outerjoin(t.party, t.party.c.id == m.party_id)
        .outerjoin(t.document, t.document.c.id == p.document_id)
    )
    for side, (site, location) in ends.items():
        query = query.outerjoin(site, site.c.id == m[f"{side}_site_id"])
        query = query.outerjoin(location, location.c.id == m[f"{side}_location_id"])
    if sites is not None:
        query = query.where(sa.or_(m.from_site_id.in_(sites), m.to_site_id.in_(sites)))
    return query.where(m.batch_id == batch_id).order_by(p.occurred_at.desc(), m.id.desc())
