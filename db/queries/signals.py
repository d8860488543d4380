"""Db queries: external events and the steps that wait for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH, distinct_on

from db import tables as t
from db.session import Reader, Transaction


@dataclass(frozen=True)
class SignalRow:
    """An event as it was sent."""

    id: UUID
    name: str
    correlation_key: str
    data: Mapping[str, Any]
    data_sha256: str
    actor_id: UUID
    recorded_at: datetime


@dataclass(frozen=True)
class WaitRow:
    """A step that waits, with what is needed to read the form that it declares."""

    id: UUID
    run_id: UUID
    path: str
    step_id: str
    sop_version_id: UUID
    sha256: str


@dataclass(frozen=True)
class DeliveryRow:
    """An event on its way to one run; `accepted` is None while it has no verdict."""

    submission_id: UUID
    run_id: UUID
    path: str
    accepted: bool | None


_SIGNAL = [t.signal.c[name] for name in SignalRow.__dataclass_fields__]


async def lock(tx: Transaction, name: str, key: str) -> None:
    """Until the end of the transaction nobody else sends this event or begins to wait for it.

    Without it the two could miss each other: each would look before the other has committed.
    """
    about = sa.func.hashtextextended(f"signal {name} {key}", 0)
    await tx.scalar(sa.select(sa.func.pg_advisory_xact_lock(about)))


async def by_id(tx: Reader, signal_id: UUID) -> SignalRow | None:
    """One event."""
    row = await tx.one_or_none(sa.select(*_SIGNAL).where(t.signal.c.id == signal_id))
    return SignalRow(**row) if row else None


async def waiting(tx: Reader, name: str, key: str, sites: frozenset[UUID] | None) -> list[WaitRow]:
    """Who waits for an event at these sites (None: all): of each run the wait that began first."""
    w, r = t.signal_wait.c, t.run.c
    query = (
        sa.select(w.id, w.run_id, w.path, w.step_id, r.sop_version_id, r.sha256)
        .ext(distinct_on(w.run_id))
        .join(t.run, r.id == w.run_id)
        .where(w.name == name, w.correlation_key == key, w.state == "waiting")
        .order_by(w.run_id, w.began_at, w.id)
    )
    if sites is not None:
        query = query.where(w.site_id.in_(sites))
    return [WaitRow(**row) for row in await tx.rows(query)]


async def come_before(
    tx: Reader, *, name: str, key: str, keep_s: int, run_id: UUID, site_id: UUID
) -> list[SignalRow]:
    """Events that came at most so long ago and that the run has not taken, the oldest first."""
    s, w = t.signal.c, t.signal_wait.c
    age = sa.func.make_interval(0, 0, 0, 0, 0, 0, keep_s)
    had = sa.exists().where(w.run_id == run_id, w.signal_id == s.id, w.state.in_(("matched", "taken")))
    rows = await tx.rows(
        sa.select(*_SIGNAL)
        .where(
            s.name == name,
            s.correlation_key == key,
            s.recorded_at >= sa.func.clock_timestamp() - age,
            sa.or_(s.sites.is_(None), sa.literal(site_id) == sa.func.any(s.sites)),
            ~had,
        )
        .order_by(s.recorded_at, s.id)
        .limit(100)
    )
    return [SignalRow(**row) for row in rows]


async def deliveries(tx: Reader, signal_id: UUID) -> list[DeliveryRow]:
    """To which runs an event was sent, and what they said; those that took it when they began to wait too."""
    w, v = t.signal_wait.c, t.submission_verdict.c
    rows = await tx.rows(
        sa.select(w.submission_id, w.run_id, w.path, v.accepted)
        .select_from(t.signal_wait.outerjoin(t.submission_verdict, v.submission_id == w.submission_id))
        .where(w.signal_id == signal_id, w.submission_id.is_not(None))
        .order_by(w.run_id)
    )
    return [DeliveryRow(**row) for row in rows]


async def taken_early(tx: Reader, signal_id: UUID) -> list[UUID]:
    """The runs that found the event when they began to wait."""
    w = t.signal_wait.c
    rows = await tx.rows(
        sa.select(w.run_id)
        .where(w.signal_id == signal_id, w.submission_id.is_(None), w.state == "taken")
        .order_by(w.run_id)
    )
    return [row["run_id"] for row in rows]


async def still_matched(tx: Reader, submission_id: UUID) -> bool:
    """Whether the database shows the wait of a delivery as still waiting for it."""
    w = t.signal_wait.c
    found = await tx.scalar(sa.select(w.id).where(w.submission_id == submission_id, w.state == "matched"))
    return found is not None


async def declaring(tx: Reader, name: str, at: datetime) -> list[Mapping[str, Any]]:
    """The bundles in force, at whatever site, of which a step waits for an event of this name."""
    c, v = t.sop_effectivity.c, t.sop_version.c
    path = sa.cast(sa.literal("$.**.wait.event ? (@ == $name)"), JSONPATH)
    named = sa.func.jsonb_build_object("name", sa.literal(name))
    return list(
        await tx.rows(
            sa.select(v.sha256, v.bundle)
            .ext(distinct_on(v.sha256))
            .join(t.sop_version, v.id == c.sop_version_id)
            .where(
                c.effective_from <= at,
                sa.or_(c.effective_to.is_(None), c.effective_to > at),
                sa.func.jsonb_path_exists(v.bundle, path, named),
            )
        )
    )


async def match(tx: Transaction, signal_id: UUID, waits: Sequence[UUID]) -> set[UUID]:
    """Gives the event to these waits; those that got it - a wait that has just ended does not."""
    w = t.signal_wait.c
    rows = await tx.rows(
        sa.update(t.signal_wait)
        .where(w.id.in_(waits), w.state == "waiting")
        .values(state="matched", signal_id=signal_id)
        .returning(w.id)
    )
    return {row["id"] for row in rows}


async def note_deliveries(tx: Transaction, matched: Mapping[UUID, UUID]) -> None:
    """Notes by which submission (value) each wait (key) gets its event."""
    w = t.signal_wait.c
    await tx.execute(
        sa.update(t.signal_wait).where(w.id == sa.bindparam("wait")).values(submission_id=sa.bindparam("by")),
        [{"wait": wait, "by": by} for wait, by in matched.items()],
    )
