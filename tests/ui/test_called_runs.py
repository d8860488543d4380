"""The page of a run shows whom it has called and how they stand, and the way back from there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from api.routes.runs import detail
from db import tables as t
from services import runs
from services.permissions import Permission
from tests.procedures import CALL, ERRAND, definition, human, text
from tests.services.tasks.steps import do
from tests.ui.house import House

SECOND: dict[str, Any] = {**CALL, "id": "second"}
BOTH = {"id": "both", "parallel": {"branches": {"l": [CALL], "r": [SECOND]}}}
CALLER = {
    **definition(BOTH, human("last"), {"end": "completed"}),
    "sop": "caller",
    "title": {"zh": "派单", "en": "Dispatching"},
    "subject": "'DISPATCH-1'",
}
CALLED = {**ERRAND, "title": {"zh": "跑腿", "en": "An errand"}, "subject": "'ERRAND-7'"}


async def started(house: House) -> tuple[UUID, list[UUID]]:
    await house.world.publish(CALLED)
    await house.world.publish(CALLER)
    platform, li = house.world.platform, await house.actor("li")
    run = (await runs.start(platform, "caller", {}, actor=li, site="SH1")).row.id
    r = t.run.c
    rows = await house.world.rows(sa.select(r.id).where(r.called_by == run).order_by(r.call_path))
    return run, [row["id"] for row in rows]


async def test_the_page_of_a_caller_lists_its_runs_and_theirs_leads_back(house: House) -> None:
    run, errands = await started(house)
    await do(house.world, "li", errands[0], "go#1", "lost")
    async with house.as_person("admin") as admin:
        page = (await admin.get(f"/runs/{run}")).text
        listed = (await admin.get(f"/runs?called_by={run}")).text
        below = (await admin.get(f"/runs/{errands[1]}")).text
    assert "发起的流程：共 2 个，1 个未结束" in page
    for errand in errands:
        assert f'href="/runs/{errand}"' in page
        assert f'href="/runs/{errand}"' in listed
    assert f'href="/runs/{run}"' not in listed
    assert "ERRAND-7" in page and "发起 1 个流程" in page
    assert f'href="/runs/{run}"' in below and "派单 DISPATCH-1" in below and "调用方" in below


async def test_a_run_that_calls_nobody_says_nothing_of_it(house: House) -> None:
    await house.world.publish(
        {**definition(human("x"), {"end": "y"}), "sop": "plain", "title": text("plain")}
    )
    li = await house.actor("li")
    run = (await runs.start(house.world.platform, "plain", {}, actor=li, site="SH1")).row.id
    async with house.as_person("admin") as admin:
        page = (await admin.get(f"/runs/{run}")).text
    assert "发起的流程" not in page and "调用方" not in page


async def test_the_api_links_caller_and_called(house: House) -> None:
    run, errands = await started(house)
    admin = await house.actor("admin")
    above = detail(await runs.get(house.world.platform, run, actor=admin)).model_dump(mode="json")
    assert [one["id"] for one in above["called"]] == [str(errand) for errand in errands]
    assert above["called_states"] == {"running": 2}
    assert above["links"]["called"] == f"/api/v1/runs?called_by={run}"
    below = detail(await runs.get(house.world.platform, errands[0], actor=admin)).model_dump(mode="json")
    assert below["links"]["caller"] == f"/api/v1/runs/{run}"
    assert (below["called_by"], below["call_path"], below["called"]) == (str(run), "both#1.l.errand#1", [])
    found = await runs.list_runs(house.world.platform, actor=admin, called_by=run)
    assert {row.id for row in found.items} == set(errands)
    assert all(row.call_path and row.called_by == run for row in found.items)


async def test_who_may_not_read_a_called_runs_site_does_not_see_it_there(house: House) -> None:
    elsewhere = {**CALLED, "scope": {"site": "'UR1'", "department": "'warehouse'"}}
    await house.world.publish(elsewhere)
    await house.world.publish(CALLER)
    platform, li = house.world.platform, await house.actor("li")
    assert li.may(Permission.RUN_READ, house.world.sites["SH1"])
    run = (await runs.start(platform, "caller", {}, actor=li, site="SH1")).row.id
    view = await runs.get(platform, run, actor=li)
    assert (view.called, view.called_states) == ([], {"running": 2})
    async with house.as_person("li") as person:
        page = (await person.get(f"/runs/{run}")).text
    assert "没有您可查看的流程" in page
