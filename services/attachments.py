"""Services: attachments - bytes behind their digest, a header as evidence (T7). Knows no HTTP.

The same bytes are kept once. The header row says who attached what, to which task; its file name is for
showing.
"""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import attachments as queries
from db.queries.tasks import TaskAct
from db.session import Reader, Transaction
from domain.attachments import AttachmentDeleted, check_size, media_type_of, shown_name
from domain.errors import NotFound
from services import audit, eligibility
from services.changes import made_before
from services.permissions import Permission, require, visible_sites
from services.platform import Actor, Platform


@dataclass(frozen=True)
class AttachmentView:
    """An attachment's header."""

    id: UUID
    sha256: str
    media_type: str
    size: int
    file_name: str
    uploaded_by: str
    task_id: UUID | None
    run_id: UUID | None
    step_path: str | None
    recorded_at: datetime
    deleted_at: datetime | None = None
    deleted_by: UUID | None = None
    """The run that deleted the bytes under retention."""


@dataclass(frozen=True)
class AttachmentContent:
    """Header and bytes."""

    header: AttachmentView
    content: bytes


async def add(
    platform: Platform,
    content: bytes,
    *,
    actor: Actor,
    media_type: str | None = None,
    file_name: str = "",
    task_id: UUID | None = None,
    epoch: int | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> AttachmentView:
    """Keep a PDF, PNG, JPEG or WebP of at most 25 MiB. Who attaches to a task is one of its performers.

    `as_id` is the new one's id: again, it gives the first.
    """
    async with audit.refusals(
        platform,
        actor,
        "add.attachment",
        "task" if task_id else "attachment",
        task_id or "",
        request_id=request_id,
    ):
        require(actor, Permission.ATTACHMENT_ADD)
        check_size(content)
        found = media_type_of(content, media_type)
        digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        async with platform.database.write(actor.ref, request_id) as tx:
            if as_id and (known := await made_before(_header(tx, as_id))):
                return known
            task = await _task(tx, task_id, epoch, actor)
            attachment_id = await _insert(
                tx,
                as_id or new_id(),
                digest=digest,
                media_type=found,
                content=content,
                file_name=file_name,
                task=task,
                actor=actor,
            )
            await tx.audit(
                "add.attachment",
                "attachment",
                str(attachment_id),
                after={"sha256": digest, "media_type": found, "size": len(content)},
                run_id=task.run_id if task else None,
            )
            return await _header(tx, attachment_id)


async def head(platform: Platform, attachment_id: UUID, *, actor: Actor) -> AttachmentView:
    """What is known of an attachment, also when its bytes were deleted."""
    require(actor, Permission.ATTACHMENT_READ)
    async with platform.database.read() as tx:
        header = await _header(tx, attachment_id)
        await _in_scope(tx, header, actor)
        there = sa.select(sa.exists().where(t.attachment_body.c.sha256 == header.sha256))
        stone = None if await tx.scalar(there) else await queries.deleted(tx, attachment_id)
    if stone is None:
        return header
    return replace(header, deleted_at=stone["recorded_at"], deleted_by=stone["destruction_run_id"])


async def read(platform: Platform, attachment_id: UUID, *, actor: Actor) -> AttachmentContent:
    """The bytes of an attachment, whose digest a rule of the database holds. AttachmentDeleted."""
    require(actor, Permission.ATTACHMENT_READ)
    async with platform.database.read() as tx:
        header = await _header(tx, attachment_id)
        await _in_scope(tx, header, actor)
        content = await tx.scalar(
            sa.select(t.attachment_body.c.bytes).where(t.attachment_body.c.sha256 == header.sha256)
        )
        stone = await queries.deleted(tx, attachment_id) if content is None else None
    if stone is not None:
        by = f"{stone['business_key'] or ''} {stone['destruction_run_id']}".strip()
        facts = {"run": str(stone["destruction_run_id"]), "sha256": header.sha256}
        raise AttachmentDeleted(at=f"{stone['recorded_at']:%Y-%m-%d}", by=by, **facts)
    if content is None:
        raise NotFound(what=f"附件内容 / content of attachment {attachment_id}")
    return AttachmentContent(header, bytes(content))


async def list_of_run(platform: Platform, run_id: UUID, *, actor: Actor) -> list[AttachmentView]:
    """The attachments of a run, in the order in which they were added."""
    require(actor, Permission.ATTACHMENT_READ)
    async with platform.database.read() as tx:
        rows = await tx.rows(_select().where(t.attachment.c.run_id == run_id).order_by(t.attachment.c.id))
    return [AttachmentView(**row) for row in rows]


async def _task(tx: Transaction, task_id: UUID | None, epoch: int | None, actor: Actor) -> TaskAct | None:
    """The task that the file belongs to, its actor noted as a performer, or what refuses that."""
    if task_id is None:
        return None
    if epoch is None:
        epoch = (await eligibility.task_for(tx, task_id, actor)).epoch
    task = await eligibility.task_for_performance(tx, task_id, actor, epoch)
    await eligibility.record_performer(tx, task, actor, "attach")
    return task


async def _insert(
    tx: Transaction,
    attachment_id: UUID,
    *,
    digest: str,
    media_type: str,
    content: bytes,
    file_name: str,
    task: TaskAct | None,
    actor: Actor,
) -> UUID:
    await tx.execute(insert(t.attachment_body).values(sha256=digest, bytes=content).on_conflict_do_nothing())
    await tx.execute(
        sa.insert(t.attachment).values(
            id=attachment_id,
            sha256=digest,
            media_type=media_type,
            size=len(content),
            file_name=shown_name(file_name, media_type),
            uploaded_by=actor.person_id,
            task_id=task.id if task else None,
            run_id=task.run_id if task else None,
            step_path=task.path if task else None,
        )
    )
    return attachment_id


async def _header(tx: Reader, attachment_id: UUID) -> AttachmentView:
    row = await tx.one_or_none(_select().where(t.attachment.c.id == attachment_id))
    if row is None:
        raise NotFound(what=f"附件 / attachment {attachment_id}")
    return AttachmentView(**row)


async def _in_scope(tx: Reader, header: AttachmentView, actor: Actor) -> None:
    """What belongs to a run is seen where the run is seen."""
    sites = visible_sites(actor, Permission.ATTACHMENT_READ)
    if header.run_id is None or sites is None:
        return
    site_id = await tx.scalar(sa.select(t.run.c.site_id).where(t.run.c.id == header.run_id))
    if site_id not in sites:
        raise NotFound(what=f"附件 / attachment {header.id}")


def _select() -> sa.Select[Any]:
    c = t.attachment.c
    return sa.select(
        c.id,
        c.sha256,
        c.media_type,
        c.size,
        c.file_name,
        t.person.c.name.label("uploaded_by"),
        c.task_id,
        c.run_id,
        c.step_path,
        c.recorded_at,
    ).join(t.person, t.person.c.id == c.uploaded_by)
