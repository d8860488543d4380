"""Db queries: heads of the chain that were mailed, as the audit log has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

MAILER = 7_260_119
"""The advisory lock of who mails a head, so that two workers do not send two."""


@dataclass(frozen=True)
class HeadMail:
    """A head that was mailed: the number of its block, and when."""

    number: int
    at: datetime


async def begin(tx: Reader) -> bool:
    return bool(await tx.scalar(sa.select(sa.func.pg_try_advisory_lock(MAILER))))


async def end(tx: Reader) -> None:
    await tx.scalar(sa.select(sa.func.pg_advisory_unlock(MAILER)))


async def last(tx: Reader) -> HeadMail | None:
    """The head that was mailed last."""
    a = t.audit_event.c
    found = await tx.one_or_none(
        sa.select(a.object_id, a.recorded_at)
        .where(a.object_type == "seal_head", a.action == "export.heads")
        .order_by(a.recorded_at.desc())
        .limit(1)
    )
    return HeadMail(int(found["object_id"]), found["recorded_at"]) if found else None
