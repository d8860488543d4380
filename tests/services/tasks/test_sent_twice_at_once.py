"""A device that sends the same answer again while the first is still under way: one answer, told twice."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.submissions import SubmissionMismatch
from services import worklists
from tests.services.tasks.listing import answer, gs1, scan
from tests.waiting import waits_or_ends
from tests.world import World


async def together(world: World, task: Mapping[str, Any], *sent: Any) -> list[Any]:
    """What becomes of what is sent while the task is held: all of it has come before any of it is kept."""
    async with world.write() as tx:
        await tx.execute(sa.select(t.task.c.id).where(t.task.c.id == task["id"]).with_for_update())
        doing = [asyncio.create_task(one) for one in sent]
        await waits_or_ends(world.database, *doing)
    return await asyncio.gather(*doing, return_exceptions=True)


async def count(world: World, table: sa.Table) -> int:
    return int(await world.scalar(sa.select(sa.func.count()).select_from(table)))


@pytest.mark.parametrize("expected", [None, ""])
async def test_a_line_is_answered_once(world: World, listed: tuple[UUID, Any], expected: str | None) -> None:
    task, result_id = listed[1], uuid4()
    said: dict[str, Any] = {"result_id": result_id, "expected": expected}
    first, again = await together(world, task, answer(world, task, 1, **said), answer(world, task, 1, **said))
    assert first.line.outcome == again.line.outcome == "accepted"
    assert await count(world, t.line_result) == 1


async def test_another_line_under_the_same_id_is_refused(world: World, listed: tuple[UUID, Any]) -> None:
    task, result_id = listed[1], uuid4()
    sent = [answer(world, task, line, result_id=result_id) for line in (1, 2)]
    answers = await together(world, task, *sent)
    (refused,) = [one for one in answers if isinstance(one, BaseException)]
    assert isinstance(refused, SubmissionMismatch)
    assert await count(world, t.line_result) == 1


async def test_a_scan_is_undone_once(world: World, listed: tuple[UUID, Any]) -> None:
    task, undo_id = listed[1], uuid4()
    scanned = await scan(world, task, gs1("M1", "240513"))
    assert scanned.verdict == "matched"
    actor = await world.actor("wang")

    def undo() -> Any:
        return worklists.undo_scan(
            world.platform, task["id"], scanned.scan_id, undo_id=undo_id, epoch=1, actor=actor
        )

    first, again = await together(world, task, undo(), undo())
    assert (first.verdict, again.verdict) == ("undo", "undo")
    assert await count(world, t.scan) == 2
