"""The replay gate: every recorded history must still lead the present code to the same commands.

A red test here means: runs under way would stop. Branch on `semantics` (workflows/_patches.py); never
re-record a history to make it green.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from engine.plugin import DATA_CONVERTER, worker_options
from tests.engine.test_constructs_run import SCRIPTS
from tests.replay.recording import HISTORIES
from workflows.sop_run import SopRun

RECORDED = sorted(HISTORIES.rglob("*.json"))


def load(path: Path) -> WorkflowHistory:
    recorded = json.loads(path.read_text())
    return WorkflowHistory.from_json(recorded.pop("workflow_id"), recorded)


@pytest.mark.parametrize("sandboxed", [True, False], ids=["sandboxed", "as in production"])
@pytest.mark.parametrize("path", RECORDED, ids=lambda p: f"{p.parent.name}/{p.stem}")
async def test_a_recorded_run_replays(path: Path, *, sandboxed: bool) -> None:
    options = worker_options(sandboxed=sandboxed)
    replayer = Replayer(workflows=[SopRun], data_converter=DATA_CONVERTER, **options)
    await replayer.replay_workflow(load(path))


async def test_the_gate_notices_a_history_that_went_another_way() -> None:
    history = load(HISTORIES / "probe" / "human.s1.json")
    kept = [e for e in history.events if not e.HasField("timer_canceled_event_attributes")]
    replayer = Replayer(workflows=[SopRun], data_converter=DATA_CONVERTER, **worker_options(sandboxed=True))
    changed = WorkflowHistory(history.workflow_id, kept)
    result = await replayer.replay_workflow(changed, raise_on_replay_failure=False)
    assert result.replay_failure is not None


def test_every_construct_has_a_recorded_history() -> None:
    recorded = {p.name.split(".")[0] for p in RECORDED if p.parent.name == "probe"}
    assert recorded == set(SCRIPTS)
