"""What-if in the browser: past runs by a changed draft, batch by batch; which go another way, and one of them."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from domain.errors import NotFound
from services import sop_editing, sop_files, sop_whatif
from services.permissions import NotPermitted, Permission
from services.sop_whatif import Wanted
from tests.ui.cold_delivery import accepted, arrived, put_away
from tests.ui.house import KEY, House

STRICTER = (
    "cold_chain.verdict == 'excursion'",
    "cold_chain.verdict == 'excursion' || arrival.outcome == 'received'",
)


async def draft(house: House, old: str = "", new: str = "") -> UUID:
    """A draft of the author's, the shipped procedure with some words changed."""
    text = sop_files.newest(KEY).text
    assert old in text
    author = await house.actor("author")
    row = await sop_editing.begin(house.world.platform, text.replace(old, new, 1), actor=author)
    return row.id


async def played(house: House) -> list[UUID]:
    """Three finished runs: put away, refused on arrival, refused because the goods came warm."""
    stored = await arrived(house)
    await accepted(house, stored)
    await put_away(house, stored, "C-01")
    damaged = await arrived(house, "refused", "2", reason="封条破损")
    warm = {"transport_mode": "ambient", "temperature": "24.0", "lowest": "20.0", "highest": "26.0"}
    return [stored, damaged, await arrived(house, "received", "3", **warm)]


async def to_the_end(client: httpx.AsyncClient, address: str) -> tuple[str, list[str]]:
    """Posts batch after batch as HTMX does; the last part, and all runs that were listed."""
    page = (await client.get(f"{address}?most=50")).text
    listed = re.findall(r'<li class="of-(\w+)"', page)
    while state := re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form_in(page)):
        fields = {name: value.replace("&#34;", '"') for name, value in state}
        answer = await client.post(address, data=fields, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.text
        page = answer.text
        listed += re.findall(r'<li class="of-(\w+)"', page)
    return page, listed


def form_in(page: str) -> str:
    found = re.search(r'<form method="post"[^>]*what-if".*?</form>', page, re.DOTALL)
    return found.group(0) if found else ""


async def test_past_runs_are_tried_in_batches_and_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = f"/sops/{KEY}/versions/1/what-if"
    async with house.as_person("author") as client:
        assert "无可推演" in (await client.get(f"{empty}?most=50")).text
        runs = await played(house)
        monkeypatch.setattr(sop_whatif, "AT_ONCE", 2)
        page, listed = await to_the_end(client, empty)
        assert "已按此版本推演 3 个流程" in page and "可比较的流程走法都不变" in page
        assert listed == []
        ref = await draft(house, *STRICTER)
        address = f"/sops/{KEY}/versions/{ref}/what-if"
        assert f'href="{address}"' in (await client.get(f"/sops/{KEY}/versions/{ref}")).text
        page, listed = await to_the_end(client, address)
        assert "其中 1 个走法会改变" in page
        assert listed == ["other"]
        assert "“超温处置决定”：当时没有此步骤的记录" in page.replace("&#34;", '"')
        marked = dict(re.findall(r'<g class="node is-\w+ mark-(\w+)"><title>([^<·]+)', page))
        assert marked["added"].strip() in {"锁定全部批号", "通知质量部门", "超温处置决定", "解除锁定"}
        one = (await client.get(f"{address}/runs/{runs[0]}")).text
        assert "从“是否超温”起走法不同" in one
        assert one.count('class="chart-view"') == 2
        assert (await client.get(f"{address}/runs/{ref}")).status_code == 404
        ref = await draft(house, "max: '60'", "max: '20'")
        page, listed = await to_the_end(client, f"/sops/{KEY}/versions/{ref}/what-if")
        assert listed == ["refused"]
        assert "“到货检查”的“到货温度”：应在 -80 至 20 之间" in page


async def test_nonsense_is_refused_and_only_runs_that_one_may_read_are_tried(house: House) -> None:
    [stored, *_] = await played(house)
    address = f"/sops/{KEY}/versions/1/what-if"
    async with house.as_person("author") as client:
        stale = await client.post(
            address, data={"most": "50", "sha256": "0" * 64, "tally": "{}", "after": "x"}
        )
        assert (stale.status_code, "请重新开始" in stale.text) == (409, True)
        assert (await client.get(f"{address}?most=50&since=yesterday")).status_code == 422
        assert (await client.get(f"{address}?most=50&since=2099-01-01")).status_code == 200
        ref = await draft(house, "    post: receiver\n", "    post: nobody_at_all\n")
        answer = await client.get(f"/sops/{KEY}/versions/{ref}/what-if?most=50")
        assert "改正后才能推演" in answer.text
    async with house.as_person("li") as client:
        assert (await client.get(address)).status_code == 403
    platform, author = house.world.platform, await house.actor("author")
    looked = await sop_whatif.look(platform, KEY, 1, Wanted(), actor=author)
    assert (looked.found, len(looked.runs), looked.after) == (3, 3, None)
    assert {run.result.verdict for run in looked.runs} == {"same"}
    assert (await sop_whatif.look(platform, KEY, 1, Wanted(most=2), actor=author)).found == 2
    assert (await sop_whatif.look(platform, KEY, 1, Wanted(site="UR1"), actor=author)).found == 0
    held = replace(author.assignments[0], site_id=house.world.sites["UR1"])
    elsewhere = replace(author, assignments=(held,))
    assert (await sop_whatif.look(platform, KEY, 1, Wanted(), actor=elsewhere)).found == 0
    with pytest.raises(NotFound):
        await sop_whatif.one(platform, KEY, 1, stored, actor=elsewhere)
    may = author.permissions - {Permission.RUN_READ}
    blind = replace(author, permissions=may, assignments=(replace(held, permissions=frozenset(may)),))
    with pytest.raises(NotPermitted):
        await sop_whatif.look(platform, KEY, 1, Wanted(), actor=blind)
