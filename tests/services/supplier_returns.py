"""A return to a supplier played through the services up to its pick, and the people whom it takes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from db import tables as t
from domain.master_data import NamedIn, PersonIn, PostIn
from services import persons, runs, sites, worklists
from services.passwords import hash_password
from tests.services.shipping import STAFF, Outbound
from tests.ui.house import put_in_force
from tests.world import PASSWORD, WORKER

PEOPLE = {"tang": ("buyer", "qa_specialist", "manager"), "shen": ("qa_specialist",)}


async def staffed(house: Outbound, key: str = "purchase_return") -> None:
    """The procedure in force, and two more people: who asks for it, and who witnesses."""
    world = house.world
    if "tang" not in world.people:
        async with world.write() as tx:
            for code, name in (("qa_specialist", "质量员"), ("manager", "经理")):
                post = {"code": code, "name": name, "permissions": WORKER}
                await sites.create_post_in(tx, PostIn.model_validate(post))
            department = NamedIn.model_validate({"code": "management", "name": "management"})
            await sites.create_named_in(tx, t.department, "department", department)
            await tx.execute(sa.update(t.post).where(t.post.c.code == "buyer").values(permissions=WORKER))
            for name, held in PEOPLE.items():
                posts = [{"post": post, "site": "SH1"} for post in held]
                body = PersonIn.model_validate({"username": name, "name": name.upper(), "posts": posts})
                world.people[name] = await persons.create_in(tx, body, await hash_password(PASSWORD))
    await put_in_force(world, key, (*STAFF, "sun", *PEOPLE))


async def returned(house: Outbound, **inputs: Any) -> None:
    """All that stands at SH1 of the supplier goes back: chosen and approved."""
    given = {"site": "SH1", "supplier": "S1", "reason": "包装缺陷", **inputs}
    admin = await house.world.actor("admin")
    house.run = (await runs.start(house.world.platform, "purchase_return", given, actor=admin)).row.id
    await house.listed("selection", "tang", "return", ({"reason": "包装缺陷"},))
    await house.filled("approval", "zhou", "approved")


async def unscanned(house: Outbound, step: str, who: str, outcome: str, **data: Any) -> None:
    """The result of line 1, without any scan."""
    task = await house.task(step)
    await worklists.line_result(
        house.world.platform,
        task["id"],
        1,
        result_id=uuid4(),
        outcome=outcome,
        data=data,
        epoch=task["epoch"],
        actor=await house.world.actor(who),
    )
