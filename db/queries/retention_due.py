"""Db queries: archives with their contents and the rule that keeps them longest - what is due, what is next.

Lists begin at `retention_floor`, what the run's own rules asked for when it was archived: nobody may delete
earlier, so the rules themselves are asked for the rows of one page alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries._paging import CursorUnknown, Page, cursor_of, position_of
from db.session import Reader

Rows = list[Mapping[str, Any]]
AHEAD = timedelta(hours=14)
"""Where the day begins first; the rules ask for the day of the site."""
_F = t.retention_floor.c


def _today() -> sa.ScalarSelect[date]:
    """Asked once, so that an index begins there: the clock itself is volatile."""
    return sa.select(sa.cast(sa.func.timezone("UTC", sa.func.clock_now()) + AHEAD, sa.Date)).scalar_subquery()


def _past() -> sa.ColumnElement[bool]:
    """Whether the floor of an archive that has its contents may be over, somewhere on earth."""
    return ~_F.gone & (_F.until < _today())


def _kept(floors: sa.FromClause) -> sa.Select[Any]:
    """What the rules say of the archives that these rows of `retention_floor` are about."""
    f, a, r, s = floors.c, t.archive.c, t.run.c, t.sop.c
    end = (
        sa.func.retention_end(f.run_id)
        .table_valued("rule", "about", "until", "is_over", name="longest")
        .render_derived()
        .lateral("longest")
    )
    held = sa.select(sa.func.count()).select_from(
        sa.func.legal_holds_on(f.run_id).table_valued("hold").render_derived()
    )
    files = sa.select(sa.func.count()).where(t.attachment.c.run_id == f.run_id)
    joined = floors.join(t.archive, a.run_id == f.run_id).join(t.run, r.id == f.run_id)
    return sa.select(
        *(a.run_id, a.ended_at, a.parts, a.sop_version, r.business_key, r.summary_zh, r.summary_en),
        *(r.site_id, s.key, s.title_zh, s.title_en, f.until.label("at_least")),
        *(end.c.rule, end.c.about, end.c.until, end.c.is_over),
        held.scalar_subquery().label("holds"),
        files.scalar_subquery().label("attachments"),
    ).select_from(joined.join(t.sop, s.id == r.sop_id).join(end, sa.true()))


async def examined(
    tx: Reader, limit: int, after: str | None, site_id: UUID | None = None
) -> Page[Mapping[str, Any]]:
    """The next archives whose floor is over, the longest over first, and what all the rules say of them now.

    They are not due when their family, a hold or a rule of later keeps them.
    """
    chosen = sa.select(_F.run_id, _F.until).where(_past()).order_by(_F.until, _F.run_id).limit(limit + 1)
    if after is not None:
        chosen = chosen.where(sa.tuple_(_F.until, _F.run_id) > sa.tuple_(*_position(after)))
    if site_id is not None:
        chosen = chosen.where(_of_site(site_id))
    page = chosen.subquery()
    found = await tx.rows(_kept(page).order_by(page.c.until, page.c.run_id))
    items = list(found[:limit])
    more = cursor_of(items[-1]["at_least"].isoformat(), items[-1]["run_id"]) if len(found) > limit else None
    return Page(items, more)


def _of_site(site_id: UUID) -> sa.ColumnElement[bool]:
    """Runs of a site; those under a hold on everything or on their procedure are passed over unasked."""
    h, lifts, r = t.legal_hold.c, t.legal_hold.alias("lifts"), t.run.c
    in_force = ~sa.exists().where(lifts.c.lifts_id == h.id)
    held = sa.exists().where(in_force, (h.kind == "all") | ((h.kind == "sop") & (h.sop_id == r.sop_id)))
    return sa.exists().where(r.id == _F.run_id, r.site_id == site_id, ~held)


def _position(cursor: str) -> tuple[date, UUID]:
    day, run_id = position_of(cursor, str, UUID)
    try:
        return date.fromisoformat(day), run_id
    except ValueError:
        raise CursorUnknown from None


async def upcoming(tx: Reader, limit: int) -> Rows:
    """The archives whose floor is not over, the next one first; those kept for ever come last."""
    floors = sa.select(_F.run_id, _F.until).where(~_F.gone).order_by(_F.until, _F.run_id).limit(limit)
    parts = (floors.where(_F.until >= _today()).subquery(), floors.where(_F.until.is_(None)).subquery())
    both = sa.union_all(*(sa.select(part) for part in parts)).subquery()
    rows = sa.select(both).order_by(both.c.until, both.c.run_id).limit(limit).subquery()
    return list(await tx.rows(_kept(rows).order_by(rows.c.until, rows.c.run_id)))


def is_due(row: Mapping[str, Any]) -> bool:
    """Whether the contents may be deleted now: all rules are over and no hold covers them."""
    return bool(row["is_over"] and not row["holds"])


async def due(tx: Reader, limit: int, site_id: UUID) -> Rows:
    """Archives of a site whose contents may be deleted now, the longest over first."""
    found: Rows = []
    page = await examined(tx, limit, None, site_id)
    found += filter(is_due, page.items)
    while page.next is not None and len(found) < limit:
        page = await examined(tx, limit, page.next, site_id)
        found += filter(is_due, page.items)
    return found[:limit]
