"""The recall room: a notice is entered, its recall started, and the page says how far it is."""

import re
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from db.queries import references
from domain.batches import PlaceKind, PostingKind, Status
from domain.master_data import PersonIn, PostIn
from domain.stock import Move, Position, Posting
from services import persons, runs, sites, tasks, worklists
from services.signatures import SignatureGiven
from tests.ui.house import House, put_in_force
from tests.world import PASSWORD

SIGNED = SignatureGiven(PASSWORD)
NOTICE = {
    "number": "ZH-2026-1",
    "site": "SH1",
    "recall_class": "I",
    "profile": "cn-drug-2022",
    "initiated_by": "holder",
    "noticed_on": "2026-11-24",
    "materials": "M1",
    "scope": "R101、R777、见附件",
    "reason": "含量不合格",
}


async def sold(house: House) -> UUID:
    """A batch on the shelf of which eight packs went to a customer."""
    world, batch = house.world, new_id()
    site = world.sites["SH1"]
    async with world.write() as tx:
        material = await tx.one(sa.select(t.material).where(t.material.c.code == "M1"))
        await tx.execute(
            sa.insert(t.batch).values(
                id=batch,
                material_id=material["id"],
                manufacturer_id=material["manufacturer_id"],
                number="R101",
                expires_on=date(2099, 1, 31),
            )
        )
        found = await references.site(tx, site)
        assert found is not None
        places = {place.code: place.location_id for place in await references.places(tx, site)}
        waiting = Position(site, places["W-01"], Status.QUARANTINE, found.legal_entity_id)
        shelf = Position(site, places["A-01"], Status.QUALIFIED, found.legal_entity_id)
        supplier, customer = await references.party(tx, "S1"), await references.party(tx, "C2")
        assert supplier is not None and customer is not None
        for kind, quantity, source, target, party in (
            (PostingKind.RECEIPT, 50, PlaceKind.SUPPLIER, waiting, supplier.id),
            (PostingKind.PUT_AWAY, 50, waiting, shelf, None),
            (PostingKind.ISSUE, 8, shelf, PlaceKind.CUSTOMER, customer.id),
        ):
            move = Move(batch, quantity, source, target, party_id=party)
            await ledger.post(tx, Posting(kind, world.people["admin"], [move]))
    return batch


async def hire(house: House) -> None:
    """The posts of a recall that the house lacks, and one who holds both."""
    posts = ("qa_specialist", "manager")
    async with house.world.write() as tx:
        known = {row["code"] for row in await tx.rows(sa.select(t.post.c.code))}
        for code in posts:
            if code not in known:
                body = {"code": code, "name": code, "permissions": ["task.work"]}
                await sites.create_post_in(tx, PostIn.model_validate(body))
    body = {
        "username": "recaller",
        "name": "召回员",
        "password": PASSWORD,
        "posts": [{"post": post} for post in posts],
    }
    admin = await house.actor("admin")
    await persons.create(house.world.platform, PersonIn.model_validate(body), actor=admin)


@pytest.fixture
async def recalling(house: House) -> tuple[House, UUID, UUID]:
    """The house with a batch that was sold, and a recall of it with its scope to be confirmed."""
    batch = await sold(house)
    await hire(house)
    for key in ("recall_consignee", "destruction", "recall"):
        await put_in_force(house.world, key, ("zhou", "li", "wu"))
    async with house.as_person("admin") as client:
        answer = await client.post("/recalls/new", data=NOTICE)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith("/runs/new?sop=recall&recall=")
    notice = await house.world.scalar(sa.select(t.document.c.id).where(t.document.c.kind == "recall"))
    admin = await house.actor("admin")
    await runs.start(house.world.platform, "recall", {"recall": str(notice)}, actor=admin)
    return house, notice, batch


async def confirm(house: House) -> None:
    """The scope, confirmed line by line by the QA manager."""
    platform, zhou = house.world.platform, await house.actor("zhou")
    run = await house.world.scalar(sa.select(t.recall.c.run_id))
    task = await house.task_of(run, "scope")
    await tasks.claim(platform, task, actor=zhou)
    page = await worklists.lines(platform, task, actor=zhou)
    for line in page.items:
        kind = line.data["kind"]
        outcome = "recalled" if kind == "batch" else "noted"
        data = {"reason": "附件无其他批号"} if kind == "unread" else {}
        await worklists.line_result(
            platform, task, line.line, result_id=new_id(), outcome=outcome, data=data, epoch=1, actor=zhou
        )
    await tasks.complete(platform, task, outcome="done", data={}, epoch=1, actor=zhou, signature=SIGNED)


async def page(house: House, address: str, who: str = "admin") -> str:
    async with house.as_person(who) as client:
        answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def table(text: str, id_: str) -> str:
    found = re.search(rf'id="{id_}"(.*?)</div>\s*</div>', text, re.DOTALL)
    assert found, f"no table {id_}"
    return re.sub(r"<[^>]+>", " ", found.group(1))


async def test_a_notice_is_entered_and_waits_in_the_list(house: House) -> None:
    async with house.as_person("admin") as client:
        wrong = await client.post("/recalls/new", data={**NOTICE, "materials": "M1 M9", "scope": ""})
        assert wrong.status_code == 422
        assert "M9" in wrong.text or "召回范围" in wrong.text
        assert (await client.post("/recalls/new", data=NOTICE)).status_code == 303
        shown = (await client.get("/recalls")).text
    assert "ZH-2026-1" in re.sub(r"<[^>]+>", "", shown) and "通知已录入，尚未启动" in shown


async def test_the_room_says_how_far_the_recall_is(recalling: tuple[House, UUID, UUID]) -> None:
    house, notice, batch = recalling
    before = await page(house, f"/recalls/{notice}")
    assert "待确认范围" in before and "尚未确认批号" in before
    await confirm(house)
    shown = await page(house, f"/recalls/{notice}")
    assert "已封存" in shown and "R101" in shown
    clocks = table(shown, "clocks")
    assert "全部单位已通知" in clocks and "药品召回管理办法" in clocks
    balance = table(shown, "balance")
    assert "乙医院" in balance and "8 盒" in balance
    silent = table(shown, "silent")
    assert "乙医院" in silent
    assert f"/recalls/{notice}" in await page(house, f"/batches/{batch}")
    run = await house.world.scalar(sa.select(t.recall.c.run_id))
    assert "/recalls/ZH-2026-1" in await page(house, f"/runs/{run}")


async def test_the_report_is_printed_and_says_what_the_room_says(recalling: tuple[House, UUID, UUID]) -> None:
    house, notice, _ = recalling
    await confirm(house)
    report = await page(house, f"/recalls/{notice}/report")
    assert "召回有效性报告" in report and "data-prints" in report
    assert "R101、R777、见附件" in report


async def test_the_scope_list_shows_what_the_notice_says(recalling: tuple[House, UUID, UUID]) -> None:
    house, _, _ = recalling
    run = await house.world.scalar(sa.select(t.recall.c.run_id))
    task = await house.task_of(run, "scope")
    zhou = await house.actor("zhou")
    await tasks.claim(house.world.platform, task, actor=zhou)
    shown = await page(house, f"/tasks/{task}/scan?line=3", "zhou")
    assert "见附件" in shown and "未能识别" in shown


async def test_who_may_not_read_documents_sees_no_room(recalling: tuple[House, UUID, UUID]) -> None:
    house, notice, _ = recalling
    async with house.as_person("sun") as client:
        assert (await client.get(f"/recalls/{notice}")).status_code == 403
    async with house.as_person("admin") as client:
        assert (await client.get("/recalls/nothing")).status_code == 404
