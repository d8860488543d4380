"""Services: who is told of what was done with a task - the new holder, who must sign, who is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.sop_definition import Text

if TYPE_CHECKING:
    from contracts.tasks import SettleTaskCommand
    from services.advance_state import Advance

Row = Mapping[str, Any]

SAID: Mapping[str, Text] = {
    "delegate": Text(zh="委派给您：{title}", en="Delegated to you: {title}"),
    "hand_over": Text(zh="转交给您：{title}", en="Passed to you: {title}"),
    "add_signer": Text(zh="请您加签：{title}", en="Your signature is asked for: {title}"),
    "refuse": Text(zh="被拒签，请重新处理：{title}", en="A signer refused, answer again: {title}"),
    "remind": Text(zh="催办：{title}", en="A reminder: {title}"),
    "returned": Text(zh="委派到期，任务回到您处：{title}", en="Delegated no more, yours again: {title}"),
}


async def tell(advance: Advance, claim: SettleTaskCommand, row: Row, reason: str | None) -> None:
    """Tells the person or the posts that the command is about; a withdrawal concerns nobody else."""
    if claim.kind == "remind":
        await _tell_waited_for(advance, row, reason)
    elif claim.kind == "add_signer" and claim.signer is not None:
        added = row["added_rules"][-1]
        await _tell(advance, "add_signer", row, reason, added["person_id"], added["post_id"])
    elif claim.assignee is not None and claim.kind != "withdraw":
        await _tell(advance, claim.kind, row, reason, claim.assignee)


async def tell_returned(advance: Advance, row: Row) -> None:
    """Tells the delegator that a task is back."""
    await _tell(advance, "returned", row, None, str(row["assignee_id"]))


async def _tell_waited_for(advance: Advance, row: Row, reason: str | None) -> None:
    """Those whose signature is next, who has claimed the task, or the holders of its post."""
    result = row["result"] or {}
    persons: list[str] = []
    posts: list[str] = []
    if row["state"] == "awaiting_signature":
        persons, posts = result.get("missing_persons", []), result.get("missing_posts", [])
    elif row["assignee_id"] is not None:
        persons = [str(row["assignee_id"])]
    if not persons and not posts:
        posts = [str(row["post_id"])]
    for person in dict.fromkeys(persons):
        await _tell(advance, "remind", row, reason, person)
    for post in dict.fromkeys(posts):
        await _tell(advance, "remind", row, reason, None, post)


async def _tell(
    advance: Advance, kind: str, row: Row, reason: str | None, person: str | None, post: str | None = None
) -> None:
    said = SAID[kind]
    why = f"{row['object']} {reason}".strip() if reason else row["object"]
    await advance.tx.execute(
        sa.insert(t.notification).values(
            run_id=advance.run.id,
            person_id=UUID(person) if person else None,
            post_id=UUID(post) if post and not person else None,
            site_id=row["site_id"],
            template=f"task.{kind}",
            title_zh=said.zh.format(title=row["title_zh"]),
            title_en=said.en.format(title=row["title_en"]),
            body_zh=why,
            body_en=why,
        )
    )
