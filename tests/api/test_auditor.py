"""An auditor at the JSON door: every call that reads, at every site; none that writes; and all of it is logged."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from ops.demo_seed import people
from services import reading_log
from tests.api.house_door import Door
from tests.api.test_every_call import GUARDED, address

AUDITOR = "zheng"
TO_WORK_WITH = {("GET", "/tasks/{task_id}/candidates")}
"""What only helps to fill in a form."""
ASKED = {call[:2] for call in GUARDED if call[2].asks}
"""What is posted and changes nothing."""


async def made_auditor(door: Door) -> None:
    """The auditor of the tests may what the auditor of the demo company may."""
    [permissions] = [post.permissions for post in people.posts() if post.code == "auditor"]
    async with door.world.write() as tx:
        await tx.execute(
            sa.update(t.post).where(t.post.c.code == "auditor").values(permissions=list(permissions))
        )


async def readings(door: Door, who: str) -> list[Mapping[str, Any]]:
    a = t.audit_event.c
    query = sa.select(a.object_id, a.after).where(
        a.action == "read.page", a.actor_id == door.world.people[who]
    )
    return await door.world.rows(query.order_by(a.recorded_at))


async def test_an_auditor_reads_every_call_that_reads_and_is_refused_by_every_one_that_writes(
    door: Door,
) -> None:
    await made_auditor(door)
    before = await door.state()
    for method, path, _access in GUARDED:
        answer = await door.call(AUDITOR, method, address(path), content=b"{}")
        if (method == "GET" and (method, path) not in TO_WORK_WITH) or (method, path) in ASKED:
            assert answer.status_code != 403, (path, answer.text)
        else:
            assert answer.status_code == 403, (method, path, answer.text)
            assert answer.json()["code"] in {"not_permitted", "reads_only", "person_required"}, path
    assert await door.state() == before


async def test_an_auditor_reads_at_every_site(door: Door) -> None:
    await made_auditor(door)
    run = await door.run()
    other = sa.update(t.run).where(t.run.c.id == run).values(site_id=door.world.sites["UR1"])
    assert (await door.call(AUDITOR, "GET", f"/runs/{run}")).status_code == 200
    assert (await door.call("far", "GET", f"/runs/{run}")).status_code == 403
    async with door.world.write() as tx:
        await tx.execute(other)
    for path in (f"/runs/{run}", f"/runs/{run}/history"):
        assert (await door.call(AUDITOR, "GET", path)).status_code == 200


async def test_what_an_auditor_reads_is_logged_and_what_others_read_if_it_is_sensitive(door: Door) -> None:
    await made_auditor(door)
    seen = len(await readings(door, AUDITOR))
    await door.ok(AUDITOR, "GET", "/stock?site=SH1")
    [read] = (await readings(door, AUDITOR))[seen:]
    assert (read["object_id"], read["after"]) == ("/api/v1/stock", {"query": "site=SH1", "why": ["auditor"]})
    run = await door.run()
    await door.ok("li", "GET", f"/runs/{run}")
    assert await readings(door, "li") == []
    await door.ok("li", "GET", f"/runs/{run}/history")
    [read] = await readings(door, "li")
    assert read["after"]["why"] == ["evidence"]
    await door.ok(AUDITOR, "GET", "/audit")
    assert len(await readings(door, AUDITOR)) == seen + 1, "it says so itself, with what was looked for"


async def test_a_machine_that_looks_again_and_again_is_logged_every_ten_minutes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, now = "machine:stock.read,audit.read", [1000.0]
    monkeypatch.setattr(reading_log, "monotonic", lambda: now[0])
    a = t.audit_event.c
    machines = sa.select(t.person.c.id).where(t.person.c.kind == "machine")
    count = sa.select(sa.func.count()).where(a.action == "read.page", a.actor_id.in_(machines))
    before = await door.world.scalar(count)
    for _ in range(3):
        await door.ok(who, "GET", "/stock")
    assert await door.world.scalar(count) == before + 1
    now[0] += reading_log.SAME_READING_S
    await door.ok(who, "GET", "/stock")
    assert await door.world.scalar(count) == before + 2
