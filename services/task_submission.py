"""Services: the submission row of a completion or a signature, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.payload import LineSetRef
from db import tables as t
from db.ids import new_id
from db.kept import Kept
from db.queries.submissions import SubmissionRow
from domain.signatures import Rule
from domain.submissions import signed_content, signing_content
from services import eligibility, signatures
from services.advance_settle import RULE_PURPOSE

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Transaction
    from services.platform import Actor
    from services.signatures import PasswordProof


_GIVEN = (
    *("id", "kind", "run_id", "task_id", "epoch", "actor_id", "outcome", "data", "lines", "performers"),
    *("content_hash", "reason", "signature_id"),
)


@cache
def _submit() -> Kept:
    return Kept(sa.insert(t.submission).values({name: sa.bindparam(name) for name in _GIVEN}))


@dataclass(frozen=True)
class Answer:
    """What completes a task: the outcome with its data or, for a work list, the line set of its results."""

    outcome: str
    data: dict[str, Any]
    reason: str | None
    lines: LineSetRef | None


def content_of(task: TaskAct, answer: Answer, lines_root: str | None) -> str:
    """The digest of a completion: what its dialog shows, what its signatures are over."""
    return signed_content(
        task_content=task.content_sha256,
        epoch=task.epoch,
        outcome=answer.outcome,
        data=answer.data,
        lines_root=lines_root,
        reason=answer.reason,
    )


async def submit(
    tx: Transaction,
    task: TaskAct,
    answer: Answer,
    *,
    actor: Actor,
    proof: PasswordProof | None,
    rule: Rule | None,
    submission_id: UUID | None,
) -> SubmissionRow:
    """The submission of a completion; signed when a rule asks for it."""
    content_hash = content_of(task, answer, answer.lines.root if answer.lines else None)
    signature_id = None
    if rule is not None and proof is not None:
        signature_id = await _sign(tx, task, content_hash, actor=actor, proof=proof, rule=rule)
    return await _insert(
        tx,
        task,
        actor,
        submission_id,
        rule if signature_id else None,
        kind="complete",
        outcome=answer.outcome,
        data=answer.data,
        lines=answer.lines.model_dump(mode="json") if answer.lines else None,
        content_hash=content_hash,
        signature_id=signature_id,
        reason=answer.reason,
    )


async def submit_signature(
    tx: Transaction,
    task: TaskAct,
    *,
    actor: Actor,
    proof: PasswordProof,
    rule: Rule,
    submission_id: UUID | None,
) -> SubmissionRow:
    """The submission of a second or later signature, over the content that was completed."""
    assert task.result is not None
    content_hash = task.result["content_hash"]
    signature_id = await _sign(tx, task, content_hash, actor=actor, proof=proof, rule=rule)
    return await _insert(
        tx,
        task,
        actor,
        submission_id,
        rule,
        kind="sign",
        outcome=task.result["outcome"],
        data={"rule": rule.index, "content_hash": content_hash},
        content_hash=signing_content(
            content_hash=content_hash, epoch=task.epoch, rule=rule.index, actor=str(actor.person_id)
        ),
        signature_id=signature_id,
    )


async def _sign(
    tx: Transaction, task: TaskAct, content_hash: str, *, actor: Actor, proof: PasswordProof, rule: Rule
) -> UUID:
    return await signatures.sign(
        tx,
        proof,
        actor=actor,
        meaning=rule.meaning,
        content_sha256=content_hash,
        purpose=_purpose(rule),
        held=eligibility.rule_holder(task, actor, rule),
        task_id=task.id,
        run_id=task.run_id,
        epoch=task.epoch,
    )


def _purpose(rule: Rule) -> str:
    return f"{RULE_PURPOSE}{rule.index}"


async def _insert(
    tx: Transaction,
    task: TaskAct,
    actor: Actor,
    submission_id: UUID | None,
    rule: Rule | None,
    *,
    signature_id: UUID | None,
    **values: Any,
) -> SubmissionRow:
    """The submission row: the attempt, the idempotency record and the outbox of the command in one."""
    row: dict[str, Any] = {
        "id": submission_id or new_id(),
        "run_id": task.run_id,
        "task_id": task.id,
        "epoch": task.epoch,
        "actor_id": actor.person_id,
        "performers": sorted({*task.performers, actor.person_id}),
        "lines": None,
        "reason": None,
        **values,
    }
    await tx.later(_submit(), {**row, "signature_id": signature_id})
    tx.audited_elsewhere("a submission is the audited attempt; its verdict is audited when it is settled")
    purpose = _purpose(rule) if rule else None
    return SubmissionRow(
        **row, path=task.path, actor_name=actor.name, purpose=purpose, site_id=task.run_site_id
    )
