"""Services: work lists - scans and line results as appended rows; the history gets their root (decision 9).

Each has an id given by the device, so that a repeated one gives the first answer and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import scan_list, work_lists
from db.queries import scans as scan_queries
from db.queries.work_lists import LineView, Totals
from domain.errors import Conflict, NotFound
from domain.submissions import SubmissionMismatch, printable
from services import audit, blind_counts, eligibility, line_answers, task_drafts
from services.eligibility import KeptBefore
from services.scanning import ScanAnswer, scan
from services.task_view import check_visible
from services.undone_scans import undo_scan

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Transaction
    from services.platform import Actor, Platform

__all__ = [
    "LastScan",
    "LineAnswer",
    "LinePage",
    "NotAWorkList",
    "ScanAnswer",
    "keep_line",
    "last_counted",
    "line_result",
    "lines",
    "scan",
    "undo_scan",
]


@dataclass(frozen=True)
class LinePage:
    """Lines in order; `next` is the number after which the next page begins."""

    items: list[LineView]
    next: int | None
    totals: Totals


@dataclass(frozen=True)
class LastScan:
    """The last scan that counts: for which line, how many."""

    scan_id: UUID
    line: int
    quantity: int
    code: str


@dataclass(frozen=True)
class LineAnswer:
    """A line with its new result, and the totals."""

    line: LineView
    totals: Totals


class NotAWorkList(Conflict):
    code = "not_a_work_list"
    zh = "该任务没有明细"
    en = "This task has no lines"


async def lines(
    platform: Platform,
    task_id: UUID,
    *,
    actor: Actor,
    after: int = 0,
    limit: int = 50,
    only_open: bool = False,
) -> LinePage:
    """A page of the task's lines, all or only those without a result."""
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
        check_visible(task, actor)
        await blind_counts.check_figures(tx, task, actor)
        _check_work_list(task)
        found, following = await work_lists.lines(tx, task, after=after, limit=limit, only_open=only_open)
        totals = await work_lists.totals(tx, task)
    return LinePage(found, following, totals)


async def first_at(platform: Platform, task_id: UUID, location: str, *, actor: Actor) -> int | None:
    """The line to go on with at a scanned place; None where the list has none there."""
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
        check_visible(task, actor)
        return await scan_queries.first_at(tx, task, location)


async def last_counted(platform: Platform, task_id: UUID, *, actor: Actor) -> LastScan | None:
    """What the person could take back now; None when nothing that they scanned counts."""
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
        check_visible(task, actor)
        found = await scan_list.last_counted(tx, task_id, actor.person_id)
    return LastScan(found["id"], found["line_no"], found["quantity"] or 0, found["code"]) if found else None


async def line_result(
    platform: Platform,
    task_id: UUID,
    line_no: int,
    *,
    result_id: UUID,
    outcome: str,
    data: Mapping[str, Any],
    epoch: int,
    actor: Actor,
    expected: str | None = None,
    request_id: str = "",
) -> LineAnswer:
    """Appends the result of one line; a later result supersedes it, both stay.

    A page says which result it showed (`expected`, '' for none), so that nobody replaces one unseen.
    """
    async with (
        audit.refusals(platform, actor, "answer.line", "task", task_id, request_id=request_id) as attempt,
        platform.database.write(actor.ref, request_id) as tx,
    ):
        task = await eligibility.task_unless_kept(
            *(tx, task_id, actor, epoch, attempt), lambda: scan_queries.line_result(tx, result_id)
        )
        if isinstance(task, KeptBefore):
            _check_same(task.row, task_id, line_no, actor)
            return await _answer(tx, await eligibility.task_for(tx, task_id, actor), line_no)
        _check_work_list(task)
        await line_answers.append(
            tx,
            task,
            line_no,
            result_id=result_id,
            outcome=outcome,
            data=data,
            actor=actor,
            expected=expected,
        )
        await task_drafts.drop_line(tx, task.id, line_no)
        tx.audited_elsewhere("a line result is evidence itself")
        return await _answer(tx, task, line_no)


async def keep_line(
    platform: Platform,
    task_id: UUID,
    line_no: int,
    *,
    result_id: UUID,
    data: Mapping[str, Any],
    epoch: int,
    actor: Actor,
    request_id: str = "",
) -> None:
    """Keeps what is filled in of a line until it has its result, as `tasks.save_draft` does for the form.

    `result_id` is the result that it is filled in for: once that is recorded, what arrives late is no entry.
    """
    async with (
        audit.refusals(
            *(platform, actor, "save.draft", "task", task_id),
            request_id=request_id,
            unless=task_drafts.TOO_LATE,
        ) as attempt,
        platform.database.write(actor.ref, request_id) as tx,
    ):
        task = await eligibility.task_for_performance(tx, task_id, actor, epoch, attempt)
        _check_work_list(task)
        if await scan_queries.line_result(tx, result_id) is not None:
            return
        found, _ = await work_lists.lines(tx, task, after=0, limit=1, only_open=False, numbers=[line_no])
        if not found:
            raise NotFound(what=f"明细行 / line {line_no}")
        await task_drafts.put_line(tx, task.id, line_no, printable(data), actor.person_id, epoch)
        await eligibility.record_performer(tx, task, actor, "draft")
        tx.audited_elsewhere("a draft is no record; who saved it is kept as a performer")


async def _answer(tx: Transaction, task: TaskAct, line_no: int) -> LineAnswer:
    found, _ = await work_lists.lines(tx, task, after=0, limit=1, only_open=False, numbers=[line_no])
    return LineAnswer(found[0], await work_lists.totals(tx, task))


def _check_work_list(task: TaskAct) -> None:
    if task.content["lines"] is None:
        raise NotAWorkList


def _check_same(known: Mapping[str, Any], task_id: UUID, line_no: int, actor: Actor) -> None:
    if (known["task_id"], known["line_no"], known["actor_id"]) != (task_id, line_no, actor.person_id):
        raise SubmissionMismatch
