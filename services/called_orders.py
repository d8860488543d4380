"""Services: what a run asks of the runs that it has called - how they stand, and commands handed on to them.

A command that is handed on is a submission like a person's: with its verdict, its audit and its repetition by
the sweep. Called runs hand it on to those that they have called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.advance import AskedResult
from contracts.calls import CallsRead
from db import tables as t
from db.ids import new_id
from db.queries import called_runs as queries
from domain.submissions import command_content

if TYPE_CHECKING:
    from contracts.calls import CancelCalls, OrderCalls, ReadCalls
    from services.advance_state import Advance

AT_ONCE = 100
"""Runs that one advance orders to cancel; the next one orders more."""


async def read(advance: Advance, operation: ReadCalls) -> dict[str, Any]:
    """How the awaited runs stand; once none is open the caller knows it, and who performed in them."""
    stand = await queries.standing(advance.tx, advance.run.id, operation.paths)
    performers: list[UUID] = []
    if not stand.open:
        performers = await queries.performers(advance.tx, advance.run.id, operation.paths)
        await _note_reported(advance, t.run.c.call_path.in_(operation.paths))
    return _answer(
        advance,
        operation.path,
        CallsRead(open=stand.open, outcomes=stand.outcomes, performers=[str(one) for one in performers]),
    )


async def cancel(advance: Advance, operation: CancelCalls) -> dict[str, Any]:
    """Orders what is open to cancel, some at a time; from now on the caller waits for its end."""
    found = await queries.open_below(advance.tx, advance.run.id, operation.prefixes)
    new = [one.id for one in found if not one.cancelling]
    now, later = new[:AT_ONCE], new[AT_ONCE:]
    await _submit(advance, now, "cancel", UUID(operation.actor), operation.reason)
    below = queries.below(t.run.c.call_path, operation.prefixes)
    if found:
        await advance.tx.execute(
            sa.update(t.run)
            .where(t.run.c.id.in_([one.id for one in found]), ~t.run.c.awaited)
            .values(awaited=True)
        )
        return _answer(advance, operation.path, CallsRead(open=len(found), more=bool(later)))
    left = await queries.left_standing(advance.tx, advance.run.id, operation.prefixes)
    await _note_reported(advance, below)
    return _answer(advance, operation.path, CallsRead(), left)


async def order(advance: Advance, operation: OrderCalls) -> dict[str, Any]:
    """Hands a command on to the awaited runs; only what was suspended with the caller is resumed with it."""
    found = await queries.open_below(advance.tx, advance.run.id, operation.prefixes, awaited=True)
    if operation.kind == "suspend":
        found = [one for one in found if one.state != "suspended"]
    elif operation.kind == "resume":
        found = [one for one in found if one.held_by_caller]
    else:
        found = [one for one in found if not one.cancelling]
    runs = [one.id for one in found]
    by = UUID(operation.actor) if operation.actor else await advance.last_actor()
    await _submit(advance, runs, operation.kind, by, operation.reason)
    if runs and operation.kind != "cancel":
        held = operation.kind == "suspend"
        await advance.tx.execute(sa.update(t.run).where(t.run.c.id.in_(runs)).values(held_by_caller=held))
    if operation.kind == "cancel":  # nobody waits for them any more
        await advance.tx.execute(
            sa.update(t.run)
            .where(
                t.run.c.called_by == advance.run.id,
                t.run.c.awaited,
                queries.below(t.run.c.call_path, operation.prefixes),
            )
            .values(awaited=False)
        )
    return {"order": operation.kind, "count": len(runs)}


def _answer(advance: Advance, path: str, read: CallsRead, irreversible: Sequence[str] = ()) -> dict[str, Any]:
    advance.asked = AskedResult(path=path, calls=read, irreversible=list(irreversible))
    return {"asked": advance.asked.model_dump(mode="json", exclude_defaults=True)}


async def _note_reported(advance: Advance, which: sa.ColumnElement[bool]) -> None:
    r = t.run.c
    await advance.tx.execute(
        sa.update(t.run)
        .where(r.called_by == advance.run.id, r.reported_at.is_(None), which)
        .values(reported_at=advance.given.now)
    )


async def _submit(advance: Advance, runs: Sequence[UUID], kind: str, by: UUID, reason: str) -> None:
    rows = [
        {
            "id": new_id(),
            "kind": kind,
            "run_id": run,
            "actor_id": by,
            "data": {"to": None, "task": None},
            "performers": [by],
            "content_hash": command_content(
                kind=kind, run=str(run), actor=str(by), reason=reason, to=None, task_path=None
            ),
            "reason": reason,
        }
        for run in runs
    ]
    if rows:
        await advance.tx.execute(sa.insert(t.submission), rows)
