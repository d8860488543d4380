"""Room `api`: files that belong to steps - kept whole, given back byte by byte."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response, UploadFile

from api.commands import submission_of
from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.attachments import AttachmentOut
from services import attachments
from services.permissions import Permission, require_person
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["attachments"])
Key = Annotated[UUID | None, Depends(submission_of)]
Adder = Annotated[Actor, permission(Permission.ATTACHMENT_ADD)]
Reader = Annotated[Actor, permission(Permission.ATTACHMENT_READ)]


@router.post("/attachments", status_code=201)
async def add_attachment(
    file: UploadFile,
    actor: Adder,
    platform: ThePlatform,
    request_id: RequestId,
    key: Key,
    task_id: Annotated[UUID | None, Form()] = None,
    epoch: Annotated[int | None, Form(ge=1, le=2**31 - 1)] = None,
) -> AttachmentOut:
    """Keep a PDF, PNG, JPEG or WebP of at most 25 MiB; with `task_id` as a performer of the task."""
    if task_id is not None:
        require_person(actor)
    made = await attachments.add(
        platform,
        await file.read(),
        actor=actor,
        media_type=file.content_type,
        file_name=file.filename or "",
        task_id=task_id,
        epoch=epoch,
        as_id=key,
        request_id=request_id,
    )
    return AttachmentOut.model_validate(made)


@router.get("/attachments/{attachment_id}")
async def get_attachment(attachment_id: UUID, actor: Reader, platform: ThePlatform) -> AttachmentOut:
    """What is known about a file, also when its bytes were deleted under retention."""
    return AttachmentOut.model_validate(await attachments.head(platform, attachment_id, actor=actor))


@router.get("/attachments/{attachment_id}/content", response_class=Response)
async def get_attachment_content(attachment_id: UUID, actor: Reader, platform: ThePlatform) -> Response:
    """The bytes, as they were sent; 410 `attachment_deleted` when they were deleted under retention."""
    found = await attachments.read(platform, attachment_id, actor=actor)
    headers = {
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": f'"{found.header.sha256}"',
        "Cache-Control": "private, no-store",
    }
    return Response(found.content, media_type=found.header.media_type, headers=headers)
