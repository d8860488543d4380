"""Services: whom somebody may choose for a task or a signature, as pages and the API offer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services import eligibility, task_receivers
from services.task_view import check_visible

if TYPE_CHECKING:
    from db.queries.candidates import Candidate, HeldPost
    from services.platform import Actor, Platform


@dataclass(frozen=True)
class Candidates:
    """Who could get a task, and who could be asked to sign it as well."""

    task: list[Candidate]
    signature: list[Candidate]
    posts: list[HeldPost]


async def candidates(platform: Platform, task_id: UUID, *, actor: Actor) -> Candidates:
    """Whom the actor may choose from; NotFound, or a refusal for who has nothing to do with the task."""
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
        check_visible(task, actor)
        persons, posts = await task_receivers.for_signature(tx, task)
        return Candidates(await task_receivers.for_task(tx, task, actor), persons, posts)
