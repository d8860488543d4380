"""Actions for the tests of advances: they leave notifications, so that what happened how often can be counted."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from db import tables as t
from services import line_sets
from services.action_context import (
    ActionContext,
    ActionFunction,
    ActionOutcome,
    ActionRefused,
    Told,
    UndoFunction,
)

CHUNK = 2


async def mark(ctx: ActionContext, words: str) -> None:
    """An effect that can be counted."""
    await ctx.tx.execute(
        sa.insert(t.notification).values(
            run_id=ctx.run.id,
            person_id=ctx.actor_id,
            template="probe",
            title_zh=words,
            title_en=words,
            body_zh=ctx.path,
            body_en=ctx.path,
        )
    )


async def echo(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
    return ActionOutcome(dict(inputs))


async def effect(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
    await mark(ctx, f"did {inputs['text']}")
    return ActionOutcome({"text": inputs["text"]})


async def undo_effect(ctx: ActionContext, inputs: dict[str, Any], outputs: dict[str, Any]) -> Told | None:
    if inputs["text"] == "stuck":
        raise ActionRefused("stuck", "动不了")
    await mark(ctx, f"undid {outputs['text']}")
    if inputs["text"] != "check":
        return None
    words = f"{ctx.why}: {ctx.reason}"
    return Told("probe.check", "请检查", "look after it", words, words, "/stock")


async def refuse(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
    await mark(ctx, "must be rolled back")
    raise ActionRefused("not_today", "今天不行")


async def fail(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
    await mark(ctx, "must be rolled back")
    raise ZeroDivisionError


async def lines(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
    numbers = range(1, int(inputs["n"]) + 1)
    made = await line_sets.create(
        ctx.tx,
        ctx.run.id,
        ctx.path,
        "probe_lines",
        [(f"L{n}", {"number": n, "label": f"line {n}"}) for n in numbers],
        {"sum_number": sum(numbers)},
    )
    return ActionOutcome({"lines": made.model_dump(mode="json")})


PROBE_ACTIONS: Mapping[str, ActionFunction] = {
    "probe.echo": echo,
    "probe.effect": effect,
    "probe.fail": fail,
    "probe.lines": lines,
    "probe.refuse": refuse,
}
PROBE_UNDOS: Mapping[str, UndoFunction] = {"probe.undo_effect": undo_effect}
