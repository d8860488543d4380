"""What the page of a run costs, in statements and in bytes: little, however long the run, whoever looks at it."""

import html
import re
from collections.abc import Sequence
from uuid import UUID

import pytest

from domain.master_data import PersonIn
from services import persons
from tests.servers import TestDatabase
from tests.services import deletions
from tests.statements import counted
from tests.ui import long_runs
from tests.ui.house import House
from tests.ui.test_auditor import made_auditor
from tests.world import PASSWORD

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
        assert seen == 3 * 40 and "kind=act" in address
        assert "回到最新" in page.text
