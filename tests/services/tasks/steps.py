"""What tests of tasks do again and again: start a run, find its task, claim and complete it, read refusals."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from contracts import names
from contracts.advance import AdvanceInput
from db import tables as t
from services import runs, tasks
from services.signatures import SignatureGiven
from services.submissions import CommandAnswer, Pending
from tests.world import PASSWORD, World

EFFECT = {"action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}
SIGNED = SignatureGiven(PASSWORD)


async def started(world: World, raw: dict[str, Any], who: str = "li", **given: Any) -> UUID:
    """Publishes a definition and starts a run of it."""
    await world.publish(raw)
    found = await runs.start(
        world.platform, raw["sop"], given.pop("inputs", {}), actor=await world.actor(who), site="SH1", **given
    )
    return found.row.id


async def open_task(world: World, run: UUID, path: str) -> Mapping[str, Any]:
    [found] = await world.rows(sa.select(t.task).where(t.task.c.run_id == run, t.task.c.path == path))
    return found


async def do(
    world: World,
    who: str,
    run: UUID,
    path: str,
    outcome: str = "done",
    data: dict[str, Any] | None = None,
    *,
    claim: bool = True,
    **more: Any,
) -> CommandAnswer | Pending:
    """Claims and completes a task."""
    task, actor = await open_task(world, run, path), await world.actor(who)
    if claim:
        await tasks.claim(world.platform, task["id"], actor=actor)
    return await tasks.complete(
        world.platform, task["id"], outcome=outcome, data=data or {}, epoch=task["epoch"], actor=actor, **more
    )


async def refused_events(world: World) -> list[Mapping[str, Any]]:
    a = t.audit_event.c
    return await world.rows(sa.select(t.audit_event).where(a.refused).order_by(a.id))


async def marks(world: World) -> list[str]:
    n = t.notification.c
    rows = await world.rows(sa.select(n.title_zh).where(n.template == "probe").order_by(n.id))
    return [row["title_zh"] for row in rows]


def advance_of(run: UUID, number: int, *operations: Any) -> AdvanceInput:
    return AdvanceInput(
        workflow_id=names.workflow_id(str(run)),
        run_id=str(run),
        number=number,
        now=datetime.now(UTC),
        state="running",
        operations=list(operations),
    )


async def post_id(world: World, code: str) -> UUID:
    found: UUID = await world.scalar(sa.select(t.post.c.id).where(t.post.c.code == code))
    return found
