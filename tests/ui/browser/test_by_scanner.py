"""Goods that come back or arrive, by a wedge scanner alone at 360 px: keys only, from the inbox to the signature."""

import re
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from domain.documents import TransferIn
from domain.master_data import ZoneIn
from services import documents, runs, zones
from tests import goods
from tests.services import recall_runs
from tests.services.shipping import KEY, STAFF, Outbound, gs1
from tests.ui.browsing import HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import put_in_force
from tests.ui.scanner import claimed, command, finish, listed, number, one_field, scan, signed
from tests.world import POSTS, WORKER

SELLER = [*POSTS["sales"], *WORKER]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def looked_at(page: Page) -> None:
    """What must hold with a field at hand as well."""
    assert await too_wide(page) == 0
    assert await too_small(page) == []
    assert await axe(page) == []
    assert await untold(page, "zh") == []


async def started(outbound: Outbound, key: str, **inputs: Any) -> UUID:
    """A run whose tasks the next calls find."""
    platform, admin = outbound.world.platform, await outbound.world.actor("admin")
    made = await runs.start(platform, key, inputs, actor=admin)
    outbound.run = made.row.id
    return made.row.id


async def sold(street: Street) -> Outbound:
    """Five packs of 240513 and two pieces of B7 went to a customer, who sends them back."""
    world = street.house.world
    outbound = Outbound(world, street.house.engine)
    for key in (KEY, "sales_return"):
        await put_in_force(world, key, (*STAFF, "li", "wang"))
    async with world.write() as tx:
        zone = ZoneIn.model_validate(goods.zone("T", "returned", "ambient", "T-01"))
        await zones.put_zone(tx, world.sites["SH1"], zone)
        await tx.execute(sa.update(t.post).where(t.post.c.code == "sales").values(permissions=SELLER))
    await outbound.stock("A-01", "M1", "240513", 5)
    await outbound.begin(("M1", 5))
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    await started(outbound, "sales_return", shipment="CK-SO-1")
    await outbound.listed("request", "cao", "return", ({"reason": "客户订错"},))
    return outbound


async def test_what_was_sold_comes_back(street: Street) -> None:
    outbound = await sold(street)
    verdict, panel = "#verdict", "#line-panel"
    async with street.person("li", HANDHELD) as page:
        await listed(page, gs1("M1", "240513"), "退货收货")
        await scan(page, gs1("M1", "240601"))
        await expect(page.locator(verdict)).to_contain_text("批号 240601 不在本单")
        await one_field(page)
        await scan(page, gs1("M1", "240513"))
        await expect(page.locator(panel)).to_contain_text("240513")
        await command(page, "NEXT")
        await number(page, 4)
        await expect(page.locator(panel).get_by_label("实收数量")).to_have_value("4")
        await one_field(page)
        await looked_at(page)
        await command(page, "1")
        await expect(page.locator("#progress")).to_contain_text("1 / 1")
        await finish(page)
    async with street.person("wang", HANDHELD) as page:
        await listed(page, gs1("M1", "240513"), "退货验收")
        await scan(page, gs1("M1", "240513"))
        await expect(page.locator(panel)).to_contain_text("240513")
        await command(page, "2")
        await expect(page.locator(panel).get_by_role("alert")).to_contain_text("验收情况")
        await command(page, "T2")
        await expect(page.locator(panel).get_by_label("验收情况")).to_have_value("外包装破损")
        await scan(page, "A-01")
        await expect(page.locator(panel).get_by_label("上架货位")).to_have_value("A-01")
        await expect(page.locator(panel).get_by_label("验收情况")).to_have_value("外包装破损")
        await one_field(page)
        await command(page, "1")
        await expect(page.locator("#progress")).to_contain_text("1 / 1")
        await finish(page)
    assert await outbound.state() == ("completed", "returned")
    assert (await outbound.balances())["240513", "A-01", "qualified"] == 4


async def test_recalled_goods_are_taken_back(street: Street) -> None:
    house = street.house
    await recall_runs.sold(house)
    await recall_runs.begin(house)
    await recall_runs.confirm(house)
    (run,) = await recall_runs.called(house)
    await recall_runs.do(house, run, "acknowledged", "recaller", "confirmed", by="药剂科", channel="phone")
    await recall_runs.work(house, run, "answer", "recaller", on_hand=6, consumed=2, destroyed=0)
    async with street.person("li", HANDHELD) as page:
        await listed(page, gs1("M1", "R101"), "收回药品")
        panel = page.locator("#line-panel")
        await scan(page, gs1("M1", "R101"))
        await expect(panel).to_contain_text("R101")
        await number(page, 6)
        await expect(panel.get_by_label("实收数量")).to_have_value("6")
        await expect(panel.get_by_label("实收数量")).to_be_in_viewport()
        await command(page, "1")
        await expect(panel.get_by_role("alert")).to_contain_text("写明原因")
        await expect(panel.get_by_label("实收数量")).to_have_value("6")
        await command(page, "T8")
        await expect(panel.get_by_label("差异原因")).to_have_value("对方已使用或销售")
        await command(page, "1")
        await expect(page.locator("#progress")).to_contain_text("1 / 1")
        await one_field(page)
        await finish(page)
    state = await house.world.scalar(sa.select(t.run.c.outcome).where(t.run.c.id == run))
    assert state == "recovered"


async def on_its_way(street: Street) -> Outbound:
    """Twelve packs left SH1 for UR1."""
    world = street.house.world
    outbound = Outbound(world, street.house.engine)
    await put_in_force(world, "transfer", (*STAFF, "far"))
    await outbound.stock("A-02", "M1", "T240513", 12)
    line = {"line": 1, "material": "M1", "quantity": 12, "unit": "盒"}
    body = {"number": "TR-1", "site": "SH1", "to_site": "UR1", "ordered_on": "2026-11-20", "lines": [line]}
    admin = await world.actor("admin")
    moved = await documents.post(world.platform, TransferIn.model_validate(body), actor=admin)
    await started(outbound, "transfer", transfer=str(moved.document.id))
    await outbound.pick()
    await outbound.filled("load", "kong", "loaded", carrier="迅达", vehicle="沪A12345")
    return outbound


async def arrived(page: Page) -> None:
    """The check on arrival: options by their numbers, a temperature by its digits, what is wrong in words."""
    await claimed(page, "TR-1", "到货检查")
    said = page.locator("#command-said")
    await command(page, "1")
    await expect(page.locator("#task-form").get_by_role("alert")).to_contain_text("运输方式")
    await command(page, "NEXT")
    await expect(said).to_contain_text("1 常温")
    await command(page, "N9")
    await expect(said).to_contain_text("没有该序号的选项")
    await command(page, "N1")
    await expect(page.get_by_label("常温", exact=True)).to_be_checked()
    await command(page, "NEXT", "N5")
    await expect(page.locator("#draft-state")).to_contain_text("暂存")  # and the number goes on
    await command(page, "POINT", "N4")
    await expect(page.get_by_label("到货温度")).to_have_value("5.4")
    await looked_at(page)
    await command(page, "1")
    await signed(page)


async def test_a_transfer_arrives(street: Street) -> None:
    await on_its_way(street)
    async with street.person("far", HANDHELD) as page:
        await arrived(page)
        await listed(page, "TR-1", "清点到货")
        said = page.locator("#command-said")
        panel = page.locator("#line-panel")
        await command(page, "N4")
        await expect(said).to_contain_text("没有可填写的栏")
        await one_field(page)
        await command(page, "LINE")
        await expect(panel).to_contain_text("T240513")
        await number(page, 11)
        await scan(page, gs1("M1", "T240514"))
        await expect(page.locator("#verdict")).to_contain_text("T240514")
        await expect(panel.get_by_label("实收数量")).to_have_value("11")
        await scan(page, gs1("M1", "T240513"))
        await expect(page.locator("#verdict")).to_contain_text("T240513")
        await number(page, 10)
        await command(page, "NEXT")
        await scan(page, "BOX-7")
        await one_field(page)
        await command(page, "T1")
        await expect(panel.get_by_label("情况说明")).to_have_value("BOX-7；实物短少")
        await command(page, "2")
        await expect(page.locator("#progress")).to_contain_text("1 / 1")
        await one_field(page)
        await finish(page)
        await expect(page.get_by_text(re.compile("已完成：清点到货"))).to_be_visible()
