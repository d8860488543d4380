"""What is done with a run as a whole, and what its tasks say meanwhile: suspended, resumed, cancelled."""

import re
from collections import Counter

import sqlalchemy as sa

from db import tables as t
from services import runs
from tests.services import recall_runs
from tests.ui.house import House, line, put_in_force


async def test_each_dialog_of_a_run_has_fields_of_its_own(house: House) -> None:
    run = await house.run("RC-1")
    await house.arrive(run)
    async with house.as_person("zhou") as client:
        page = (await client.get(f"/runs/{run}")).text
    ids = Counter(re.findall(r'\bid="([^"]+)"', page))
    assert [one for one, times in ids.items() if times > 1] == []
    assert {"f-suspend-reason", "f-cancel-reason", "f-cancel-password"} <= ids.keys()
    assert 'for="f-cancel-reason"' in page


async def test_a_task_of_a_suspended_run_says_so_where_its_button_would_be(house: House) -> None:
    run = await house.run("RC-2")
    task, zhou = await house.task_of(run, "arrival"), await house.actor("zhou")
    await runs.command(house.world.platform, run, "suspend", reason="等待车辆消息", actor=zhou)
    async with house.as_person("li") as client:
        page = (await client.get(f"/tasks/{task}")).text
        assert "已暂停" in page
        assert "领取任务" not in page
        inbox = (await client.get("/inbox?view=claimable")).text
        assert "已暂停" in inbox
        assert f'name="task" value="{task}"' not in inbox
        said = re.search(r'<div class="stickbar" data-why-not>(.*?)恢复后才能继续', page, re.DOTALL)
        assert said is not None
    await runs.command(house.world.platform, run, "resume", reason="车辆已到", actor=zhou)
    async with house.as_person("li") as client:
        page = (await client.get(f"/tasks/{task}")).text
        assert "领取任务" in page
        assert "data-why-not" not in page


async def test_a_message_leads_to_the_next_step_before_the_run_that_led_to_it(house: House) -> None:
    run, zhou = await house.run("RC-3"), await house.actor("zhou")
    step = "/runs/new?sop=quality_hold&batch=M1:B1&site=SH1"
    words = {
        "title_zh": "货物待验",
        "title_en": "In quarantine",
        "body_zh": "",
        "body_en": "",
        "template": "t",
    }
    async with house.world.write() as tx:
        for link in (step, None):
            sent = {"run_id": run, "person_id": zhou.person_id, "link": link, **words}
            await tx.execute(sa.insert(t.notification).values(sent))
        tx.audited_elsewhere("a message of the test")
    async with house.as_person("zhou") as client:
        page = (await client.get("/notifications")).text
        assert step.replace("&", "&amp;") in page
        assert f'href="/runs/{run}"' in page


async def test_a_quality_hold_is_called_by_its_batch_in_the_inbox_and_on_its_page(house: House) -> None:
    await recall_runs.hire(house)
    await put_in_force(house.world, "quality_hold", ("zhou",))
    await house.arrive(await house.run("RC-4", [line(1, "M1", "260111", 50)]))
    inputs = {"batch": "M1:260111", "site": "SH1", "reason": "包装受潮"}
    admin = await house.actor("admin")
    hold = await runs.start(house.world.platform, "quality_hold", inputs, actor=admin)
    assert hold.row.summary_zh.endswith(" 260111 · SH1 包装受潮")
    assert " 260111 · SH1 包装受潮" in hold.row.summary_en
    async with house.as_person("admin") as client:
        page = (await client.get(f"/runs/{hold.row.id}")).text
    assert hold.row.summary_zh in page
    assert "业务编号" not in page, "the id of a batch says nothing to people"


async def test_work_that_was_sent_back_says_why_at_its_top(house: House) -> None:
    run, zhou = await house.run("RC-5"), await house.actor("zhou")
    await house.arrive(run)
    platform = house.world.platform
    await runs.command(platform, run, "send_back", reason="温度记录不清", to="arrival", actor=zhou)
    again = await house.task_of(run, "arrival")
    async with house.as_person("li") as client:
        page = (await client.get(f"/tasks/{again}")).text
    assert f"退回重做，原因：温度记录不清（{zhou.name}）" in page
