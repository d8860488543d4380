"""After a completion people read who is next, or that the run has ended; who counts blind reads neither."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from db.session import Database
from services import whats_next
from services.actions import ACTIONS, UNDOS
from services.whats_next import WhatsNext
from tests.servers import TestDatabase
from tests.services.counting import Counting
from tests.stand_in_engine import StandInEngine
from tests.ui.house import House
from tests.world import PASSWORD, make_world
from ui.view import FLASH_COOKIE

ARRIVED = {"data.transport_mode": "ambient", "data.packaging": "intact"}


def said(answer: httpx.Response) -> str:
    """The word about what happened that the next page shows."""
    [message, _tone] = json.loads(base64.urlsafe_b64decode(answer.cookies[FLASH_COOKIE]))
    return str(message)


async def completed(house: House, client: httpx.AsyncClient, task: UUID, **fields: str) -> str:
    """A task is claimed and completed in the browser; what is said of it."""
    page = await client.post(f"/tasks/{task}/claim")
    page = await client.get(f"/tasks/{task}")
    epoch = re.search(r'name="epoch" value="(\\d+)"', page.text)
    body = {"epoch": epoch.group(1) if epoch else "1", "password": PASSWORD, **fields}
    answer = await client.post(f"/tasks/{task}/complete", data=body)
    assert answer.status_code == 303, answer.text
    return said(answer)


async def test_the_notice_names_the_next_task_and_its_post(house: House) -> None:
    run = await house.run("NEXT-1")
    task = await house.task_of(run, "arrival")
    async with house.as_person("li") as client:
        told = await completed(house, client, task, outcome="received", **ARRIVED)
    assert told.startswith("已完成：到货检查")
    assert told.endswith("下一步：逐批验收（acceptor）")


async def test_the_notice_says_that_the_run_has_ended(house: House) -> None:
    run = await house.run("NEXT-2")
    task = await house.task_of(run, "arrival")
    async with house.as_person("li") as client:
        told = await completed(house, client, task, outcome="refused", reason="车厢破损，药品淋湿", **ARRIVED)
    assert told.endswith("流程已结束。")


async def test_the_scan_page_of_a_task_without_lines_leads_back_to_it(house: House) -> None:
    run = await house.run("NEXT-3")
    task = await house.task_of(run, "arrival")
    async with house.as_person("li") as client:
        answer = await client.get(f"/tasks/{task}/scan")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/tasks/{task}")
    assert said(answer) == "该任务没有明细"


@pytest.fixture
async def counting(database: TestDatabase) -> AsyncIterator[Counting]:
    opened = Database(database.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Counting(await make_world(opened, engine), engine)
    await made.prepare()
    await made.values(M1="125.00")
    await made.stock("A-01", "M1", "A1", 20)
    await made.start()
    yield made
    await opened.close()


async def test_who_counted_is_not_told_that_a_second_count_follows(counting: Counting) -> None:
    """It would say that the first count differs from the books."""
    platform = counting.world.platform
    await counting.count("count", "sun", 19)
    assert counting.run is not None
    counter, office = await counting.world.actor("sun"), await counting.world.actor("wu")
    assert await whats_next.of_run(platform, counting.run, actor=counter) == WhatsNext()
    told = await whats_next.of_run(platform, counting.run, actor=office)
    assert [one.title_en for one in told.tasks] == ["Second count (blind)"]
