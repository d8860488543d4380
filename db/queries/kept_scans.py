"""Db queries: scans that are kept, with the results that they give to lines, and the totals after them.

One statement, because somebody with a scanner waits for it (decision 0017). The task is held: nobody else
counts meanwhile. A scan that is there already is kept once, and nothing is written beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from db import tables as t
from db.kept import Kept
from db.queries.tasks import TaskAct
from db.queries.work_lists import MATCHED, Totals, done_lines, stands, sums_by_line, totals_of
from db.session import Transaction
from domain.submissions import REOPENED

_SCAN = ("id", "code", "symbology", "parsed", "verdict", "reason_code", "line_no", "quantity")
_SCANS = (*_SCAN, "device_at", "undoes_id")
_RESULTS = ("id", "line_no", "outcome", "data", "supersedes_id")
_SAME = {name: sa.bindparam(name, type_=sa.Uuid) for name in ("task", "set", "actor", "run")}


async def keep(
    tx: Transaction,
    task: TaskAct,
    actor_id: UUID,
    scans: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]] = (),
) -> Totals | None:
    """Appends scans with line results and the performer; the totals, or None when the first is there already.

    Scans have the columns `id` to `undoes_id`, results `id` to `supersedes_id`.
    """
    row = await tx.one(
        _keep(),
        {
            "task": task.id,
            "set": task.line_set_id,
            "actor": actor_id,
            "run": task.run_id,
            "epoch": task.epoch,
            "path": task.path,
            "step": task.step_id,
            "scans": [_plain(scan, _SCANS) for scan in scans],
            "results": [_plain(result, _RESULTS) for result in results],
        },
    )
    return totals_of(task, row) if row["kept"] else None


def _plain(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """A row as JSON has it."""
    given = {name: row.get(name) for name in names}
    return {
        name: value if value is None or isinstance(value, (str, int, Mapping)) else str(value)
        for name, value in given.items()
    }


@cache
def _keep() -> Kept:
    scans = _rows("scans", t.scan, _SCANS)
    results = _rows("results", t.line_result, _RESULTS)
    same = [_SAME["task"], _SAME["set"], _SAME["actor"], sa.bindparam("epoch", type_=sa.Integer)]
    names = ["task_id", "line_set_id", "actor_id", "epoch"]
    kept = (
        insert(t.scan)
        .from_select([*_SCANS, *names], sa.select(*(scans.c[name] for name in _SCANS), *same))
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(*(t.scan.c[name] for name in ("line_no", "quantity", "verdict", "undoes_id")))
        .cte("kept")
    )
    is_kept = sa.exists(sa.select(kept.c.verdict))
    given = (
        sa.insert(t.line_result)
        .from_select(
            [*_RESULTS, *names, "occurred_at"],
            sa.select(*(results.c[name] for name in _RESULTS), *same, sa.func.clock_now()).where(is_kept),
        )
        .returning(t.line_result.c.outcome)
        .cte("given")
    )
    s = t.scan.c
    standing = sa.select(s.line_no, s.quantity).where(
        s.task_id == _SAME["task"],
        s.line_no.is_not(None),
        stands(),
        ~sa.exists().where(kept.c.undoes_id == s.id),
    )
    new = sa.select(kept.c.line_no, kept.c.quantity).where(
        kept.c.verdict == MATCHED, kept.c.line_no.is_not(None)
    )
    lines, quantity, by_line = sums_by_line(sa.union_all(standing, new))
    step = sa.case((given.c.outcome == REOPENED, -1), else_=1)
    changed = sa.select(sa.func.coalesce(sa.func.sum(step), 0)).select_from(given).scalar_subquery()
    done = sa.cast(done_lines(_SAME["task"]) + changed, sa.Integer)
    return Kept(
        sa.select(is_kept.label("kept"), done.label("done"), lines, quantity)
        .select_from(by_line)
        .add_cte(_performers(kept, given))
    )


def _performers(kept: sa.CTE, given: sa.CTE) -> sa.CTE:
    """Who scans has taken part in this pass of the step; a second time changes nothing."""
    fixed = [_SAME["run"], sa.bindparam("path", type_=sa.Text), sa.bindparam("step", type_=sa.Text)]

    def took_part(how: str, written: sa.CTE, column: str) -> sa.Select[Any]:
        said = sa.literal_column(f"'{how}'", sa.Text)
        return sa.select(_SAME["task"], _SAME["actor"], said, *fixed).where(
            sa.exists(sa.select(written.c[column]))
        )

    both = sa.union_all(took_part("scan", kept, "verdict"), took_part("line", given, "outcome"))
    names = ["task_id", "person_id", "how", "run_id", "path", "step_id"]
    return insert(t.task_performer).from_select(names, both).on_conflict_do_nothing().cte("performer")


def _rows(name: str, table: sa.Table, names: Sequence[str]) -> Any:
    """Rows given as one JSON array, with the types of a table's columns."""
    columns = [sa.column(of, _plain_type(table.c[of].type)) for of in names]
    return (
        sa.func.jsonb_to_recordset(sa.bindparam(name, type_=JSONB))
        .table_valued(*columns)
        .render_derived(name=f"{name}_given", with_types=True)
    )


def _plain_type(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    return JSONB() if isinstance(kind, sa.JSON) else kind
