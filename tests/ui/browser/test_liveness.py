"""Pages that somebody looks at follow what others do: a task that is given back, a training, a first task."""

import re

import pytest
from playwright.async_api import expect

from domain.master_data import TrainingIn
from services import persons, tasks
from tests.services.recall_runs import begin, confirm, sold
from tests.ui.browsing import DESK, HANDHELD, Street
from tests.ui.house import KEY

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_who_lost_a_task_is_offered_it_when_it_is_given_back(street: Street) -> None:
    platform = street.house.world.platform
    task = await street.house.task_of(await street.house.run("RACE-2"), "arrival")
    winner = await street.house.actor("qian")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        button = page.get_by_role("button", name="领取任务")
        await expect(button).to_be_visible()
        await tasks.claim(platform, task, actor=winner)
        await expect(page.get_by_text(re.compile("QIAN.*领取|领取.*QIAN")).first).to_be_visible()
        await expect(button).to_have_count(0)
        await tasks.release(platform, task, actor=winner)
        await expect(button).to_be_visible()
        await button.click()
        await expect(page.get_by_text("已领取", exact=True)).to_be_visible()
        # what is being filled in is never taken away: the page of whoever works watches nothing
        await expect(page.locator("[hx-get*='/standing']")).to_have_count(0)


async def test_the_inbox_of_somebody_just_trained_fills_by_itself(street: Street) -> None:
    run = await street.house.run("TRAIN-1")
    async with street.person("untrained", DESK) as page:
        await page.goto("/inbox")
        await expect(page.get_by_text("没有待办任务")).to_be_visible()
        admin = await street.house.actor("admin")
        training = TrainingIn(sop=KEY, version=1)
        await persons.record_training(street.house.world.platform, "untrained", training, actor=admin)
        await expect(page.get_by_role("link", name=re.compile("DN-TRAIN-1"))).to_be_visible()
        await expect(page.locator("#inbox-tabs [aria-current='page']")).to_contain_text("可领取")
    assert run


async def test_the_recall_room_tells_by_itself_who_has_not_answered(street: Street) -> None:
    await sold(street.house)
    notice, _ = await begin(street.house)
    async with street.person("admin", HANDHELD) as page:
        await page.goto(f"/recalls/{notice}")
        silent = page.locator("#silent")
        await expect(silent.get_by_text("乙医院")).to_have_count(0)
        await confirm(street.house)
        await expect(silent.get_by_text("乙医院").first).to_be_visible(timeout=15_000)
        await expect(page.locator("#batches").get_by_text("已封存").first).to_be_visible()
