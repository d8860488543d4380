"""Runs that ended years ago, with their archives, and runs that ask for a deletion: by plain SQL as the owner."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.session import Transaction
from domain.run_archive import RECORD, Part, deflated, history_name

DIGEST = "0" * 64


@dataclass(frozen=True)
class Asking:
    """A run that lists runs to be deleted, with the signatures of who asked, approved and witnessed."""

    run: UUID
    asked: UUID
    approved: UUID
    witness: UUID


async def procedure(tx: Transaction, author: UUID, retention: str | None = None) -> tuple[UUID, UUID]:
    """A procedure with a version that keeps its records so long; their ids."""
    sop, version = new_id(), new_id()
    words = {"title_zh": "收货", "title_en": "Receiving", "owner_department": "q", "owner_post": "q"}
    await tx.execute(sa.insert(t.sop).values(id=sop, key=f"s{sop.hex[-8:]}", **words))
    kept = {"retention": retention} if retention else {}
    row = {"definition": {"a": 1}, "source": "a: 1", "author_id": author, "bundle": {"definition": kept}}
    await tx.execute(sa.insert(t.sop_version).values(id=version, sop_id=sop, sha256=DIGEST, **row))
    return sop, version


async def ended_run(
    tx: Transaction,
    *,
    site: UUID,
    person: UUID,
    version: tuple[UUID, UUID],
    ended_at: datetime | None,
    batches: Iterable[UUID] = (),
    called_by: UUID | None = None,
    sha256: str = DIGEST,
    inputs: dict[str, Any] | None = None,
) -> UUID:
    """A run that ended then; None: it is under way."""
    run = new_id()
    call = {"called_by": called_by, "call_path": f"c{run.hex[-8:]}#1"} if called_by else {}
    values = {
        "workflow_id": f"run/{run}",
        "sop_id": version[0],
        "sop_version_id": version[1],
        "sha256": sha256,
        "site_id": site,
        "started_by": person,
        "start_hash": b"x",
        "batch_ids": list(batches),
        "inputs": inputs or {},
        "state": "running" if ended_at is None else "completed",
        "started_at": ended_at or sa.func.clock_timestamp(),
        "ended_at": ended_at,
    }
    await tx.execute(sa.insert(t.run).values(id=run, **values, **call))
    return run


def parts_of(run: UUID) -> list[Part]:
    history = json.dumps({"events": []}).encode()
    record = json.dumps({"rows": {}, "people": {}, "of": str(run)}).encode()
    return [Part(history_name(1), history), Part(RECORD, record)]


async def kept(tx: Transaction, run: UUID) -> UUID:
    """The archive of a run that ended; its id."""
    archive = new_id()
    parts = parts_of(run)
    row = await tx.one(sa.select(t.run).where(t.run.c.id == run))
    values = {
        "run_id": run,
        "workflow_id": row["workflow_id"],
        "sop_key": "s",
        "sop_version": 1,
        "bundle_sha256": DIGEST,
        "code_sha256": DIGEST,
        "state": row["state"],
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
        "executions": 1,
        "events": 0,
        "parts": [part.header for part in parts],
        "anomalies": [],
    }
    await tx.execute(sa.insert(t.archive).values(id=archive, **values))
    for part in parts:
        body = {"archive_id": archive, "name": part.name, "content": deflated(part.content)}
        await tx.execute(sa.insert(t.archive_body).values(**body))
    await tx.execute(sa.update(t.run).where(t.run.c.id == run).values(archived_at=sa.func.clock_timestamp()))
    return archive


async def asking(
    tx: Transaction,
    *,
    site: UUID,
    version: tuple[UUID, UUID],
    persons: Sequence[UUID],
    runs: Sequence[UUID],
    one_task: bool = False,
) -> Asking:
    """A run under way that lists those runs, signed by the three persons."""
    run = await ended_run(tx, site=site, person=persons[0], version=version, ended_at=None)
    post = new_id()
    named = {"code": f"p{post.hex[-8:]}", "name_zh": "岗", "name_en": "Post"}
    await tx.execute(sa.insert(t.post).values(id=post, **named))
    lines = new_id()
    made = {"run_id": run, "path": "propose#1", "kind": "archives", "count": len(runs), "root": DIGEST}
    await tx.execute(sa.insert(t.line_set).values(id=lines, **made))
    for number, one in enumerate(runs, 1):
        row = {"line_no": number, "key": str(one), "data": {"run": str(one)}}
        await tx.execute(sa.insert(t.line).values(line_set_id=lines, **row))
    signed, task = [], new_id()
    for number, person in enumerate(persons):
        if not one_task or not number:
            task = new_id()
            about = {
                "path": f"step{number}#1",
                "step_id": f"step{number}",
                "title_zh": "步",
                "title_en": "Step",
            }
            await tx.execute(
                sa.insert(t.task).values(
                    id=task, run_id=run, post_id=post, site_id=site, state="done", **about
                )
            )
        signed.append(await _signature(tx, person, run, task))
    return Asking(run, *signed)


async def _signature(tx: Transaction, person: UUID, run: UUID, task: UUID) -> UUID:
    made = new_id()
    words = {"printed_name": "签名人", "post_name_zh": "岗", "post_name_en": "post"}
    meaning = {"meaning_zh": "签", "meaning_en": "signed", "content_sha256": hashlib.sha256(b"").hexdigest()}
    about = {"person_id": person, "run_id": run, "task_id": task, "purpose": "task"}
    await tx.execute(sa.insert(t.signature).values(id=made, **words, **meaning, **about))
    return made


async def attach(
    tx: Transaction, content: bytes, *, person: UUID, run: UUID | None = None, name: str = "a.pdf"
) -> UUID:
    """A file of a run, or of none; the same bytes are kept once."""
    made, digest = new_id(), hashlib.sha256(content).hexdigest()
    body = insert(t.attachment_body).values(sha256=digest, bytes=content).on_conflict_do_nothing()
    await tx.execute(body)
    about = {"media_type": "application/pdf", "size": len(content), "file_name": name, "run_id": run}
    await tx.execute(sa.insert(t.attachment).values(id=made, sha256=digest, uploaded_by=person, **about))
    return made


def deletion(run: UUID, by: Asking, reason: str = "期满") -> sa.Select[Any]:
    """What the application asks the database for."""
    return sa.select(
        sa.func.retention_delete(run, by.run, "delete#1", by.asked, by.approved, by.witness, reason)
    )
