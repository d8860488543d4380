"""Db queries: who signed the results that a line set was made of."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.canonical import instant


async def signatures_over(tx: Reader, line_set_id: UUID | str) -> list[dict[str, Any]]:
    """The signatures over what stands of the task whose results the lines are: ids and instants, in order."""
    s, k = t.line_set.c, t.task.c
    query = _standing().join(t.line_set, sa.and_(s.run_id == k.run_id, s.path == k.path))
    return _signed(await tx.rows(query.where(s.id == UUID(str(line_set_id)))))


async def signatures_of_run(tx: Reader, run_id: UUID) -> list[dict[str, Any]]:
    """The signatures over what stands of all finished tasks of a run."""
    k = t.task.c
    return _signed(await tx.rows(_standing().where(k.run_id == run_id, k.state == "done")))


async def signatures_of_step(tx: Reader, run_id: UUID, step_id: str) -> list[dict[str, Any]]:
    """The signatures over what stands of a step's finished tasks, in order."""
    k = t.task.c
    return _signed(
        await tx.rows(_standing().where(k.run_id == run_id, k.step_id == step_id, k.state == "done"))
    )


def _standing() -> sa.Select[Any]:
    k, g = t.task.c, t.signature.c
    return (
        sa.select(g.id, g.person_id, g.recorded_at)
        .join(t.task, k.id == g.task_id)
        .where(g.content_sha256 == k.result["content_hash"].astext)
        .order_by(g.recorded_at, g.id)
    )


def _signed(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "signature": str(row["id"]),
            "person": str(row["person_id"]),
            "signed_at": instant(row["recorded_at"]),
        }
        for row in rows
    ]
