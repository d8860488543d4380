"""A page of a run says when the system did not answer, where in its story that was, and once over all pages."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain import outages
from services import evidence_package_story, run_lines, timeline
from services.archived_runs import ArchiveDamaged
from tests.pdf_text import text_of
from tests.ui.house import House
from ui.pages import run_lines as page_lines


def late(since: datetime, seconds: float | None) -> list[dict[str, Any]]:
    """Events of a workflow task that was taken up so much later; None: not yet."""
    asked = {"eventId": "2", "eventTime": since.isoformat(), "workflowTaskScheduledEventAttributes": {}}
    if seconds is None:
        return [asked]
    until, taken = since + timedelta(seconds=seconds), {"scheduledEventId": "2"}
    begun = {"eventId": "3", "eventTime": until.isoformat(), "workflowTaskStartedEventAttributes": taken}
    return [asked, begun]


def answering(monkeypatch: pytest.MonkeyPatch, since: datetime, until: datetime | None) -> None:
    """An engine whose history says that a workflow task was taken up late, or not yet."""
    events = late(since, None if until is None else (until - since).total_seconds())

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
        run_lines, "outages", lambda history, asked, until, waits: told(history, asked, until, waits, sooner)
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


def writing(house: House, monkeypatch: pytest.MonkeyPatch, *events: dict[str, Any]) -> None:
    """An engine that has these events of every run."""

    async def history(*_: Any) -> list[dict[str, Any]]:
        return list(events)

    monkeypatch.setattr(house.engine, "history", history)


async def printed(house: House, run: UUID, language: str) -> str:
    async with house.as_person("zhou") as client:
        await client.post("/language", data={"language": language})
        return plain(text_of((await client.get(f"/runs/{run}/note")).content))


def plain(text: str) -> str:
    """Without the spaces that a line of a PDF has elsewhere."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("language", "said", "unknown"),
    [
        ("zh", "系统 1 分 30 秒 没有响应", "系统是否有过没有响应的时间，本记录未载"),
        ("en", "The system did not answer for 1 min 30 s", "There is no engine history at hand"),
    ],
)
async def test_an_outage_is_printed_with_the_record_and_where_no_history_tells_that_is_said(
    house: House, monkeypatch: pytest.MonkeyPatch, language: str, said: str, unknown: str
) -> None:
    run = await house.run("AWAY-3")
    said, unknown = plain(said), plain(unknown)
    text = await printed(house, run, language)
    assert said not in text and unknown in text
    writing(house, monkeypatch, *late(datetime.now(UTC), 90))
    text = await printed(house, run, language)
    assert said in text and unknown not in text
    told = await evidence_package_story.story(house.world.platform, run, actor=await house.actor("zheng"))
    lines = [one["text"] for one in told["lines"] if one["text"]["zh"].startswith("系统 1 分 30 秒")]
    assert len(lines) == 1
    assert [one["at"] for one in told["lines"]] == sorted(one["at"] for one in told["lines"])


async def test_a_damaged_archive_is_printed_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def damaged(*_: Any, **__: Any) -> None:
        raise ArchiveDamaged(name="history-1.json")

    run = await house.run("AWAY-4")
    monkeypatch.setattr(timeline, "history_of", damaged)
    assert "系统是否有过没有响应的时间，本记录未载" in await printed(house, run, "zh")


async def test_what_waits_for_the_engine_is_told_while_it_waits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await house.run("AWAY-5")
    told, sooner = outages.outages, timedelta(milliseconds=1)

    def soon(history: Any, asked: Any, until: Any, waits: Any) -> list[outages.Outage]:
        return told(history, asked, until, waits, sooner)

    monkeypatch.setattr(run_lines, "outages", soon)
    assert bands(await page(house, run, "zh")) == []
    house.engine.silent = True
    await house.arrive(run)
    [said] = bands(await page(house, run, "zh"))
    assert "起没有响应：提交的内容未被及时受理" in said
