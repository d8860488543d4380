"""The page of what can be administered leads nobody to a closed door."""

import re

import pytest
import sqlalchemy as sa

from db import tables as t
from services.permissions import Permission
from tests.ui.house import House


@pytest.mark.parametrize("who", ["li", "admin", "zheng"])
async def test_every_room_that_is_listed_opens(house: House, who: str) -> None:
    async with house.world.write() as tx:
        reads = sa.update(t.post).values(
            permissions=sa.func.array_append(t.post.c.permissions, Permission.MASTER_READ)
        )
        await tx.execute(reads.where(t.post.c.code.in_(["receiver", "auditor"])))
    async with house.as_person(who) as client:
        listed = set(re.findall(r'href="(/admin/[a-z]+)"', (await client.get("/admin")).text))
        statuses = {one: (await client.get(one)).status_code for one in listed}
    assert set(statuses.values()) == {200}, statuses
    assert ("/admin/keys" in listed) == (who != "li")
    assert "/admin/materials" in listed
