"""What is left to read: the time line, the audit log, notices, idempotency records."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Refusal
from services import audit, idempotency, notifications, tasks, timeline
from services.permissions import NotPermitted
from services.signatures import SignatureGiven
from tests.procedures import PROCEDURES
from tests.services.tasks.steps import do, open_task, started
from tests.stand_in_engine import StandInEngine
from tests.world import PASSWORD, World, two_steps


async def test_the_time_line_says_who_did_what_and_what_was_refused(world: World) -> None:
    run = await started(world, two_steps())
    task = await open_task(world, run, "one#1")
    with pytest.raises(Refusal):
        await tasks.claim(world.platform, task["id"], actor=await world.actor("wang"))
    await do(world, "li", run, "one#1", "bad", {"count": 3}, reason="外箱破损")
    lines = await timeline.run_timeline(world.platform, run, actor=await world.actor("zheng"))
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    by_kind = {line.kind: line for line in lines}
    assert by_kind["started"].actor == "LI"
    assert by_kind["refused_attempt"].refused and by_kind["refused_attempt"].actor == "WANG"
    assert by_kind["complete"].data["reason"] == "外箱破损"
    assert "bad" in by_kind["complete"].text.zh
    assert by_kind["ended"].data == {"state": "completed", "outcome": "refused"}


async def test_signatures_stand_in_the_time_line_with_name_post_and_meaning(world: World) -> None:
    run = await started(world, {**PROCEDURES["signatures"], "sop": "signed"})
    await do(world, "wang", run, "accept#1", signature=SignatureGiven(PASSWORD))
    lines = await timeline.run_timeline(world.platform, run, actor=await world.actor("zheng"))
    [signed] = [line.signature for line in lines if line.signature]
    assert (signed.printed_name, signed.post.zh, signed.meaning.zh) == ("WANG", "acceptor", "accepted")


async def test_the_time_line_is_read_with_the_engine_away(world: World, engine: StandInEngine) -> None:
    run = await started(world, two_steps())
    engine.silent = True
    auditor = await world.actor("zheng")
    assert await timeline.run_timeline(world.platform, run, actor=auditor)
    assert await timeline.raw_history(world.platform, run, actor=auditor) == []
    with pytest.raises(NotPermitted):
        await timeline.run_timeline(world.platform, run, actor=await world.actor("far"))


async def test_the_audit_log_is_searched_by_who_may_and_reading_it_is_logged(world: World) -> None:
    run = await started(world, two_steps())
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    auditor = await world.actor("zheng")
    wanted = audit.AuditFilter(action="claim.task", actor="li", run_id=run, refused=False)
    page = await audit.list_events(world.platform, actor=auditor, wanted=wanted)
    assert [(row.action, row.actor_name) for row in page.items] == [("claim.task", "LI")]
    found = await audit.list_events(
        world.platform, actor=auditor, wanted=audit.AuditFilter(text="100%_x'; DROP")
    )
    assert found.items == []
    read = await audit.list_events(
        world.platform, actor=auditor, wanted=audit.AuditFilter(action="read.audit"), limit=1
    )
    assert read.items and read.next is not None
    with pytest.raises(NotPermitted):
        await audit.list_events(world.platform, actor=await world.actor("li"))


async def test_notices_are_for_their_person_or_post_and_are_marked_read(
    world: World, engine: StandInEngine
) -> None:
    run = await started(world, {**PROCEDURES["deadlines"], "sop": "deadlines"})
    await engine.pass_time(str(run), timedelta(hours=1, minutes=5))
    li, wang, far = [await world.actor(who) for who in ("li", "wang", "far")]
    page = await notifications.list_notifications(world.platform, actor=li)
    assert [row.template for row in page.items] == ["task.reminder"]
    assert (await tasks.counts(world.platform, actor=li)).notices == 1
    for other in (wang, far):
        assert (await notifications.list_notifications(world.platform, actor=other)).items == []
        assert await notifications.mark_read(world.platform, actor=other) == 0
    assert await notifications.mark_read(world.platform, [page.items[0].id], actor=li) == 1
    assert (await tasks.counts(world.platform, actor=li)).notices == 0


async def begin(world: World, key: str = "k", body: bytes = b"1", who: str = "li") -> idempotency.Entry:
    scope: dict[str, Any] = {"method": "POST", "path": "/api/v1/runs", "key": key}
    return await idempotency.begin(world.platform, actor=await world.actor(who), body_hash=body, **scope)


async def test_a_key_gives_the_first_final_answer(world: World) -> None:
    entry = await begin(world)
    assert entry.status is None
    with pytest.raises(idempotency.InProgress):
        await begin(world)
    await idempotency.finish(world.platform, entry, status=202, response={"submission": "x"})
    again = await begin(world)
    assert (again.status, again.submission_id) == (None, entry.submission_id)
    await idempotency.finish(world.platform, again, status=201, response={"id": 1})
    await idempotency.finish(world.platform, again, status=409, response={"id": 2})
    final = await begin(world)
    assert (final.status, final.response) == (201, {"id": 1})
    with pytest.raises(idempotency.IdempotencyMismatch):
        await begin(world, body=b"2")
    assert (await begin(world, who="wang")).status is None, "another principal's key is another key"


async def test_a_fault_of_ours_is_not_remembered(world: World) -> None:
    entry = await begin(world)
    await idempotency.finish(world.platform, entry, status=500, response=None)
    assert (await begin(world)).status is None


async def test_a_call_that_died_is_taken_over_under_the_same_submission(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await begin(world)
    monkeypatch.setattr(idempotency, "ABANDONED_S", -1)
    taken = await begin(world)
    assert (taken.status, taken.submission_id) == (None, entry.submission_id)


async def test_old_keys_are_forgotten(world: World) -> None:
    await begin(world)
    async with world.write() as tx:
        await tx.execute(
            sa.update(t.idempotency).values(created_at=t.idempotency.c.created_at - timedelta(days=8))
        )
    assert await idempotency.forget_old(world.platform) == 1
