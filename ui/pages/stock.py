"""UI pages: stock by position, promised and on the way, now and as of a day."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound
from services import stock
from services.permissions import Permission
from services.read_models import InTransit, StockRow
from ui import formats, goods_words
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import (
    Action,
    Cell,
    Column,
    Empty,
    Field,
    Filter,
    Row,
    Section,
    Table,
    Tone,
)
from ui.contexts.records import ListPage
from ui.pages.listing import PAGE, after, asked, choice, next_href, site_options
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.STOCK_READ)]
EDGES: dict[str, Tone] = {
    "qualified": "good",
    "quarantine": "warn",
    "returned": "warn",
    "rejected": "bad",
    "recalled": "bad",
}


@router.get("/stock")
async def list_stock(view: Reader) -> Response:
    """How many, where, in which state; looking back when a day is given."""
    _ = view.words.gettext
    empty = Empty(_("No stock here"), _("Widen the filter, or receive a delivery."))
    rows, next_, moving = [], "", None
    try:
        page = await stock.rows(
            view.platform,
            actor=view.person,
            material=asked(view, "material"),
            batch=asked(view, "batch"),
            site=asked(view, "site"),
            status=asked(view, "status"),
            at=_end_of(view),
            after=after(view),
            limit=PAGE,
        )
        rows, next_ = [position_row(view, row) for row in page.items], next_href(view, page)
        moving = await _in_transit(view)
    except (NotFound, stock.AmbiguousBatch) as unknown:
        empty = Empty(unknown.message(view.language), _("Look at the code again."))
    table = Table("positions", _("Stock"), position_columns(view), rows, empty, next_)
    filter_ = Filter(
        "/stock",
        "positions",
        [
            Field("material", _("Material (code)"), value=view.query("material")),
            Field("batch", _("Batch"), value=view.query("batch")),
            choice(view, "site", _("Site"), await site_options(view)),
            choice(view, "status", _("Status"), codes.choices(goods_words.STOCK_STATUSES, view.words)),
            Field("at", _("As it was on"), "date", view.query("at")),
        ],
    )
    intro = _("Green is qualified, yellow undecided, red rejected. Only the green can leave.")
    if await stock.is_counting(view.platform, actor=view.person):
        intro += " " + _("What is being counted is left out here until its count is done.")
    actions = [Action(_("Package list"), "/packages", "box")]
    return view.page(ListPage(_("Stock"), intro, table, filter_, actions, beside=moving))


async def _in_transit(view: View) -> Section | None:
    """What is on the way between sites, on the first page and without a status: it has none."""
    if asked(view, "status") or after(view):
        return None
    found = await stock.in_transit(
        view.platform,
        actor=view.person,
        material=asked(view, "material"),
        batch=asked(view, "batch"),
        site=asked(view, "site"),
        at=_end_of(view),
    )
    return (
        Section(view.words.gettext("On the way between sites"), table=transit_table(view, found))
        if found
        else None
    )


def transit_table(view: View, found: Sequence[InTransit]) -> Table:
    """Goods that were sent on a transfer and have not arrived."""
    _, pick = view.words.gettext, view.words.pick
    rows = [
        Row(
            [
                Cell(one.number, "code", f"/documents/{one.document_id}", sub=one.carrier or ""),
                Cell(
                    pick({"zh": one.material_zh, "en": one.material_en}),
                    sub=f"{one.material_code} · {one.specification}",
                ),
                Cell(one.batch_number, "code", f"/batches/{one.batch_id}"),
                Cell(
                    pick({"zh": one.to_site_zh, "en": one.to_site_en}),
                    sub=_("from %(site)s", site=pick({"zh": one.from_site_zh, "en": one.from_site_en})),
                ),
                Cell(one.sent_at, "instant"),
                Cell(one.quantity, "quantity", unit=one.base_unit),
            ],
            "warn",
        )
        for one in found
    ]
    labels = (_("Transfer"), _("Material"), _("Batch"), _("To site"), _("Shipped at"))
    columns = [*(Column(label) for label in labels), Column(_("Quantity"), numeric=True)]
    return Table("in-transit", _("On the way between sites"), columns, rows, Empty(""))


def _end_of(view: View) -> datetime | None:
    """The end of the asked day in the person's zone."""
    try:
        at = datetime.fromisoformat(view.query("at")).replace(tzinfo=formats.zone_of(view.zone))
    except ValueError:
        return None
    return (at + timedelta(days=1)).astimezone(UTC) - timedelta(microseconds=1)


def place_href(site: str, code: str) -> str:
    """The page of a place."""
    return f"/places/{quote(site, safe='')}/{quote(code, safe='')}"


def position_columns(view: View) -> list[Column]:
    """The columns of a table of positions."""
    _ = view.words.gettext
    columns = [Column(label) for label in (_("Material"), _("Batch"), _("Place"), _("Status"), _("Expiry"))]
    return [*columns, Column(_("Quantity"), numeric=True)]


def position_row(view: View, row: StockRow) -> Row:
    """One position: zone colour with icon and word, and how long it lasts."""
    _, pick = view.words.gettext, view.words.pick
    said = [_("on hold")] if row.on_hold else []
    promised = _("%(n)s reserved", n=row.reserved) if row.reserved else ""
    _tone, left = formats.remaining(row.remaining_days, view.words)
    return Row(
        [
            Cell(
                pick({"zh": row.material_zh, "en": row.material_en}),
                sub=f"{row.material_code} · {row.specification}",
            ),
            Cell(row.batch_number, "code", f"/batches/{row.batch_id}"),
            Cell(
                row.location_code,
                "code",
                place_href(row.site_code, row.location_code),
                sub=pick({"zh": row.site_zh, "en": row.site_en}),
            ),
            Cell(codes.chip(goods_words.STOCK_STATUSES, row.status, view.words), "chip", sub=" ".join(said)),
            Cell(row.expires_on, "date", sub=left),
            Cell(row.quantity, "quantity", unit=row.base_unit, sub=promised),
        ],
        "bad" if row.on_hold or row.expired else EDGES.get(row.status, "neutral"),
    )
