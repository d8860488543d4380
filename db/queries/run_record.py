"""Db queries: everything that the database knows of one run, table by table - what an archive keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

OF_RUN = (
    *("task", "submission", "signature", "audit_event", "line_set", "posting", "recall_record"),
    *("changeover_run", "package", "document", "notification", "recall"),
)
"""Tables whose rows name their run."""
OF_TASK = ("scan", "line_result", "added_line")
NOT_OF_A_RUN = (
    *("archive", "document_change", "signal", "sop_approval", "sop_comment", "drill_evidence"),
    *("decision_table_approval", "legal_hold", "tombstone"),
)
"""Evidence that belongs to no run: a test wants every other table in a record."""


def _conditions(run_id: UUID) -> dict[str, sa.ColumnElement[bool]]:
    """Which rows of each table are the run's, in the order in which they are kept."""
    tasks = sa.select(t.task.c.id).where(t.task.c.run_id == run_id)
    sets = sa.select(t.line_set.c.id).where(t.line_set.c.run_id == run_id)
    submissions = sa.select(t.submission.c.id).where(t.submission.c.run_id == run_id)
    postings = sa.select(t.posting.c.id).where(t.posting.c.run_id == run_id)
    moves = sa.select(t.move.c.id).where(t.move.c.posting_id.in_(postings))
    workflow = sa.select(t.run.c.workflow_id).where(t.run.c.id == run_id).scalar_subquery()
    found: dict[str, sa.ColumnElement[bool]] = {"run": t.run.c.id == run_id}
    found |= {name: t.metadata.tables[name].c.run_id == run_id for name in OF_RUN}
    found |= {name: t.metadata.tables[name].c.task_id.in_(tasks) for name in OF_TASK}
    return found | {
        "effect": t.effect.c.workflow_id == workflow,
        "task_performer": t.task_performer.c.task_id.in_(tasks),
        "submission_verdict": t.submission_verdict.c.submission_id.in_(submissions),
        "line": t.line.c.line_set_id.in_(sets),
        "attachment": (t.attachment.c.run_id == run_id) | t.attachment.c.task_id.in_(tasks),
        "move": t.move.c.posting_id.in_(postings),
        "move_serial": t.move_serial.c.move_id.in_(moves),
        "called": t.run.c.called_by == run_id,
    }


TABLES = {name: t.run if name == "called" else t.metadata.tables[name] for name in _conditions(UUID(int=0))}


async def record(tx: Reader, run_id: UUID) -> dict[str, list[Mapping[str, Any]]]:
    """All rows of the run by table, in the order of their keys; `called` are the runs that it called."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for name, condition in _conditions(run_id).items():
        table = TABLES[name]
        rows = await tx.rows(sa.select(table).where(condition).order_by(*table.primary_key.columns))
        found[name] = [dict(row) for row in rows]
    return found


PERSONS = {
    name: [
        column.name
        for column in table.c
        if any(key.column.table.name == "person" for key in column.foreign_keys)
    ]
    for name, table in TABLES.items()
}


def persons_in(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[UUID]:
    """Whom a record mentions: in columns that refer to persons, and as performers."""
    found = {row[column] for name, kept in rows.items() for row in kept for column in PERSONS[name]}
    found |= {one for row in rows["submission"] for one in row["performers"]}
    return {one for one in found if one is not None}


async def people(tx: Reader, ids: set[UUID]) -> dict[str, Mapping[str, str]]:
    """The names, as they are today, of whom a record mentions."""
    p = t.person.c
    rows = await tx.rows(sa.select(p.id, p.name, p.username).where(p.id.in_(ids)))
    return {str(row["id"]): {"name": row["name"], "username": row["username"]} for row in rows}
