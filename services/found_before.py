"""Services: what earlier lists of a run found, for who decides on it: the difference itself.

Of each list the lines whose result somebody gave a reason for; of the last one, where it had a choice, also
the others. What a blind count found is not among them. Knows tasks and line results alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.queries import found_before as queries
from db.queries import tasks as task_queries
from db.queries import work_lists
from db.queries.work_lists import LineView
from services import blind_counts
from services.permissions import Permission

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader
    from services.platform import Actor, Platform

__all__ = ["FoundBefore", "LineView", "of_task"]

LISTS_SHOWN = 4
LINES_SHOWN = 20


@dataclass(frozen=True)
class FoundBefore:
    """A finished list; `lines` with a reason, or the first ones of all. `more`: there are others."""

    task: TaskAct
    lines: Sequence[LineView]
    with_reason: bool
    more: bool


async def of_task(platform: Platform, task: TaskAct, *, actor: Actor) -> list[FoundBefore]:
    """What was found before a task without lines of its own, the latest first; who counts sees nothing."""
    if task.content.get("lines"):
        return []
    async with platform.database.read() as tx:
        if await blind_counts.hides_figures(tx, task.run_id, task.site_id, actor):
            return []
        found = [
            await _of_list(tx, one, actor, last=at == 0)
            for at, one in enumerate(await _lists(tx, task, actor))
        ]
    return [one for one in found if one is not None]


async def _lists(tx: Reader, task: TaskAct, actor: Actor) -> list[TaskAct]:
    ids = await queries.lists(tx, task.run_id, task.path, LISTS_SHOWN)
    found = [await task_queries.for_act(tx, one, actor.person_id) for one in ids]
    return [one for one in found if one is not None and one.content["lines"]["outcomes"]]


async def _of_list(tx: Reader, task: TaskAct, actor: Actor, *, last: bool) -> FoundBefore | None:
    numbers = await queries.with_a_reason(tx, task.id, LINES_SHOWN + 1)
    if numbers:
        chosen = numbers[:LINES_SHOWN]
        lines, _ = await work_lists.lines(
            tx, task, after=0, limit=LINES_SHOWN, only_open=False, numbers=chosen
        )
        return FoundBefore(task, lines, with_reason=True, more=len(numbers) > LINES_SHOWN)
    if not last or not actor.may(Permission.TASK_READ, task.site_id):
        return None
    lines, following = await work_lists.lines(tx, task, after=0, limit=LINES_SHOWN, only_open=False)
    return FoundBefore(task, lines, with_reason=False, more=following is not None)
