"""The replay gate: every recorded history must still lead the present code to the same commands.

A red test here means: runs under way would stop. Branch on `semantics` (workflows/_patches.py); never
re-record a history to make it green.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from contracts.payload import FIRST_SEMANTICS, SEMANTICS
from contracts.runs import RunStart
from domain.sop_yaml import parse
from engine.replaying import build_replayer
from services import sop_files
from tests.engine.scripts import SCRIPTS
from tests.replay.receiving import KEY, WAYS
from tests.replay.recording import HISTORIES

RECORDED = sorted(HISTORIES.rglob("*.json"))


def load(path: Path) -> WorkflowHistory:
    recorded = json.loads(path.read_text())
    return WorkflowHistory.from_json(recorded.pop("workflow_id"), recorded)


@pytest.mark.parametrize("sandboxed", [True, False], ids=["sandboxed", "as in production"])
@pytest.mark.parametrize("path", RECORDED, ids=lambda p: f"{p.parent.name}/{p.stem}")
async def test_a_recorded_run_replays(path: Path, *, sandboxed: bool) -> None:
    await build_replayer(sandboxed=sandboxed).replay_workflow(load(path))


async def test_the_gate_notices_a_history_that_went_another_way() -> None:
    history = load(HISTORIES / "probe" / "human.s1.json")
    kept = [e for e in history.events if not e.HasField("timer_canceled_event_attributes")]
    replayer = build_replayer(sandboxed=True)
    changed = WorkflowHistory(history.workflow_id, kept)
    result = await replayer.replay_workflow(changed, raise_on_replay_failure=False)
    assert result.replay_failure is not None


@pytest.mark.parametrize(("folder", "played"), [("probe", set(SCRIPTS)), (KEY, set(WAYS))])
def test_every_construct_and_every_way_of_a_delivery_is_recorded(folder: str, played: set[str]) -> None:
    assert {p.name.split(".")[0] for p in RECORDED if p.parent.name == folder} == played


@pytest.mark.parametrize("semantics", range(FIRST_SEMANTICS, SEMANTICS + 1))
def test_a_run_that_continued_as_new_is_recorded_whole(semantics: int) -> None:
    of_it = f".s{semantics}.json"
    executions = sorted(p.name for p in RECORDED if p.name.startswith("long.") and p.name.endswith(of_it))
    assert len(executions) > 1
    ends = [load(HISTORIES / "probe" / name).events[-1].event_type for name in executions]
    completed = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
    continued = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    assert sorted(ends) == sorted([completed] + [continued] * (len(executions) - 1))


def test_every_shipped_procedure_has_a_recorded_run() -> None:
    shipped = {parse(file.text).definition.sop for file in sop_files.newest_in_order()}
    assert shipped <= {path.parent.name for path in RECORDED}


@pytest.mark.parametrize("path", RECORDED, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_history_names_no_machine(path: Path) -> None:
    text = path.read_text()
    assert set(re.findall(r'"identity": "([^"]*)"', text)) == {"recording"}
    assert "stackTrace" not in text
    assert not re.findall(r'"\d+@[^"]+"', text)


def test_a_run_that_was_started_without_a_number_stays_of_the_first_semantics() -> None:
    start = RunStart(run_id="r", bundle={}, sha256="0", actor="a")
    assert start.semantics == FIRST_SEMANTICS
