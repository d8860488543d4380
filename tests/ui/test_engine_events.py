"""The engine's own events on a page: each beside its sentence, whole or those of one line, a few at a time."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

import pytest

from services import run_lines, timeline
from tests.replay.tampering import recorded_run
from tests.ui.house import House

LONG = ("probe", "long", 2)


@pytest.fixture
async def run(house: House, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A run of which the engine has three executions."""
    events: list[Any] = [event for one in recorded_run(*LONG) for event in one["events"]]

    async def history_of(*_: Any, **__: Any) -> list[Any]:
        return events

    monkeypatch.setattr(timeline, "history_of", history_of)
    return await house.run("RAW")


async def page(house: House, address: str, who: str = "zheng") -> str:
    async with house.as_person(who) as client:
        answer = await client.get(address)
    assert answer.status_code == 200, answer.text[:500]
    return html.unescape(answer.text)


async def test_each_event_stands_beside_its_sentence_a_few_at_a_time(house: House, run: UUID) -> None:
    text = await page(house, f"/runs/{run}/engine")
    assert "接受指令“完成任务”" in text
    assert "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED" in text
    assert '"signalName"' not in text
    assert '"updateId": ' in text
    assert "第 1 段" in text
    later = re.search(r'href="(/runs/[^"]+from=50)"', text)
    assert later
    more = await page(house, later[1])
    assert "from=100" in more
    assert "from=0" in more


async def test_those_of_one_line_lead_to_the_whole(house: House, run: UUID) -> None:
    text = await page(house, f"/runs/{run}/engine?only=15,22,x")
    assert "答复指令“完成任务”" in text
    assert "启动“流程”" not in text
    assert f'href="/runs/{run}/engine"' in text


@pytest.mark.parametrize("query", ["?from=99999", "?from=x", "?from=-1", "?only=", f"?from={'9' * 40}"])
async def test_any_address_shows_the_beginning(house: House, run: UUID, query: str) -> None:
    assert "启动“流程”" in await page(house, f"/runs/{run}/engine{query}")


async def test_an_unknown_event_is_shown_as_it_is(
    house: House, run: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = {"eventId": "1", "eventTime": "yesterday", "eventType": "EVENT_TYPE_MOON_ROSE", "phase": "<b>moon"}

    async def history_of(*_: Any, **__: Any) -> list[Any]:
        return [odd]

    monkeypatch.setattr(timeline, "history_of", history_of)
    async with house.as_person("zheng") as client:
        text = (await client.get(f"/runs/{run}/engine")).text
    assert "未知的事件类型 EVENT_TYPE_MOON_ROSE，照原样显示" in text
    assert "yesterday" in text
    assert "<b>moon" not in text


async def test_a_run_of_which_nothing_is_left_says_so(house: House) -> None:
    run = await house.run("NONE")
    assert "都没有可显示的本流程事件" in await page(house, f"/runs/{run}/engine")


async def test_the_time_line_leads_to_the_events_of_a_line(
    house: House, run: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_lines, "history_of", timeline.history_of)
    text = await page(house, f"/runs/{run}")
    found = re.search(rf'href="(/runs/{run}/engine\?only=[0-9,]+)"', text)
    assert found
    assert "安排系统执行" in await page(house, found[1])
