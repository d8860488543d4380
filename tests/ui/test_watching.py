"""Watching a run: what happens while its page is being made is shown by the next look."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from services import runs
from tests.ui.house import House, line


async def test_what_happens_between_the_reads_of_a_page_is_not_missed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await house.run("RACE-1")
    read = runs.get
    begun = False

    async def and_then_somebody_works(*args: Any, **more: Any) -> Any:
        nonlocal begun
        found = await read(*args, **more)
        if not begun:
            begun = True
            await house.arrive(run)
        return found

    monkeypatch.setattr(runs, "get", and_then_somebody_works)
    async with house.as_person("wu") as client:
        page = (await client.get(f"/runs/{run}")).text
        known = re.search(r"/live\?after=(\d+)", page)
        assert known
        again = await client.get(f"/runs/{run}/live", params={"after": known.group(1)})
    assert again.status_code == 200
    assert "完成“到货检查”" in again.text
    assert "逐批验收" in again.text


async def test_why_a_delivery_was_refused_stands_on_its_time_line_and_its_documents(house: House) -> None:
    run = await house.run(
        "OLD-1", [line(1, "M1", "OLD-1", 40, expires_on="2020-11-30", produced_on="2019-01-01")]
    )
    found = await runs.get(house.world.platform, run, actor=await house.actor("admin"))
    assert found.row.outcome == "refused"
    async with house.as_person("wu") as client:
        page = (await client.get(f"/runs/{run}")).text
    said = re.search(r"系统执行“核对采购订单”未成：批号已过有效期（[^）]*OLD-1", page)
    assert said, re.findall(r'class="said">([^<]*)', page)
    header = await house.world.scalar(sa.select(t.document.c.header).where(t.document.c.number == "DN-OLD-1"))
    assert header is not None
    assert header["result"] == "refused" and "OLD-1" in header["reason"]
    told = await house.world.scalar(sa.select(t.notification.c.body_zh).where(t.notification.c.run_id == run))
    assert told is not None and "OLD-1" in told, "the buyer reads why, not only that"


async def test_what_is_watched_changes_as_a_whole_record_signatures_and_documents_too(house: House) -> None:
    run = await house.run("LIVE-1")
    async with house.as_person("wu") as client:
        page = (await client.get(f"/runs/{run}")).text
        assert 'id="record"' in page and "hx-swap-oob" not in page
        await house.arrive(run)
        change = (await client.get(f"/runs/{run}/live", params={"after": "1"})).text
        assert re.search(r'id="record"[^>]* hx-swap-oob="true"', change)
        lists = re.search(r'id="run-lists"[^>]* hx-swap-oob="true"(.*)', change, re.DOTALL)
        assert lists and "收货检查" in lists.group(1), "the signature that was just given"
        ended = await house.run(
            "LIVE-2", [line(1, "M1", "L2", 4, expires_on="2020-11-30", produced_on="2019-01-01")]
        )
        over = (await client.get(f"/runs/{ended}/live", params={"after": "1"})).text
    record = re.search(r'id="record"(.*?)</section>', over, re.DOTALL)
    assert record and "已拒收" in record.group(1)
