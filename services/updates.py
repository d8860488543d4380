"""Services: the Update that carries a submission to its run - ids, outcome, data and hash, no more."""

from __future__ import annotations

from typing import get_args

from contracts import names
from contracts.commands import CommandRun, CommandTask, CompleteTask, SignTask, TakeSignal, TaskCommandKind
from contracts.payload import LineSetRef, Payload
from db.queries.submissions import SubmissionRow
from domain.signals import DELIVERY
from services.advance_settle import RULE_PURPOSE

_OF_EVENT = ("signal", "path", "key", "at", "data")


def update_of(row: SubmissionRow) -> tuple[str, Payload]:
    """The Update that carries a submission: ids, outcome, data and hash - never a password or a name."""
    base = {"submission": str(row.id), "actor": str(row.actor_id), "hash": row.content_hash}
    performers = [str(person) for person in row.performers]
    if row.kind == "complete":
        assert row.path is not None
        assert row.epoch is not None
        rule = (row.purpose or "").removeprefix(RULE_PURPOSE)
        return names.COMPLETE_TASK, CompleteTask(
            **base,
            path=row.path,
            epoch=row.epoch,
            performers=performers,
            outcome=row.outcome or "",
            data=dict(row.data),
            lines=LineSetRef.model_validate(row.lines) if row.lines else None,
            reason=row.reason,
            rule=int(rule) if rule else None,
        )
    if row.kind == "sign":
        assert row.path is not None
        assert row.epoch is not None
        return names.SIGN_TASK, SignTask(
            **base,
            path=row.path,
            epoch=row.epoch,
            performers=performers,
            content_hash=row.data["content_hash"],
            rule=row.data["rule"],
        )
    if row.kind == DELIVERY:
        given = row.data
        event = {"event": row.outcome, **{name: given[name] for name in _OF_EVENT}}
        return names.TAKE_SIGNAL, TakeSignal.model_validate({**base, **event})
    if row.kind in get_args(TaskCommandKind):
        said = {"path": row.path, "epoch": row.epoch, "reason": row.reason, "kind": row.kind, **row.data}
        return names.COMMAND_TASK, CommandTask.model_validate({**base, **said})
    return names.COMMAND_RUN, CommandRun.model_validate(
        {
            **base,
            "kind": row.kind,
            "reason": row.reason or "",
            "to": row.data.get("to"),
            "path": row.data.get("task"),
        }
    )
