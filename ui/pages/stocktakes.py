"""UI pages: the differences of a stocktake - what differs, by value, place, goods or quantity, and photos."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from services import stocktakes
from services.permissions import Permission
from services.stocktakes import Differences, Variance
from ui import goods_words
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Column, Empty, Row, Table
from ui.contexts.records import ListPage
from ui.pages.listing import identity
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.TASK_READ)]

ORDERS: dict[str, tuple[str, Callable[[Variance], Any]]] = {
    "value": (mark("By value"), lambda one: (-abs(Decimal(one.data.get("value", "0"))), one.line)),
    "quantity": (mark("By quantity"), lambda one: (-abs(one.data["variance"]), one.line)),
    "place": (mark("By place"), lambda one: (one.data["location"], one.line)),
    "material": (mark("By material"), lambda one: (one.data["material"], one.data["batch_number"], one.line)),
}


@router.get("/runs/{run}/variances")
async def show_variances(run: str, view: Reader) -> Response:
    """The page that answers: what differs."""
    found = await stocktakes.differences(view.platform, identity(run, "流程 / run"), actor=view.person)
    view = view.in_zone(found.run.time_zone)
    _ = view.words.gettext
    order = view.query("order") if view.query("order") in ORDERS else "value"
    address = f"/runs/{found.run.id}"
    total = sum((abs(Decimal(one.data["value"])) for one in found.lines if "value" in one.data), Decimal(0))
    return view.page(
        ListPage(
            title=_("Differences"),
            intro=view.words.ngettext(
                "%(n)s difference, worth %(value)s CNY without its sign.",
                "%(n)s differences, together worth %(value)s CNY without signs.",
                len(found.lines),
                value=f"{total:,f}",
            ),
            table=_table(view, found, order),
            actions=[Action(_("To the run"), address, "route")],
            tabs=[
                (f"{address}/variances?order={name}", _(label), name == order)
                for name, (label, _key) in ORDERS.items()
            ],
            back=Action(_("Runs"), "/runs"),
        )
    )


def _table(view: View, found: Differences, order: str) -> Table:
    _ = view.words.gettext
    texts = [_("Material"), _("Batch"), _("Place")]
    numbers = [_("Books"), _("First count"), _("Second count"), _("Difference"), _("Value (CNY)")]
    columns = [*(Column(label) for label in texts), *(Column(label, numeric=True) for label in numbers)]
    columns += [Column(_("Cause")), Column(_("Photos"))]
    lines = sorted(found.lines, key=ORDERS[order][1])
    empty = Empty(_("No differences"), _("Books and goods agree, or the counts are not compared yet."))
    return Table("variances", _("Differences"), columns, [_row(view, found, one) for one in lines], empty)


def _row(view: View, found: Differences, one: Variance) -> Row:
    _, data, unit = view.words.gettext, one.data, str(one.data["unit"])
    name = view.words.pick({"zh": data["material_name"], "en": one.material_en})
    status = codes.word(goods_words.STOCK_STATUSES, data["status"], view.words)
    moved = _("moved since the plan: %(n)s", n=f"{data['moved']:+d}") if data["moved"] else ""
    disagree = "" if data["agreed"] else _("the two counts disagree")
    return Row(
        [
            Cell(name, sub=f"{data['material']} · {data['specification']}"),
            Cell(data["batch_number"], "code", f"/batches/{data['batch_id']}"),
            Cell(data["location"], "code", sub=status),
            Cell(data["expected"], "quantity", unit=unit, sub=moved),
            Cell(data["first_counted"], "quantity", unit=unit),
            Cell(data.get("second_counted"), "quantity", unit=unit, sub=disagree),
            Cell(f"{data['variance']:+d}", sub=unit),
            Cell(data.get("value"), sub="" if "value" in data else _("not valued")),
            _cause(view, one),
            _photos(view, found, one),
        ],
        "bad" if data["special_control"] else "warn" if data["variance"] < 0 else "info",
    )


def _cause(view: View, one: Variance) -> Cell:
    if one.outcome is None or one.review is None:
        return Cell("")
    cause = codes.word(goods_words.CAUSES, str(one.review.get("cause", "")), view.words)
    decided = codes.word(codes.LINE_OUTCOMES, one.outcome, view.words)
    said = " · ".join(filter(None, (decided, str(one.review.get("reason") or ""), one.reviewed_by)))
    return Cell(cause, sub=said)


def _photos(view: View, found: Differences, one: Variance) -> Cell:
    """The first photo as a link; the others stand on the record."""
    photos = (one.review or {}).get("photo") or []
    if not photos:
        return Cell("")
    href = f"/attachments/{photos[0]}" if view.may(Permission.ATTACHMENT_READ) else ""
    more = f"+{len(photos) - 1}" if photos[1:] else ""
    return Cell(found.files.get(photos[0], photos[0][:8]), href=href, sub=more)
