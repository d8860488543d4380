"""Room `api`: the shape of an attachment's header."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from api.schemas.base import Answer, Instant


class AttachmentOut(Answer):
    """A file that was kept; its bytes are at `/attachments/{id}/content`."""

    id: UUID
    sha256: str
    media_type: str
    size: int
    file_name: str
    uploaded_by: str
    task_id: UUID | None
    run_id: UUID | None
    step_path: str | None
    recorded_at: Instant
    deleted_at: Instant | None = Field(None, description="when its bytes were deleted under retention")
    deleted_by: UUID | None = Field(None, description="the run that deleted them")
