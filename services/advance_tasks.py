"""Services: opening tasks in an advance - for a step's post, or for the owner when a run has an incident.

A post that nobody holds is not passed over: the task opens all the same and the owner is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.advance import AdvanceInput
from contracts.tasks import OpenIncident, OpenTask, Recipient, SettleTask, SettleTaskCommand
from db import tables as t
from db.ids import new_id
from domain.canonical import sha256_of
from domain.sop_definition import SignatureRule, Text
from services import task_content, task_drafts
from services.advance_state import Addressee, Advance, asking_for, opened_at_the_end
from services.task_outcomes import step_title

if TYPE_CHECKING:
    from db.kept import Call

LITERAL_QUOTES = "'\""
_OPEN = sa.insert(t.task)


def foreseen(given: AdvanceInput) -> list[Call]:
    """What the opening of the one task of an advance needs to know, asked with the advance's first look."""
    operation = opened_at_the_end(given)
    if operation is None:
        return []
    run = UUID(given.run_id)
    return [asking_for(operation.to, run), task_content.earlier_answers(run, operation.path)]


def keep_foreseen(
    advance: Advance, to: Sequence[Mapping[str, Any]], earlier: Sequence[Mapping[str, Any]]
) -> None:
    """Keeps what `foreseen` gave."""
    operation = opened_at_the_end(advance.given)
    assert operation is not None
    advance.found_for(operation.to, to)
    advance.earlier = [*earlier]


def _just_answered(advance: Advance, path: str) -> list[Mapping[str, Any]]:
    """What this advance settles, as `task_content.earlier_answers` gives it once it stands in the rows."""
    return [
        {
            "step_id": row["step_id"],
            "outcome": claim.outcome,
            "data": row["data"],
            "reason": row["reason"] if claim.kind == "complete" else (row["result"] or {}).get("reason"),
        }
        for claim in reversed(advance.given.operations)
        if isinstance(claim, SettleTask) and claim.state == "done"
        for row in (advance.settled[claim.submission],)
        if row["task_kind"] == "step" and path.startswith(claim.path[: claim.path.rfind(".") + 1])
    ]


async def open_task(advance: Advance, operation: OpenTask) -> dict[str, Any]:
    """Opens a step's task with its content, addressed to its post."""
    step = advance.bundle.steps[operation.step]
    assert step.human is not None
    if advance.earlier is None:
        post, [earlier] = await advance.addressee_with(
            operation.to, task_content.earlier_answers(advance.run.id, operation.path)
        )
    else:
        post = advance.addressees[operation.to]
        earlier = [*_just_answered(advance, operation.path), *advance.earlier][: task_content.EARLIER_SHOWN]
    to = post or await advance.owner()
    rules = [
        await _rule(advance, operation, index, step.human.signature_rules[index]) for index in operation.rules
    ]
    content = await task_content.of_step(advance.tx, advance.run, advance.bundle, operation, rules, earlier)
    task_id = await _insert(
        advance,
        to,
        content,
        step_title(step),
        path=operation.path,
        step_id=operation.step,
        kind="step",
        epoch=operation.epoch,
        due_at=operation.due_at,
        line_set_id=UUID(operation.lines.id) if operation.lines else None,
        separate_from=sorted(set(operation.separate_from)),
        send_back=list(step.human.send_back),
        **_held(advance, operation),
    )
    await _keep_withdrawn(advance, operation, task_id)
    if await advance.addressee(operation.to) is None or not to.held:
        await _tell_vacant(advance, operation.to.post, task_id, step_title(step))
    return {"task": str(task_id)}


def _held(advance: Advance, operation: OpenTask) -> dict[str, Any]:
    """Whose the task is at once; everybody of the post may claim it otherwise."""
    if operation.assignee is None:
        return {}
    return {
        "state": "claimed",
        "assignee_id": UUID(operation.assignee),
        "claimed_at": advance.given.now,
    }


async def _keep_withdrawn(advance: Advance, operation: OpenTask, task_id: UUID) -> None:
    """The answers of a completion that was taken back stand in the form of the step's next pass."""
    for claim in advance.given.operations:
        if isinstance(claim, SettleTaskCommand) and claim.state == "withdrawn":
            row = advance.settled[claim.submission]
            if row["step_id"] == operation.step and operation.assignee == claim.actor:
                data = (row["result"] or {}).get("data") or {}
                await task_drafts.put(advance.tx, task_id, data, row["actor_id"], operation.epoch)


async def open_incident(advance: Advance, operation: OpenIncident) -> dict[str, Any]:
    """Opens a task for the SOP's owner: something was refused or failed and nothing routes it."""
    to = await advance.addressee(operation.to) or await advance.owner()
    step = advance.bundle.steps[operation.step]
    title = step_title(step)
    content = task_content.of_incident(
        operation.code, operation.message, operation.of, title, action=step.action
    )
    task_id = await _insert(
        advance,
        to,
        content,
        Text(zh=f"异常：{title.zh}", en=f"Incident: {title.in_language('en')}"),
        path=operation.path,
        step_id=operation.step,
        kind="incident",
        epoch=operation.epoch,
    )
    return {"task": str(task_id), "code": operation.code, "of": operation.of}


async def _insert(
    advance: Advance, to: Addressee, content: dict[str, Any], title: Text, **values: Any
) -> UUID:
    task_id = new_id()
    row = {
        "id": task_id,
        "run_id": advance.run.id,
        "title_zh": title.zh,
        "title_en": title.in_language("en"),
        "object": advance.run.summary_zh,
        "post_id": to.post_id,
        "site_id": to.site_id,
        "department_id": to.department_id,
        "opened_at": advance.given.now,
        "content": content,
        "content_sha256": sha256_of("task_content", 1, content=content),
        **values,
    }
    if advance.opens_at_the_end:
        advance.opened = row
    else:
        await advance.tx.execute(_OPEN, row)
    return task_id


async def _rule(advance: Advance, operation: OpenTask, index: int, rule: SignatureRule) -> dict[str, Any]:
    """A signature rule as the task keeps it; its post is resolved where the task's is, unless it says so."""
    stored: dict[str, Any] = {
        "index": index,
        "meaning": rule.meaning.model_dump(),
        "post": rule.post or operation.to.post,
        "post_id": None,
        "site_id": None,
        "department_id": None,
    }
    if rule.post is None:
        return stored
    own = Recipient(
        post=rule.post,
        site=_literal(rule.site) or operation.to.site,
        department=_literal(rule.department) or operation.to.department,
    )
    signer = await advance.addressee(own) or await advance.owner()
    return stored | {
        "post_id": str(signer.post_id),
        "site_id": str(signer.site_id),
        "department_id": str(signer.department_id) if signer.department_id else None,
    }


def _literal(expression: str | None) -> str | None:
    """The text of a quoted literal, which is what an address of its own is written as."""
    if expression and expression[0] in LITERAL_QUOTES and expression[-1] == expression[0]:
        return expression[1:-1]
    return None


async def _tell_vacant(advance: Advance, post: str, task_id: UUID, title: Text) -> None:
    owner = await advance.owner()
    await advance.tx.execute(
        sa.insert(t.notification).values(
            run_id=advance.run.id,
            post_id=owner.post_id,
            site_id=advance.run.site_id,
            template="post.vacant",
            title_zh=f"岗位空缺：{post}",
            title_en=f"Nobody holds the post {post}",
            body_zh=f"任务“{title.zh}”需要岗位 {post}，目前无人担任。",
            body_en=f"The task {title.in_language('en')} needs the post {post}, which nobody holds now.",
        )
    )
    await advance.tx.audit(
        "find_vacant.post",
        "task",
        str(task_id),
        after={"post": post},
        run_id=advance.run.id,
    )
