"""Db queries: legal holds, deletions and their tombstones. The rules are functions of the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader, Transaction

THREE = ("asked_signature_id", "approved_signature_id", "witness_signature_id")
"""Of who asked for a deletion, who approved and who witnessed it."""
Rows = list[Mapping[str, Any]]


async def holds(tx: Reader, *, in_force: bool) -> Rows:
    """Holds in force, or those that were lifted; the newest first."""
    h, lifts = t.legal_hold.c, t.legal_hold.alias("lifts")
    setter, lifter = t.person.alias("setter"), t.person.alias("lifter")
    found = (
        sa.select(
            *(h.id, h.kind, h.reason, h.recorded_at, h.run_id, h.batch_id, h.sop_id),
            setter.c.name.label("by"),
            t.batch.c.number.label("batch"),
            t.sop.c.key.label("sop"),
            t.sop.c.title_zh,
            t.sop.c.title_en,
            t.run.c.business_key,
            lifts.c.recorded_at.label("lifted_at"),
            lifts.c.reason.label("lifted_why"),
            lifter.c.name.label("lifted_by"),
        )
        .select_from(
            t.legal_hold.join(setter, setter.c.id == h.actor_id)
            .outerjoin(lifts, lifts.c.lifts_id == h.id)
            .outerjoin(lifter, lifter.c.id == lifts.c.actor_id)
            .outerjoin(t.batch, t.batch.c.id == h.batch_id)
            .outerjoin(t.sop, t.sop.c.id == h.sop_id)
            .outerjoin(t.run, t.run.c.id == h.run_id)
        )
        .where(h.kind != "lift", lifts.c.id.is_(None) if in_force else lifts.c.id.is_not(None))
        .order_by(h.recorded_at.desc())
    )
    return list(await tx.rows(found))


async def set_hold(tx: Transaction, **values: Any) -> UUID:
    """Adds a hold, or the lifting of one. HoldNotInForce."""
    made: UUID = await tx.scalar(sa.insert(t.legal_hold).values(**values).returning(t.legal_hold.c.id))
    return made


async def delete(
    tx: Transaction,
    run_id: UUID,
    *,
    by_run: UUID,
    path: str,
    signatures: tuple[UUID, UUID, UUID],
    reason: str,
) -> UUID:
    """Deletes the contents of a run's archive; its tombstone. Refusals of `domain.retention`."""
    called = sa.func.retention_delete(run_id, by_run, path, *signatures, reason)
    made: UUID = await tx.scalar(sa.select(called))
    return made


def _stones() -> sa.Select[Any]:
    x = t.tombstone.c
    people = {name: t.person.alias(name) for name in ("asked", "approved", "witnessed")}
    joined: sa.FromClause = t.tombstone
    for name, person in people.items():
        joined = joined.join(person, person.c.id == x[f"{name}_by"])
    joined = joined.join(t.run, t.run.c.id == x.run_id).join(t.sop, t.sop.c.id == t.run.c.sop_id)
    named = [person.c.name.label(f"{name}_name") for name, person in people.items()]
    return sa.select(
        t.tombstone,
        *named,
        t.run.c.business_key,
        t.sop.c.key,
        t.sop.c.title_zh,
        t.sop.c.title_en,
    ).select_from(joined)


async def tombstones(tx: Reader, limit: int, before: UUID | None = None) -> Rows:
    """Tombstones with the names of the three persons, the newest first."""
    x = t.tombstone.c
    found = _stones().order_by(x.id.desc()).limit(limit)
    return list(await tx.rows(found if before is None else found.where(x.id < before)))


async def tombstone_of(tx: Reader, run_id: UUID) -> Mapping[str, Any] | None:
    """What is left of a run's contents, when they were deleted."""
    return await tx.one_or_none(_stones().where(t.tombstone.c.run_id == run_id))


async def unfounded(tx: Reader, stone: Mapping[str, Any]) -> bool:
    """Whether a tombstone lacks what it stands on: its step, and three signatures by three persons."""
    e, s, r = t.effect.c, t.signature.c, t.run.c
    step = (
        sa.select(sa.func.count())
        .select_from(t.effect.join(t.run, r.workflow_id == e.workflow_id))
        .where(r.id == stone["destruction_run_id"], e.path == stone["path"], e.kind == "action")
    )
    rows = await tx.rows(
        sa.select(s.id, s.person_id, s.task_id).where(
            s.id.in_([stone[name] for name in THREE]), s.run_id == stone["destruction_run_id"]
        )
    )
    persons = {row["id"]: row["person_id"] for row in rows}
    said = [stone[name] for name in ("asked_by", "approved_by", "witnessed_by")]
    signed = [persons.get(stone[name]) for name in THREE]
    apart = len(set(said)) == len({row["task_id"] for row in rows}) == len(THREE)
    return not (await tx.scalar(step) and apart and signed == said)


async def tombstone_row(tx: Reader, run_id: UUID) -> Mapping[str, Any] | None:
    """The tombstone as it was recorded, column by column."""
    return await tx.one_or_none(sa.select(t.tombstone).where(t.tombstone.c.run_id == run_id))


async def signatures_for(tx: Reader, stone: Mapping[str, Any]) -> Rows:
    """The signatures that a tombstone names, as they were recorded."""
    named = [stone[name] for name in THREE]
    s = t.signature.c
    return list(await tx.rows(sa.select(t.signature).where(s.id.in_(named)).order_by(s.id)))


def told_of(run_id: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """What a run's page tells of its deletion, as JSON: when, by which run, who signed; null without one."""
    x = t.tombstone.c
    people = {name: t.person.alias(f"{name}_of") for name in ("asked", "approved", "witnessed")}
    joined: sa.FromClause = t.tombstone
    pairs: list[Any] = ["at", sa.func.canonical_instant(x.recorded_at), "run", x.destruction_run_id]
    for name, person in people.items():
        joined = joined.join(person, person.c.id == x[f"{name}_by"])
        pairs += [name, person.c.name]
    told = sa.select(sa.func.jsonb_build_object(*pairs)).select_from(joined).where(x.run_id == run_id)
    return told.scalar_subquery()
