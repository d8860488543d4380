"""Db queries: a run as its own page begins with it, and the lists of the page, each in one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import blind_counts, documents_read, retention, run_moves, runs, task_lists, task_scope
from db.queries._one_statement import Query, lists
from db.queries.documents_read import DocumentRow
from db.queries.run_moves import RunMove
from db.queries.runs import RunRow
from db.queries.task_lists import TaskRow
from db.session import Reader

TASKS, DOCUMENTS, CALLED = 200, 50, 50
"""So many of each are shown on the page."""
_MORE = ("workflow_id", "inputs", "batch_ids", "engine_started_at", "changeovers")


@dataclass(frozen=True)
class RunHead:
    """A run as lists show it, and what its own page needs besides.

    `works_here`: it had work at one of the sites asked for. `blind`: what it computed is kept from who asks.
    """

    row: RunRow
    workflow_id: str
    inputs: Mapping[str, Any]
    batch_ids: list[UUID]
    engine_started_at: datetime | None
    changeovers: int
    deleted: Mapping[str, Any] | None
    """When the contents of its archive were deleted under retention, by which run, and who signed for it."""
    works_here: bool
    blind: bool


@dataclass(frozen=True)
class RunLists:
    """What is listed on the page of a run: a part of each, and how many called runs are in each state."""

    tasks: list[TaskRow]
    documents: list[DocumentRow]
    moves: list[RunMove] = field(default_factory=list)
    caller: RunRow | None = None
    called: list[RunRow] = field(default_factory=list)
    called_states: Mapping[str, int] = field(default_factory=dict)


async def run_head(
    tx: Reader, run_id: UUID, *, sites: Collection[UUID] | None = None, held: blind_counts.Held = ()
) -> RunHead | None:
    """One run with all that its row tells, for who reads at these sites (None: all) and holds these posts."""
    r = t.run.c
    here = sa.true() if sites is None else runs.works_at(r.id, t.task.c.site_id.in_(list(sites)))
    query = sa.select(
        *runs.columns(),
        *(r[name] for name in _MORE),
        retention.told_of(r.id).label("deleted"),
        here.label("works_here"),
        blind_counts.hides_run(held).label("blind"),
    ).select_from(runs.joined())
    found = await tx.one_or_none(query.where(r.id == run_id))
    if found is None:
        return None
    row = RunRow(**{name: found[name] for name in RunRow.__dataclass_fields__})
    return RunHead(row, **{name: found[name] for name in (*_MORE, "deleted", "works_here", "blind")})


async def run_lists(
    tx: Reader, row: RunRow, *, person_id: UUID, sites: Collection[UUID] | None, calls: bool, moves: int
) -> RunLists:
    """The lists of a run; the runs that it called at these sites (None: all); so many moves."""
    every = task_scope.TaskFilter(person_id=person_id, held=(), sites=None, run_id=row.id)
    queries: dict[str, Query] = {
        "tasks": task_lists.listed(every).limit(TASKS),
        "documents": documents_read.listed(documents_read.DocumentFilter(run_id=row.id)).limit(DOCUMENTS),
    }
    if moves:
        queries["moves"] = run_moves.listed(row.id).limit(moves)
    if row.called_by:
        queries["caller"] = _runs(t.run.c.id == row.called_by)
    if calls:
        called, order = t.run.c.called_by == row.id, (t.run.c.call_path, t.run.c.called_line, t.run.c.id)
        here = sa.true() if sites is None else t.run.c.site_id.in_(list(sites))
        queries["called"] = _runs(called, here).order_by(*order).limit(CALLED)
        count = sa.func.count().label("n")
        queries["states"] = sa.select(t.run.c.state, count).where(called).group_by(t.run.c.state)
    found = await lists(tx, queries)
    return RunLists(
        tasks=sorted((TaskRow(**one) for one in found["tasks"]), key=lambda one: (one.opened_at, one.id)),
        documents=[DocumentRow(**one) for one in found["documents"]],
        moves=[RunMove(**one) for one in found.get("moves", ())],
        caller=next((RunRow(**one) for one in found.get("caller", ())), None),
        called=[RunRow(**one) for one in found.get("called", ())],
        called_states={one["state"]: one["n"] for one in found.get("states", ())},
    )


def _runs(*wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(*runs.columns()).select_from(runs.joined()).where(*wanted)
