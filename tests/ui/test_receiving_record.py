"""How goods came, as an inspector asks it of the records: when, how carried, how warm, received by whom (GSP 73-80)."""

import re
from datetime import datetime
from html import unescape
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from services import documents
from services.documents import DocumentView
from tests.pdf_text import text_of
from tests.ui import cold_delivery
from tests.ui.house import House, line

SAID = {
    "承运单位": "顺丰医药",
    "车辆": "沪A12345",
    "运输方式": "冷藏（2–8 ℃）",
    "收货人员": "LI",
    "启运温度（℃）": "3.5",
    "途中最低温度（℃）": "2.9",
    "途中最高温度（℃）": "7.8",
    "到货温度（℃）": "5.2",
    "温度记录仪": "TR-0042",
    "温度记录": "way.pdf",
    "外包装": "完好",
    "到货备注": "随车记录仪",
}
PRINTED = ("启运时间", "到货时间", "启运温度：3.5℃", "到货温度：5.2℃", "TR-0042", "way.pdf", "收货人员：LI")


async def record_of(house: House, run: UUID, kind: str) -> DocumentView:
    d = t.document.c
    ref = await house.world.scalar(sa.select(d.id).where(d.run_id == run, d.kind == kind))
    return await documents.get(house.world.platform, ref, actor=await house.actor("admin"))


async def page_of(house: House, found: DocumentView) -> dict[str, str]:
    """The labels of a record's page with their values."""
    async with house.as_person("admin") as admin:
        html = (await admin.get(f"/documents/{found.document.id}")).text
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL)
    return {unescape(label): unescape(re.sub(r"<[^>]+>|\s+", " ", value)).strip() for label, value in pairs}


async def printed(house: House, found: DocumentView) -> str:
    async with house.as_person("admin") as admin:
        return text_of((await admin.get(f"/documents/{found.document.id}/note")).content)


async def test_receipt_and_acceptance_record_say_how_the_goods_came(house: House) -> None:
    run = await cold_delivery.arrived(house)
    await cold_delivery.accepted(house, run)
    k = t.task.c
    checked = await house.world.scalar(sa.select(k.closed_at).where(k.run_id == run, k.step_id == "arrival"))
    for kind in ("receipt", "acceptance_record"):
        found = await record_of(house, run, kind)
        said = await page_of(house, found)
        assert {label: said.get(label, "").split(" (")[0] for label in SAID} == SAID, kind
        assert said["到货时间"] and said["发运时间"]
        text = await printed(house, found)
        for words in (*PRINTED, "C-240513"):
            assert words in text, (kind, words)
        assert datetime.fromisoformat(found.document.header["arrived_at"]) <= checked
    [one] = (await record_of(house, run, "receipt")).lines.items
    assert one.data["manufacturer"] and one.data["holder"]


@pytest.mark.parametrize("by", ["receiver", "verdict"])
async def test_a_refused_delivery_keeps_what_the_check_found(house: House, by: str) -> None:
    if by == "receiver":
        run = await cold_delivery.arrived(house, "refused", reason="箱体破损")
    else:
        run = await cold_delivery.arrived(house, transport_mode="ambient")
    found = await record_of(house, run, "receipt")
    head = found.document.header
    assert (head["result"], head["arrival_temperature"], head["recorder"]) == ("refused", "5.2", "TR-0042")
    assert [one.printed_name for one in found.signatures] == ["LI"]
    text = await printed(house, found)
    assert "拒收" in text and "收货人员：LI" in text


async def test_a_record_of_before_says_nothing_and_is_read_all_the_same(house: House) -> None:
    """Before the check there is nothing to say; the receipt of an old run looks the same."""
    run = await house.run("1", [line(1, "M1", "240513", 40)])
    found = await record_of(house, run, "receipt")
    assert not {"arrived_at", "receiver", "transport_mode"} & set(found.document.header)
    said = await page_of(house, found)
    assert "收货人员" not in said and said["承运单位"] == "顺丰医药"
    assert "收货人员" not in await printed(house, found)


async def test_the_put_away_says_the_dates_and_not_how_the_goods_came(house: House) -> None:
    run = await house.run("1", [line(1, "M1", "240513", 40)])
    await house.arrive(run)
    await cold_delivery.accepted(house, run)
    await cold_delivery.put_away(house, run, "A-01")
    found = await record_of(house, run, "put_away")
    assert "carrier" not in found.document.header and "receiver" not in found.document.header
    [one] = found.lines.items
    assert (str(one.produced_on), str(one.expires_on)) == ("2026-05-13", "2028-11-30")
    text = await printed(house, found)
    for words in ("2028-11-30", "2026-05-13", "A-01（合格品区）", "240513"):
        assert words in text, words
    async with house.as_person("admin") as admin:
        html = (await admin.get(f"/documents/{found.document.id}")).text
    assert "2028-11-30" in html and "A-01" in html
