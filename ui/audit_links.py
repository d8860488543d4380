"""UI: where what an audit event is about can be looked at."""

from collections.abc import Callable
from urllib.parse import quote

from services.permissions import Permission

PLACES: dict[str, tuple[str, Permission]] = {
    "attachment": ("/attachments/{}", Permission.ATTACHMENT_READ),
    "batch": ("/batches/{}", Permission.STOCK_READ),
    "changeover": ("/changeovers/{}", Permission.SOP_READ),
    "document": ("/documents/{}", Permission.DOCUMENT_READ),
    "material": ("/admin/materials/{}", Permission.MASTER_READ),
    "package": ("/packages/{}", Permission.STOCK_READ),
    "party": ("/admin/parties/{}", Permission.MASTER_READ),
    "person": ("/admin/persons/{}", Permission.MASTER_READ),
    "run": ("/runs/{}", Permission.RUN_READ),
    "schedule": ("/admin/schedules/{}", Permission.ADMIN_SCHEDULES),
    "site": ("/admin/sites/{}", Permission.MASTER_READ),
    "task": ("/tasks/{}", Permission.TASK_READ),
}
PAGE = "page"
"""What was read is a page of ours: its address is the object."""


def place_of(object_type: str, object_id: str, may: Callable[[Permission], bool]) -> str:
    """The address of an object for who may go there, '' for one that has no page of its own."""
    if object_type == PAGE and object_id.startswith("/") and not object_id.startswith(("//", "/api/")):
        return object_id
    known = PLACES.get(object_type)
    if known is None or not may(known[1]) or object_id in {"", "list"}:
        return ""
    return known[0].format(quote(object_id, safe=""))
