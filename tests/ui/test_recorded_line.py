"""What is recorded of a line is shown, and replaced only by who has seen it and says so."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.submissions import LineAnswered
from services import tasks, worklists
from tests.ui.house import House


async def answered(house: House) -> UUID:
    """An acceptance whose first line is accepted."""
    run = await house.run("R-1")
    await house.arrive(run)
    task = await house.task_of(run, "acceptance")
    await tasks.claim(house.world.platform, task, actor=await house.actor("wang"))
    await house.decide(task)
    return task


async def results(house: House) -> int:
    return int(await house.world.scalar(sa.select(sa.func.count()).select_from(t.line_result)))


async def test_a_recorded_line_is_not_replaced_by_who_has_not_seen_it(house: House) -> None:
    task = await answered(house)
    old = {"result_id": str(uuid4()), "epoch": "1", "outcome": "rejected", "seen": "", "reason": "破损"}
    async with house.as_person("wang") as client:
        page = (await client.get(f"/tasks/{task}/scan?line=1")).text
        seen = re.search(r'name="seen" value="([0-9a-f-]{36})"', page)
        assert seen and "更改已记录的结果" in page
        refused = await client.post(f"/tasks/{task}/lines/1", data=old)
        assert refused.status_code == 409 and "第1行已有结果" in refused.text
        assert "破损" in refused.text and "report-1.pdf" in refused.text  # what was typed, and what stands
        again = await client.post(f"/tasks/{task}/lines/1", data={**old, "seen": seen[1]})
        assert again.status_code == 409
        ticked = {**old, "seen": seen[1], "replaces": "1", "outcome": "accepted", "reason": ""}
        asked = await client.post(f"/tasks/{task}/lines/1", data=ticked)
        assert asked.status_code == 422 and re.search(r'name="replaces" value="1" checked', asked.text)
        other = (await client.get(f"/tasks/{task}/scan?line=2")).text
        assert 'name="seen" value=""' in other and "更改已记录的结果" not in other
    assert await results(house) == 1


async def test_the_result_that_was_shown_is_replaced_and_no_later_one(house: House) -> None:
    task = await answered(house)
    platform, wang = house.world.platform, await house.actor("wang")
    first = str(await house.world.scalar(sa.select(t.line_result.c.id)))
    report = await house.world.scalar(sa.select(t.attachment.c.id))
    told: dict[str, Any] = {"outcome": "accepted", "epoch": 1, "actor": wang, "expected": first}
    data = {"inspection_report": [str(report)], "packaging": "conforming"}
    await worklists.line_result(platform, task, 1, result_id=uuid4(), data=data, **told)
    with pytest.raises(LineAnswered):
        await worklists.line_result(platform, task, 1, result_id=uuid4(), data=data, **told)
    assert await results(house) == 2
