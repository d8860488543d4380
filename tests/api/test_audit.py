"""The audit log by programs: filtered, page by page; who may read it at a site sees the runs of that site."""

from typing import Any
from uuid import UUID

from db import tables as t
from db.ids import new_id
from services import audit
from services.permissions import Permission
from tests.api.house_door import Door
from tests.ui.house import line


async def every(door: Door, query: str, limit: int = 3) -> list[dict[str, Any]]:
    """The log to its end, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await door.ok("admin", "GET", f"/audit?limit={limit}&{query}{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&after={page['next']}"


async def test_the_log_is_filtered_and_paged_and_each_look_is_in_it(door: Door) -> None:
    run = await door.run(line(1, "M1", "AUDIT-1", 10))
    task = await door.task(run, "arrival", claimed_by="li")
    await door.call("wang", "POST", f"/tasks/{task}/claim")
    mine = await every(door, f"run={run}&reads=hidden")
    assert len(mine) > 3 and len({one["id"] for one in mine}) == len(mine)
    assert [one["recorded_at"] for one in mine] == sorted((one["recorded_at"] for one in mine), reverse=True)
    [claimed] = await every(door, f"run={run}&action=claim.task&refused=false")
    assert (claimed["actor_name"], claimed["object_id"]) == ("LI", task)
    [refused] = await every(door, f"object_type=task&object_id={task}&refused=true&person=wang")
    assert refused["after"]["code"]
    since = claimed["recorded_at"]
    assert claimed["id"] in {one["id"] for one in await every(door, f"run={run}&since={since}")}
    assert claimed["id"] not in {one["id"] for one in await every(door, f"run={run}&until={since}")}
    key = (await door.ok("admin", "GET", f"/runs/{run}"))["business_key"]
    assert claimed["id"] in {one["id"] for one in await every(door, f"text={key}&reads=hidden")}
    looks = await every(door, "reads=only&action=read.audit", 50)
    assert any(look["after"].get("text") == key for look in looks)
    assert any(look["after"].get("further") for look in looks), "a page further on is a look as well"


async def test_an_instant_without_a_zone_and_a_strange_cursor_are_refused(door: Door) -> None:
    for query in ("since=2026-11-24T00:00:00", "after=abc", "reads=all", "limit=0"):
        answer = await door.call("admin", "GET", f"/audit?{query}")
        assert answer.status_code == 422, query


async def test_who_may_read_the_log_at_one_site_sees_what_happened_in_its_runs(door: Door) -> None:
    run = await door.run(line(1, "M1", "AUDIT-2", 10))
    for site, sees in (("SH1", True), ("UR1", False)):
        inspector = await _inspector(door, door.world.sites[site])
        page = await audit.list_events(door.world.platform, actor=inspector, limit=200)
        runs = {row.run_id for row in page.items}
        assert (run in runs, None in runs) == (sees, False)


async def _inspector(door: Door, site: UUID) -> Any:
    """Somebody whose post has the log, at one site."""
    person, post = new_id(), new_id()
    code = f"inspector-{str(person)[-6:]}"
    async with door.world.write() as tx:
        await tx.execute(t.person.insert().values(id=person, username=code, name=code, kind="person"))
        values = {
            "code": code,
            "name_zh": code,
            "name_en": code,
            "permissions": [Permission.AUDIT_READ.value],
        }
        await tx.execute(t.post.insert().values(id=post, **values))
        await tx.execute(t.post_assignment.insert().values(person_id=person, post_id=post, site_id=site))
    door.world.people[code] = person
    return await door.world.actor(code)
