"""What the page of a run costs, in statements and in bytes: little, however long the run, whoever looks at it."""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.master_data import PersonIn
from services import persons, run_lines, runs
from services.run_lines import RunLines
from services.runs import RunView
from tests.servers import TestDatabase
from tests.services import deletions
from tests.statements import counted
from tests.ui import long_runs
from tests.ui.house import House
from tests.ui.test_auditor import made_auditor
from tests.ui.test_flowcharts import SHIPPED
from tests.world import PASSWORD
from ui.contexts.flowchart import Picture
from ui.pages import run_context
from ui.pages.flow_picture import picture
from ui.pages.run_lines import MOST_DATA, PAGE
from ui.view import View

LONG, MOST_BYTES, MOST_STATEMENTS = 5000, 150_000, 10
READERS = ("wu", "zhou", "zheng", "yan")
"""A site's manager, the quality manager, an auditor, whose readings are kept, and one who works besides."""
PARTS = ("", "?kind=act", "?kind=system", "?step=arrival")


async def who_works_and_audits(house: House) -> None:
    person = {"username": "yan", "name": "兼任", "password": PASSWORD}
    posts = [{"post": "auditor"}, {"post": "receiver"}]
    given = PersonIn.model_validate({**person, "posts": posts})
    await persons.create(house.world.platform, given, actor=await house.actor("admin"))


async def costs(house: House, who: str, run: UUID, parts: Sequence[str] = PARTS) -> list[int]:
    """The statements of each part of the time line, and of the page beyond it; none is too much."""
    found = []
    async with house.as_person(who) as client:
        await client.get(f"/runs/{run}")
        for part in parts:
            address = f"/runs/{run}{part}"
            for _ in range(2):
                with counted() as sent:
                    page = await client.get(address)
                assert page.status_code == 200, page.text[:300]
                assert len(page.content) <= MOST_BYTES, address
                assert len(sent) <= MOST_STATEMENTS, [" ".join(one.split())[:90] for one in sent]
                found.append(len(sent))
                further = re.search(r'href="(/runs/[^"]*older=[^"]+)"', page.text)
                if further is None:
                    break
                address = html.unescape(further[1])
    return found


@pytest.fixture
async def staffed(house: House) -> House:
    await made_auditor(house)
    await who_works_and_audits(house)
    return house


async def test_a_run_costs_as_much_long_as_short_and_archived_no_more_than_ended(
    staffed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await long_runs.busy(staffed, "COST")
    short = [await costs(staffed, who, run, ["?kind=system"]) for who in READERS]
    await long_runs.prolong(staffed, run, LONG)
    assert short == [await costs(staffed, who, run, ["?kind=system"]) for who in READERS]
    assert len(await costs(staffed, "wu", run, [""])) == 2
    await long_runs.end(staffed, run)
    ended = [await costs(staffed, who, run) for who in READERS]
    await long_runs.archive(staffed, run, LONG, monkeypatch)
    assert ended == [await costs(staffed, who, run) for who in READERS]


async def test_a_run_whose_contents_were_deleted_costs_no_more(house: House, database: TestDatabase) -> None:
    await deletions.staffed(house)
    await who_works_and_audits(house)
    [old] = await deletions.old_runs(house, database)
    before = [await costs(house, who, old, [""]) for who in READERS]
    await deletions.deleted(house)
    assert before == [await costs(house, who, old, [""]) for who in READERS]


async def test_one_pages_through_a_long_run_and_only_its_newest_page_is_watched(house: House) -> None:
    run = await long_runs.busy(house, "LONG")
    await long_runs.prolong(house, run, 200)
    async with house.as_person("wu") as client:
        seen, address = 0, f"/runs/{run}?kind=act"
        for number in range(3):
            page = await client.get(address)
            shown = page.text.partition('class="timeline"')[2].partition("</ol>")[0]
            seen += shown.count('class="said"')
            further = re.search(r'href="(/runs/[^"]*older=[^"]+)"', page.text)
            assert further and ("every 2500ms" in page.text) == (number == 0)
            address = html.unescape(further[1])
        assert seen == 3 * PAGE and "kind=act" in address
        assert "回到最新" in page.text


@pytest.mark.parametrize("procedure", ["outbound_review", "recall"])
async def test_a_page_on_which_every_list_is_full_is_small_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch, procedure: str
) -> None:
    """As if a run of the procedure with the largest picture, or of one that calls, had done very much."""
    run = await long_runs.busy(house, "FULL")
    await long_runs.prolong(house, run, 200)
    monkeypatch.setattr(runs, "get", _full(runs.get, calls=procedure == "recall"))
    monkeypatch.setattr(run_lines, "page", _much_said(run_lines.page))
    [definition] = [one for one in SHIPPED if one.sop == procedure]

    def drawn(view: View, *_: Any) -> Picture:
        return picture(definition, view.words, marks={one.id: "walked" for one in definition.walk()})

    monkeypatch.setattr(run_context, "run_picture", drawn)
    async with house.as_person("admin") as client:
        for language in ("zh", "en"):
            await client.post("/language", data={"language": language})
            page = await client.get(f"/runs/{run}")
            assert page.text.count('class="said"') >= PAGE
            assert len(page.content) <= MOST_BYTES
            for more in (f"/documents?run={run}", f"/runs/{run}/moves", f"/runs/{run}/note"):
                assert f'href="{more}"' in page.text, more
            assert (await client.get(f"/documents?run={run}")).status_code == 200
            assert (f'href="/runs?called_by={run}"' in page.text) == (procedure == "recall")


def _full(get: Callable[..., Any], *, calls: bool) -> Callable[..., Any]:
    async def full(*given: Any, **more: Any) -> RunView:
        found: RunView = await get(*given, **more)
        moves, documents = (found.moves * 50)[:50], (found.documents * 50)[:50]
        called: dict[str, Any] = (
            {"called": [found.row] * 50, "called_states": {"running": 60}} if calls else {}
        )
        return replace(found, moves=moves, documents=documents, **called)

    return full


def _much_said(page: Callable[..., Any]) -> Callable[..., Any]:
    """Each line with as much data as a page holds for its number of lines."""

    async def much(*given: Any, **more: Any) -> RunLines:
        found: RunLines = await page(*given, **more)
        data = {"data": {f"field_{n}": "内容" * 10 for n in range(MOST_DATA // PAGE // 75)}}
        entries = [replace(one, data=data) for one in found.entries]
        return replace(found, entries=entries, signatures=[*found.signatures] * run_lines.SIGNATURES)

    return much
