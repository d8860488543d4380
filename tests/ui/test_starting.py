"""Starting a run by the pages: only what waits is offered, the order follows the advice, a mismatch starts nothing."""

import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from db import tables as t
from domain.master_data import PersonIn, PostIn
from services import persons, runs
from services.permissions import NotPermitted
from services.run_inputs import InputsInvalid
from services.sites import create_post_in
from tests.ui.house import KEY, STAFF, House, put_in_force
from tests.world import PASSWORD

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


async def hire_starter(house: House, *sites: str) -> None:
    """Somebody who may start runs at these sites and reads everything everywhere."""
    reads = ["sop.read", "run.read", "master.read", "document.read"]
    async with house.world.write() as tx:
        for code, permissions in (("looker", reads), ("starter", ["run.start"])):
            body = {"code": code, "name": {"zh": code, "en": code}, "permissions": permissions}
            await create_post_in(tx, PostIn.model_validate(body))
    held = [{"post": "looker"}, *({"post": "starter", "site": site} for site in sites)]
    person = {"username": "starter", "name": "发起人", "password": PASSWORD, "posts": held}
    admin = await house.actor("admin")
    await persons.create(house.world.platform, PersonIn.model_validate(person), actor=admin)
    query = sa.select(t.person.c.id).where(t.person.c.username == "starter")
    house.world.people["starter"] = await house.world.scalar(query)


@pytest.mark.parametrize("sites", [("SH1",), ("SH1", "UR1"), ()])
async def test_only_sites_where_the_person_may_start_are_offered(
    house: House, sites: tuple[str, ...]
) -> None:
    await put_in_force(house.world, "stocktaking", STAFF)
    await hire_starter(house, *sites)
    advice = await house.delivery("HERE")
    async with house.as_person("starter") as client:
        if not sites:
            assert (await client.get("/runs/new?sop=stocktaking")).status_code == 403
            return
        page = (await client.get("/runs/new?sop=stocktaking")).text
        offered = set(re.findall(r'name="site" value="(\w+)"|<option value="([A-Z]+\d)"', page))
        advices = (await client.get(FORM)).text
    assert {one or other for one, other in offered} == set(sites)
    chosen = re.search(r'name="site" value="SH1" checked|value="SH1" selected', page)
    assert bool(chosen) is (sites == ("SH1",))
    assert str(advice) in advices


async def test_a_refused_start_names_the_site(house: House) -> None:
    await put_in_force(house.world, "stocktaking", STAFF)
    await hire_starter(house, "UR1")
    actor = await house.actor("starter")
    with pytest.raises(NotPermitted) as refused:
        await runs.start(house.world.platform, "stocktaking", {"site": "SH1", "kind": "full"}, actor=actor)
    name = await house.world.scalar(sa.select(t.site.c.name_zh).where(t.site.c.code == "SH1"))
    assert name in refused.value.message("zh")
    advice = await house.delivery("THERE")
    async with house.as_person("starter") as client:
        assert str(advice) not in (await client.get(FORM)).text
