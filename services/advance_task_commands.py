"""Services: settling what people do with tasks besides answering them - row, message, audit event.

Delegated, handed over, signed by one more, refused, withdrawn, reminded of; and a delegation that has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from contracts.tasks import Recipient, ReturnTask, SettleTaskCommand
from db import tables as t
from db.queries.tasks import OPEN
from domain.sop_definition import Text
from services import asked_signatures, task_drafts, task_messages
from services.advance_settle import accept

if TYPE_CHECKING:
    from contracts.payload import AddedSigner
    from services.advance_state import Advance

ADDED_MEANING = Text(zh="加签", en="additional signature")
"""What the signature of somebody means who was added by hand."""


async def settle(advance: Advance, claim: SettleTaskCommand) -> dict[str, Any]:
    """The verdict, the task's new holder, signers and epoch; what was saved stays where the content stays."""
    row = await _task(advance, claim)
    values, result = _holder(advance, claim, row), dict(row["result"] or {})
    if claim.signer is not None:
        row["added_rules"] = [*row["added_rules"], await _stored(advance, claim.signer)]
        values["added_rules"] = row["added_rules"]
    reopened = claim.kind in {"refuse", "withdraw"} and claim.state == "claimed"
    if reopened:
        await _keep_as_draft(advance, row, claim.epoch)
        values |= {"outcome": None, "result": _went_back(advance, claim, row)}
    elif row["state"] == "awaiting_signature" and claim.kind in {"add_signer", "refuse"}:
        if claim.kind == "refuse":
            rule = str(advance.settled[claim.submission]["data"]["rule"])
            result["refused"] = {**result.get("refused", {}), rule: claim.actor}
        asked_signatures.note_missing(result, row, claim.missing)
        values["result"] = result
    elif claim.epoch > claim.of_epoch:
        await task_drafts.carry(advance.tx, row["id"], claim.epoch)
    if claim.kind == "remind":
        values["reminded_at"] = advance.given.now
    await advance.tx.execute(sa.update(t.task).where(t.task.c.id == row["id"]).values(values))
    await _note_performers(advance, claim, row)
    state = claim.state or row["state"]
    submission = await accept(advance, claim, state, values.get("result", {}).get("missing_signatures", ()))
    await task_messages.tell(advance, claim, {**row, **values}, submission["reason"])
    await advance.tx.audit(
        f"{claim.kind}.task",
        "task",
        str(row["id"]),
        before={"state": row["state"], "epoch": claim.of_epoch, "assignee": _text(row["assignee_id"])},
        after={"path": claim.path, "state": state, "epoch": claim.epoch, **dict(submission["data"])},
        reason=submission["reason"],
        run_id=advance.run.id,
    )
    return {"state": state, "submission": claim.submission}


async def give_back(advance: Advance, operation: ReturnTask) -> dict[str, Any]:
    """The time of a delegation is over: the task is its delegator's, who is told."""
    k = t.task.c
    row = await advance.tx.one_or_none(
        sa.update(t.task)
        .where(k.run_id == advance.run.id, k.path == operation.path, k.state.in_(OPEN))
        .values(
            state="claimed",
            assignee_id=UUID(operation.assignee),
            claimed_at=advance.given.now,
            delegated_by_id=None,
            delegated_until=None,
            epoch=operation.epoch,
        )
        .returning(*k)
    )
    if row is not None:
        await task_drafts.carry(advance.tx, row["id"], operation.epoch)
        await task_messages.tell_returned(advance, row)
    return {"assignee": operation.assignee}


async def _task(advance: Advance, claim: SettleTaskCommand) -> dict[str, Any]:
    found = await advance.tx.one(
        sa.select(t.task).where(t.task.c.run_id == advance.run.id, t.task.c.path == claim.path)
    )
    return dict(found)


def _holder(advance: Advance, claim: SettleTaskCommand, row: Mapping[str, Any]) -> dict[str, Any]:
    """Who has the task now and until when; what goes back to a delegator is not delegated any more."""
    values: dict[str, Any] = {"epoch": claim.epoch}
    if claim.state is not None:
        values["state"] = claim.state
    if claim.assignee is None:
        return values
    values |= {"assignee_id": UUID(claim.assignee), "claimed_at": advance.given.now}
    if claim.kind == "delegate":
        return values | {"delegated_by_id": UUID(claim.actor), "delegated_until": claim.until}
    if claim.kind == "hand_over" or claim.assignee == _text(row["delegated_by_id"]):
        return values | {"delegated_by_id": None, "delegated_until": None}
    return values


async def _stored(advance: Advance, signer: AddedSigner) -> dict[str, Any]:
    """An added signature as the task keeps it, its post resolved as those of the definition are."""
    stored: dict[str, Any] = {
        "index": signer.rule,
        "meaning": ADDED_MEANING.model_dump(),
        "post": signer.post or "",
        "post_id": None,
        "site_id": None,
        "department_id": None,
        "person_id": signer.person,
        "order": signer.order,
        "by": signer.by,
    }
    if signer.post is None:
        return stored
    to = Recipient(post=signer.post, site=signer.site, department=signer.department)
    found = await advance.addressee(to) or await advance.owner()
    return stored | {
        "post_id": str(found.post_id),
        "site_id": str(found.site_id),
        "department_id": _text(found.department_id),
    }


def _went_back(advance: Advance, claim: SettleTaskCommand, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the reopened task remembers: who took or sent it back, when, why. Signatures are void."""
    submission = advance.settled[claim.submission]
    return {
        "went_back": {
            "kind": claim.kind,
            "by": claim.actor,
            "at": advance.given.now.isoformat(),
            "reason": submission["reason"],
            "submission": (row["result"] or {}).get("submission"),
        }
    }


async def _keep_as_draft(advance: Advance, row: Mapping[str, Any], epoch: int) -> None:
    """The answers that were taken back are where their completer finds them: in the form."""
    result = row["result"] or {}
    by = UUID(result["completer"]) if "completer" in result else row["assignee_id"]
    await task_drafts.put(advance.tx, row["id"], result.get("data") or {}, by, epoch)


async def _note_performers(advance: Advance, claim: SettleTaskCommand, row: Mapping[str, Any]) -> None:
    """Both names of a delegation; who refuses has judged the content as who signs it."""
    if claim.kind not in {"delegate", "refuse"}:
        return
    persons = [claim.actor, claim.assignee] if claim.kind == "delegate" else [claim.actor]
    base = {"task_id": row["id"], "run_id": row["run_id"], "path": row["path"], "step_id": row["step_id"]}
    how = "delegate" if claim.kind == "delegate" else "sign"
    for person in persons:
        await advance.tx.execute(
            insert(t.task_performer)
            .values({**base, "person_id": UUID(person or ""), "how": how})
            .on_conflict_do_nothing()
        )


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
