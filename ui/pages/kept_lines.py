"""UI pages: what is filled in of a line is kept until the line has its result."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from services import worklists
from ui import formats
from ui.answers import PageRoute
from ui.contexts.work import DraftState
from ui.definition_forms import posted_data
from ui.pages.line_context import unscanned
from ui.pages.listing import identity
from ui.pages.posted import epoch_of
from ui.pages.scans import line_number, one_line
from ui.pages.tasks import Worker, read_task

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/tasks/{task}/lines/{number}/draft")
async def keep_line(task: str, number: str, view: Worker) -> Response:
    """Keeps what is filled in of a line so far."""
    reading = await read_task(view, task)
    posted = await view.posted()
    saved, problem = formats.instant(view.now, reading.view.zone, seconds=True), ""
    try:
        line = await one_line(reading, line_number(number))
        data: Mapping[str, Any] = unscanned(reading, line, posted_data(reading.line_form, posted))
        await worklists.keep_line(
            view.platform,
            reading.found.task.id,
            line.line,
            result_id=identity(str(posted.get("result_id", ""))),
            data=data,
            epoch=epoch_of(posted.get("epoch")),
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        saved, problem = "", refusal.message(view.language)
    return view.page(DraftState(saved, problem))
