"""Services: the results of a work list as a line set - made when work is submitted, recomputed when settled.

Each line carries its source's columns, the result's data, outcome, actor and the id of the result row, so
that the settling advance can rebuild the set from the evidence rows alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.payload import LineSetRef
from db import tables as t
from domain.submissions import REOPENED, LinesOpen
from services import line_checks, line_sets
from services.line_sets import SetLine

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader, Transaction

DONE = "done"


async def collect(tx: Transaction, task: TaskAct) -> LineSetRef:
    """The result line set of a work list; LinesOpen while lines that must have a result have none.

    Refused as well while a result is one that the next step could not work with (`line_checks`).
    """
    work, lines = task.content["lines"], await standing(tx, task)
    await line_checks.check_list(tx, task, lines)
    source: Mapping[str, Any] = work.get("aggregates") or {}
    told = {} if work.get("blind") else work["form"]  # the sum of one line is its quantity
    aggregates = {**source, **_aggregates(lines, list(work["outcomes"]) or [DONE], told)}
    return await line_sets.create_numbered(
        tx, task.run_id, task.path, f"{task.step_id}_results", lines, aggregates
    )


async def standing(tx: Reader, task: TaskAct) -> list[SetLine]:
    """The results that stand now, as they would be submitted; LinesOpen as for `collect`."""
    assert task.line_set_id is not None
    work = task.content["lines"]
    lines = await _current(tx, task.id, task.line_set_id)
    check_finished(work, len(lines))
    return [*lines, *await _added(tx, task.id)] if work.get("additions") else lines


def check_finished(work: Mapping[str, Any], done: int) -> None:
    """LinesOpen while a work list, of which `done` lines have a result, cannot be completed."""
    open_lines = work["count"] - done
    if (work["complete_when"] == "all" and open_lines) or (work["count"] and not done):
        raise LinesOpen(open=open_lines)


async def problem(tx: Reader, row: Mapping[str, Any]) -> str | None:
    """What differs between a submission's lines and the line results they claim to be; None if nothing."""
    claimed = row["lines"]
    stored = await line_sets.read_set(tx, claimed["id"])
    rebuilt = await _rebuilt(tx, row["task_id"], row["line_set_id"], claimed["id"])
    if any(line.data.get("added") for line in stored):
        added = await _added(tx, row["task_id"], claimed["id"])
        rebuilt = sorted([*rebuilt, *added], key=lambda line: line.line_no)
    if line_sets.root_of(stored) != claimed["root"]:
        return "the lines have another root"
    if line_sets.root_of(rebuilt) != claimed["root"]:
        return "the line results have another root"
    return None


def _columns() -> tuple[sa.ColumnElement[Any], ...]:
    source, result = t.line.c, t.line_result.c
    return (
        source.line_no,
        source.key,
        source.data,
        result.id.label("result_id"),
        result.outcome,
        result.data.label("answer"),
        result.actor_id,
    )


async def _current(tx: Reader, task_id: UUID, line_set_id: UUID) -> list[SetLine]:
    newer = t.line_result.alias("newer")
    result, source = t.line_result.c, t.line.c
    rows = await tx.rows(
        sa.select(*_columns())
        .join(t.line, sa.and_(source.line_set_id == result.line_set_id, source.line_no == result.line_no))
        .where(
            result.task_id == task_id,
            result.line_set_id == line_set_id,
            result.outcome != REOPENED,
            ~sa.exists().where(newer.c.supersedes_id == result.id),
        )
        .order_by(source.line_no)
    )
    return [_line(row) for row in rows]


async def _rebuilt(tx: Reader, task_id: UUID, line_set_id: UUID, claimed: str) -> list[SetLine]:
    kept = t.line.alias("kept")
    result, source = t.line_result.c, t.line.c
    rows = await tx.rows(
        sa.select(*_columns())
        .select_from(kept)
        .join(
            t.line_result,
            sa.and_(
                result.id == sa.cast(kept.c.data["result_id"].astext, sa.Uuid),
                result.task_id == task_id,
                result.line_no == kept.c.line_no,
            ),
        )
        .join(t.line, sa.and_(source.line_set_id == line_set_id, source.line_no == result.line_no))
        .where(kept.c.line_set_id == UUID(claimed))
        .order_by(source.line_no)
    )
    return [_line(row) for row in rows]


async def _added(tx: Reader, task_id: UUID, claimed: str | None = None) -> list[SetLine]:
    """The lines that were added to the list: those that stand, or those that a line set claims."""
    a, newer, kept = t.added_line.c, t.added_line.alias("newer"), t.line.alias("kept")
    stands = (
        ~sa.exists().where(newer.c.supersedes_id == a.id)
        if claimed is None
        else sa.exists().where(
            kept.c.line_set_id == UUID(claimed),
            kept.c.line_no == a.line_no,
            kept.c.data["result_id"].astext == sa.cast(a.id, sa.Text),
        )
    )
    rows = await tx.rows(
        sa.select(a.line_no, a.key, a.data, a.answer, a.id.label("result_id"), a.actor_id)
        .where(a.task_id == task_id, stands)
        .order_by(a.line_no)
    )
    return [_line({**row, "data": {**row["data"], "added": True}, "outcome": DONE}) for row in rows]


def _line(row: Mapping[str, Any]) -> SetLine:
    data = {
        **row["data"],
        **row["answer"],
        # A list without outcomes of its own keeps those of its source lines (docs/reference/sop-language.md).
        "outcome": row["data"].get("outcome", DONE) if row["outcome"] == DONE else row["outcome"],
        "actor": str(row["actor_id"]),
        "result_id": str(row["result_id"]),
    }
    return SetLine(row["line_no"], row["key"], data)


def _aggregates(lines: Sequence[SetLine], outcomes: Sequence[str], form: Mapping[str, Any]) -> dict[str, Any]:
    """`count`, `count_<outcome>` for each outcome, `sum_<field>` for each integer field of the form."""
    counted = Counter(line.data["outcome"] for line in lines)
    sums = {
        f"sum_{name}": sum(line.data.get(name) or 0 for line in lines)
        for name, field in form.items()
        if field["type"] == "integer" and not field.get("many")
    }
    return {**{f"count_{outcome}": counted[outcome] for outcome in outcomes}, **sums}
