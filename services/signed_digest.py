"""Services: the digest of what a person is about to sign, for the dialog that shows it.

It is made by the functions that make the recorded one, so that one number stands in the dialog, beside the
signature, on the run and in the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.errors import Refusal
from services import eligibility, line_results
from services.line_sets import root_of
from services.task_answers import check_answers
from services.task_submission import Answer, content_of
from services.task_view import check_visible

if TYPE_CHECKING:
    from services.platform import Actor, Platform


async def to_be_signed(
    platform: Platform, task_id: UUID, *, outcome: str, data: Mapping[str, Any], actor: Actor
) -> str | None:
    """The SHA-256 (hex) that a signature given now would be over; null while there is none to show.

    A completed task has the one that its first signature was over. An outcome with a reason has none yet:
    the reason is a part of what is signed. Nor have answers that would be refused.
    """
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
        check_visible(task, actor)
        if task.state == "awaiting_signature" and task.result:
            return str(task.result["content_hash"])
        content = task.content
        if not content.get("rules") or (content["outcomes"].get(outcome) or {}).get("reason"):
            return None
        try:
            clean = await check_answers(tx, content["form"], data, content["required"], site_id=task.site_id)
            root = root_of(await line_results.standing(tx, task)) if content["lines"] else None
        except Refusal:
            return None
    return content_of(task, Answer(outcome, clean, None, None), root)
