"""A submitted version has a change control that the engine runs: begun, told of each decision, closed."""

from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.master_data import PersonIn, PostIn
from services import change_control, persons, run_engine, sites, sop_catalogue, sop_files, submissions
from services.permissions import Permission
from services.signatures import SignatureGiven
from tests.ui.house import KEY, House, put_in_force, second_version
from tests.world import PASSWORD

SIGNED = SignatureGiven(PASSWORD)


async def control(house: House) -> dict[str, object]:
    """The newest change control, handed to the engine, with what it was owed."""
    r, s = t.run.c, t.sop.c
    query = (
        sa.select(r.id).join(t.sop, s.id == r.sop_id).where(s.key == "change_control").order_by(r.id.desc())
    )
    run_id = await house.world.scalar(query.limit(1))
    if run_id is None:
        return {}
    await run_engine.start_in_engine(house.world.platform, run_id)
    for owed in await submissions.without_verdict(house.world.platform, 0):
        await submissions.resend(house.world.platform, owed)
    (row,) = await house.world.rows(sa.select(r.state, r.outcome, r.current_steps).where(r.id == run_id))
    return dict(row)


async def test_a_review_is_followed_to_its_end(house: House) -> None:
    await second_version(house)
    assert await control(house) == {}  # no such procedure is in force
    async with house.world.write() as tx:
        for post in ("qa_specialist", "manager"):
            body = {"code": post, "name": post, "permissions": [Permission.TASK_WORK]}
            await sites.create_post_in(tx, PostIn.model_validate(body))
            holder = {"username": f"the_{post}", "name": post, "posts": [{"post": post}]}
            await persons.create_in(tx, PersonIn.model_validate(holder), None)
    await put_in_force(house.world, "change_control", staff=())
    author, admin = await house.actor("author"), await house.actor("admin")
    platform = house.world.platform
    text = sop_files.newest(KEY).text.replace("due: PT4H", "due: P2D", 1)
    row, _findings = await sop_catalogue.load_draft(platform, text, actor=author)
    await sop_catalogue.submit(platform, row.id, actor=author)
    assert (await control(house))["current_steps"] == ["assessment#1"]
    await shows_its_version(house, row.id)
    await sop_catalogue.reject(platform, row.id, reason="请补充依据", actor=admin)
    await sop_catalogue.submit(platform, row.id, actor=author)
    begun = sa.select(sa.func.count()).where(t.run.c.business_key.like(f"{row.id}/%"))
    assert await house.world.scalar(begun) == 2
    await sop_catalogue.approve(platform, row.id, signature=SIGNED, actor=admin)
    await sop_catalogue.publish(platform, row.id, signature=SIGNED, actor=admin)
    kept = sa.select(t.signal.c.name, t.signal.c.correlation_key, t.signal.c.data).order_by(t.signal.c.id)
    told = [
        (one["name"], one["correlation_key"], one["data"].get("decision"))
        for one in await house.world.rows(kept)
    ]
    assert told == [
        ("sop_decided", f"{row.id}/1", "sent_back"),
        ("sop_decided", f"{row.id}/2", "approved"),
        ("sop_published", f"{row.id}/2", None),
    ]


async def shows_its_version(house: House, version: UUID) -> None:
    """Its task and its run lead to the version by its name; who may not read procedures is shown no link."""
    task = await house.world.scalar(sa.select(t.task.c.id).where(t.task.c.step_id == "assessment"))
    run = await house.world.scalar(sa.select(t.task.c.run_id).where(t.task.c.id == task))
    named = f'href="/sops/{KEY}/versions/{version}">收货与验收'
    async with house.as_person("admin") as client:
        shown = (await client.get(f"/tasks/{task}")).text
        assert named in shown and f"/sops/{KEY}/versions/{version}/changes" in shown
        assert f"{version}/1" not in shown and f">{KEY}<" not in shown
        shown = (await client.get(f"/runs/{run}")).text
        assert named in shown and "业务编号" not in shown
    outsider = await house.actor("li")
    assert await change_control.reviewed(house.world.platform, "change_control", run, actor=outsider) is None
