"""Services: which function performs which operation of an advance, and the operations of a few lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import sqlalchemy as sa

from contracts.advance import EndRun, RecordDecision, SettleCommand
from contracts.signals import SettleSignal
from contracts.tasks import WithdrawTask
from db import tables as t
from db.queries.tasks import OPEN
from services import (
    advance_actions,
    advance_changeovers,
    advance_messages,
    advance_settle,
    advance_signals,
    advance_task_commands,
    advance_tasks,
    called_orders,
    called_runs,
)
from services.advance_state import Advance


async def _decide(advance: Advance, operation: RecordDecision) -> dict[str, Any]:
    """A decision is recorded as the interpreter computed it: table, version, hit row, values."""
    del advance
    return operation.model_dump(mode="json", exclude={"op", "path"}, exclude_none=True)


async def _withdraw(advance: Advance, operation: WithdrawTask) -> dict[str, Any]:
    """Noted here and done for all together: cancelling may withdraw hundreds of tasks."""
    advance.withdrawn.setdefault(operation.why, []).append(operation.path)
    return {"why": operation.why}


async def close_withdrawn(advance: Advance) -> None:
    """Closes the tasks that the advance withdraws."""
    k = t.task.c
    for why, paths in advance.withdrawn.items():
        await advance.tx.execute(
            sa.update(t.task)
            .where(k.run_id == advance.run.id, k.path.in_(paths), k.state.in_(OPEN))
            .values(state="cancelled" if why == "cancelled" else "withdrawn", closed_at=advance.given.now)
        )


async def _settle_command(advance: Advance, claim: SettleCommand) -> dict[str, Any]:
    """Writes the verdict of a run command; after a resume what people have loaded is stale."""
    row = await advance_settle.accept(advance, claim, claim.state)
    if claim.kind == "resume":
        await advance.tx.execute(
            sa.update(t.task)
            .where(
                t.task.c.run_id == advance.run.id,
                t.task.c.state.in_(OPEN),
                t.task.c.kind.in_(("step", "incident")),
            )
            .values(epoch=t.task.c.epoch + 1)
        )
    await advance.tx.audit(
        f"{claim.kind}.run",
        "run",
        str(advance.run.id),
        before={"state": advance.run.state},
        after={"state": claim.state, "to": row["data"].get("to")},
        reason=row["reason"],
        run_id=advance.run.id,
    )
    return {"state": claim.state, "submission": claim.submission}


async def _settle_signal(advance: Advance, claim: SettleSignal) -> dict[str, Any]:
    """Writes the verdict of an event's delivery and closes the wait."""
    await advance_settle.accept(advance, claim, "taken")
    return await advance_signals.close_taken(advance, claim)


async def _end(advance: Advance, operation: EndRun) -> dict[str, Any]:
    """The run is over; what a cancel could not undo stands in the audit log."""
    advance.end = operation
    await advance.tx.audit(
        "end.run",
        "run",
        str(advance.run.id),
        after={
            "state": operation.state,
            "outcome": operation.outcome,
            "not_undone": operation.not_undone,
        },
        run_id=advance.run.id,
    )
    return {"state": operation.state, "outcome": operation.outcome, "not_undone": operation.not_undone}


Handler = Callable[[Advance, Any], Awaitable[dict[str, Any]]]
HANDLERS: Mapping[str, Handler] = {
    "open_task": advance_tasks.open_task,
    "settle": advance_settle.settle_task,
    "settle_command": _settle_command,
    "settle_changeover": advance_changeovers.settle,
    "settle_signal": _settle_signal,
    "settle_task_command": advance_task_commands.settle,
    "return_task": advance_task_commands.give_back,
    "await_signal": advance_signals.await_signal,
    "end_wait": advance_signals.end_wait,
    "call": called_runs.call,
    "read_calls": called_orders.read,
    "cancel_calls": called_orders.cancel,
    "order_calls": called_orders.order,
    "withdraw": _withdraw,
    "decide": _decide,
    "act": advance_actions.act,
    "undo": advance_actions.undo,
    "notify": advance_messages.notify,
    "remind": advance_messages.remind,
    "escalate": advance_messages.escalate,
    "incident": advance_tasks.open_incident,
    "end": _end,
}
"""Every operation but `fetch_lines`, which only reads."""
