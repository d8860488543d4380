"""A transfer between two sites played through the services up to its arrival, and what is read of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.documents import TransferIn
from domain.master_data import PersonIn
from services import documents, persons, runs
from services.actions import ACTIONS, UNDOS
from services.passwords import hash_password
from tests.services.shipping import STAFF, Outbound, gs1
from tests.stand_in_engine import StandInEngine
from tests.ui.house import put_in_force
from tests.world import PASSWORD, make_world

FAR_POSTS = [("acceptor", "UR1", None), ("keeper", "UR1", None), ("warehouse_manager", "UR1", None)]


async def prepared(opened: Database) -> Outbound:
    """The company with the procedure in force, and people at the other site."""
    made = Outbound(await make_world(opened, (engine := StandInEngine(opened, ACTIONS, UNDOS))), engine)
    posts = [{"post": post, "site": site, "department": where} for post, site, where in FAR_POSTS]
    body = PersonIn.model_validate({"username": "far2", "name": "FAR2", "posts": posts})
    async with made.world.write() as tx:
        made.world.people["far2"] = await persons.create_in(tx, body, await hash_password(PASSWORD))
    await put_in_force(made.world, "transfer", (*STAFF, "far", "far2"))
    return made


async def arrived(house: Outbound, quantity: int, *serials: str) -> None:
    """So many packs of M1 have left SH1, and stand before the receiver of UR1."""
    if serials:
        await house.serials("A-01", "M1", "B1", *serials)
    else:
        await house.stock("A-01", "M1", "B1", quantity)
    line = {"line": 1, "material": "M1", "quantity": quantity, "unit": "盒"}
    body = {"number": "TR-1", "site": "SH1", "to_site": "UR1", "ordered_on": "2026-11-20", "lines": [line]}
    admin = await house.world.actor("admin")
    moved = await documents.post(house.world.platform, TransferIn.model_validate(body), actor=admin)
    inputs = {"transfer": str(moved.document.id)}
    made = await runs.start(house.world.platform, "transfer", inputs, actor=await house.world.actor("cao"))
    house.run = made.row.id
    await house.claim("pick", "he")
    for serial in serials:
        await house.scan("pick", "he", gs1("M1", "B1", serial))
    if not serials:
        await house.answer("pick", "he", 1, {}, "picked")
    await house.finish("pick", "he", outcome="done")
    await house.filled("load", "kong", "loaded", carrier="迅达", vehicle="沪A1")
    await house.filled("arrival", "far", "arrived", transport_mode="ambient")
    await house.claim("count", "far")


async def differs(house: Outbound, came: int) -> None:
    """The receiver says how many came, the sending site confirms it, the goods are put away."""
    await house.answer("count", "far", 1, {"received_quantity": came, "reason": "数量不符"}, "differs")
    await house.finish("count", "far", outcome="done")
    await house.filled("difference", "wu", "confirmed", cause="miscounted", note="已核对")
    await house.listed("check", "far2", "accepted")
    await house.listed("put_away", "far2", "done", [{"location": "A-01"}])


async def told(house: Outbound) -> set[str]:
    """The messages that the run has sent."""
    n = t.notification.c
    rows = await house.world.rows(sa.select(n.template).where(n.run_id.is_not(None)))
    return {row["template"] for row in rows}


async def books(house: Outbound) -> dict[tuple[str, str], int]:
    """(site, status) -> quantity."""
    b = t.balance.c
    rows: list[Any] = list(
        await house.world.rows(
            sa.select(t.site.c.code, b.status, sa.func.sum(b.quantity).label("quantity"))
            .join(t.site, t.site.c.id == b.site_id)
            .where(b.quantity > 0)
            .group_by(t.site.c.code, b.status)
        )
    )
    return {(row["code"], row["status"]): int(row["quantity"]) for row in rows}
