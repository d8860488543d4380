"""The trace page: by a scan or a text, as picture and tables that say the same, taken along as a file."""

import io
import re
import zipfile
from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from db import tables as t
from services import trace
from services.trace import Start, Trace
from tests.pdf_text import text_of
from tests.ui.house import HOSTILE, House, gs1, line
from tests.ui.test_batch_page import sign
from ui.pages.trace_picture import MOST_NODES, picture
from ui.translation import LANGUAGES, Language, translations


async def received(house: House, number: str = "7", batch: str = "240513", material: str = "M1") -> None:
    run = await house.run(number, [line(1, material, batch, 40)])
    task = await house.task_of(run, "arrival")
    await house.arrive(run)
    if material == "M3":
        await sign(house, task, "wu")


async def get(house: House, address: str, who: str = "admin", status: int = 200, **headers: str) -> str:
    async with house.as_person(who) as client:
        answer = await client.get(address, headers=headers, follow_redirects=True)
    assert answer.status_code == status, answer.text
    return answer.text


def section(page: str, id_: str) -> str:
    found = re.search(rf'<div class="panel" id="{id_}">(.*?)</table>', page, re.DOTALL)
    assert found, f"no table {id_}"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.group(1)))


async def traced(house: House, start: Start) -> Trace:
    return await trace.trace(house.world.platform, start, actor=await house.actor("admin"))


async def test_a_batch_is_found_by_scan_and_by_text_and_every_unit_has_a_place(house: House) -> None:
    await received(house)
    for asked in ("240513", "M1:240513", gs1("M1", "240513"), "DN-7"):
        page = await get(house, f"/trace?q={quote(asked)}")
        account, places, way = (section(page, id_) for id_ in ("account", "places", "way"))
        assert "40 盒" in account.replace("\xa0", " ") and "差异" in account, asked
        assert "W-01" in places and "上海一库" in places and "待验" in places
        for said in ("甲医药", "上海一库", "收货", "收货与验收", "LI"):
            assert said in way, said
        assert "每一件都有去向" in page
        assert page.count("<polyline") == 1


async def test_what_a_text_may_mean_is_asked_and_what_nothing_has_is_said(house: House) -> None:
    await received(house)
    await received(house, "8", material="M3")
    page = await get(house, "/trace?q=240513&direction=back")
    assert "您要追溯哪一个" in page and "药品M1" in page and "药品M3" in page
    assert len(re.findall(r'href="/trace\?batch=[^"]+direction=back"', page)) == 2
    assert "您要追溯哪一个" in await get(house, "/trace?batch=240513")
    assert "甲医药" in await get(house, f"/trace?q={quote('医药')}")
    unknown = await get(house, f"/trace?q={quote(HOSTILE)}")
    assert "没有找到" in unknown and "<script>alert" not in unknown
    assert "请输入追溯对象" in await get(house, "/trace")
    assert "没有" in await get(house, "/trace?batch=none", status=404)
    assert "箱码未登记" in await get(house, "/trace?package=none", status=404)


async def test_one_steps_through_the_moments_of_a_batch(house: House) -> None:
    await received(house)
    found = await traced(house, Start(batch="M1:240513"))
    at = found.rows[0].first_at
    page = await get(
        house, f"/trace?batch={found.started.ref}&at={quote((at + timedelta(days=1)).isoformat())}"
    )
    assert "第 1 个进出时刻（共 1 个）" in page and "每一件当时在哪里" in page and "上一时刻" in page
    before = await get(house, f"/trace?batch={found.started.ref}&at=2020-01-01")
    assert "没有进出记录" in before and "请选择更晚的日期" in before
    assert 'value="2020-01-01"' in before
    assert "每一件现在在哪里" in await get(house, f"/trace?batch={found.started.ref}&at=whenever")


async def test_pages_lead_to_the_trace_and_the_menu_has_it_for_who_may_read_stock(house: House) -> None:
    await received(house)
    found = await traced(house, Start(batch="M1:240513"))
    assert f'href="/trace?batch={found.started.ref}"' in await get(house, f"/batches/{found.started.ref}")
    document = found.rows[0].document_id
    assert f'href="/trace?document={document}"' in await get(house, f"/documents/{document}")
    assert 'href="/trace"' in await get(house, "/notifications", "zheng")
    assert "40" in section(await get(house, f"/trace?document={document}", "zheng"), "account")
    assert 'href="/trace"' not in await get(house, "/notifications", "sun")
    for address in ("/trace", "/trace?q=240513", "/trace.csv?batch=240513"):
        await get(house, address, "sun", status=403)


async def test_a_trace_is_taken_along_as_a_file_and_that_is_recorded(house: House) -> None:
    await received(house)
    query = f"batch={(await traced(house, Start(batch='M1:240513'))).started.ref}"
    async with house.as_person("zheng") as client:
        csv = await client.get(f"/trace.csv?{query}")
        excel = await client.get(f"/trace.xlsx?{query}")
        pdf = await client.get(f"/trace.pdf?{query}")
        for wrong in ("/trace.csv", f"/trace.doc?{query}", "/trace.csv?batch=none"):
            assert (await client.get(wrong)).status_code == 404
    head, row = csv.content.decode("utf-8-sig").splitlines()
    assert head.startswith("时间,") and "240513" in row and ",40,盒," in row and "甲医药" in row
    with zipfile.ZipFile(io.BytesIO(excel.content)) as book:
        words = book.read("xl/sharedStrings.xml").decode()
        names = book.read("xl/workbook.xml").decode()
        numbers = book.read("xl/worksheets/sheet1.xml").decode()
    assert "甲医药" in words and "数量账" in names and "<v>40</v>" in numbers
    text = text_of(pdf.content)
    assert "240513" in text and "甲医药" in text
    a = t.audit_event.c
    rows = await house.world.rows(
        sa.select(a.actor_id, a.after).where(a.action == "export.trace").order_by(a.id)
    )
    assert [row["after"]["format"] for row in rows] == ["csv", "xlsx", "pdf"]
    assert {row["actor_id"] for row in rows} == {house.world.people["zheng"]}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_picture_says_what_the_table_says(house: House, language: Language) -> None:
    await received(house)
    found = await traced(house, Start(batch="M1:240513"))
    drawn = picture(found, translations(language))
    assert drawn is not None
    said = [words.text for box in drawn.boxes for words in box.words]
    assert "甲医药" in said and any("40" in one for one in said)
    assert {"上海一库", "Shanghai 1"} & set(said)
    for box in drawn.boxes:
        assert box.x >= 0 and box.y >= 0
        assert box.x + box.width <= drawn.width and box.y + box.height <= drawn.height
    assert len(drawn.boxes) <= MOST_NODES
