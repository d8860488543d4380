"""Segregation inside a for_each: the same line counts, unless the step says `across: all`."""

from typing import Any
from uuid import uuid4

import pytest

from contracts import names
from contracts.commands import CompleteTask
from domain.sop_progress.refusals import NotSegregated
from engine.gateway import Rejected
from services import tasks
from tests.procedures import LINES, definition, human
from tests.services.tasks.steps import do, open_task, started
from tests.world import World


def looped(**more: Any) -> dict[str, Any]:
    steps = [human("check"), human("verify", "acceptor", separate_from=["check", "before"], **more)]
    return {
        **definition(
            human("before"),
            {**LINES, "with": {"n": "3"}},
            {"id": "each", "for_each": {"lines": "make.lines", "steps": steps}},
            {"end": "completed"},
        ),
        "sop": "looped",
    }


async def test_who_checked_one_line_may_verify_another(world: World) -> None:
    run = await started(world, looped())
    await do(world, "li", run, "before#1")
    await do(world, "qian", run, "each#1[1].check#1")
    verify = await open_task(world, run, "each#1[1].verify#1")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, verify["id"], actor=await world.actor("qian"))
    await do(world, "wang", run, "each#1[1].verify#1")
    await do(world, "li", run, "each#1[2].check#1")
    await do(world, "qian", run, "each#1[2].verify#1")


async def test_a_step_before_the_loop_counts_for_every_line(world: World) -> None:
    run = await started(world, looped())
    await do(world, "qian", run, "before#1")
    await do(world, "li", run, "each#1[1].check#1")
    verify = await open_task(world, run, "each#1[1].verify#1")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, verify["id"], actor=await world.actor("qian"))


async def test_across_all_lines_means_all(world: World) -> None:
    run = await started(world, looped(across="all"))
    await do(world, "li", run, "before#1")
    await do(world, "qian", run, "each#1[1].check#1")
    await do(world, "wang", run, "each#1[1].verify#1")
    await do(world, "li", run, "each#1[2].check#1")
    verify = await open_task(world, run, "each#1[2].verify#1")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, verify["id"], actor=await world.actor("qian"))


async def test_other_branches_count_as_well(world: World) -> None:
    branches = {"left": [human("a"), human("later")], "right": [human("b", separate_from=["a"])]}
    raw = {
        **definition({"id": "both", "parallel": {"branches": branches}}, {"end": "completed"}),
        "sop": "both",
    }
    run = await started(world, raw)
    await do(world, "qian", run, "both#1.left.a#1")
    other = await open_task(world, run, "both#1.right.b#1")
    qian = await world.actor("qian")
    with pytest.raises(NotSegregated):
        await tasks.claim(world.platform, other["id"], actor=qian)
    claimed = CompleteTask(
        submission=str(uuid4()), path=other["path"], epoch=1, actor=str(qian.person_id),
        performers=[str(qian.person_id)], outcome="done", hash="0" * 64,
    )  # fmt: skip
    answer = await world.platform.gateway.update(
        str(run), names.COMPLETE_TASK, claimed, claimed.submission, 1
    )
    assert isinstance(answer, Rejected) and answer.code == "not_segregated", (
        "in the run, not only in the page"
    )
