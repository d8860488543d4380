"""UI pages: files added to and taken off a form's attachment field, in place."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound, Refusal
from services import attachments
from services.permissions import Permission
from ui.answers import PageRoute, status_of
from ui.contexts.swaps import UploadPart
from ui.definition_forms import PREFIX, field_views
from ui.pages.task_parts import uploads_of
from ui.pages.tasks import read_task
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/tasks/{task}/attachments/{part}/{name}")
async def change_uploads(
    task: str, part: str, name: str, view: Annotated[View, page_permission(Permission.ATTACHMENT_ADD)]
) -> Response:
    """Adds posted files to the field or takes one off; gives the field back."""
    reading = await read_task(view, task)
    form = reading.line_form if part == "line" else reading.form
    if name not in form:
        raise NotFound(what=name)
    posted = await view.posted()
    kept = [v for v in posted.getlist(PREFIX + name) if isinstance(v, str) and v != posted.get("without")]
    known, error, status = dict(reading.uploads), "", 200
    for file in await view.files(f"file.{PREFIX}{name}"):
        try:
            made = await attachments.add(
                view.platform,
                await file.read(),
                actor=view.person,
                media_type=file.content_type,
                file_name=file.filename or "",
                task_id=reading.found.task.id,
                request_id=view.request_id,
            )
        except Refusal as refusal:
            error, status = refusal.message(view.language), status_of(refusal)
            break
        known |= uploads_of([made])
        kept.append(str(made.id))
    fields = field_views(
        {name: form[name]},
        {name: kept},
        view.words,
        required=reading.found.required,
        errors={name: error},
        upload_href=f"{reading.address}/attachments/{part}",
        uploads=known,
    )
    return view.page(UploadPart(fields[0]), status)
