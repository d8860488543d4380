"""What people do with a task besides answering it, on the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Refusal
from services import task_commands, tasks
from services.signatures import SignatureGiven
from services.submissions import CommandAnswer, Pending
from services.task_commands import Wanted
from tests.procedures import definition, human, text
from tests.services.tasks.steps import open_task
from tests.world import PASSWORD, World

GIVEN = SignatureGiven(PASSWORD)
NOTE = {"note": {"type": "text", "label": text("note")}}


async def command(
    world: World, who: str, run: UUID, path: str, kind: Any, **more: Any
) -> CommandAnswer | Pending:
    task = await open_task(world, run, path)
    epoch = more.pop("epoch", task["epoch"])
    submission_id = more.pop("submission_id", None)
    wanted = Wanted(kind, epoch=epoch, reason=more.pop("reason", "because"), **more)
    return await task_commands.command(
        world.platform, task["id"], wanted, actor=await world.actor(who), submission_id=submission_id
    )


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


def in_(**delta: int) -> datetime:
    return datetime.now(UTC) + timedelta(**delta)


async def claim(world: World, who: str, run: UUID, path: str) -> None:
    task = await open_task(world, run, path)
    await tasks.claim(world.platform, task["id"], actor=await world.actor(who))


async def told(world: World, template: str) -> list[Mapping[str, Any]]:
    n = t.notification.c
    return await world.rows(sa.select(t.notification).where(n.template == template).order_by(n.id))


async def performers(world: World, run: UUID, path: str) -> set[tuple[UUID, str]]:
    task = await open_task(world, run, path)
    p = t.task_performer.c
    rows = await world.rows(sa.select(p.person_id, p.how).where(p.task_id == task["id"]))
    return {(row["person_id"], row["how"]) for row in rows}


def plain(*more: dict[str, Any], **human_more: Any) -> dict[str, Any]:
    step = human("one", form=NOTE, **human_more)
    return {**definition(step, *more, {"end": "completed"}), "sop": "plain"}
