"""Services: submissions - sent to the run as an Update with the same id, answered by one verdict each.

Sending again is always safe: the id is the Update's id, the interpreter remembers what it has processed, and
the first verdict stays. It knows no form and no page.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from contracts import names
from db import tables as t
from db.queries import submissions as queries
from db.queries.submissions import SubmissionRow
from db.session import ActorRef
from domain.errors import NotFound
from domain.signals import DELIVERY
from domain.sop_progress.refusals import RunSuspended
from domain.submissions import SubmissionMismatch, SubmissionRefused
from engine.gateway import Answer as EngineAnswer
from engine.gateway import Rejected, Settled, Unknown
from services import changeover_settling, withdrawing
from services.catching_up import is_behind
from services.permissions import NotPermitted, Permission
from services.updates import update_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from contracts.payload import Payload
    from db.session import Reader
    from services.platform import Actor, Platform

RETRY_AFTER_S = 2
ASK_AGAIN_S = 0.2


@dataclass(frozen=True)
class CommandAnswer:
    """What became of a command: the task's or run's state, and the signatures still missing."""

    submission: UUID
    state: str
    missing_signatures: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Pending:
    """Not known yet: ask again with the same submission (or key), after `retry_after` seconds."""

    submission: UUID
    retry_after: int = RETRY_AFTER_S


@dataclass(frozen=True)
class SubmissionView:
    """A submission and its verdict; `accepted` is None while there is none."""

    id: UUID
    kind: str
    run_id: UUID
    task_id: UUID | None
    accepted: bool | None
    code: str | None
    message: Mapping[str, str]
    state: str | None
    missing_signatures: list[dict[str, Any]]


async def answer_of(
    platform: Platform, submission: UUID | SubmissionRow, *, request_id: str = ""
) -> CommandAnswer | Pending:
    """The answer to a submission: its verdict, or what sending it (again) gives; SubmissionRefused.

    Who has just written it gives the row: that need not be read again.
    """
    if isinstance(submission, SubmissionRow):
        row = submission
    else:
        async with platform.database.read() as tx:
            row = await _row(tx, submission)
    if row.accepted is None:
        row = await _send(platform, row, request_id)
    if row.accepted is None:
        return Pending(row.id)
    if row.accepted is False:
        raise SubmissionRefused(row.code or "refused", row.message_zh or "", row.message_en or "")
    return CommandAnswer(row.id, row.state or "", list(row.missing_signatures or ()))


async def resend(platform: Platform, submission_id: UUID) -> bool:
    """Sends a submission without verdict again (the sweeper's work); whether it has a verdict now."""
    async with platform.database.read() as tx:
        row = await _row(tx, submission_id)
    if row.accepted is None:
        row = await _send(platform, row, "sweep", patience_s=0)
    return row.accepted is not None


async def deliver_again(platform: Platform, submission_id: UUID) -> EngineAnswer:
    """Sends a settled submission to a run whose engine has lost it; the effects in the database absorb it.

    The verdict that stands is not touched, whatever the engine answers.
    """
    async with platform.database.read() as tx:
        row = await _row(tx, submission_id)
    name, payload = await _update(platform, row)
    wait_s = platform.settings.update_wait_s
    return await platform.gateway.update(str(row.run_id), name, payload, str(row.id), wait_s)


async def without_verdict(platform: Platform, older_than_s: float, limit: int = 100) -> list[UUID]:
    """Submissions that have waited for a verdict for longer than that."""
    async with platform.database.read() as tx:
        return await queries.without_verdict(tx, older_than_s, limit)


async def repeated(
    platform: Platform,
    submission_id: UUID | None,
    *,
    actor: Actor,
    kind: str,
    outcome: str | None = None,
    task_id: UUID | None = None,
    run_id: UUID | None = None,
    request_id: str = "",
) -> CommandAnswer | Pending | None:
    """The answer to a submission id seen before, None for a new one; SubmissionMismatch for other content."""
    if submission_id is None:
        return None
    async with platform.database.read() as tx:
        row = await queries.by_id(tx, submission_id)
    if row is None:
        return None
    if (row.kind, row.actor_id) != (kind, actor.person_id) or (
        (outcome is not None and row.outcome != outcome)
        or (task_id is not None and row.task_id != task_id)
        or (run_id is not None and row.run_id != run_id)
    ):
        raise SubmissionMismatch
    return await answer_of(platform, submission_id, request_id=request_id)


async def view(platform: Platform, submission_id: UUID, *, actor: Actor) -> SubmissionView:
    """The verdict of a submission, for its actor and for who may read the run."""
    async with platform.database.read() as tx:
        row = await _row(tx, submission_id)
    if row.actor_id != actor.person_id and not actor.may(Permission.RUN_READ, row.site_id):
        raise NotPermitted(permission=Permission.RUN_READ.value)
    return SubmissionView(
        id=row.id,
        kind=row.kind,
        run_id=row.run_id,
        task_id=row.task_id,
        accepted=row.accepted,
        code=row.code,
        message={"zh": row.message_zh or "", "en": row.message_en or ""},
        state=row.state,
        missing_signatures=list(row.missing_signatures or ()),
    )


async def _row(tx: Reader, submission_id: UUID) -> SubmissionRow:
    row = await queries.by_id(tx, submission_id)
    if row is None:
        raise NotFound(what=f"提交 / submission {submission_id}")
    return row


async def _send(
    platform: Platform, row: SubmissionRow, request_id: str, *, patience_s: float | None = None
) -> SubmissionRow:
    """Sends the Update and gives the row with what is known afterwards.

    An engine that has not caught up with the database is asked again for `patience_s` seconds (None: as long
    as an Update may take); what it refuses then is not a verdict but not known yet.
    """
    name, payload = await _update(platform, row)
    wait_s = platform.settings.update_wait_s
    until = time.monotonic() + (wait_s if patience_s is None else patience_s)
    while True:
        update = platform.gateway.update(str(row.run_id), name, payload, str(row.id), wait_s)
        answer = await _heard_first(platform, row, update)
        if isinstance(answer, SubmissionRow):
            return answer
        if isinstance(answer, Unknown):
            return row
        if isinstance(answer, Settled):
            break
        if row.kind == DELIVERY and answer.code == RunSuspended.code:
            return row  # an event is not lost to a suspension: it is brought again after it
        if not await is_behind(platform, row, answer):
            await _refuse(platform, row, answer, request_id)
            break
        if time.monotonic() > until:
            return row
        await asyncio.sleep(ASK_AGAIN_S)
    return await _judged(platform, row)


async def _update(platform: Platform, row: SubmissionRow) -> tuple[str, Payload]:
    """The Update of a submission; that of a changeover brings the whole version."""
    if row.kind != changeover_settling.KIND:
        return update_of(row)
    async with platform.database.read() as tx:
        return names.CHANGE_OVER, await changeover_settling.update_of(tx, row)


async def _judged(platform: Platform, row: SubmissionRow) -> SubmissionRow:
    async with platform.database.read() as tx:
        return await queries.judged(tx, row)


async def _heard_first(
    platform: Platform, row: SubmissionRow, update: Coroutine[Any, Any, EngineAnswer]
) -> SubmissionRow | EngineAnswer:
    """The row with its verdict as soon as that has committed, or what the engine answers before."""
    if platform.hearing is None or row.task_id is None:
        return await update
    with platform.hearing.of(row.id) as heard:
        sending = asyncio.create_task(update)
        try:
            either: set[asyncio.Future[Any]] = {sending, heard}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                return sending.result()
            verdict = heard.result()
            return replace(row, **verdict) if verdict else await _judged(platform, row)
        finally:
            platform.hearing.let_finish(sending)


async def _refuse(platform: Platform, row: SubmissionRow, answer: Rejected, request_id: str) -> None:
    """Writes the run's refusal as the verdict - unless an earlier verdict stands - and audits it."""
    async with platform.database.write(ActorRef(row.actor_id, row.actor_name), request_id) as tx:
        made = await tx.one_or_none(
            insert(t.submission_verdict)
            .values(
                submission_id=row.id,
                accepted=False,
                code=answer.code,
                message_zh=answer.zh,
                message_en=answer.en,
            )
            .on_conflict_do_nothing(index_elements=["submission_id"])
            .returning(t.submission_verdict.c.id)
        )
        if made is None:
            tx.audited_elsewhere("the first verdict stands")
            return
        if row.kind == "withdraw":
            await withdrawing.release(tx, row.id)
        elif row.kind == changeover_settling.KIND:
            await changeover_settling.note_refused(tx, row, answer)
        await tx.audit(
            f"{row.kind}.{'task' if row.task_id else 'run'}",
            "task" if row.task_id else "run",
            str(row.task_id or row.run_id),
            after={"code": answer.code, "message_zh": answer.zh, "message_en": answer.en},
            reason=row.reason,
            refused=True,
            run_id=row.run_id,
        )
