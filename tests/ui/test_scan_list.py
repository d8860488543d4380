"""The scans of a task: the server's time, and what the device said where it differs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from services import tasks, worklists
from tests.ui.house import House, gs1, line
from ui import formats
from ui.pages.line_context import line_list
from ui.translation import translations

AT = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"


def test_a_claim_is_told_only_where_the_clocks_differ() -> None:
    zh, en = translations("zh"), translations("en")
    for near in (0, 5, -5):
        assert formats.device_claim(AT + timedelta(seconds=near), AT, ZONE, zh) == ""
    assert formats.device_claim(None, AT, ZONE, zh) == ""
    ahead = AT + timedelta(minutes=3)
    assert formats.device_claim(ahead, AT, ZONE, zh) == "设备时间 10:03:00，比服务器快 3 分钟"
    behind = AT - timedelta(seconds=40)
    assert (
        formats.device_claim(behind, AT, ZONE, en)
        == "device says 09:59:20, 40 s before the server heard of it"
    )
    assert "2026-11-25" in formats.device_claim(AT - timedelta(days=2), AT, ZONE, en)


async def test_scans_are_listed_with_who_when_and_the_device_s_claim(house: House) -> None:
    run = await house.run("1", [line(1, "M1", "240513", 100)])
    await house.arrive(run)
    actor = await house.actor("wang")
    task = await house.task_of(run, "acceptance")
    platform = house.world.platform
    await tasks.claim(platform, task, actor=actor)
    late = datetime.now(UTC) - timedelta(hours=1)
    for code, at in ((gs1("M1", "240513"), late), (gs1("M1", "999999"), None)):
        await worklists.scan(platform, task, scan_id=uuid4(), code=code, epoch=1, actor=actor, device_at=at)
    async with house.as_person("wang") as client:
        page = await client.get(f"/tasks/{task}/scans")
        assert page.status_code == 200
        assert page.text.count("比服务器收到早") == 1
        assert "240513" in page.text and "999999" in page.text
        assert f"/tasks/{task}/scans" in (await client.get(f"/tasks/{task}/scan")).text


async def test_the_last_scan_that_counts_is_taken_back_after_a_wrong_one_and_on_a_new_page(
    house: House,
) -> None:
    run = await house.run("2", [line(1, "M1", "240513", 100), line(2, "M1", "240514", 100)])
    await house.arrive(run)
    task = await house.task_of(run, "acceptance")
    await tasks.claim(house.world.platform, task, actor=await house.actor("wang"))
    address = f"/tasks/{task}"
    async with house.as_person("wang") as client:
        empty = (await client.get(f"{address}/scan")).text
        assert "/undo" not in empty
        assert "下一行：" in empty  # where to go, without looking through the list
        for batch in ("240513", "240514"):
            await client.post(f"{address}/scans", data={"code": gs1("M1", batch), "epoch": "1"})
        wrong = await client.post(f"{address}/scans", data={"code": "NO-SUCH-CODE", "epoch": "1"})
        assert "撤销上一次有效扫描：第 2 行（1）" in wrong.text
        assert wrong.text.count("NO-SUCH-CODE") == 1  # the sentence names it
        assert "data-asks" in wrong.text  # a command code asks before it takes back what is not on the screen
        again = (await client.get(f"{address}/scan")).text
        assert "data-asks" not in again
        for number in (2, 1):
            (undo,) = re.findall(r'action="([^"]*/undo)"', again)
            again = (await client.post(undo)).text
            assert f"第 {number} 行：撤回 1。" in again
        assert re.findall(r'action="([^"]*/undo)"', again) == []


def test_a_line_that_was_counted_says_its_difference_with_its_unit() -> None:
    data = {
        "location": "A-01",
        "variance": -205,
        "unit": "盒",
        "batch_number": "B1",
        "material_name_zh": "药",
    }
    counted = SimpleNamespace(line=1, key="1", data=data, outcome=None, scanned=0)
    for language, said in (("zh", "A-01 · 差异 -205\u00a0盒"), ("en", "A-01 · Difference -205\u00a0盒")):
        view = SimpleNamespace(words=translations(language), language=language)
        reading: Any = SimpleNamespace(view=view, address="/tasks/1")
        page: Any = SimpleNamespace(items=[counted], next=None)
        (item,) = line_list(reading, page, only_open=False).items
        assert item.detail == said
