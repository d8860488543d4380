"""Runs of the whole company played again by the definition that they had: what-if rests on that being exact.

Of every shipped procedure, as people played them: sent back, cancelled, called, suspended.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from domain.sop_whatif import compare, replay
from domain.sop_whatif_record import Recorded, Usual
from services import past_runs, run_commands
from tests.services.counting import SIGNED
from tests.services.whole_company import PROCEDURES, WholeCompany

STARTED = [name for name in PROCEDURES if name != "recall_consignee"]
SENT_BACK = {
    "receiving_acceptance": (1, "sample"),
    "stocktaking": (2, "count"),
    "outbound_review": (1, "pick"),
}
"""Procedures of which a run is sent back: after so many tasks, and where to."""
NUMBERS = {"receiving_acceptance": 3, "outbound_review": 4, "stocktaking": 4, "transfer": 2, "recall": 4}
"""Which courses these procedures take in the company."""
OPEN_TASKS = """
SELECT k.id, k.run_id, coalesce(r.called_by, r.id) AS root FROM task AS k JOIN run AS r ON r.id = k.run_id
WHERE k.state IN ('open', 'claimed', 'awaiting_signature') ORDER BY k.id
"""
FINISHED = "SELECT id FROM run WHERE state IN ('completed', 'cancelled') ORDER BY id"


async def recorded_of(company: WholeCompany) -> list[Recorded]:
    """All finished runs of the company as they are recorded."""
    ids = [row["id"] for row in company.rows(FINISHED)]
    async with company.world.database.read() as tx:
        return list((await past_runs.recorded(tx, ids)).values())


def check_replays(recorded: list[Recorded], *, clocks_differ: bool = False) -> Counter[str]:
    """Each goes again as it is recorded, and the unchanged definition goes the same way; counted by procedure.

    Where the engine's clock was put ahead of the books', what came first cannot be told of every run.
    """
    found: Counter[str] = Counter()
    for one in recorded:
        walk, wrong = replay(one)
        sop = one.bundle.definition.sop
        assert not wrong, (sop, wrong, walk.halt, walk.refused, _difference(one, walk.trace))
        assert walk.refused == [] and walk.assumed == [], (sop, walk.refused, walk.assumed)
        again = compare(one, one.bundle, Usual())
        if clocks_differ and again.why == "order":
            found[f"{sop}: incomparable"] += 1
            continue
        assert again.verdict == "same", (sop, again)
        for name in type(again.before).model_fields:
            assert getattr(again.before, name) == getattr(again.after, name), (sop, name)
        found[f"{sop}: {one.state}"] += 1
    return found


def _difference(one: Recorded, trace: list[tuple[str, str]]) -> Any:
    was = Counter((effect.kind.replace("chunk", "action"), effect.path) for effect in one.effects)
    return list(was - Counter(trace)), list(Counter(trace) - was)


async def play_everything(days: Any) -> None:
    """Every procedure to its end; some runs sent back, held or cancelled on the way."""
    for procedure, tasks in (
        *(("receiving_acceptance", 1), ("outbound_review", 1)),
        *(("transfer", 1), ("transfer", 2), ("transfer", 4)),
    ):  # a transfer before it leaves, on the road, and when it has arrived
        run = await _begin(days, procedure, 4)
        await _work(days, run, tasks)
        await _command(days, run, "cancel")
    for procedure, number in (("outbound_review", 3), *((one, NUMBERS.get(one, 1)) for one in STARTED)):
        run = await _begin(days, procedure, number)
        if procedure in SENT_BACK:
            tasks, to = SENT_BACK[procedure]
            await _work(days, run, tasks)
            await _command(days, run, "send_back", to=to)
        if procedure == "quality_hold":
            await _command(days, run, "suspend")
            await _command(days, run, "resume")
        await _work(days, run, 60)


async def _begin(days: Any, procedure: str, number: int) -> UUID:
    run: UUID
    run, script = await days.begun.run(procedure, number)
    days.runs[run] = procedure, script
    return run


async def _work(days: Any, run: UUID, most: int) -> None:
    """So many tasks of a run and of what it has called, the oldest first."""
    script = days.runs[run][1]
    for _ in range(most):
        open_ = [row for row in days.company.rows(OPEN_TASKS) if row["root"] == run]
        if not open_:
            return
        shown = await days.hands.tasks_of(str(open_[0]["run_id"]))
        task = next(task for task in shown if task["id"] == str(open_[0]["id"]))
        assert await days.hands.do(task, script), days.hands.last_refusal


async def _command(days: Any, run: UUID, kind: Any, **more: Any) -> None:
    """What quality does with a run."""
    world = days.company.world
    admin = await world.actor("admin")
    await run_commands.command(
        world.platform, run, kind, reason="复核", actor=admin, signature=SIGNED, **more
    )
