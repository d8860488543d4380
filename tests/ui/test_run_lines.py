"""The time line of a run, page by page: the same lines as the whole, each once."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from services import run_lines, timeline
from services.run_lines import Kind, LineFilter
from services.timeline import TimelineEntry
from tests.statements import counted
from tests.ui.house import House
from tests.ui.long_runs import busy

FOR_NOTHING_NEW = 5
"""Statements of a look that finds nothing new; an open page looks every 2.5 seconds."""


async def paged(
    house: House,
    run: UUID,
    limit: int,
    wanted: LineFilter | None = None,
    *,
    forward: bool = False,
    most: int | None = None,
) -> list[TimelineEntry]:
    """All pages, one after the other; the lines in the order of time."""
    found: list[TimelineEntry] = []
    after = None
    while True:
        page = await run_lines.page(
            house.world.platform,
            run,
            actor=await house.actor("zheng"),
            wanted=wanted,
            after=after,
            limit=limit,
            forward=forward,
            most=most,
        )
        found = [*found, *page.entries] if forward else [*page.entries, *found]
        after = page.next
        if after is None:
            return found


def told(entries: list[TimelineEntry]) -> list[tuple[object, ...]]:
    return [(e.at, e.kind, e.step_path, e.actor, e.text, e.data, e.signature, e.event_ids) for e in entries]


async def test_pages_of_any_size_in_either_direction_are_the_whole(house: House) -> None:
    run = await busy(house, "PAGES")
    whole = await timeline.run_timeline(house.world.platform, run, actor=await house.actor("zheng"))
    assert len(whole) > 8
    for limit in (1, 2, 3, 50):
        for forward in (True, False):
            found = await paged(house, run, limit, forward=forward)
            assert sorted(map(repr, told(found))) == sorted(map(repr, told(whole))), (limit, forward)
            assert [one.at for one in found] == sorted(one.at for one in found)
    assert [one.seq for one in await paged(house, run, 3, forward=True)] == [one.seq for one in whole]
    for most in (0, 50, 400, 100_000):
        found = await paged(house, run, 50, most=most)
        assert sorted(map(repr, told(found))) == sorted(map(repr, told(whole))), most


async def test_a_page_ends_where_its_lines_hold_much_data(house: House) -> None:
    run = await busy(house, "MUCH")
    actor = await house.actor("zheng")

    async def lines(most: int | None) -> int:
        page = await run_lines.page(house.world.platform, run, actor=actor, limit=50, most=most)
        assert (page.next is None) == (len(page.entries) > 8)
        return len(page.entries)

    whole = await lines(None)
    assert 1 <= await lines(0) < await lines(500) < whole == await lines(100_000)


async def test_lines_are_filtered_by_person_step_and_kind(house: House) -> None:
    run = await busy(house, "FILTER")
    people = house.world.people
    mine = await paged(house, run, 2, LineFilter(person=people["qian"]))
    assert [one.kind for one in mine] == ["claimed", "released"]
    step = await paged(house, run, 2, LineFilter(step="arrival"))
    assert {one.step_path for one in step} == {"arrival#1"} and len(step) > 5
    kinds: dict[Kind, set[str]] = {
        "done": {"complete"},
        "signed": {"complete"},
        "act": {"claimed", "released"},
        "command": set(),
        "refused": set(),
    }
    for kind, expected in kinds.items():
        assert {one.kind for one in await paged(house, run, 2, LineFilter(kind=kind))} == expected, kind
    system = await paged(house, run, 2, LineFilter(kind="system"))
    assert {one.actor for one in system} == {None} and len(system) > 3
    both = LineFilter(person=people["li"], step="arrival", kind="done")
    assert [one.actor for one in await paged(house, run, 2, both)] == ["LI"]
    with_refusal = await house.task_of(run, "acceptance")
    async with house.as_person("li") as client:
        await client.post(f"/tasks/{with_refusal}/claim")
    assert [one.refused for one in await paged(house, run, 2, LineFilter(kind="refused"))] == [True]


async def test_how_long_a_run_waited_and_for_whom_stands_between_its_lines(house: House) -> None:
    run = await house.run("WAIT")
    task = await house.task_of(run, "arrival")
    ago = datetime.now(UTC) - timedelta(hours=3, minutes=20)
    async with house.world.write() as tx:
        await tx.execute(sa.update(t.task).where(t.task.c.id == task).values(opened_at=ago))
        await tx.execute(sa.update(t.run).where(t.run.c.id == run).values(started_at=ago))
        workflow = sa.select(t.run.c.workflow_id).where(t.run.c.id == run).scalar_subquery()
        await tx.execute(
            sa.update(t.effect).where(t.effect.c.workflow_id == workflow).values(recorded_at=ago)
        )
    async with house.as_person("wu") as client:
        page = (await client.get(f"/runs/{run}")).text
        assert re.search(r'class="wait">等待receiver 3 小时 20 分.{0,3}：到货检查<', page), re.findall(
            r'class="wait">[^<]*', page
        )
        assert 'class="wait"' not in (await client.get(f"/runs/{run}?kind=system")).text


async def test_what_is_asked_for_in_vain_says_so_and_what_is_no_cursor_is_refused(house: House) -> None:
    run = await house.run("VAIN")
    async with house.as_person("wu") as client:
        page = await client.get(f"/runs/{run}?kind=signed")
        assert page.status_code == 200 and "该流程没有符合条件的记录。" in page.text
        assert (await client.get(f"/runs/{run}?kind=x&person=y")).status_code == 200
        assert (await client.get(f"/runs/{run}?older=abc")).status_code == 422


@pytest.mark.parametrize("after", ["1", "0"])
async def test_what_is_known_already_is_not_sent_again(house: House, after: str) -> None:
    run = await house.run(f"KNOWN-{after}")
    async with house.as_person("wu") as client:
        page = (await client.get(f"/runs/{run}?step=arrival")).text
        known = re.search(r"/live\?after=(\d+)&amp;step=arrival", page)
        assert known
        assert (await client.get(f"/runs/{run}/live?after={after}&step=arrival")).status_code == 200
        with counted() as sent:
            address = f"/runs/{run}/live?after={known[1]}&step=arrival"
            assert (await client.get(address, headers={"HX-Request": "true"})).status_code == 204
        assert len(sent) <= FOR_NOTHING_NEW, sent
