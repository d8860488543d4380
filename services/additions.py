"""Services: lines that somebody adds to a work list - goods that stand where the list has none (GSP 88).

A batch that nobody has registered is refused: batches are made by receiving alone. Each addition has an id
from its device, so that a repeated one changes nothing; the same goods again correct the first; both stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import added_lines as queries
from db.queries import references, stocktakes
from db.queries.added_lines import AddedLine
from domain.batches import Status
from domain.errors import Conflict, FieldProblem, Invalid, NotFound
from domain.half_width import half_width
from domain.stocktake import STATUS_OF_ZONE
from domain.submissions import SubmissionMismatch
from services import audit, eligibility
from services.codes import clean, read_code
from services.line_results import DONE
from services.stock import AmbiguousBatch, batch_id
from services.stocktake_lines import key_of, sheet_line
from services.task_answers import check_line_answers
from services.task_view import check_visible

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader, Transaction
    from domain.places import Place
    from services.platform import Actor, Platform

__all__ = ["AddedLine", "add", "added"]


class NothingIsAdded(Conflict):
    code = "nothing_is_added"
    zh = "该任务不能补充明细"
    en = "No lines are added to this task"


class LineOnList(Conflict):
    code = "line_on_list"
    zh = "该货位该批号已在盘点表第 {line} 行，请在该行填写"
    en = "That batch at that location is line {line} of the list: enter it there"


async def added(platform: Platform, task_id: UUID, *, actor: Actor) -> list[AddedLine]:
    """The lines that were added to a task, as the actor may see them."""
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
        check_visible(task, actor)
        return await queries.added_lines(tx, task_id, (task.content["lines"] or {}).get("reveal"))


async def add(
    platform: Platform,
    task_id: UUID,
    *,
    added_id: UUID,
    location: str,
    goods: str,
    data: Mapping[str, Any],
    epoch: int,
    actor: Actor,
    request_id: str = "",
) -> AddedLine:
    """Add a line for goods at a location of the site.

    `goods` is a scanned code with a batch, `material:batch`, or a batch number that only one batch has.
    Refused: LineOnList, Invalid with `location_unknown`, `batch_unknown`, `batch_needed`, `batch_ambiguous`.
    """
    async with (
        audit.refusals(platform, actor, "add.line", "task", task_id, request_id=request_id) as attempt,
        platform.database.write(actor.ref, request_id) as tx,
    ):
        task = await eligibility.task_unless_kept(
            *(tx, task_id, actor, epoch, attempt), lambda: queries.by_id(tx, added_id)
        )
        if isinstance(task, eligibility.KeptBefore):
            if (task.row["task_id"], task.row["actor_id"]) != (task_id, actor.person_id):
                raise SubmissionMismatch
            return await _shown(tx, await eligibility.task_for(tx, task_id, actor), added_id)
        work = task.content["lines"]
        if not work or not work.get("additions"):
            raise NothingIsAdded
        place = await _place(tx, task, location)
        batch = await _batch(tx, goods)
        assert task.line_set_id is not None
        on_list = await queries.on_list(tx, task.line_set_id, place.location_id, batch)
        if on_list is not None:
            raise LineOnList(line=on_list)
        await _append(tx, task, place, batch, added_id=added_id, data=data, actor=actor)
        tx.audited_elsewhere("an added line is evidence itself")
        return await _shown(tx, task, added_id)


async def _append(
    tx: Transaction,
    task: TaskAct,
    place: Place,
    batch: UUID,
    *,
    added_id: UUID,
    data: Mapping[str, Any],
    actor: Actor,
) -> None:
    assert task.line_set_id is not None
    site = await references.site(tx, task.site_id)
    assert site is not None
    position = await stocktakes.position_of(
        tx,
        site_id=site.id,
        location_id=place.location_id,
        batch_id=batch,
        status=STATUS_OF_ZONE.get(place.zone_kind, Status.QUARANTINE).value,
        owner_id=site.legal_entity_id,
    )
    number = await queries.next_number(tx, task.id, task.line_set_id)
    line = sheet_line(position, number)
    before = await queries.standing_of(tx, task.id, key_of(line))
    if before is not None:
        number = line["number"] = before["line_no"]
    work = task.content["lines"]
    answer = await check_line_answers(
        tx,
        work,
        dict(data),
        task.content["required"],
        site_id=task.site_id,
        outcome=DONE,
        reason_missing=False,
        line=line,
    )
    await tx.execute(
        sa.insert(t.added_line)
        .values(
            id=added_id,
            task_id=task.id,
            line_set_id=task.line_set_id,
            line_no=number,
            key=key_of(line),
            data=line,
            answer=answer,
            actor_id=actor.person_id,
            epoch=task.epoch,
            occurred_at=sa.func.clock_now(),
            supersedes_id=before["id"] if before else None,
        )
        .add_cte(eligibility.performer_row(task, actor.person_id, "line").cte("performer"))
    )


async def _shown(tx: Reader, task: TaskAct, added_id: UUID) -> AddedLine:
    found = await queries.added_lines(tx, task.id, task.content["lines"]["reveal"], only=added_id)
    return found[0]


async def _place(tx: Reader, task: TaskAct, location: str) -> Place:
    """The active location of the task's site that a code names, whatever its case."""
    wanted = half_width(location).strip().casefold()
    for place in await references.places(tx, task.site_id):
        if place.code.casefold() == wanted:
            return place
    raise _wrong("location", "location_unknown", f"本仓库没有货位 {location}", f"no location {location} here")


async def _batch(tx: Reader, goods: str) -> UUID:
    """The registered batch that a code or `material:number` names."""
    raw = clean(goods)
    scanned = read_code(raw, None)
    if scanned.gtin is None:
        return await _named(tx, raw)
    if scanned.batch is None:
        raise _wrong("goods", "batch_needed", "请扫描含批号的条码", "scan a code that has the batch")
    found = await queries.batches_of_gtin(tx, scanned.gtin, scanned.batch)
    if not found:
        raise _unknown(scanned.batch)
    if len(found) > 1:
        raise _ambiguous(scanned.batch)
    return found[0]


async def _named(tx: Reader, raw: str) -> UUID:
    try:
        return await batch_id(tx, raw)
    except NotFound as missing:
        raise _unknown(raw) from missing
    except AmbiguousBatch as several:
        raise _ambiguous(raw) from several


def _unknown(number: str) -> Invalid:
    words = (
        f"批号 {number[:60]} 未登记：新批号只能经收货登记，请通知质量部门",
        f"batch {number[:60]} is not registered: only receiving makes batches; tell quality",
    )
    return _wrong("goods", "batch_unknown", *words)


def _ambiguous(number: str) -> Invalid:
    words = (
        f"批号 {number[:60]} 对应多个商品，请按“商品代码:批号”填写",
        f"several batches have the number {number[:60]}: write material:batch",
    )
    return _wrong("goods", "batch_ambiguous", *words)


def _wrong(field: str, code: str, zh: str, en: str) -> Invalid:
    return Invalid([FieldProblem(field, code, zh, en)])
