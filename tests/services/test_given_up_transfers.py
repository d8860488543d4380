"""A transfer that was given up says so: on its page, on its note, and to whoever scans its number.

That the goods left, when and why they came back, where they wait, and who has to decide.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import sqlalchemy as sa

from api.routes.documents import detail
from db import tables as t
from domain.errors import Refusal
from services import documents, tasks, transferred_batches
from services.actions import ACTIONS
from services.note_parts import Sayer
from tests.services.company import at_site, powerless
from tests.services.sales import shelve
from tests.services.test_transfers import begin, transfer
from tests.services.test_turned_round import CALLED_BACK, cancel, decide, on_the_road
from ui.contexts.parts import Empty
from ui.pages import documents as document_pages
from ui.pages import transfer_record
from ui.translation import Language, translations

if TYPE_CHECKING:
    from uuid import UUID

    from services.documents import DocumentView
    from tests.services.company import Company
    from ui.contexts.parts import Cell
    from ui.view import View


async def shown(company: Company, transfer: UUID) -> DocumentView:
    return await documents.get(company.platform, transfer, actor=company.admin)


def page(found: DocumentView, language: Language, *, may: bool = True) -> dict[str, list[list[Cell]]]:
    """Table -> rows of cells, as somebody reads them who may do everything or nothing."""
    view = cast("View", SimpleNamespace(words=translations(language), may=lambda _permission: may))
    sections = transfer_record.batch_sections(view, found)
    tables = [section.table for section in sections if section.table]
    return {one.id: [list(row.cells) for row in one.rows] for one in tables}


async def scanned(company: Company, number: str, **more: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await tasks.task_of_code(company.platform, number, actor=more.get("actor", company.admin))
    return refused.value


async def test_its_page_says_that_the_goods_left_came_back_and_wait(company: Company) -> None:
    moved, _ = await on_the_road(company)
    assert "given-up" not in page(await shown(company, moved.id), "zh")
    await cancel(moved)
    found = await shown(company, moved.id)
    for language, waits in (("zh", "等待质量锁定"), ("en", "Waits for a quality hold")):
        [row] = page(found, cast("Language", language))["given-up"]
        assert [cell.value for cell in row[1:3]] == ["B1", 10]
        assert row[3].value <= row[4].value
        assert (row[4].sub, row[5].value, row[6].value) == ("SH1 W-01", waits, CALLED_BACK)
        assert row[5].href == "/runs/new?sop=quality_hold&batch=M1:B1&site=SH1"
    [row] = page(found, "zh", may=False)["given-up"]
    assert (row[5].href, row[6].href) == ("", "")


async def test_a_hold_on_the_batch_is_named_and_what_is_decided_waits_no_more(company: Company) -> None:
    moved, batch = await on_the_road(company)
    await cancel(moved)
    async with company.write() as tx:
        run = await company.start_run(tx)
        given = {"batch": str(batch), "reason": "途中撤回"}
        await ACTIONS["quality.hold_batch"](company.context(tx, run, "lock#1"), given)
    [row] = page(await shown(company, moved.id), "zh")["given-up"]
    assert (row[5].value, row[5].href, row[5].sub) == ("质量部门调查中", f"/runs/{run.id}", "10 盒 在待验区")
    async with company.write() as tx:
        await ACTIONS["quality.release_batch"](company.context(tx, run, "release#1"), given)
    [row] = page(await shown(company, moved.id), "zh")["given-up"]
    assert (row[5].value, row[5].href) == ("质量部门已判定", "")


async def test_its_state_is_not_that_it_was_never_begun(company: Company) -> None:
    """On its page and in every list; a program reads the rows themselves."""
    begun = await begin(company, transfer("TR0"))
    moved, _ = await on_the_road(company)
    await cancel(moved)
    stopped = await begin(company, transfer("TR2"))
    await stopped.act("allocate")
    await stopped.act("stop", reason="车辆故障")
    languages: tuple[tuple[Language, list[str], str], ...] = (
        ("zh", ["未开始", "重新待办", "重新待办"], "中途撤回"),
        ("en", ["Not started", "Waits again", "Waits again"], "Given up on the road"),
    )
    rows = [(await shown(company, one.id)).document for one in (begun, moved, stopped)]
    for language, states, word in languages:
        view = cast("View", SimpleNamespace(words=translations(language)))
        table = document_pages.document_table(view, rows, "documents", Empty(""))
        assert [row.cells[4].value.word for row in table.rows] == states
        chips = document_pages.chips(view, await shown(company, moved.id))
        assert [chip.word for chip in chips] == [word]
    told = detail(await shown(company, moved.id)).model_dump(mode="json")
    [row] = told["given_up"]
    assert (row["batch_number"], row["quantity"], row["waiting"], row["site"]) == ("B1", 10, 10, "SH1")
    assert (row["reason"], row["run_id"], row["on_hold"]) == (CALLED_BACK, str(moved.run.id), False)
    assert row["left_at"] <= row["came_at"]


async def test_its_note_says_the_same(company: Company) -> None:
    moved, _ = await on_the_road(company)
    await cancel(moved)
    [table] = transferred_batches.tables(Sayer("zh", "Asia/Shanghai"), await shown(company, moved.id))
    assert table.title == "中途撤回"
    [row] = table.rows
    assert (row[1], row[3], row[6], row[7], row[8]) == ("B1", "10", "SH1 W-01", "10", CALLED_BACK)
    assert row[4].endswith("UTC+08:00")


async def test_who_is_told_reads_what_goods_and_how_many_of_which_unit(company: Company) -> None:
    moved, _ = await on_the_road(company)
    told = await cancel(moved)
    assert told is not None
    m = t.material.c
    async with company.database.read() as tx:
        row = await tx.one(sa.select(m.name_zh, m.name_en, m.base_unit).where(m.code == "M1"))
    assert f"{row['name_zh']} 批号 B1 10 {row['base_unit']} 由途中退回" in told.body_zh
    assert f"10 {row['base_unit']} of {row['name_en'] or row['name_zh']}, batch B1 came back" in told.body_en
    assert "基本单位" not in told.body_zh


async def test_whoever_scans_it_hears_that_it_was_given_up_and_where_the_goods_are(company: Company) -> None:
    moved, batch = await on_the_road(company)
    await cancel(moved)
    refused = await scanned(company, "TR1")
    assert refused.code == "transfer_given_up"
    for language, words in (("zh", ("10 盒", "SH1 W-01", "待验区")), ("en", ("SH1 W-01", "quarantine"))):
        for word in ("TR1", "B1", *words):
            assert word in refused.message(language)
    await decide(company, batch)
    assert "质量部门已作判定" in (await scanned(company, "TR1")).message("zh")


async def test_of_one_that_never_left_it_is_said_as_well(company: Company) -> None:
    moved = await begin(company)
    await shelve(company, "B1", 30)
    await moved.act("allocate")
    await cancel(moved, "allocate")
    assert "货物没有发出" in (await scanned(company, "TR1")).message("zh")


async def test_of_one_that_has_arrived_it_is_said_where_it_stays(company: Company) -> None:
    moved, _ = await on_the_road(company)
    await moved.arrive()
    await cancel(moved, "allocate")
    said = (await scanned(company, "TR1")).message("zh")
    assert "已到 UR1" in said
    assert "待验区" in said


async def test_who_may_not_see_it_and_of_one_under_way_hears_nothing_of_it(company: Company) -> None:
    moved, _ = await on_the_road(company)
    assert (await scanned(company, "TR1")).code == "not_found"
    await cancel(moved)
    other = at_site(company, moved.id)  # a site of no transfer
    for who in (other, powerless(company)):
        assert (await scanned(company, "TR1", actor=who)).code == "not_found"
