"""Room `api`: work lists - lines read, answered one by one, scanned."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Path, Query

from api.dependencies import Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.additions import AdditionIn, AdditionOut, AdditionsOut
from api.schemas.tasks import LineAnswerOut, LineIn, LineOut, LinesOut, ScanIn, ScanOut, TotalsOut, UndoScanIn
from services import additions, worklists
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["tasks"])
Reader = Annotated[Actor, permission(Permission.TASK_READ, Permission.TASK_WORK)]
Worker = Annotated[Actor, permission(Permission.TASK_WORK, person=True)]
LineNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
AfterLine = Annotated[int, Query(ge=0, le=2**31 - 1, description="`next` of the page before")]


@router.get("/tasks/{task_id}/lines")
async def list_lines(
    task_id: UUID,
    actor: Reader,
    platform: ThePlatform,
    after: AfterLine = 0,
    limit: Limit = 50,
    only_open: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> LinesOut:
    """A page of a task's lines, all or only those without a result."""
    found = await worklists.lines(
        platform, task_id, actor=actor, after=after, limit=limit, only_open=only_open
    )
    return LinesOut(
        items=[LineOut.model_validate(line) for line in found.items],
        next=str(found.next) if found.next is not None else None,
        totals=TotalsOut.model_validate(found.totals),
    )


@router.post("/tasks/{task_id}/lines/{line}")
async def answer_line(
    task_id: UUID, line: LineNumber, body: LineIn, actor: Worker, platform: ThePlatform, request_id: RequestId
) -> LineAnswerOut:
    """Append the result of one line; a later one supersedes it, `replaces` the one that was read."""
    found = await worklists.line_result(
        platform,
        task_id,
        line,
        result_id=body.result_id,
        outcome=body.outcome,
        data=body.data,
        epoch=body.epoch,
        actor=actor,
        expected=None if body.replaces is None else str(body.replaces),
        request_id=request_id,
    )
    return LineAnswerOut.model_validate(found)


@router.post("/tasks/{task_id}/scans")
async def scan(
    task_id: UUID, body: ScanIn, actor: Worker, platform: ThePlatform, request_id: RequestId
) -> ScanOut:
    """One scan: matched or refused, at once, with words; 200 either way."""
    found = await worklists.scan(
        platform,
        task_id,
        scan_id=body.scan_id,
        code=body.code,
        symbology=body.symbology,
        epoch=body.epoch,
        line=body.line,
        device_at=body.device_at,
        actor=actor,
        request_id=request_id,
    )
    return ScanOut.model_validate(found)


@router.post("/tasks/{task_id}/scans/{scan_id}/undo")
async def undo_scan(
    task_id: UUID,
    scan_id: UUID,
    body: UndoScanIn,
    actor: Worker,
    platform: ThePlatform,
    request_id: RequestId,
) -> ScanOut:
    """Append a reversal of a scan."""
    found = await worklists.undo_scan(
        platform,
        task_id,
        scan_id,
        undo_id=body.undo_id or uuid5(scan_id, "undo"),
        epoch=body.epoch,
        actor=actor,
        request_id=request_id,
    )
    return ScanOut.model_validate(found)


@router.get("/tasks/{task_id}/additions")
async def list_additions(task_id: UUID, actor: Reader, platform: ThePlatform) -> AdditionsOut:
    """The lines that were added to a task's list."""
    found = await additions.added(platform, task_id, actor=actor)
    return AdditionsOut(items=[AdditionOut.model_validate(one) for one in found])


@router.post("/tasks/{task_id}/additions")
async def add_line(
    task_id: UUID, body: AdditionIn, actor: Worker, platform: ThePlatform, request_id: RequestId
) -> AdditionOut:
    """Add a line for goods that stand beside the list; the same goods again correct it."""
    found = await additions.add(
        platform,
        task_id,
        added_id=body.addition_id,
        location=body.location,
        goods=body.goods,
        data=body.data,
        epoch=body.epoch,
        actor=actor,
        request_id=request_id,
    )
    return AdditionOut.model_validate(found)
