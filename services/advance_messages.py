"""Services: what an advance tells people - messages, reminders, escalations. The clock never decides."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contracts.advance import NotifyPost
from contracts.tasks import Escalate, Remind
from db import tables as t
from db.queries.tasks import OPEN
from domain.both_languages import half
from services.advance_state import Advance

LATE = -1


async def notify(advance: Advance, operation: NotifyPost) -> dict[str, Any]:
    """A message of the definition to the holders of a post; if nobody holds it, to the SOP's owner."""
    to = await advance.addressee(operation.to)
    if to is None or not to.held:
        to = await advance.owner()
    message = advance.bundle.definition.messages[operation.template]
    texts = {
        f"{part}_{language}": _fill(getattr(message, part).in_language(language), operation.given, language)
        for part in ("title", "body")
        for language in ("zh", "en")
    }
    await advance.tx.execute(
        sa.insert(t.notification).values(
            run_id=advance.run.id,
            post_id=to.post_id,
            site_id=to.site_id,
            template=operation.template,
            **texts,
        )
    )
    return {"post": operation.to.post, "template": operation.template}


async def remind(advance: Advance, operation: Remind) -> dict[str, Any]:
    """Reminds who has claimed the open task, else the holders of its post; or says that it is late."""
    k = t.task.c
    late = operation.n == LATE
    zh, en = ("已逾期", "is late") if late else ("即将到期", "is due soon")
    chosen = sa.select(
        k.run_id,
        k.assignee_id,
        sa.case((k.assignee_id.is_(None), k.post_id), else_=None),
        k.site_id,
        sa.literal("task.late" if late else "task.reminder"),
        k.title_zh + f"：{zh}",
        k.title_en + f" {en}",
        k.object,
        k.object,
    ).where(k.run_id == advance.run.id, k.path == operation.path, k.state.in_(OPEN))
    await advance.tx.execute(
        sa.insert(t.notification).from_select(
            [
                *("run_id", "person_id", "post_id", "site_id", "template"),
                *("title_zh", "title_en", "body_zh", "body_en"),
            ],
            chosen,
        )
    )
    return {"n": operation.n}


async def escalate(advance: Advance, operation: Escalate) -> dict[str, Any]:
    """Shows a late task to a superior post as well, and tells its holders."""
    to = await advance.addressee(operation.to) or await advance.owner()
    k = t.task.c
    row = await advance.tx.one_or_none(
        sa.update(t.task)
        .where(k.run_id == advance.run.id, k.path == operation.path, k.state.in_(OPEN))
        .values(escalated_at=advance.given.now, escalate_post_id=to.post_id)
        .returning(k.title_zh, k.title_en, k.object)
    )
    if row is not None:
        await advance.tx.execute(
            sa.insert(t.notification).values(
                run_id=advance.run.id,
                post_id=to.post_id,
                site_id=to.site_id,
                template="task.escalated",
                title_zh=f"{row['title_zh']}：逾期上报",
                title_en=f"{row['title_en']} is late and was escalated to you",
                body_zh=row["object"],
                body_en=row["object"],
            )
        )
    return {"post": operation.to.post}


def _fill(text: str, given: dict[str, Any], language: str) -> str:
    for name, value in given.items():
        text = text.replace("{" + name + "}", half(str(value), language))
    return text
