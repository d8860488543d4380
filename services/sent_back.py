"""Services: why the work of a task is done once more - what the person reads who has to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from db import tables as t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.queries.tasks import TaskAct
    from db.session import Reader


async def why_again(tx: Reader, task: TaskAct) -> Mapping[str, str] | None:
    """Who sent it back and why, in both languages; None for a first pass.

    None before a blind count as well: who counts again knows no figures of the first.
    """
    work = task.content["lines"]
    if task.path.endswith("#1") or (work and work.get("blind")):
        return None
    s, v = t.submission.c, t.submission_verdict.c
    row = await tx.one_or_none(
        sa.select(s.reason, t.person.c.name)
        .join(t.submission_verdict, v.submission_id == s.id)
        .join(t.person, t.person.c.id == s.actor_id)
        .where(s.run_id == task.run_id, s.kind == "send_back", v.accepted, s.reason.is_not(None))
        .order_by(s.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    why, who = row["reason"], row["name"]
    return {"zh": f"退回重做，原因：{why}（{who}）", "en": f"Sent back, to be done again: {why} ({who})"}
