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


def _today() -> sa.ColumnElement[date]:
    return sa.cast(sa.func.timezone("UTC", sa.func.clock_now()) + AHEAD, sa.Date)


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


async def examined(tx: Reader, limit: int, after: str | None) -> Page[Mapping[str, Any]]:
    """The next archives whose floor is over, the longest over first, and what all the rules say of them now.

    They are not due when their family, a hold or a rule of later keeps them.
    """
    chosen = sa.select(_F.run_id, _F.until).where(_past()).order_by(_F.until, _F.run_id).limit(limit + 1)
    if after is not None:
        chosen = chosen.where(sa.tuple_(_F.until, _F.run_id) > sa.tuple_(*_position(after)))
    page = chosen.subquery()
    found = await tx.rows(_kept(page).order_by(page.c.until, page.c.run_id))
    items = list(found[:limit])
    more = cursor_of(items[-1]["at_least"].isoformat(), items[-1]["run_id"]) if len(found) > limit else None
    return Page(items, more)


def _position(cursor: str) -> tuple[date, UUID]:
    day, run_id = position_of(cursor, str, UUID)
    try:
        return date.fromisoformat(day), run_id
    except ValueError:
        raise CursorUnknown from None


async def upcoming(tx: Reader, limit: int) -> Rows:
    """The archives whose floor is not over, the next one first; those kept for ever come last."""
    later = ~_F.gone & ((_F.until >= _today()) | _F.until.is_(None))
    rows = sa.select(_F.run_id, _F.until).where(later).order_by(_F.until, _F.run_id).limit(limit).subquery()
    return list(await tx.rows(_kept(rows).order_by(rows.c.until, rows.c.run_id)))


async def due(tx: Reader, limit: int, site_id: UUID) -> Rows:
    """Archives of a site whose contents may be deleted now, the longest over first.

    Those under a hold on everything or on their procedure are passed over without asking the rules.
    """
    h, lifts = t.legal_hold.c, t.legal_hold.alias("lifts")
    in_force = ~sa.exists().where(lifts.c.lifts_id == h.id)
    held_sops = sa.select(h.sop_id).where(h.kind == "sop", in_force)
    kept = (
        _kept(t.retention_floor)
        .where(_past(), t.run.c.site_id == site_id, t.run.c.sop_id.not_in(held_sops))
        .where(~sa.exists().where(h.kind == "all", in_force))
        .order_by(_F.until, _F.run_id)
        .subquery()
    )
    chosen = sa.select(kept).where(kept.c.is_over, kept.c.holds == 0)
    return list(await tx.rows(chosen.order_by(kept.c.at_least, kept.c.run_id).limit(limit)))
