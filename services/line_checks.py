"""Services: what is asked of a work list's lines beside their form, because an action will need it.

Asked when a line is answered and again when its list is completed: what would be an incident of the next step
is a refusal in words while somebody can still answer otherwise. Knows tables, no engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import quality_holds
from domain.rejected_batches import BatchRejected, makes_good
from domain.scanned_lines import LineNotScanned, rests_on_scan
from services import customer_returns, other_batches, pieces
from services.shipping_lines import scans_at

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader
    from services.line_sets import SetLine

Line = Mapping[str, Any]


async def check_answer(
    tx: Reader, task: TaskAct, line_no: int, *, outcome: str, answer: Line, data: Line
) -> None:
    """Whether a line may be answered so.

    LineNotScanned, BatchRejected, and the refusals of `pieces`, `other_batches` and `customer_returns`.
    """
    await pieces.check_answer(tx, task, line_no, outcome=outcome, answer=answer, data=data)
    await other_batches.check_answer(tx, task, line_no, outcome=outcome, answer=answer, data=data)
    await _check_rejected(tx, task, [(line_no, outcome, data)])
    await _check_scanned(tx, task, [(line_no, outcome)], only=line_no)
    await customer_returns.check(tx, task, [(outcome, {**data, **answer})])


async def check_list(tx: Reader, task: TaskAct, lines: Sequence[SetLine]) -> None:
    """The same for all results of a list as they stand."""
    await pieces.check_list(tx, task, lines)
    await other_batches.check_list(tx, task, lines)
    await _check_rejected(tx, task, [(line.line_no, line.data["outcome"], line.data) for line in lines])
    await _check_scanned(tx, task, [(line.line_no, line.data["outcome"]) for line in lines])
    await customer_returns.check(tx, task, [(line.data["outcome"], line.data) for line in lines])


async def _check_scanned(
    tx: Reader, task: TaskAct, answers: Sequence[tuple[int, str]], only: int | None = None
) -> None:
    asked = [line_no for line_no, outcome in answers if rests_on_scan(task.content["lines"], outcome)]
    if not asked:
        return
    scanned = await scans_at(tx, task.id, only)
    for line_no in asked:
        if line_no not in scanned:
            raise LineNotScanned(line=line_no)


async def _check_rejected(tx: Reader, task: TaskAct, answers: Sequence[tuple[int, str, Line]]) -> None:
    outcomes = task.content["lines"]["outcomes"] or {}
    good = [
        (line_no, data)
        for line_no, outcome, data in answers
        if makes_good(outcome, outcomes) and data.get("batch_id")
    ]
    if not good:
        return
    rejected = await quality_holds.rejected(tx, {UUID(str(data["batch_id"])) for _, data in good})
    for line_no, data in good:
        if UUID(str(data["batch_id"])) in rejected:
            raise BatchRejected(line=line_no, batch=data.get("batch_number", ""))
