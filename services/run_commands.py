"""Services: commands to a run - suspend, resume, cancel, send back. Each is first a submission (S6, S7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import runs as queries
from domain.errors import NotFound
from domain.signatures import MeaningMismatch
from domain.sop_definition import Text
from domain.sop_progress.refusals import ReasonRequired, SignatureRequired, StepNotPerformed
from domain.submissions import command_content, printable
from services import audit, signatures, submissions
from services.permissions import Permission, require, require_person
from services.submissions import CommandAnswer, Pending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.session import Transaction
    from services.platform import Actor, Platform
    from services.signatures import PasswordProof, SignatureGiven

Kind = Literal["suspend", "resume", "cancel", "send_back"]

PERMISSIONS: Mapping[Kind, Permission] = {
    "suspend": Permission.RUN_SUSPEND,
    "resume": Permission.RUN_SUSPEND,
    "cancel": Permission.RUN_CANCEL,
    "send_back": Permission.RUN_SEND_BACK,
}
CANCEL_MEANING = Text(zh="取消流程", en="cancel the run")


@dataclass(frozen=True)
class _Wanted:
    """A command as it is submitted."""

    run_id: UUID
    kind: Kind
    reason: str
    to: str | None
    task_path: str | None


async def command(
    platform: Platform,
    run_id: UUID,
    kind: Kind,
    *,
    reason: str,
    actor: Actor,
    to: str | None = None,
    signature: SignatureGiven | None = None,
    task_path: str | None = None,
    submission_id: UUID | None = None,
    request_id: str = "",
) -> CommandAnswer | Pending:
    """Submits a command to a run; a cancel needs a signature, a send-back the step it goes to."""
    again = await submissions.repeated(
        platform, submission_id, actor=actor, kind=kind, run_id=run_id, request_id=request_id
    )
    if again is not None:
        return again
    async with audit.refusals(
        platform, actor, f"{kind}.run", "run", run_id, request_id=request_id
    ) as attempt:
        require_person(actor)
        if kind == "cancel" and signature is None:
            raise SignatureRequired
        proof = await _proof(platform, actor, signature)
        async with platform.database.write(actor.ref, request_id) as tx:
            row = await queries.run_row(tx, run_id)
            if row is None:
                raise NotFound(what=f"流程 / run {run_id}")
            attempt.run_id = run_id
            wanted = _Wanted(run_id, kind, printable(reason).strip(), to, task_path)
            await _check_allowed(tx, actor, wanted, row.site_id)
            if not wanted.reason:
                raise ReasonRequired
            if kind == "send_back" and not to:
                raise StepNotPerformed(step="")
            made = await _submit(tx, actor, wanted, proof, submission_id)
    return await submissions.answer_of(platform, made, request_id=request_id)


async def _proof(platform: Platform, actor: Actor, signature: SignatureGiven | None) -> PasswordProof | None:
    if signature is None:
        return None
    if signature.meaning and signature.meaning.strip() not in {CANCEL_MEANING.zh, CANCEL_MEANING.en}:
        raise MeaningMismatch(meaning=CANCEL_MEANING.zh)
    return await signatures.check_password_again(platform, actor, signature)


async def _check_allowed(tx: Transaction, actor: Actor, wanted: _Wanted, site_id: UUID) -> None:
    """The permission at the run's site; sending back is also for who has claimed a task that offers it."""
    if wanted.kind == "send_back" and not actor.may(Permission.RUN_SEND_BACK, site_id):
        k = t.task.c
        offered = await tx.scalar(
            sa.select(
                sa.exists().where(
                    k.run_id == wanted.run_id,
                    k.assignee_id == actor.person_id,
                    k.state.in_(("claimed", "awaiting_signature")),
                    sa.literal(wanted.to or "") == sa.func.any(k.send_back),
                )
            )
        )
        if offered:
            return
    require(actor, PERMISSIONS[wanted.kind], site_id)


async def _submit(
    tx: Transaction,
    actor: Actor,
    wanted: _Wanted,
    proof: PasswordProof | None,
    submission_id: UUID | None,
) -> UUID:
    kind, reason = wanted.kind, wanted.reason
    content_hash = command_content(
        kind=kind,
        run=str(wanted.run_id),
        actor=str(actor.person_id),
        reason=reason,
        to=wanted.to,
        task_path=wanted.task_path,
    )
    signature_id = None
    if proof is not None:
        signature_id = await signatures.sign(
            tx,
            proof,
            actor=actor,
            meaning=CANCEL_MEANING if kind == "cancel" else Text(zh=reason, en=reason),
            content_sha256=content_hash,
            purpose=f"run.{kind}",
            run_id=wanted.run_id,
        )
    made = submission_id or new_id()
    await tx.execute(
        sa.insert(t.submission).values(
            id=made,
            kind=kind,
            run_id=wanted.run_id,
            actor_id=actor.person_id,
            outcome=wanted.to,
            data={"to": wanted.to, "task": wanted.task_path},
            performers=[actor.person_id],
            content_hash=content_hash,
            signature_id=signature_id,
            reason=reason,
        )
    )
    tx.audited_elsewhere("a submission is the audited attempt; its verdict is audited when it is settled")
    return made
