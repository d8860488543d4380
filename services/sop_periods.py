"""Services: the periods in which versions are in force at a place - begun, ended, called off.

Whoever calls has signed for it and holds the procedure's row; no two periods of a place overlap (database).
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import references
from db.queries.sops import VersionRow
from db.session import Reader, Transaction

Planned = tuple[UUID, datetime, datetime | None]


async def planned_at(tx: Reader, version: VersionRow, site_id: UUID | None, at: datetime) -> Planned | None:
    """What is planned for a place and instant: its id, from and to; None when there is no such plan."""
    c = t.sop_effectivity.c
    row = await tx.one_or_none(
        sa.select(c.id, c.effective_from, c.effective_to)
        .where(c.sop_version_id == version.id, c.site_id.is_not_distinct_from(site_id))
        .where(c.effective_from == at, sa.or_(c.effective_to.is_(None), c.effective_to > c.effective_from))
    )
    return (row["id"], row["effective_from"], row["effective_to"]) if row else None


async def call_off(tx: Transaction, version: VersionRow, site_id: UUID | None, planned: Planned) -> None:
    """Empty a period that has not begun, and give its time back to what was to end at its beginning."""
    c, (planned_id, start, end) = t.sop_effectivity.c, planned
    await tx.execute(sa.update(t.sop_effectivity).where(c.id == planned_id).values(effective_to=start))
    await tx.execute(
        sa.update(t.sop_effectivity)
        .where(c.sop_id == version.sop_id, c.site_id.is_not_distinct_from(site_id))
        .where(c.effective_to == start, c.effective_from < start)
        .values(effective_to=end)
    )


async def unless_begun(tx: Transaction, version: VersionRow) -> None:
    """A version of which everything was called off before it began is approved, no more."""
    c = t.sop_effectivity.c
    left = sa.exists().where(
        c.sop_version_id == version.id, c.effective_to.is_distinct_from(c.effective_from)
    )
    if await tx.scalar(sa.select(left)):
        await supersede(tx, version.sop_id)
        return
    row = t.sop_version.c.id == version.id
    await tx.execute(sa.update(t.sop_version).where(row).values(state="approved"))


async def end_all(tx: Transaction, version: VersionRow) -> None:
    """End what is in force of a version now, and call off what is planned of it."""
    c, now = t.sop_effectivity.c, await references.clock_now(tx)
    await tx.execute(sa.select(t.sop.c.id).where(t.sop.c.id == version.sop_id).with_for_update())
    rows = await tx.rows(
        sa.select(c.id, c.site_id, c.effective_from, c.effective_to)
        .where(c.sop_version_id == version.id, c.effective_from > now)
        .where(sa.or_(c.effective_to.is_(None), c.effective_to > c.effective_from))
    )
    for row in rows:
        await call_off(tx, version, row["site_id"], (row["id"], row["effective_from"], row["effective_to"]))
    await tx.execute(
        sa.update(t.sop_effectivity)
        .where(c.sop_version_id == version.id, c.effective_from <= now)
        .where(sa.or_(c.effective_to.is_(None), c.effective_to > now))
        .values(effective_to=now)
    )


async def put_in_force(tx: Transaction, version: VersionRow, site_id: UUID | None, start: datetime) -> None:
    """End what is in force there at `start`, and begin; a later start already planned stays planned."""
    c = t.sop_effectivity.c
    same_place = sa.and_(c.sop_id == version.sop_id, c.site_id.is_not_distinct_from(site_id))
    await tx.execute(sa.select(t.sop.c.id).where(t.sop.c.id == version.sop_id).with_for_update())
    await tx.execute(
        sa.update(t.sop_effectivity)
        .where(same_place, c.effective_from <= start)
        .where(sa.or_(c.effective_to.is_(None), c.effective_to > start))
        .values(effective_to=start)
    )
    until = await tx.scalar(
        sa.select(sa.func.min(c.effective_from)).where(
            same_place,
            c.effective_from > start,
            sa.or_(c.effective_to.is_(None), c.effective_to > c.effective_from),
        )
    )
    await tx.execute(
        sa.insert(t.sop_effectivity).values(
            sop_version_id=version.id,
            sop_id=version.sop_id,
            site_id=site_id,
            effective_from=start,
            effective_to=until,
        )
    )


async def supersede(tx: Transaction, sop_id: UUID) -> None:
    """Versions of the procedure that are in force nowhere any more, and will not be, are superseded."""
    c, now = t.sop_version.c, sa.func.clock_now()
    inside = t.sop_effectivity.c
    alive = sa.exists().where(
        inside.sop_version_id == c.id,
        sa.or_(
            inside.effective_to.is_(None),
            sa.and_(inside.effective_to > now, inside.effective_to > inside.effective_from),
        ),
    )
    await tx.execute(
        sa.update(t.sop_version)
        .where(c.sop_id == sop_id, c.state == "effective", ~alive)
        .values(state="superseded")
    )
