"""Services: finished runs as they are recorded - commands, answers, lines and times, to be played again.

Everything of a batch of runs is read in a few statements. It knows no definition but the pinned ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast, get_args
from uuid import UUID

from contracts.commands import RunCommandKind, TaskCommandKind
from contracts.payload import SEMANTICS
from contracts.runs import RunStart
from db.queries import called_runs, past_runs
from db.queries.past_runs import PastFilter, PastRows
from domain.signals import DELIVERY
from domain.sop_whatif_record import Command, Effect, Recorded, Said, Usual, Worked
from services.advance_effects import STEP
from services.bundles import bundle_of
from services.updates import update_of

if TYPE_CHECKING:
    from db.queries.submissions import SubmissionRow
    from db.session import Reader
    from domain.sop_bundle import Bundle

SAID = frozenset(("complete", "sign", DELIVERY, *get_args(RunCommandKind), *get_args(TaskCommandKind)))
"""Commands that can be said again."""
USUAL_OF = 1000
"""Runs of which what is usual is taken."""


async def recorded(tx: Reader, runs: Sequence[UUID]) -> dict[UUID, Recorded]:
    """The runs as they are recorded, by id."""
    rows = await past_runs.read(tx, runs)
    bundles = {
        (row["sop_version_id"], row["sha256"]): await bundle_of(tx, row["sop_version_id"], row["sha256"])
        for row in rows.runs
    }
    called = [row["id"] for row in rows.runs if row["called_by"] is not None]
    barred = await called_runs.barred(tx, called) if called else {}
    sorted_out = _Sorted(rows)
    return {
        row["id"]: sorted_out.one(
            row, bundles[row["sop_version_id"], row["sha256"]], barred.get(row["id"], [])
        )
        for row in rows.runs
    }


async def usual(tx: Reader, wanted: PastFilter) -> Usual:
    """The medians of the steps over the last runs of the procedure."""
    rows = await past_runs.usual(tx, wanted, most=USUAL_OF)
    durations, hands = (
        {row["step_id"]: timedelta(seconds=float(row[name])) for row in rows if row[name] is not None}
        for name in ("lasted", "hands")
    )
    return Usual(durations, hands)


class _Sorted:
    """The rows of many runs, by run."""

    def __init__(self, rows: PastRows) -> None:
        self.effects = _by("workflow_id", rows.effects)
        self.tasks = _by("run_id", rows.tasks)
        self.lines = _by("run_id", rows.lines)
        self.submissions: dict[UUID, list[SubmissionRow]] = {}
        for one in rows.submissions:
            self.submissions.setdefault(one.run_id, []).append(one)

    def one(self, row: Mapping[str, Any], bundle: Bundle, barred: list[str]) -> Recorded:
        effects = self.effects.get(row["workflow_id"], [])
        tasks = self.tasks.get(row["id"], [])
        clock = _clock(effects, {task["path"]: task for task in tasks}, row["ended_at"])
        lines: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        for line in self.lines.get(row["id"], []):
            lines.setdefault(str(line["line_set_id"]), []).append((line["line_no"], line["data"]))
        return Recorded(
            start=_start(row, barred),
            bundle=bundle,
            state=row["state"],
            outcome=row["outcome"],
            started_at=min(row["started_at"], min(clock.values(), default=row["started_at"])),
            ended_at=row["ended_at"],
            said=_said(effects, self.submissions.get(row["id"], []), clock),
            effects=[
                Effect(
                    one["path"],
                    one["kind"],
                    one["seq"] // STEP,
                    one["action"],
                    one["result"] or {},
                    clock[one["seq"] // STEP],
                )
                for one in effects
            ],
            lines=lines,
            worked=[Worked(task["path"], _hands(task)) for task in tasks],
        )


def _by(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[Any, list[Mapping[str, Any]]]:
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _start(row: Mapping[str, Any], barred: list[str]) -> RunStart:
    """The input of the run; the bundle is handed on beside it."""
    return RunStart(
        run_id=str(row["id"]),
        bundle={},
        sha256=row["sha256"],
        inputs=row["inputs"],
        actor=str(row["started_by"]),
        site=row["site"],
        department=row["department"],
        time_zone=row["time_zone"],
        mode=row["mode"],
        semantics=SEMANTICS,
        barred=barred,
    )


def _clock(
    effects: Sequence[Mapping[str, Any]], tasks: Mapping[str, Mapping[str, Any]], ended_at: datetime
) -> dict[int, datetime]:
    """The instants of the run's own clock, by advance: those that it wrote, else when the database did."""
    clock: dict[int, datetime] = {}
    for one in effects:
        advance = one["seq"] // STEP
        if one["kind"] == "task" and one["path"] in tasks:
            clock[advance] = tasks[one["path"]]["opened_at"]
        elif one["kind"] == "settle":
            task = tasks.get(one["path"].rpartition("/")[0])
            if task and task["closed_at"] and task["state"] == "done" and advance not in clock:
                clock[advance] = task["closed_at"]
        elif one["kind"] == "end":
            clock[advance] = ended_at
    for one in effects:
        clock.setdefault(one["seq"] // STEP, one["recorded_at"])
    return clock


def _said(
    effects: Sequence[Mapping[str, Any]], submissions: Sequence[SubmissionRow], clock: Mapping[int, datetime]
) -> list[Said]:
    """What the run accepted, in the order in which it settled it."""
    settled = {
        one["path"].rpartition("/")[2]: one["seq"] for one in effects if one["kind"] in ("settle", "command")
    }
    found = []
    for row in submissions:
        seq = settled.get(str(row.id))
        if seq is None or row.kind not in SAID:
            continue  # a deviation is closed by itself; what moved a run to another version is not played
        command = cast("Command", update_of(row)[1])
        found.append(Said(command, seq // STEP, seq, clock[seq // STEP]))
    return sorted(found, key=lambda said: said.order)


def _hands(task: Mapping[str, Any]) -> timedelta | None:
    if task["claimed_at"] is None or task["closed_at"] is None:
        return None
    return max(timedelta(), cast("timedelta", task["closed_at"] - task["claimed_at"]))
