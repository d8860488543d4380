"""A page of a run says when the system did not answer, where in its story that was, and once over all pages."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain import outages
from services import run_lines
from tests.ui.house import House
from ui.pages import run_lines as page_lines


def answering(monkeypatch: pytest.MonkeyPatch, since: datetime, until: datetime | None) -> None:
    """An engine whose history says that a workflow task was taken up late, or not yet."""
    events: list[dict[str, Any]] = [
        {"eventId": "2", "eventTime": since.isoformat(), "workflowTaskScheduledEventAttributes": {}}
    ]
    if until is not None:
        taken = {"scheduledEventId": "2"}
        events.append(
            {"eventId": "3", "eventTime": until.isoformat(), "workflowTaskStartedEventAttributes": taken}
        )

    async def history_of(*_: Any, **__: Any) -> list[dict[str, Any]]:
        return events

    monkeypatch.setattr(run_lines, "history_of", history_of)


def bands(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'<li class="wait outage">([^<]+)</li>', page)]


async def page(house: House, run: UUID, language: str, query: str = "") -> str:
    async with house.as_person("zhou") as client:
        await client.post("/language", data={"language": language})
        return (await client.get(f"/runs/{run}{query}")).text


@pytest.mark.parametrize(
    ("language", "over", "still"),
    [
        ("zh", "期间没有响应：没有执行进程接手", "起没有响应：没有执行进程接手"),
        ("en", ": no worker took up the work", "The system has not answered since"),
    ],
)
async def test_an_outage_stands_in_the_story(
    house: House, monkeypatch: pytest.MonkeyPatch, language: str, over: str, still: str
) -> None:
    run = await house.run("AWAY-1")
    now = datetime.now(UTC)
    answering(monkeypatch, now, now + timedelta(seconds=90))
    [said] = bands(await page(house, run, language))
    assert over in said and said.count(":") >= 4  # both instants to the second
    answering(monkeypatch, now, now + timedelta(seconds=5))
    assert bands(await page(house, run, language)) == []
    answering(monkeypatch, now, None)
    told = outages.outages
    sooner = timedelta(milliseconds=1)
    monkeypatch.setattr(
        run_lines, "outages", lambda history, asked, until: told(history, asked, until, told_from=sooner)
    )
    [said] = bands(await page(house, run, language))
    assert still in said


async def test_an_outage_is_told_on_one_page_and_not_among_filtered_lines(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await house.run("AWAY-2")
    between = datetime.now(UTC)
    await house.arrive(run)
    monkeypatch.setattr(page_lines, "PAGE", 1)
    pages = 0
    for since, times in ((between, 1), (datetime.now(UTC), 1), (between - timedelta(hours=1), 0)):
        answering(monkeypatch, since, since + timedelta(seconds=30))
        said = [await page(house, run, "zh")]
        while older := re.search(r'href="/runs/[^"?]+(\?[^"]*older=[^"]+)"', said[-1]):
            said.append(await page(house, run, "zh", html.unescape(older[1])))
        pages = len(said)
        assert len([band for one in said for band in bands(one)]) == times, since
    assert pages > 1
    assert bands(await page(house, run, "zh", "?kind=signed")) == []
