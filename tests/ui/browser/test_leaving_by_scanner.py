"""Goods that leave for good, by a wedge scanner alone at 360 px: whole cases to the supplier, rejected goods destroyed."""

from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import FilePayload, Page, expect

from db import tables as t
from domain.batches import PlaceKind
from domain.packages_in import ContentIn, PackageIn
from services import packages, runs
from tests.services.shipping import Outbound, gs1
from tests.services.supplier_returns import staffed
from tests.ui.browsing import HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.scanner import claimed, command, finish, listed, number, one_field, scan, signed
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def looked_at(page: Page) -> None:
    """What must hold with a field at hand as well."""
    assert await too_wide(page) == 0
    assert await too_small(page) == []
    assert await axe(page) == []
    assert await untold(page, "zh") == []


async def prepared(street: Street, key: str) -> Outbound:
    """The procedure in force, and its people."""
    outbound = Outbound(street.house.world, street.house.engine)
    await staffed(outbound, key)
    return outbound


async def started(outbound: Outbound, key: str, **inputs: Any) -> None:
    made = await runs.start(outbound.world.platform, key, inputs, actor=await outbound.world.actor("admin"))
    outbound.run = made.row.id


async def case(outbound: Outbound, batch: str, quantity: int, location: str = "A-01") -> str:
    """A closed case at a place; its SSCC."""
    body = PackageIn(
        site="SH1", location=location, contents=[ContentIn(batch=f"M1:{batch}", quantity=quantity)]
    )
    admin = await outbound.world.actor("admin")
    return (await packages.create(outbound.world.platform, body, actor=admin)).head.sscc


async def going_back(street: Street) -> tuple[Outbound, list[str]]:
    """Thirty packs in two cases go back to their supplier: chosen and approved."""
    outbound = await prepared(street, "purchase_return")
    await outbound.stock("A-01", "M1", "240513", 30)
    cases = [await case(outbound, "240513", quantity) for quantity in (20, 10)]
    await started(outbound, "purchase_return", site="SH1", supplier="S1", reason="供货单位召回包装")
    await outbound.listed("selection", "tang", "return", ({"reason": "包装缺陷"},))
    await outbound.filled("approval", "zhou", "approved")
    return outbound, cases


async def test_whole_cases_go_back_to_the_supplier(street: Street) -> None:
    outbound, (large, small) = await going_back(street)
    verdict, progress = "#verdict", "#progress"
    async with street.person("sun", HANDHELD) as page:
        await listed(page, f"]C100{large}", "退货拣货")
        await scan(page, f"]C100{large}")
        await expect(page.locator(verdict)).to_contain_text("20")
        await expect(page.locator(progress)).to_contain_text("0 / 1")
        await one_field(page)
        await looked_at(page)
        await scan(page, f"]C100{large}")
        await expect(page.locator(verdict)).to_contain_text("已扫描")
        await scan(page, "]C100106141412345678908")
        await expect(page.locator(verdict)).to_contain_text("未登记")
        await scan(page, f"]C100{small}")
        await expect(page.locator(progress)).to_contain_text("1 / 1")  # scanned in full, it is picked
        await finish(page)
    async with street.person("wu", HANDHELD) as page:
        await claimed(page, f"]C100{small}", "复核与交运")
        await command(page, "NEXT")
        await scan(page, "顺风物流")
        await scan(page, "沪A00001")
        await expect(page.get_by_label("承运单位")).to_have_value("顺风物流")
        await expect(page.get_by_label("车号")).to_have_value("沪A00001")
        await looked_at(page)
        await command(page, "1")
        await signed(page)
    assert await outbound.state() == ("completed", "returned")
    assert ("240513", "A-01", "qualified") not in await outbound.balances()
    states = await outbound.world.rows(
        sa.select(t.package.c.state).where(t.package.c.sscc.in_((large, small)))
    )
    assert [row["state"] for row in states] == ["shipped", "shipped"]


async def test_pieces_that_were_not_all_scanned_are_not_picked(street: Street) -> None:
    outbound = await prepared(street, "purchase_return")
    await outbound.serials("A-01", "M1", "240701", "P1", "P2")
    inputs = {"site": "SH1", "supplier": "S1", "batch": "M1:240701", "reason": "包装缺陷"}
    await started(outbound, "purchase_return", **inputs)
    await outbound.listed("selection", "tang", "return", ({"reason": "包装缺陷"},))
    await outbound.filled("approval", "zhou", "approved")
    async with street.person("sun", HANDHELD) as page:
        await listed(page, gs1("M1", "240701", "P1"), "退货拣货")
        await scan(page, gs1("M1", "240701", "P1"))
        await expect(page.locator("#verdict")).to_contain_text("正确")
        await command(page, "1")
        await expect(page.locator("#line-panel")).to_contain_text("须扫描 2 件，已扫描 1 件")
        await expect(page.locator("#progress")).to_contain_text("0 / 1")
        await scan(page, gs1("M1", "240701", "P2"))
        await expect(page.locator("#progress")).to_contain_text("1 / 1")


async def rejected(street: Street) -> tuple[Outbound, str]:
    """Six rejected packs in a case, of which the destruction is asked for."""
    outbound = await prepared(street, "destruction")
    batch = await outbound.batch("M1", "240601")
    waiting = await outbound.place("W-01", "quarantine")
    await outbound.post("receipt", batch, 6, PlaceKind.SUPPLIER, waiting)
    await outbound.post("put_away", batch, 6, waiting, await outbound.place("R-01", "rejected"))
    await started(outbound, "destruction", site="SH1", reason="外包装破损")
    return outbound, await case(outbound, "240601", 6, "R-01")


async def asked_for(page: Page, label: str) -> None:
    """What is to be destroyed is chosen by its label."""
    await listed(page, label, "选定销毁明细")
    await scan(page, label)
    await expect(page.locator("#line-panel")).to_contain_text("240601")
    await looked_at(page)
    await command(page, "1")
    await expect(page.locator("#progress")).to_contain_text("1 / 1")
    await finish(page)


async def destroyed(page: Page, label: str, sscc: str) -> None:
    """Place, label, way, photo, quantity; another quantity than was ordered is not taken."""
    await listed(page, label, "监督销毁")
    panel = page.locator("#line-panel")
    await scan(page, gs1("M1", "240513"))
    await expect(page.locator("#verdict")).to_contain_text("240513")
    await scan(page, "R-01", f"]C100{sscc}")
    await expect(panel).to_contain_text("240601")
    await command(page, "NEXT", "N1")
    async with page.expect_file_chooser() as chosen:
        await command(page, "PHOTO")
    await (await chosen.value).set_files(FilePayload(name="burnt.png", mimeType="image/png", buffer=photo()))
    await expect(panel).to_contain_text("burnt.png")
    await command(page, "NEXT", "NEXT", "NEXT")
    await expect(page.locator("#command-said")).to_contain_text("实际销毁数量")
    await number(page, 5)
    await command(page, "1")
    await expect(panel.get_by_role("alert")).to_contain_text("与销毁单一致")
    await command(page, "ERASE")
    await number(page, 6)
    await looked_at(page)
    await command(page, "1")
    await expect(page.locator("#progress")).to_contain_text("1 / 1")
    await command(page, "GO")
    await expect(page.locator("#task-form")).to_be_visible()
    await command(page, "1")
    await password(page)
    await expect(page.get_by_text("待签名", exact=True).first).to_be_visible()


async def password(page: Page) -> None:
    """The one thing that is typed."""
    await expect(page.get_by_role("dialog").get_by_label("请再次输入密码")).to_be_focused()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")


async def test_rejected_goods_are_destroyed_by_their_labels(street: Street) -> None:
    outbound, sscc = await rejected(street)
    label = gs1("M1", "240601")
    async with street.person("tang", HANDHELD) as page:
        await asked_for(page, label)
    await outbound.filled("approval", "zhou", "approved")
    async with street.person("wu", HANDHELD) as page:
        await destroyed(page, label, sscc)
    async with street.person("shen", HANDHELD) as page:
        await page.goto("/inbox")
        await scan(page, label)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("监督销毁")
        await looked_at(page)
        await command(page, "1")
        await signed(page)
    assert await outbound.state() == ("completed", "destroyed")
    assert (
        await outbound.world.scalar(sa.select(t.package.c.state).where(t.package.c.sscc == sscc))
        == "dissolved"
    )


def photo() -> bytes:
    """The smallest picture."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6300010000"
        "0500010d0a2db40000000049454e44ae426082"
    )
