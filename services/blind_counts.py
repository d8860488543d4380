"""Services: what a counter may not see while a count is blind (GSP 88). Knows tasks and positions alone.

Whoever holds a post of one of the procedure's blind lists - not only who has claimed it - sees, until the run
ends, nothing of what others found in it; and, while such a list is open, none of the positions on its sheet
in the stock, on the batch's page or in a look back. So nobody can look first and claim afterwards. Nor does
the work of others at the site tell it meanwhile: what a hold found on the shelves, what an order lacked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from db import tables as t
from db.queries import blind_counts as queries
from domain.errors import Forbidden
from services import eligibility

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader
    from services.platform import Actor


class CountIsBlind(Forbidden):
    """Somebody who may count asked for what others have counted."""

    code = "count_is_blind"
    zh = "该盘点尚未结束，可能参与盘点的人员不得查看他人的结果与明细"
    en = "This count is not over: who may count does not see what others found or work on"


def held_posts(actor: Actor) -> queries.Held:
    """The actor's posts, each with its site."""
    return [(held.post, held.site_id) for held in actor.assignments]


def check_task(task: TaskAct, actor: Actor) -> None:
    """CountIsBlind for a task that would tell a counter what others found; the own ones stay open."""
    if not task.blind_posts or task.run_state not in t.OPEN_STATES:
        return
    if not any(post in task.blind_posts and site in {None, task.site_id} for post, site in held_posts(actor)):
        return
    if task.assignee_id == actor.person_id:
        return
    lines = task.content.get("lines") or {}
    if "blind" in lines and task.assignee_id is None and eligibility.held_post(task, actor) is not None:
        return
    if any(eligibility.rule_holder(task, actor, rule) for rule in eligibility.rules_of(task)):
        return
    raise CountIsBlind


async def blinds_run(tx: Reader, run_id: UUID, actor: Actor) -> bool:
    """Whether the actor may count in this run and it is not over."""
    held = held_posts(actor)
    return bool(held) and await queries.blinds_run(tx, run_id, held)


async def hides_figures(tx: Reader, run_id: UUID, site_id: UUID, actor: Actor) -> bool:
    """Whether what a run computed is kept from the actor: may count in it, or counts at its site just now."""
    held = held_posts(actor)
    return bool(held) and await queries.hides(tx, run_id, site_id, held)


async def check_figures(tx: Reader, task: TaskAct, actor: Actor) -> None:
    """CountIsBlind for somebody else's list or incident at a site where the actor counts just now.

    What a person has to do themself is never kept from them: it says what to take, not what the books hold.
    """
    lines = task.content.get("lines")
    if (not lines and task.kind != "incident") or "blind" in (lines or {}):
        return
    if task.assignee_id == actor.person_id or eligibility.held_post(task, actor) is not None:
        return
    if any(eligibility.rule_holder(task, actor, rule) for rule in eligibility.rules_of(task)):
        return
    held = held_posts(actor)
    if held and await queries.counts_at(tx, task.site_id, held):
        raise CountIsBlind


async def hidden_sheets(tx: Reader, actor: Actor) -> list[UUID]:
    """The sheets of open counts whose positions the actor does not see."""
    held = held_posts(actor)
    return await queries.open_sheets(tx, held) if held else []
