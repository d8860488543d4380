"""UI pages: packages - found; what is in one, where it stands, and with which shipment it left."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from services import packages
from services.packages import ContentRow, PackageRow, PackageView
from services.permissions import Permission
from ui import goods_words
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Column, Empty, Fact, Filter, Row, Section, Table
from ui.contexts.records import ListPage, RecordPage
from ui.pages.listing import PAGE, after, asked, choice, next_href, search, site_options
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.STOCK_READ)]


@router.get("/packages")
async def list_packages(view: Reader) -> Response:
    """Packages that the person may see, newest first."""
    _ = view.words.gettext
    page = await packages.list_packages(
        view.platform,
        actor=view.person,
        text=asked(view, "text"),
        state=asked(view, "state"),
        site=asked(view, "site"),
        after=after(view),
        limit=PAGE,
    )
    filter_ = Filter(
        "/packages",
        "packages",
        [
            search(view, _("SSCC, trace code, shipment or order")),
            choice(view, "state", _("State"), codes.choices(goods_words.PACKAGE_STATES, view.words)),
            choice(view, "site", _("Site"), await site_options(view)),
        ],
    )
    empty = Empty(
        _("No packages"), _("They are made when an order is packed; or widen the filter."), icon="box"
    )
    table = package_table(view, page.items, empty, next_href(view, page))
    intro = _("A scanned package counts for all that is in it.")
    return view.page(ListPage(_("Package list"), intro, table, filter_, back=Action(_("Stock"), "/stock")))


def package_table(view: View, rows: Sequence[PackageRow], empty: Empty, next_: str = "") -> Table:
    """Packages as a table."""
    _, pick = view.words.gettext, view.words.pick
    labels = [_("Package"), _("State"), _("Shipment"), _("Place")]
    columns = [*(Column(label) for label in labels), Column(_("Batches"), numeric=True), Column(_("Made at"))]
    made = []
    for row in rows:
        shipment = f"/documents/{row.document_id}" if view.may(Permission.DOCUMENT_READ) else ""
        number = _("no. %(n)s", n=row.number) if row.number else ""
        made.append(
            Row(
                [
                    Cell(row.sscc, "code", f"/packages/{row.sscc}", sub=row.trace_code or ""),
                    Cell(codes.chip(goods_words.PACKAGE_STATES, row.state, view.words), "chip"),
                    Cell(row.document_number, "code", shipment if row.document_id else "", sub=number),
                    Cell(row.location, "code", sub=pick({"zh": row.site_zh, "en": row.site_en})),
                    Cell(row.batches, "quantity"),
                    Cell(row.created_at, "instant"),
                ]
            )
        )
    return Table("packages", _("Package list"), columns, made, empty, next_)


@router.get("/packages/{sscc}")
async def show_package(sscc: str, view: Reader) -> Response:
    """A package by SSCC or aggregated trace code."""
    found = await packages.get(view.platform, sscc[:64], actor=view.person)
    _, head = view.words.gettext, found.head
    sections = [
        Section(_("Record"), facts=_facts(view, found)),
        Section(_("Contents"), table=_contents(view, found.contents, head.sscc)),
    ]
    if found.inside:
        sections.append(Section(_("Packages inside"), table=_inside(view, found)))
    actions = [
        Action(_("Trace"), f"/trace?package={head.sscc}", "search"),
        Action(_("Print the label"), f"/packages/{head.sscc}/label", "print"),
    ]
    if head.document_id and view.may(Permission.DOCUMENT_READ):
        actions.append(Action(_("To the shipment"), f"/documents/{head.document_id}", "truck"))
    return view.page(
        RecordPage(
            title=head.sscc,
            eyebrow=_("Package"),
            mono=True,
            sections=sections,
            chips=[codes.chip(goods_words.PACKAGE_STATES, head.state, view.words)],
            actions=actions,
            back=Action(_("Package list"), "/packages"),
        )
    )


def _facts(view: View, found: PackageView) -> list[Fact]:
    _, head = view.words.gettext, found.head
    facts = [
        Fact(_("Aggregated trace code"), Cell(head.trace_code, "code")),
        Fact(_("Number in the shipment"), Cell(head.number)),
        Fact(_("Site"), Cell(view.words.pick({"zh": head.site_zh, "en": head.site_en}), sub=head.site)),
        Fact(_("Place"), Cell(head.location, "code")),
        Fact(_("Stands in"), Cell(head.parent, "code", f"/packages/{head.parent}")),
        Fact(_("Shipment"), Cell(head.document_number, "code", f"/documents/{head.document_id}")),
        Fact(_("Made by"), Cell(head.created_by)),
        Fact(_("Made at"), Cell(head.created_at, "instant")),
    ]
    return [fact for fact in facts if fact.cell.value not in (None, "")]


def _contents(view: View, rows: list[ContentRow], outer: str) -> Table:
    """The goods; in which of the packages inside they are, where there are such."""
    inside = any(row.sscc != outer for row in rows)
    _, pick = view.words.gettext, view.words.pick
    columns = [Column(_("Material")), Column(_("Batch")), Column(_("Expiry"))]
    columns += [Column(_("Quantity"), numeric=True), Column(_("Serial numbers"))]
    columns += [Column(_("Package"))] if inside else []
    return Table(
        "contents",
        _("Contents"),
        columns,
        [
            Row(
                [
                    Cell(
                        pick({"zh": row.material_zh, "en": row.material_en}),
                        sub=f"{row.material} · {row.specification}",
                    ),
                    Cell(row.batch_number, "code", f"/batches/{row.batch_id}"),
                    Cell(row.expires_on, "date"),
                    Cell(row.quantity, "quantity", unit=row.unit),
                    Cell(", ".join(sorted(row.serials.values())), "code"),
                    *([Cell(row.sscc, "code", f"/packages/{row.sscc}")] if inside else []),
                ]
            )
            for row in rows
        ],
        Empty(_("Nothing in it")),
    )


def _inside(view: View, found: PackageView) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(one.sscc, "code", f"/packages/{one.sscc}"),
                Cell(codes.chip(goods_words.PACKAGE_STATES, one.state, view.words), "chip"),
            ]
        )
        for one in found.inside
    ]
    return Table("inside", _("Packages inside"), [Column(_("Package")), Column(_("State"))], rows, Empty(""))
