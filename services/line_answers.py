"""Services: the result of a work list's line - given by a person, or by the scan that filled it.

Every result is a row of its own that supersedes the one before; both stay. Knows tables, no HTTP.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from db import tables as t
from db.queries import scans as scan_queries
from domain.errors import NotFound
from domain.sop_progress.refusals import FormInvalid, UnknownOutcome
from domain.stock_scans import is_full
from domain.submissions import REOPENED, LineAnswered, printable
from services import eligibility, line_checks
from services.line_results import DONE
from services.task_answers import check_line_answers

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Transaction
    from domain.scan_matching import Candidate
    from services.platform import Actor


async def append(
    tx: Transaction,
    task: TaskAct,
    line_no: int,
    *,
    result_id: UUID,
    outcome: str,
    data: Mapping[str, Any],
    actor: Actor,
    expected: str | None = None,
) -> None:
    """Append a result; UnknownOutcome, NotFound, FormInvalid or those of `line_checks` say what is wrong.

    `expected` is the id of the result that it is to replace, '' for none: LineAnswered where another stands.
    """
    work = task.content["lines"]
    outcomes: Mapping[str, Any] = work["outcomes"] or {DONE: {}}
    if outcome not in outcomes:
        raise UnknownOutcome
    given = dict(data)
    reason = printable(str(given.pop("reason", "") or "")).strip() if "reason" not in work["form"] else ""
    wanted = outcomes[outcome].get("reason") == "required"
    current = await scan_queries.current_result(tx, task, line_no)
    if current is None:
        raise NotFound(what=f"明细行 / line {line_no}")
    stands = "" if current["outcome"] in {None, REOPENED} else str(current["id"])
    if expected is not None and expected != stands:
        raise LineAnswered(line=line_no)
    clean = await check_line_answers(
        tx,
        work,
        given,
        task.content["required"],
        site_id=task.site_id,
        outcome=outcome,
        reason_missing=wanted and not (reason or str(given.get("reason") or "").strip()),
        line=current["data"],
    )
    if reason:
        clean["reason"] = reason[:2000]
    await line_checks.check_answer(tx, task, line_no, outcome=outcome, answer=clean, data=current["data"])
    await _insert(tx, task, line_no, result_id, outcome, clean, actor, current["id"])


async def filled_by_scan(
    tx: Transaction, task: TaskAct, line: Candidate, scanned: int, *, scan_id: UUID
) -> dict[str, Any] | None:
    """The result that the list names for a line scanned in full, to be kept with the scan; None: no result.

    A line that somebody has answered keeps that answer; so does one whose other conditions do not hold.
    """
    work = task.content["lines"]
    counted = work.get("counted")
    if not counted or not is_full(line.data, scanned) or line.outcome not in {None, REOPENED}:
        return None
    required = task.content["required"]
    try:
        clean = await check_line_answers(
            tx,
            work,
            {},
            required,
            site_id=task.site_id,
            outcome=counted["outcome"],
            reason_missing=False,
            line=line.data,
        )
    except FormInvalid:
        return None
    return {
        "id": uuid5(scan_id, f"counted {line.line}"),
        "line_no": line.line,
        "outcome": counted["outcome"],
        "data": clean,
        "supersedes_id": line.result_id,
    }


async def reopened(
    tx: Transaction, task: TaskAct, numbers: Collection[int], *, undo_id: UUID
) -> list[dict[str, Any]]:
    """Scans of lines are undone: what takes back the results that only the scans had given."""
    counted = task.content["lines"].get("counted")
    if not counted or not numbers:
        return []
    return [
        {
            "id": uuid5(undo_id, f"reopened {current['line_no']}"),
            "line_no": current["line_no"],
            "outcome": REOPENED,
            "data": {},
            "supersedes_id": current["id"],
        }
        for current in await scan_queries.current_results(tx, task, numbers)
        if current["outcome"] == counted["outcome"] and not current["answer"]
    ]


async def _insert(
    tx: Transaction,
    task: TaskAct,
    line_no: int,
    result_id: UUID,
    outcome: str,
    data: Mapping[str, Any],
    actor: Actor,
    supersedes: UUID | None,
) -> None:
    await tx.execute(
        sa.insert(t.line_result)
        .values(
            id=result_id,
            task_id=task.id,
            line_set_id=task.line_set_id,
            line_no=line_no,
            outcome=outcome,
            data=dict(data),
            actor_id=actor.person_id,
            epoch=task.epoch,
            occurred_at=sa.func.clock_now(),
            supersedes_id=supersedes,
        )
        .add_cte(eligibility.performer_row(task, actor.person_id, "line").cte("performer"))
    )
