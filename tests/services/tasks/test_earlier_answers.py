"""A task shows what was answered before it: the answer that has just opened it too, and no other line's."""

from typing import Any
from uuid import UUID

from services import task_content
from tests.procedures import LINES, definition, human
from tests.services.tasks.steps import do, open_task, started
from tests.world import COUNT, OK, World


def counting(name: str) -> dict[str, Any]:
    return human(name, outcomes=OK, form={"count": COUNT})


async def shown(world: World, run: UUID, path: str) -> list[object]:
    """The counts that a task shows as answered before it, the first answer first."""
    task = await open_task(world, run, path)
    return [entry["value"] for entry in task["content"]["data"] if entry.get("type") == "integer"]


async def stored(world: World, run: UUID, path: str) -> list[object]:
    """The same by the rows, the latest first, when everything has been settled."""
    async with world.platform.database.read() as tx:
        [rows] = await tx.together(task_content.earlier_answers(run, path))
    return [row["data"]["count"] for row in rows]


async def test_the_answer_that_opens_a_task_is_shown_like_those_before_it(world: World) -> None:
    steps = [counting(name) for name in ("one", "two", "three")]
    run = await started(world, {**definition(*steps, {"end": "completed"}), "sop": "three_counts"})
    assert await shown(world, run, "one#1") == []
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    assert await shown(world, run, "two#1") == [3] == await stored(world, run, "two#1")
    await do(world, "li", run, "two#1", "ok", {"count": 4})
    assert await shown(world, run, "three#1") == [3, 4]
    assert await stored(world, run, "three#1") == [4, 3]


async def test_what_was_answered_for_another_line_is_not_shown(world: World) -> None:
    each = {"id": "each", "for_each": {"lines": "make.lines", "steps": [counting("a"), counting("b")]}}
    making = {**LINES, "with": {"n": "2"}}
    steps = (counting("before"), making, each, counting("after"), {"end": "completed"})
    run = await started(world, {**definition(*steps), "sop": "counted_lines"})
    await do(world, "li", run, "before#1", "ok", {"count": 9})
    for line in (1, 2):
        await do(world, "li", run, f"each#1[{line}].a#1", "ok", {"count": line})
        assert await shown(world, run, f"each#1[{line}].b#1") == [9, line]
        await do(world, "li", run, f"each#1[{line}].b#1", "ok", {"count": 10 + line})
    assert await shown(world, run, "after#1") == [9]
