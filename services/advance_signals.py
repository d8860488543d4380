"""Services: waiting for external events in an advance - a wait begins, takes its event, or is over.

Sending and beginning to wait exclude each other for one name and key, so that an event is either found here
or finds the wait. A forged Update settles nothing: delivery, event and wait are read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.advance import AskedResult
from contracts.signals import AwaitSignal, EndWait, EventTaken, SettleSignal
from db import tables as t
from db.ids import new_id
from db.queries import signals as queries
from domain import signals as rules
from services.bundles import event_form

if TYPE_CHECKING:
    from datetime import datetime

    from db.queries.signals import SignalRow
    from services.advance_state import Advance


async def await_signal(advance: Advance, operation: AwaitSignal) -> dict[str, Any]:
    """Begins to wait; an event that has come already and that fits is taken at once, the oldest first."""
    tx, run = advance.tx, advance.run
    await queries.lock(tx, operation.event, operation.key)
    found = await _come_before(advance, operation)
    await tx.execute(
        sa.insert(t.signal_wait).values(
            id=new_id(),
            run_id=run.id,
            path=operation.path,
            step_id=operation.step,
            name=operation.event,
            correlation_key=operation.key,
            site_id=run.site_id,
            state="taken" if found else "waiting",
            signal_id=UUID(found.signal) if found else None,
            closed_at=sa.func.clock_timestamp() if found else None,
        )
    )
    if found:
        await tx.audit(
            "take.signal",
            "signal",
            found.signal,
            after={"path": operation.path, "name": operation.event, "correlation_key": operation.key},
            run_id=run.id,
        )
    advance.asked = AskedResult(path=operation.path, event=found)
    return {
        "asked": advance.asked.model_dump(mode="json", exclude_defaults=True),
        "event": operation.event,
        "key": operation.key,
    }


async def _come_before(advance: Advance, operation: AwaitSignal) -> EventTaken | None:
    form = event_form(advance.bundle, operation.step)
    for row in await queries.come_before(
        advance.tx,
        name=operation.event,
        key=operation.key,
        keep_s=operation.keep_s,
        run_id=advance.run.id,
        site_id=advance.run.site_id,
    ):
        clean, problems = rules.checked(form, row.data)
        if not problems:
            return EventTaken(signal=str(row.id), at=row.recorded_at, data=clean)
    return None


async def problem(advance: Advance, claim: SettleSignal, row: Mapping[str, Any]) -> str | None:
    """What of a delivery the database does not confirm, beyond what every submission must have right."""
    given = row["data"]
    event = await queries.by_id(advance.tx, UUID(given["signal"]))
    wait = await _wait(advance, claim.path)
    if event is None or wait is None:
        return "there is no such event or wait"
    clean, problems = rules.checked(event_form(advance.bundle, wait["step_id"]), event.data)
    same = {
        "path": given["path"] == claim.path,
        "event": claim.signal == given["signal"] == str(wait["signal_id"]),
        "wait": wait["state"] == "matched" and str(wait["submission_id"]) == claim.submission,
        "data": not problems,
        "answer": claim.answer == _taken(event, event.recorded_at, clean),
    }
    return next((f"{name} differs" for name, good in same.items() if not good), None)


def _taken(event: SignalRow, at: datetime, data: Mapping[str, Any]) -> str:
    return rules.taken_hash(event=event.name, key=event.correlation_key, at=at, data=data)


async def _wait(advance: Advance, path: str) -> Mapping[str, Any] | None:
    w = t.signal_wait.c
    return await advance.tx.one_or_none(
        sa.select(w.step_id, w.state, w.signal_id, w.submission_id)
        .where(w.run_id == advance.run.id, w.path == path)
        .with_for_update()
    )


async def close_taken(advance: Advance, claim: SettleSignal) -> dict[str, Any]:
    """The wait is over: its event was taken. The verdict is `advance_settle`'s."""
    w = t.signal_wait.c
    await advance.tx.execute(
        sa.update(t.signal_wait)
        .where(w.run_id == advance.run.id, w.path == claim.path)
        .values(state="taken", closed_at=sa.func.clock_timestamp())
    )
    await advance.tx.audit(
        "take.signal", "signal", claim.signal, after={"path": claim.path}, run_id=advance.run.id
    )
    return {"signal": claim.signal, "submission": claim.submission}


async def end_wait(advance: Advance, operation: EndWait) -> dict[str, Any]:
    """Nobody waits any more; an event on its way is refused by the run, and a later wait may find it."""
    w = t.signal_wait.c
    await advance.tx.execute(
        sa.update(t.signal_wait)
        .where(w.run_id == advance.run.id, w.path == operation.path, w.state.in_(("waiting", "matched")))
        .values(state="over", closed_at=sa.func.clock_timestamp())
    )
    return {"why": operation.why}
