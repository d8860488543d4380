"""UI pages: all scans of a task - what was read and answered, by whom, when; a device's time is a claim."""

from fastapi import APIRouter
from starlette.responses import Response

from services import scan_list
from services.scan_list import ScanRow
from ui import formats
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Row, Table
from ui.contexts.records import ListPage
from ui.pages.listing import PAGE, after, next_href
from ui.pages.tasks import Reader, read_task
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/tasks/{task}/scans")
async def list_scans(task: str, view: Reader) -> Response:
    """The scans, the newest first."""
    reading = await read_task(view, task)
    view = reading.view
    _, shown = view.words.gettext, reading.found.task
    page = await scan_list.of_task(view.platform, shown.id, actor=view.person, after=after(view), limit=PAGE)
    labels = [_("Code"), _("Answer"), _("Line")]
    columns = [*(Column(label) for label in labels), Column(_("Quantity"), numeric=True)]
    columns += [Column(_("Heard at")), Column(_("Who"))]
    empty = Empty(_("Nothing was scanned"), _("Lines can also be recorded by hand."), icon="scan")
    rows = [_row(view, row) for row in page.items]
    table = Table("scans", _("Scan records"), columns, rows, empty, next_href(view, page))
    title = view.words.pick({"zh": shown.title_zh, "en": shown.title_en})
    about = view.words.pick({"zh": shown.object, "en": shown.object_en})
    intro = _("The time is the server's. What a device said is shown where it differs.")
    back = Action(f"{title} · {about}", f"{reading.address}/scan")
    return view.page(ListPage(_("Scan records"), intro, table, back=back))


def _row(view: View, row: ScanRow) -> Row:
    _ = view.words.gettext
    chip = {
        "matched": Chip(_("Right"), "check", "good"),
        "refused": Chip(_("Stop"), "x", "bad"),
    }.get(row.verdict, Chip(_("Undone"), "undo", "neutral"))
    why = row.message.get(view.language) or row.message.get("zh", "")
    undone = _("taken back later") if row.undone else ""
    claim = formats.device_claim(row.device_at, row.recorded_at, view.zone, view.words)
    return Row(
        [
            Cell(row.code.replace("\x1d", "␝"), "code"),
            Cell(chip, "chip", sub=" · ".join(filter(None, (why, undone)))),
            Cell(row.line_no),
            Cell(row.quantity, "quantity"),
            Cell(row.recorded_at, "evidence", sub=claim),
            Cell(row.actor),
        ],
        chip.tone,
    )
