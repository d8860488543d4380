"""A recall played through the services in a house: a batch that was sold, a notice, a run, its people."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from db.queries import references
from domain.batches import PlaceKind, PostingKind, Status
from domain.master_data import PersonIn, PostIn, ZoneIn
from domain.recall import RecallIn
from domain.stock import Move, Position, Posting
from services import persons, recall_notice, runs, sites, tasks, worklists, zones
from services.signatures import SignatureGiven
from tests import goods
from tests.ui.house import House, put_in_force
from tests.world import PASSWORD

SIGNED = SignatureGiven(PASSWORD)
STAFF = ("zhou", "li", "wu", "recaller", "witness")
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
        zone = ZoneIn.model_validate(goods.zone("Z", "recalled", "ambient", "Z-01"))
        await zones.put_zone(tx, site, zone)
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
    """The posts of a recall that the house lacks, one who holds both, and a witness of what is destroyed."""
    posts = ("qa_specialist", "manager")
    async with house.world.write() as tx:
        known = {row["code"] for row in await tx.rows(sa.select(t.post.c.code))}
        for code in posts:
            if code not in known:
                body = {"code": code, "name": code, "permissions": ["task.work"]}
                await sites.create_post_in(tx, PostIn.model_validate(body))
    admin = await house.actor("admin")
    for username, name, held in (("recaller", "召回员", posts), ("witness", "监销员", posts[:1])):
        person = {"username": username, "name": name, "password": PASSWORD}
        made = PersonIn.model_validate({**person, "posts": [{"post": post} for post in held]})
        await persons.create(house.world.platform, made, actor=admin)
        found = await house.world.scalar(sa.select(t.person.c.id).where(t.person.c.username == username))
        house.world.people[username] = found


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


async def begin(house: House, **more: Any) -> tuple[UUID, UUID]:
    """People, procedures in force, the notice and its run; notice and run."""
    await hire(house)
    for key in ("recall_consignee", "destruction", "recall"):
        await put_in_force(house.world, key, STAFF)
    admin = await house.actor("admin")
    body = RecallIn.model_validate({**NOTICE, "materials": ["M1"], **more})
    notice = await recall_notice.post(house.world.platform, body, actor=admin)
    drill = {"drill": True} if more.get("number", "").startswith("DRILL") else {}
    made = await runs.start(house.world.platform, "recall", {"recall": str(notice.id), **drill}, actor=admin)
    return notice.id, made.row.id


async def called(house: House) -> list[UUID]:
    """The runs of consignees, in the order in which they were called."""
    r, s = t.run.c, t.sop.c
    rows = await house.world.rows(
        sa.select(r.id).join(t.sop, s.id == r.sop_id).where(s.key == "recall_consignee").order_by(r.id)
    )
    return [row["id"] for row in rows]


async def do(house: House, run: UUID, step: str, who: str, outcome: str = "done", **data: Any) -> None:
    """A form, filled in and signed."""
    task, actor = await house.task_of(run, step), await house.actor(who)
    await tasks.claim(house.world.platform, task, actor=actor)
    await tasks.complete(
        house.world.platform, task, outcome=outcome, data=data, epoch=1, actor=actor, signature=SIGNED
    )


async def work(house: House, run: UUID, step: str, who: str, outcome: str = "done", **data: Any) -> None:
    """A work list: every line gets the same, then it is signed."""
    platform, actor = house.world.platform, await house.actor(who)
    task = await house.task_of(run, step)
    await tasks.claim(platform, task, actor=actor)
    for line in (await worklists.lines(platform, task, actor=actor)).items:
        await worklists.line_result(
            platform, task, line.line, result_id=new_id(), outcome=outcome, data=data, epoch=1, actor=actor
        )
    await tasks.complete(platform, task, outcome="done", data={}, epoch=1, actor=actor, signature=SIGNED)
