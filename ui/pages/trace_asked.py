"""UI pages: what a trace is asked for - its start, its direction and its moment, from the address."""

from datetime import UTC, date, datetime, time
from typing import Annotated, cast, get_args

from domain.tracing import Direction
from services.permissions import Permission
from services.trace import Start
from ui import formats
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

Reader = Annotated[View, page_permission(Permission.STOCK_READ)]
KINDS: dict[str, str] = {
    "batch": mark("Batch"),
    "serial": mark("Serial number"),
    "document": mark("Document"),
    "party": mark("Partner"),
    "package": mark("Package"),
    "person": mark("Person"),
}
DIRECTIONS: tuple[tuple[Direction, str], ...] = (
    ("both", mark("Both directions")),
    ("back", mark("Where it came from")),
    ("forward", mark("Where it went")),
)


def asked_start(view: View) -> Start | None:
    """The one thing that the address names; None for none."""
    given = {kind: view.query(kind) or None for kind in KINDS}
    return Start(**given) if any(given.values()) else None


def asked_direction(view: View) -> Direction:
    """Back, forward or both."""
    said = view.query("direction")
    return cast("Direction", said) if said in get_args(Direction) else "both"


def asked_at(view: View) -> datetime | None:
    """An instant, or the end of a day in the person's zone; None for now."""
    said = view.query("at")
    try:
        if len(said) == len("2027-11-30"):
            day = date.fromisoformat(said)
            return datetime.combine(day, time.max, formats.zone_of(view.zone)).astimezone(UTC)
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
