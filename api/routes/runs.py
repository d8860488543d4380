"""Room `api`: runs - started, listed, read with their time line, commanded."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.commands import RESPONSES, answered, submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.printed import pdf
from api.route import ApiRoute
from api.schemas.base import BothLanguages, Page, page
from api.schemas.runs import (
    HistoryPage,
    OutageOut,
    RunCommandIn,
    RunDetail,
    RunIn,
    RunOut,
    RunState,
    TimelineEntryOut,
)
from api.schemas.submissions import CommandOut
from domain.outages import Outage, told
from services import run_lines, run_note, runs, stock
from services.permissions import Permission
from services.platform import Actor, Platform
from services.run_commands import Kind
from services.runs import RunView

router = APIRouter(route_class=ApiRoute, tags=["runs"])
Reader = Annotated[Actor, permission(Permission.RUN_READ)]
Starter = Annotated[Actor, permission(Permission.RUN_START)]
Suspender = Annotated[Actor, permission(Permission.RUN_SUSPEND, person=True)]
Canceller = Annotated[Actor, permission(Permission.RUN_CANCEL, person=True)]
SenderBack = Annotated[Actor, permission(Permission.RUN_SEND_BACK, Permission.TASK_WORK, person=True)]
Key = Annotated[UUID | None, Depends(submission_of)]
Code = Annotated[str | None, Query(max_length=64)]


@router.post("/runs", status_code=201)
async def start_run(
    body: RunIn, actor: Starter, platform: ThePlatform, request_id: RequestId, key: Key
) -> RunDetail:
    """Start a run of the version in force at the run's site; one open run per business key."""
    made = await runs.start(
        platform,
        body.sop,
        body.inputs,
        body.business_key,
        actor=actor,
        site=body.site,
        run_id=key,
        request_id=request_id,
    )
    return detail(made)


@router.get("/runs")
async def list_runs(
    actor: Reader,
    platform: ThePlatform,
    sop: Code = None,
    state: RunState | None = None,
    batch: Annotated[str | None, Query(max_length=200, description="id or `material:number`")] = None,
    site: Code = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    called_by: Annotated[UUID | None, Query(description="the run that called them")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[RunOut]:
    """Runs, the newest first."""
    batch_id = await stock.find_batch(platform, batch) if batch is not None else None
    found = await runs.list_runs(
        platform,
        actor=actor,
        sop=sop,
        state=state,
        batch=batch_id,
        site=site,
        text=text,
        called_by=called_by,
        after=after,
        limit=limit,
    )
    return page(RunOut, found)


@router.get("/runs/{run_id}")
async def get_run(run_id: UUID, actor: Reader, platform: ThePlatform) -> RunDetail:
    """A run in full: where it is, its tasks and documents."""
    return detail(await runs.get(platform, run_id, actor=actor))


@router.get("/runs/{run_id}/note", response_class=Response)
async def get_run_note(
    run_id: UUID,
    actor: Reader,
    platform: ThePlatform,
    request_id: RequestId,
    language: Annotated[Literal["zh", "en"], Query(description="the language of the record")] = "zh",
) -> Response:
    """The printable record of a run of any procedure as a PDF: what was done, by whom, who signed."""
    name, content = await run_note.pdf(
        platform, run_id, actor=actor, language=language, request_id=request_id
    )
    return pdf(name, content)


@router.get("/runs/{run_id}/history")
async def get_history(
    run_id: UUID,
    actor: Reader,
    platform: ThePlatform,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> HistoryPage:
    """The time line, oldest first: who did what, when, why, signed, down to the engine's event ids.

    Beside its lines, when the system did not answer for ten seconds or more.
    """
    found = await run_lines.page(platform, run_id, actor=actor, after=after, limit=limit, forward=True)
    items = [TimelineEntryOut.model_validate(entry) for entry in found.entries]
    return HistoryPage(items=items, next=found.next, outages=[_outage(one) for one in found.outages])


def _outage(one: Outage) -> OutageOut:
    said = BothLanguages.model_validate(told(one))
    return OutageOut(start=one.start, end=one.end, why=list(one.why), text=said)


@router.post("/runs/{run_id}/suspend", response_model=CommandOut, responses=RESPONSES)
async def suspend_run(
    run_id: UUID, body: RunCommandIn, actor: Suspender, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Stop a run where it is; nobody can complete its tasks until it is resumed."""
    return await _command(platform, run_id, "suspend", body, actor, key, request_id)


@router.post("/runs/{run_id}/resume", response_model=CommandOut, responses=RESPONSES)
async def resume_run(
    run_id: UUID, body: RunCommandIn, actor: Suspender, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Let a suspended run go on; its open tasks get a new epoch."""
    return await _command(platform, run_id, "resume", body, actor, key, request_id)


@router.post("/runs/{run_id}/cancel", response_model=CommandOut, responses=RESPONSES)
async def cancel_run(
    run_id: UUID, body: RunCommandIn, actor: Canceller, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Cancel a run, signed: its effects are undone, last first; what cannot be undone is reported."""
    return await _command(platform, run_id, "cancel", body, actor, key, request_id)


@router.post("/runs/{run_id}/send-back", response_model=CommandOut, responses=RESPONSES)
async def send_run_back(
    run_id: UUID,
    body: RunCommandIn,
    actor: SenderBack,
    platform: ThePlatform,
    request_id: RequestId,
    key: Key,
) -> CommandOut | Response:
    """Send a run back to an earlier step with a reason."""
    return await _command(platform, run_id, "send_back", body, actor, key, request_id)


async def _command(
    platform: Platform,
    run_id: UUID,
    kind: Kind,
    body: RunCommandIn,
    actor: Actor,
    key: UUID | None,
    request_id: str,
) -> CommandOut | Response:
    found = await runs.command(
        platform,
        run_id,
        kind,
        reason=body.reason,
        to=body.to,
        task_path=body.task_path,
        signature=body.signature.given() if body.signature else None,
        actor=actor,
        submission_id=key,
        request_id=request_id,
    )
    return answered(found)


def detail(view: RunView) -> RunDetail:
    """A run in full, with links to what belongs to it."""
    address = f"/api/v1/runs/{view.row.id}"
    links = {"self": address, "history": f"{address}/history", "page": f"/runs/{view.row.id}"}
    if view.row.called_by is not None:
        links["caller"] = f"/api/v1/runs/{view.row.called_by}"
    if view.called_states:
        links["called"] = f"/api/v1/runs?called_by={view.row.id}"
    fields: dict[str, Any] = {
        name: getattr(view, name)
        for name in ("inputs", "current", "steps", "tasks", "documents", "batch_ids", "engine_started_at")
    } | {
        "called": view.called,
        "called_states": view.called_states,
    }
    head = RunOut.model_validate(view.row).model_dump()
    return RunDetail.model_validate({**head, **fields, "links": links})
