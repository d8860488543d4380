"""Services: what was answered under an Idempotency-Key - the same key again gives the first final answer.

Scope: principal, method and path, for seven days. Kept are a hash of the body and the answer, never the body;
a 202 is not final; of a fault of ours no answer is kept, so that a repeat tries again - as the same
submission, because the first try may have committed it before it failed.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from domain.errors import Refusal

if TYPE_CHECKING:
    from db.session import Reader, Transaction
    from services.platform import Actor, Platform

KEPT_DAYS = 7
ABANDONED_S = 60
"""A call that gave no answer for so long died with its process: its repeat may take over."""

FORGET_EVERY_S = 3600.0
ACCEPTED = 202
FAULT = 500
log = structlog.get_logger(__name__)
_EPOCH = datetime.fromtimestamp(0, UTC)


class IdempotencyMismatch(Refusal):
    code = "idempotency_mismatch"
    zh = "同一 Idempotency-Key 的请求内容不同"
    en = "The same Idempotency-Key came with another body"


class InProgress(Refusal):
    code = "in_progress"
    zh = "同一请求正在处理，请稍后重试"
    en = "The same request is being processed; try again in a moment"


@dataclass(frozen=True)
class _Scope:
    principal_id: UUID
    method: str
    path: str
    key: str


@dataclass(frozen=True)
class Entry:
    """A key in use. With a `status` the answer is known; otherwise do the work under `submission_id`.

    The id is derived from the key, so that a repeat is the same submission (and the same start) even when the
    first process died before it could say so.
    """

    scope: _Scope
    submission_id: UUID
    status: int | None = None
    response: Any = None


async def begin(
    platform: Platform, *, actor: Actor, method: str, path: str, key: str, body_hash: bytes
) -> Entry:
    """Takes the key, or gives its final answer; IdempotencyMismatch, InProgress."""
    scope = _Scope(actor.person_id, method, path, key)
    async with platform.database.write(actor.ref) as tx:
        tx.audited_elsewhere("an idempotency record is no business fact")
        await tx.execute(sa.delete(t.idempotency).where(*_where(scope), _older_than(KEPT_DAYS * 86400)))
        created_at = await _take(tx, scope, body_hash)
        if created_at is not None:
            return Entry(scope, submission_id=_derived(scope, created_at))
        row = await _read(tx, scope)
    if row is None:
        raise InProgress
    if bytes(row["body_hash"]) != body_hash:
        raise IdempotencyMismatch
    entry = Entry(scope, submission_id=_derived(scope, row["created_at"]))
    if row["status"] is None and not row["abandoned"]:
        raise InProgress
    if row["status"] is None or row["status"] == ACCEPTED or row["status"] >= FAULT:
        return entry
    return Entry(scope, submission_id=entry.submission_id, status=row["status"], response=row["response"])


async def finish(platform: Platform, entry: Entry, *, status: int, response: Any) -> None:
    """Keeps the answer, of a fault of ours only that it was one. The first final answer stays."""
    c = t.idempotency.c
    scope = entry.scope
    async with platform.database.write() as tx:
        tx.audited_elsewhere("an idempotency record is no business fact")
        open_still = sa.or_(c.status.is_(None), c.status == ACCEPTED, c.status >= FAULT)
        await tx.execute(
            sa.update(t.idempotency)
            .where(*_where(scope), open_still)
            .values(status=status, response=None if status >= FAULT else response)
        )


async def forget_old(platform: Platform) -> int:
    """Removes records older than seven days; how many."""
    async with platform.database.write() as tx:
        tx.audited_elsewhere("an idempotency record is no business fact")
        done = await tx.execute(sa.delete(t.idempotency).where(_older_than(KEPT_DAYS * 86400)))
    return int(done.rowcount)


async def forget_forever(platform: Platform, every_s: float = FORGET_EVERY_S) -> None:
    """Removes old records every hour until cancelled; a round that fails is logged and tried again."""
    while True:
        try:
            if forgotten := await forget_old(platform):
                log.info("idempotency records forgotten", count=forgotten)
        except Exception:
            log.warning("idempotency records not forgotten", exc_info=True)
        await asyncio.sleep(every_s)


def _where(scope: _Scope) -> list[sa.ColumnElement[bool]]:
    return [t.idempotency.c[name] == value for name, value in asdict(scope).items()]


def _older_than(seconds: int) -> sa.ColumnElement[bool]:
    age = sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return t.idempotency.c.created_at < sa.func.clock_timestamp() - age


async def _take(tx: Transaction, scope: _Scope, body_hash: bytes) -> datetime | None:
    taken: datetime | None = await tx.scalar(
        insert(t.idempotency)
        .values(**asdict(scope), body_hash=body_hash)
        .on_conflict_do_nothing()
        .returning(t.idempotency.c.created_at)
    )
    return taken


async def _read(tx: Reader, scope: _Scope) -> Any:
    c = t.idempotency.c
    return await tx.one_or_none(
        sa.select(
            c.body_hash,
            c.status,
            c.response,
            c.created_at,
            _older_than(ABANDONED_S).label("abandoned"),
        ).where(*_where(scope))
    )


def _derived(scope: _Scope, created_at: datetime) -> UUID:
    """A UUIDv7 from key and time: in order of time like every id, and the same for the same key."""
    text = "\n".join([*(str(value) for value in asdict(scope).values()), created_at.isoformat()])
    digest = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    digest[:6] = ((created_at - _EPOCH) // timedelta(milliseconds=1)).to_bytes(6)
    digest[6] = (digest[6] & 0x0F) | 0x70
    digest[8] = (digest[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(digest))
