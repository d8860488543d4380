"""Room `api`: runs - started, listed, read with their history, suspended, resumed, cancelled, sent back."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api import PREFIX
from api.commands import RESPONSES, answered, submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.runs import (
    CancelIn,
    CommandIn,
    HistoryOut,
    RunDetail,
    RunIn,
    RunOut,
    SendBackIn,
    TimelineOut,
)
from api.schemas.tasks import CommandOut
from domain.errors import FieldProblem, Invalid
from services import runs, stock, timeline
from services.permissions import Permission
from services.platform import Actor
from services.run_view import RunView

router = APIRouter(route_class=ApiRoute, tags=["runs"])
Starter = Annotated[Actor, permission(Permission.RUN_START)]
Reader = Annotated[Actor, permission(Permission.RUN_READ)]
Suspender = Annotated[Actor, permission(Permission.RUN_SUSPEND, person=True)]
Canceller = Annotated[Actor, permission(Permission.RUN_CANCEL, person=True)]
SenderBack = Annotated[Actor, permission(Permission.RUN_SEND_BACK, Permission.TASK_WORK, person=True)]
Key = Annotated[UUID | None, Depends(submission_of)]
RunState = Literal["running", "suspended", "incident", "completed", "cancelled", "failed"]


@router.post("/runs", status_code=201)
async def start_run(
    body: RunIn, actor: Starter, platform: ThePlatform, request_id: RequestId, key: Key
) -> RunDetail:
    """Start a run; one open run per business key, else 409 with its id."""
    view = await runs.start(
        platform,
        body.sop,
        dict(body.inputs),
        body.business_key,
        actor=actor,
        site=body.site,
        run_id=key,
        request_id=request_id,
    )
    return detail(view)


@router.get("/runs")
async def list_runs(
    actor: Reader,
    platform: ThePlatform,
    sop: Annotated[str | None, Query(max_length=64)] = None,
    state: RunState | None = None,
    batch: Annotated[str | None, Query(max_length=200)] = None,
    site: Annotated[str | None, Query(max_length=64)] = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[RunOut]:
    """Runs at the sites that one may read, the newest first."""
    batch_id = (await stock.batch(platform, batch, actor=actor)).id if batch else None
    found = await runs.list_runs(
        platform,
        actor=actor,
        sop=sop,
        state=state,
        batch=batch_id,
        site=site,
        text=text,
        after=after,
        limit=limit,
    )
    return page(RunOut, found)


@router.get("/runs/{run_id}")
async def get_run(run_id: UUID, actor: Reader, platform: ThePlatform) -> RunDetail:
    """A run in full: state, where it is now, tasks, documents."""
    return detail(await runs.get(platform, run_id, actor=actor))


@router.get("/runs/{run_id}/history")
async def get_history(run_id: UUID, actor: Reader, platform: ThePlatform) -> HistoryOut:
    """The time line: who did what, when and why, with the engine's event ids."""
    found = await timeline.run_timeline(platform, run_id, actor=actor)
    return HistoryOut(items=[TimelineOut.model_validate(entry) for entry in found])


@router.post("/runs/{run_id}/suspend", response_model=CommandOut, responses=RESPONSES)
async def suspend(
    run_id: UUID, body: CommandIn, actor: Suspender, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Stop a run where it is; nothing can be completed until it is resumed."""
    return await _command(platform, run_id, "suspend", body.reason, actor, key, request_id)


@router.post("/runs/{run_id}/resume", response_model=CommandOut, responses=RESPONSES)
async def resume(
    run_id: UUID, body: CommandIn, actor: Suspender, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Let a suspended run go on; open tasks have to be looked at again (their epoch grows)."""
    return await _command(platform, run_id, "resume", body.reason, actor, key, request_id)


@router.post("/runs/{run_id}/cancel", response_model=CommandOut, responses=RESPONSES)
async def cancel(
    run_id: UUID, body: CancelIn, actor: Canceller, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """End a run, signed; its effects are undone in reverse order, what cannot be is reported."""
    if body.signature is None:
        words = "取消流程须签名", "cancelling a run needs a signature"
        raise Invalid([FieldProblem("signature", "required", *words)])
    given = body.signature.given()
    return await _command(platform, run_id, "cancel", body.reason, actor, key, request_id, signature=given)


@router.post("/runs/{run_id}/send-back", response_model=CommandOut, responses=RESPONSES)
async def send_back(
    run_id: UUID, body: SendBackIn, actor: SenderBack, platform: ThePlatform, request_id: RequestId, key: Key
) -> CommandOut | Response:
    """Send the work back to a named step; effects in between are undone."""
    given = body.signature.given() if body.signature else None
    return await _command(
        platform, run_id, "send_back", body.reason, actor, key, request_id, to=body.to, signature=given
    )


async def _command(
    platform: Any,
    run_id: UUID,
    kind: Any,
    reason: str,
    actor: Actor,
    key: UUID | None,
    request_id: str,
    **more: Any,
) -> CommandOut | Response:
    found = await runs.command(
        platform,
        run_id,
        kind,
        reason=reason,
        actor=actor,
        submission_id=key,
        request_id=request_id,
        **more,
    )
    return answered(found)


def detail(view: RunView) -> RunDetail:
    """A run in full with its links."""
    row = {name: getattr(view.row, name) for name in RunOut.model_fields}
    own = {name: getattr(view, name) for name in ("inputs", "current", "tasks", "documents", "batch_ids")}
    here = f"{PREFIX}/runs/{view.row.id}"
    links = {"self": here, "history": f"{here}/history", "tasks": f"{PREFIX}/tasks?run={view.row.id}"}
    return RunDetail.model_validate({**row, **own, "links": links})
