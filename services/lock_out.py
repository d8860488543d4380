"""Services: a password attempt and its count - five failures lock log-in and signing for fifteen minutes.

Shared by log-in and by signing, so that neither can be used to guess around the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from db import tables as t
from db.queries.actors import NOW
from domain.errors import LimitExceeded, Refusal
from services import passwords

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from services.platform import Platform


class LockedOut(LimitExceeded):
    code = "locked_out"
    zh = "密码连续错误次数过多，请{minutes}分钟后再试"
    en = "Too many wrong passwords; try again in {minutes} minutes"


async def check(platform: Platform, row: Mapping[str, Any] | None, password: str, wrong: Refusal) -> None:
    """Raises `wrong` or LockedOut unless the password is the person's.

    `row` is the person with `password_hash` and `locked`, None for an unknown name (which takes as long).
    """
    minutes = platform.settings.lock_out_s // 60
    if row is not None and row["locked"]:
        raise LockedOut(minutes=minutes)
    good = await passwords.matches(password, row["password_hash"] if row else None)
    if row is None:
        raise wrong
    if not good:
        counted = await _count_failure(platform, row["id"])
        raise wrong if counted or row["password_hash"] is None else LockedOut(minutes=minutes)
    if not await _reset(platform, row["id"]):
        raise LockedOut(minutes=minutes)


async def _count_failure(platform: Platform, person_id: UUID) -> bool:
    """Counts it; False when other attempts have locked the person meanwhile.

    Who guesses many times at once is then told the same of a wrong guess as of the right one.
    """
    c, settings = t.credential.c, platform.settings
    count = sa.case((c.locked_until.is_not(None), 1), else_=c.failures + 1)
    locks = sa.func.make_interval(0, 0, 0, 0, 0, 0, settings.lock_out_s)
    async with platform.database.write() as tx:
        done = await tx.execute(
            sa.update(t.credential)
            .where(c.person_id == person_id, sa.or_(c.locked_until.is_(None), c.locked_until <= NOW))
            .values(
                failures=count,
                locked_until=sa.case((count >= settings.lock_out_failures, NOW + locks), else_=None),
            )
        )
        tx.audited_elsewhere("the refused attempt is audited by the caller")
    return bool(done.rowcount)


async def _reset(platform: Platform, person_id: UUID) -> bool:
    """Sets the count back; False when other attempts have locked the person meanwhile."""
    c = t.credential.c
    async with platform.database.read() as tx:
        state = await tx.one_or_none(
            sa.select(c.failures, sa.func.coalesce(c.locked_until > NOW, False).label("locked")).where(
                c.person_id == person_id
            )
        )
    if state is None or state["locked"]:
        return False
    if state["failures"] == 0:
        return True
    async with platform.database.write() as tx:
        await tx.execute(
            sa.update(t.credential)
            .where(c.person_id == person_id, sa.or_(c.locked_until.is_(None), c.locked_until <= NOW))
            .values(failures=0, locked_until=None)
        )
        tx.audited_elsewhere("the log-in or signature that follows is audited by the caller")
    return True
