"""Starting a run by the pages: only what waits is offered, the order follows the advice, a mismatch starts nothing."""

import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from db import tables as t
from services import runs
from services.run_inputs import InputsInvalid
from tests.ui.house import KEY, House

FORM = "/runs/new?sop=receiving_acceptance"


async def count_runs(house: House) -> int:
    found = await house.world.scalar(sa.select(sa.func.count()).select_from(t.run))
    return int(found or 0)


async def test_an_advice_that_is_in_a_run_or_is_done_is_not_offered(house: House) -> None:
    busy = await house.delivery("BUSY")
    started = await runs.start(
        house.world.platform, KEY, {"dispatch_advice": str(busy)}, actor=await house.actor("admin")
    )
    # between the start and its first step the document itself does not say yet that it is worked on
    async with house.world.write() as tx:
        await tx.execute(sa.update(t.document).where(t.document.c.id == busy).values(state="open"))
    waiting = await house.delivery("WAITING")
    closed = await house.delivery("CLOSED")
    async with house.world.write() as tx:
        await tx.execute(sa.update(t.document).where(t.document.c.id == closed).values(state="closed"))
    async with house.as_person("admin") as client:
        page = (await client.get(FORM)).text
    assert str(waiting) in page
    assert str(busy) not in page and str(closed) not in page
    assert started.row.state == "running"


async def test_choosing_the_advice_sets_its_order(house: House) -> None:
    advice = await house.delivery("ONE")
    await house.delivery("OTHER")
    async with house.as_person("admin") as client:
        page = (await client.get(FORM)).text
        assert 'name="purchase_order"' not in page
        assert re.search(rf'value="{advice}"[^>]*>[^<]*DN-ONE[^<]*PO-ONE', page), "the advice names its order"
        answer = await client.post("/runs/new", data={"sop": KEY, "dispatch_advice": str(advice)})
    assert answer.status_code == 303, answer.text
    run = answer.headers["location"].partition("?")[0].rpartition("/")[2]
    found = await runs.get(house.world.platform, UUID(run), actor=await house.actor("admin"))
    assert found.inputs["purchase_order"]["number"] == "PO-ONE"
    assert found.row.state == "running"


async def test_an_advice_whose_order_is_not_on_record_starts_nothing_and_says_so(house: House) -> None:
    advice = await house.delivery("LONE")
    async with house.world.write() as tx:
        header = t.document.c.header.concat(sa.cast({"purchase_order": "PO-GONE"}, JSONB))
        await tx.execute(sa.update(t.document).where(t.document.c.id == advice).values(header=header))
    async with house.as_person("admin") as client:
        answer = await client.post("/runs/new", data={"sop": KEY, "dispatch_advice": str(advice)})
    assert answer.status_code == 422
    assert "PO-GONE" in answer.text
    assert await count_runs(house) == 0


async def test_an_order_that_the_advice_does_not_name_is_refused_before_the_run(house: House) -> None:
    advice, actor = await house.delivery("MINE"), await house.actor("admin")
    await house.delivery("YOURS")
    inputs = {"dispatch_advice": str(advice), "purchase_order": "PO-YOURS"}
    with pytest.raises(InputsInvalid) as refused:
        await runs.start(house.world.platform, KEY, inputs, actor=actor)
    [problem] = refused.value.fields
    assert problem.field == "inputs.purchase_order"
    assert "PO-MINE" in problem.message("en") and "PO-MINE" in problem.message("zh")
    assert await count_runs(house) == 0
    document = await house.world.scalar(sa.select(t.document.c.state).where(t.document.c.id == advice))
    assert document == "open"
