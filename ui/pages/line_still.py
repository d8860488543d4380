"""UI pages: what has to be scanned or counted of a line before it can be said to be there (GSP 94, 96)."""

from typing import Any

from domain.scanned_lines import REQUIRED
from ui.pages.task_context import TaskReading


def still_to_do(reading: TaskReading, line: Any) -> str:
    """The sentence before the click; '' where nothing is missing, or the list does not ask for scans."""
    work = reading.found.task.content["lines"]
    if not reading.may_work or reading.awaiting or line.outcome is not None:
        return ""
    counted, quantity = work.get("counted"), line.data.get("quantity")
    if work.get("scan") != REQUIRED or not counted or not quantity:
        return ""
    _ = reading.view.words.gettext
    if not line.scanned:
        return _("Scan one of these goods first, or type its code or its batch number.")
    if not counted["quantity"] or line.scanned >= quantity:
        return ""
    return _(
        "%(scanned)s of %(quantity)s scanned: scan the others; of goods without serials you may count "
        "the others and type the quantity.",
        scanned=line.scanned,
        quantity=quantity,
    )
