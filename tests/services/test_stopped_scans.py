"""Scans of goods that were on the list when they were allocated and may not leave any longer: red at once.

A seal or the end of a batch's shelf life is told to whoever has the goods in hand, at every list that takes
goods on their way to a customer - not at the hand-over, when they are packed (GSP 85, 87, 94).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.packages_in import ContentIn, PackageIn
from services import packages, worklists
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound, gs1
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

Stop = Callable[[Outbound, UUID, TestDatabase], Awaitable[None]]


@pytest.fixture
def database(working: TestDatabase) -> TestDatabase:
    """The company at work."""
    return working


@pytest.fixture
async def outbound(database: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(database.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    yield made
    await opened.close()


async def hold(outbound: Outbound, batch: UUID, database: TestDatabase, kind: str = "quality") -> None:
    """The batch is sealed from this moment."""
    del database
    row = {"batch_id": batch, "kind": kind, "reason": "可疑", "opened_by": outbound.world.people["admin"]}
    async with outbound.world.write() as tx:
        await tx.execute(sa.insert(t.hold).values(row))
        await tx.audit("open.hold", "batch", str(batch), reason="可疑")


async def expire(outbound: Outbound, batch: UUID, database: TestDatabase) -> None:
    """The clock goes on past the last day of the batch, which is in 2099."""
    del outbound, batch
    with psycopg.connect(database.owner_url.replace("+psycopg", "")) as session:
        session.execute("UPDATE clock_setting SET drill = true, offset_seconds = %s", [73 * 366 * 86_400])


@pytest.mark.parametrize("kind", ["quality", "recall"])
async def test_what_was_sealed_after_the_review_is_red_at_packing(
    outbound: Outbound, database: TestDatabase, kind: str
) -> None:
    batch = await outbound.stock("A-01", "M1", "L1", 3)
    await outbound.begin(("M1", 3))
    code = gs1("M1", "L1", count=1)
    steps = (("pick", "he", "picked"), ("review", "feng", "passed"), ("pack", "kong", "done"))
    for step, who, outcome in steps:
        await outbound.claim(step, who)
        assert (await outbound.scan(step, who, code)).verdict == "matched"
        if step != "pack":
            await outbound.answer(step, who, 1, {}, outcome)
            await outbound.finish(step, who, outcome="done")
    await hold(outbound, batch, database, kind)
    found = await outbound.scan("pack", "kong", code)
    assert (found.verdict, found.reason_code, found.line) == ("refused", "on_hold", 1)
    assert found.message == {
        "zh": "批号 L1 已锁定，不得取用、不得发出",
        "en": "Batch L1 is on hold: do not take it, do not send it",
    }


@pytest.mark.parametrize(("stop", "reason"), [(hold, "on_hold"), (expire, "expired")])
async def test_loose_goods_are_red_at_the_review(
    outbound: Outbound, database: TestDatabase, stop: Stop, reason: str
) -> None:
    batch = await outbound.stock("A-01", "M1", "L1", 3)
    await outbound.begin(("M1", 3))
    await outbound.pick()
    await outbound.claim("review", "feng")
    await stop(outbound, batch, database)
    found = await outbound.scan("review", "feng", gs1("M1", "L1", count=3))
    assert (found.verdict, found.reason_code, found.totals.done) == ("refused", reason, 0)


@pytest.mark.parametrize(("stop", "reason"), [(hold, "on_hold"), (expire, "expired")])
async def test_a_piece_and_a_case_of_what_may_not_leave_are_red(
    outbound: Outbound, database: TestDatabase, stop: Stop, reason: str
) -> None:
    batch = await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    inside = [ContentIn(batch="M1:B1", quantity=2, serials=["S2", "S3"])]
    body = PackageIn(site="SH1", location="A-01", contents=inside)
    admin = await outbound.world.actor("admin")
    sscc = (await packages.create(outbound.world.platform, body, actor=admin)).head.sscc
    await outbound.begin(("M1", 3))
    await outbound.claim("pick", "he")
    assert (await outbound.scan("pick", "he", gs1("M1", "B1", "S1"))).verdict == "matched"
    await stop(outbound, batch, database)
    for code in (gs1("M1", "B1", "S2"), f"]C100{sscc}"):
        found = await outbound.scan("pick", "he", code)
        assert (found.verdict, found.reason_code) == ("refused", reason)
    page = await worklists.lines(
        outbound.world.platform,
        (await outbound.task("pick"))["id"],
        actor=await outbound.world.actor("he"),
        only_open=True,
    )
    assert len(page.items) == 1, "nothing that was sealed counts as picked"


async def test_a_hold_of_another_site_stops_no_scan(outbound: Outbound) -> None:
    batch = await outbound.stock("A-01", "M1", "L1", 3)
    await outbound.begin(("M1", 3))
    await outbound.claim("pick", "he")
    async with outbound.world.write() as tx:
        other = await tx.scalar(sa.select(t.site.c.id).where(t.site.c.code != "SH1").limit(1))
        row = {"batch_id": batch, "kind": "quality", "reason": "可疑", "scope_site_id": other}
        await tx.execute(sa.insert(t.hold).values(**row, opened_by=outbound.world.people["admin"]))
        await tx.audit("open.hold", "batch", str(batch), reason="可疑")
    assert (await outbound.scan("pick", "he", gs1("M1", "L1", count=1))).verdict == "matched"
