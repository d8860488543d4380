"""Db queries: runs that wait for their archive, archives with their contents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db import tables as t
from db.kept import Kept
from db.session import Reader, Transaction
from domain.run_archive import HISTORY

ARCHIVER = 7_260_116
"""The advisory lock of who archives; two at once would do no harm, and the work twice."""


async def begin_archiving(tx: Reader) -> bool:
    """Take the archiver's lock for this connection, if nobody has it; a worker that dies lets go of it."""
    return bool(await tx.scalar(sa.select(sa.func.pg_try_advisory_lock(ARCHIVER))))


async def end_archiving(tx: Reader) -> None:
    await tx.scalar(sa.select(sa.func.pg_advisory_unlock(ARCHIVER)))


PROVER = 7_260_117
"""The advisory lock of the nightly proof."""


async def begin_proof(tx: Reader) -> bool:
    return bool(await tx.scalar(sa.select(sa.func.pg_try_advisory_lock(PROVER))))


async def end_proof(tx: Reader) -> None:
    await tx.scalar(sa.select(sa.func.pg_advisory_unlock(PROVER)))


async def last_proof(tx: Reader, about: str) -> datetime | None:
    """When evidence was last verified under that name."""
    a = t.audit_event.c
    found: datetime | None = await tx.scalar(
        sa.select(a.recorded_at)
        .where(a.object_type == "evidence", a.object_id == about, a.action == "verify.evidence")
        .order_by(a.recorded_at.desc())
        .limit(1)
    )
    return found


async def night(tx: Reader) -> bool:
    """Whether it is night, from one to five, at the first site."""
    local = sa.func.timezone(t.site.c.time_zone, sa.func.clock_timestamp())
    hour = await tx.scalar(sa.select(sa.func.extract("hour", local)).order_by(t.site.c.id).limit(1))
    return hour is not None and 1 <= int(hour) < 5  # noqa: PLR2004 - the hours of the sentence


def _waiting() -> Kept:
    r = t.run.c
    passed_over = sa.bindparam("passed_over", type_=ARRAY(sa.Uuid))
    return Kept(
        sa.select(
            *(r.id, r.workflow_id, r.sop_version_id, r.sha256, r.state, r.outcome),
            *(r.started_at, r.ended_at, r.engine_started_at),
            t.sop.c.key,
            t.sop_version.c.version,
            (sa.func.clock_timestamp() - r.ended_at).label("ended_ago"),
        )
        .select_from(
            t.run.join(t.sop, t.sop.c.id == r.sop_id).join(
                t.sop_version, t.sop_version.c.id == r.sop_version_id
            )
        )
        .where(r.archived_at.is_(None), r.ended_at.is_not(None), r.id != sa.all_(passed_over))
        .order_by(r.ended_at)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


_WAITING = _waiting()


async def waiting(tx: Reader, passed_over: Sequence[UUID], limit: int) -> list[Mapping[str, Any]]:
    """Runs that ended and have no archive, the longest waiting first; `lost` in the engine for long."""
    return list(await tx.rows(_WAITING, {"passed_over": list(passed_over), "most": limit}))


async def backlog(tx: Reader) -> tuple[int, datetime | None]:
    """How many runs wait for their archive, and since when the first of them."""
    r = t.run.c
    found = await tx.one(
        sa.select(sa.func.count().label("n"), sa.func.min(r.ended_at).label("since")).where(
            r.archived_at.is_(None), r.ended_at.is_not(None)
        )
    )
    return found["n"], found["since"]


async def keep(tx: Transaction, header: Mapping[str, Any], bodies: Mapping[str, bytes]) -> UUID | None:
    """Keep an archive with its contents; None when another archiver was quicker."""
    made = await tx.scalar(
        insert(t.archive)
        .values(**header)
        .on_conflict_do_nothing(index_elements=["run_id"])
        .returning(t.archive.c.id)
    )
    if made is None:
        return None
    for name, content in bodies.items():
        row = {"archive_id": made, "name": name, "content": content}
        await tx.execute(sa.insert(t.archive_body).values(**row))
    await tx.execute(
        sa.update(t.run).where(t.run.c.id == header["run_id"]).values(archived_at=sa.func.clock_timestamp())
    )
    return UUID(str(made))


async def of_run(tx: Reader, run_id: UUID) -> Mapping[str, Any] | None:
    return await tx.one_or_none(sa.select(t.archive).where(t.archive.c.run_id == run_id))


async def histories(tx: Reader, run_id: UUID) -> tuple[Mapping[str, Any], dict[str, bytes]] | None:
    """Of a run's archive its `parts`, whether it is `deleted`, and the histories as they are kept."""
    a, b = t.archive.c, t.archive_body.c
    stone = sa.exists().where(t.tombstone.c.archive_id == a.id)
    joined = t.archive.outerjoin(
        t.archive_body, sa.and_(b.archive_id == a.id, b.name.startswith(HISTORY, autoescape=True))
    )
    rows = await tx.rows(
        sa.select(a.parts, stone.label("deleted"), b.name, b.content)
        .select_from(joined)
        .where(a.run_id == run_id)
    )
    return (rows[0], {row["name"]: bytes(row["content"]) for row in rows if row["name"]}) if rows else None


async def bodies(tx: Reader, archive_id: UUID, names: Sequence[str] | None = None) -> dict[str, bytes]:
    """The contents by name, deflated as they are kept."""
    b = t.archive_body.c
    chosen = sa.select(b.name, b.content).where(b.archive_id == archive_id)
    if names is not None:
        chosen = chosen.where(b.name.in_(names))
    return {row["name"]: bytes(row["content"]) for row in await tx.rows(chosen)}


async def after(tx: Reader, last: UUID | None, limit: int) -> list[Mapping[str, Any]]:
    """Archives in the order of their ids, behind `last`."""
    a = t.archive.c
    chosen = sa.select(a.id, a.run_id, a.parts).order_by(a.id).limit(limit)
    return list(await tx.rows(chosen if last is None else chosen.where(a.id > last)))


async def bundle(tx: Reader, sop_version_id: UUID) -> Any:
    return await tx.scalar(sa.select(t.sop_version.c.bundle).where(t.sop_version.c.id == sop_version_id))
