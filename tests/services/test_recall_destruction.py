"""From the seal to the closing and the destruction before a witness: every unit is accounted for."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient

from db import tables as t
from db.ids import new_id
from domain.errors import Refusal
from domain.sop_progress.refusals import AlreadySigned, NotSegregated
from ops.receiving_script import pdf
from services import attachments, tasks, worklists
from tests.pdf_text import text_of
from tests.servers import TestDatabase
from tests.services.recall_runs import SIGNED, begin, called, confirm, do, sold, work
from tests.ui.house import House, open_house


@pytest.fixture
async def house(database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(database.app_url) as made:
        yield made


async def state(house: House, run: UUID) -> tuple[str, str | None]:
    (row,) = await house.world.rows(sa.select(t.run.c.state, t.run.c.outcome).where(t.run.c.id == run))
    return row["state"], row["outcome"]


async def stands(house: House, batch: UUID) -> dict[str, int]:
    """Status -> quantity of a batch in our sites."""
    b = t.balance.c
    query = sa.select(b.status, sa.func.sum(b.quantity).label("n")).group_by(b.status)
    rows = await house.world.rows(query.where(b.batch_id == batch, b.quantity > 0))
    return {row["status"]: int(row["n"]) for row in rows}


async def left(house: House, batch: UUID, kind: str) -> int:
    """What of a batch has gone to a place outside, less what came from it."""
    m = t.move.c
    signed = sa.case((m.to_kind == kind, m.quantity), (m.from_kind == kind, -m.quantity), else_=0)
    return int(await house.world.scalar(sa.select(sa.func.sum(signed)).where(m.batch_id == batch)))


async def answered(house: House, *, on_hand: int, consumed: int) -> None:
    """The one consignee confirms, answers and sends back what it has."""
    (child,) = await called(house)
    await do(house, child, "acknowledged", "recaller", "confirmed", by="药剂科", channel="phone")
    said: dict[str, Any] = {"on_hand": on_hand, "consumed": consumed, "destroyed": 0, "reason": "盘点数"}
    await work(house, child, "answer", "recaller", **said)
    await work(house, child, "returned", "li", returned_quantity=on_hand, reason="其余已使用")


async def reported(house: House, run: UUID) -> None:
    await do(house, run, "plan", "zhou", filed_with="药监局", filed_on="2026-11-25")
    await do(house, run, "report", "zhou", "last", said="全部答复")


async def destruction_of(house: House, run: UUID) -> UUID:
    """The destruction run that the recall has called."""
    r = t.run.c
    query = sa.select(r.id).join(t.sop, t.sop.c.id == r.sop_id).where(t.sop.c.key == "destruction")
    (row,) = await house.world.rows(query.where(r.called_by == run))
    found: UUID = row["id"]
    return found


async def executed(house: House, run: UUID, quantity: int) -> UUID:
    """The keeper of the warehouse destroys line by line, with a photo; the task still lacks its witness."""
    platform, wu = house.world.platform, await house.actor("wu")
    task = await house.task_of(run, "execution")
    await tasks.claim(platform, task, actor=wu)
    photo = await attachments.add(platform, pdf("销毁照片"), actor=wu, task_id=task, epoch=1)
    data: dict[str, Any] = {"method": "incineration", "photos": [str(photo.id)]}
    (line,) = (await worklists.lines(platform, task, actor=wu)).items

    async def answer(destroyed: int) -> None:
        said = {**data, "destroyed_quantity": destroyed}
        await worklists.line_result(
            platform, task, line.line, result_id=new_id(), outcome="done", data=said, epoch=1, actor=wu
        )

    with pytest.raises(Refusal):
        await answer(quantity + 1)
    await answer(quantity)
    await tasks.complete(platform, task, outcome="done", data={}, epoch=1, actor=wu, signature=SIGNED)
    return task


async def told_in_words(house: House, run: UUID) -> None:
    """Who assesses the recall is shown what was confirmed, in words: no key of a line, no quantity of words."""
    task = await house.task_of(run, "assessment")
    async with house.as_person("zhou") as zhou:
        page = (await zhou.get(f"/tasks/{task}")).text
    assert "未能识别的文字" in page and "见附件" in page and "附件无其他批号" in page
    assert "unread:" not in page and "清单 0" not in page


async def recorded(house: House) -> None:
    """The records say the seal, place by place, and the destruction with who did it and who watched."""
    async with house.as_person("admin") as admin:
        d = t.document.c
        for kind in ("recall", "destruction"):
            ref = await house.world.scalar(sa.select(d.id).where(d.kind == kind))
            page = (await admin.get(f"/documents/{ref}")).text
            text = text_of((await admin.get(f"/documents/{ref}/note")).content)
            wanted = {"recall": SEALED, "destruction": DESTROYED}[kind]
            for words in wanted["note"]:
                assert words in text, (kind, words)
            for words in wanted["page"]:
                assert words in page, (kind, words)
            lines = re.search(r'id="lines">.*?</table>', page, re.DOTALL)
            assert lines is not None
            assert ("盒" in lines[0]) is (kind == "destruction"), "a notice has no quantity"
        assert await own_stock(admin, "ZH-2026-1") == ["0", "48", "0"]


async def own_stock(admin: AsyncClient, recall: str) -> list[str]:
    """What the room says of our recall zones - still there, destroyed, sent back; its report says the same."""
    said = []
    for address in (f"/recalls/{recall}", f"/recalls/{recall}/report"):
        page = re.sub(r"<[^>]+>", " ", (await admin.get(address)).text).split("封存与平衡", maxsplit=1)[0]
        labels = ("现有召回库存", "我方已销毁", "已退回供货单位")
        said.append([re.findall(rf"{label}\s+(\d+)", page)[0] for label in labels])
    assert said[0] == said[1]
    return list(said[0])


SEALED = {
    "note": ("封存时间：20", "召回开立：20", "封存明细", "R101", "上海一库", "42", "合格42", "UTC+08:00"),
    "page": ("封存时间", "移入召回区（按原状态）", "合格 42", "42\u00a0盒"),
}
DESTROYED = {
    "note": ("监销人：监销员", "销毁时间：20", "焚烧", "上海一库", "执行销毁：WU", "监销：监销员", "48"),
    "page": ("监销人", "焚烧", "销毁地点", "上海一库", "监销员", "召回区"),
}
"""What an inspector asks of them: when, where, in which state; how, where, by whom, before whom."""


async def test_from_the_seal_to_a_witnessed_destruction_every_unit_is_accounted_for(house: House) -> None:
    batch = await sold(house)
    _, run = await begin(house)
    await confirm(house)
    assert await stands(house, batch) == {"recalled": 42}
    await answered(house, on_hand=6, consumed=1)
    await reported(house, run)
    await work(house, run, "explain", "zhou", "open")
    assert await house.world.scalar(sa.select(t.recall.c.state)) == "sealed"  # one unit is missing
    with pytest.raises(AssertionError):
        await house.task_of(run, "disposal")
    await work(house, run, "explain", "zhou", "explained", cause="lost", reason="对方盘亏一盒")
    assert await house.world.scalar(sa.select(t.recall.c.state)) == "closed"
    await work(house, run, "disposal", "zhou", "destroy")

    destroying = await destruction_of(house, run)
    await work(house, destroying, "selection", "recaller", "destroy")
    await do(house, destroying, "approval", "zhou", "approved")
    task = await executed(house, destroying, 48)
    assert await stands(house, batch) == {"recalled": 48}  # nothing is booked before the witness has signed
    platform = house.world.platform
    for own in ("wu", "recaller"):  # who destroyed, and who asked for it, are no witness
        with pytest.raises((AlreadySigned, NotSegregated)):
            await tasks.sign(platform, task, epoch=1, signature=SIGNED, actor=await house.actor(own))
    assert await stands(house, batch) == {"recalled": 48}
    await tasks.sign(platform, task, epoch=1, signature=SIGNED, actor=await house.actor("witness"))
    assert await state(house, destroying) == ("completed", "destroyed")

    await told_in_words(house, run)
    await do(house, run, "assessment", "zhou", effectiveness="effective", assessment="全部收回并销毁")
    assert await state(house, run) == ("completed", "completed")
    assert await stands(house, batch) == {}
    out = {kind: await left(house, batch, kind) for kind in ("supplier", "customer", "destroyed")}
    assert out == {"supplier": -50, "customer": 2, "destroyed": 48}
    header = await house.world.scalar(sa.select(t.document.c.header).where(t.document.c.kind == "recall"))
    await recorded(house)
    balance = header["balance"]
    assert balance["shipped"] == balance["recovered"] + balance["consumed"] + balance["explained"] == 8


async def test_a_drill_leads_to_no_destruction_and_moves_nothing(house: House) -> None:
    batch = await sold(house)
    _, run = await begin(house, number="DRILL-1")
    moves = sa.select(sa.func.count()).select_from(t.move)
    before = await house.world.scalar(moves)
    await confirm(house)
    await answered(house, on_hand=8, consumed=0)
    await reported(house, run)
    await do(house, run, "assessment", "zhou", effectiveness="effective", assessment="可召回")
    assert await state(house, run) == ("completed", "completed")
    assert await house.world.scalar(moves) == before
    assert await stands(house, batch) == {"qualified": 42}
    async with house.as_person("admin") as admin:
        assert await own_stock(admin, "DRILL-1") == ["0", "0", "0"]
    assert await house.world.scalar(sa.select(sa.func.count()).select_from(t.hold)) == 0
    keys = sa.select(sa.func.count()).select_from(t.run).join(t.sop, t.sop.c.id == t.run.c.sop_id)
    assert await house.world.scalar(keys.where(t.sop.c.key == "destruction")) == 0
