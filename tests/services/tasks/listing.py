"""A work list over three batches, and what people do on it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from services import line_sets, tasks, worklists
from services.action_context import ActionContext, ActionOutcome
from services.scanning import ScanAnswer
from services.submissions import CommandAnswer
from tests.procedures import definition, human, text
from tests.services.tasks.probes import PROBE_ACTIONS
from tests.services.tasks.steps import do, open_task, started
from tests.stand_in_engine import StandInEngine
from tests.world import GTINS, World

GS = "\x1d"
BATCHES = [("M1", "240513", 40), ("M1", "240514", 10), ("M2", "B-7", 3)]


async def goods(ctx: ActionContext, inputs: dict[str, Any]) -> ActionOutcome:
    lines = [
        (
            f"{material}:{batch}",
            {
                "material": material,
                "material_name": f"药品{material}",
                "batch_number": batch,
                "expires_on": "2028-05-31",
                "quantity": quantity,
                "storage_class": "refrigerated" if material == "M2" else "ambient",
                "special_control": False,
                "serials": ["SN1", "SN2"] if material == "M2" else [],
            },
        )
        for material, batch, quantity in BATCHES
    ]
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "goods", lines, {"any_cold": True})
    return ActionOutcome({"lines": made.model_dump(mode="json")})


def receiving(**work: Any) -> dict[str, Any]:
    outcomes = {
        "accepted": {"label": text("accepted")},
        "rejected": {"label": text("rejected"), "reason": "required"},
    }
    form = {
        "accepted_quantity": {"type": "integer", "label": text("quantity"), "required": True, "min": 0},
        "note": {"type": "text", "label": text("note")},
    }
    lines = {"of": "make.lines", "scan": True, "form": form, "outcomes": outcomes, **work}
    return {
        **definition(
            human("first"),
            {"id": "make", "action": "probe.lines", "with": {"n": "3"}},
            human("check", "acceptor", separate_from=["first"], lines=lines),
            human("after"),
            {"end": "completed"},
        ),
        "sop": "goods",
    }


async def on_list(world: World, engine: StandInEngine, **work: Any) -> tuple[UUID, Mapping[str, Any]]:
    engine.actions = {**PROBE_ACTIONS, "probe.lines": goods}
    run = await started(world, receiving(**work))
    await do(world, "li", run, "first#1")
    task = await open_task(world, run, "check#1")
    await tasks.claim(world.platform, task["id"], actor=await world.actor("wang"))
    return run, task


def gs1(material: str, batch: str | None = None, expires: str = "280531", more: str = "") -> str:
    said = f"01{GTINS[material].zfill(14)}17{expires}"
    return f"]d2{said}{f'10{batch}' if batch else ''}{GS + more if more else ''}"


async def scan(world: World, task: Mapping[str, Any], code: str, **more: Any) -> ScanAnswer:
    given: dict[str, Any] = {"scan_id": uuid4(), "epoch": 1, **more}
    actor = await world.actor(given.pop("who", "wang"))
    return await worklists.scan(world.platform, task["id"], code=code, actor=actor, **given)


async def answer(
    world: World, task: Mapping[str, Any], line: int, outcome: str = "accepted", **more: Any
) -> Any:
    given: dict[str, Any] = {"result_id": uuid4(), "data": {"accepted_quantity": 3}, "epoch": 1, **more}
    actor = await world.actor(given.pop("who", "wang"))
    return await worklists.line_result(
        world.platform, task["id"], line, outcome=outcome, actor=actor, **given
    )


async def finish(world: World, listed: tuple[UUID, Any]) -> CommandAnswer:
    run, task = listed
    for line in (1, 2, 3):
        await answer(world, task, line, data={"accepted_quantity": line})
    found = await do(world, "wang", run, "check#1", "done", claim=False)
    assert isinstance(found, CommandAnswer)
    return found
