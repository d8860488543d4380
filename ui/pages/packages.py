"""UI pages: a package - what is in it, where it stands, and with which shipment it left."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from services import packages
from services.packages import ContentRow, PackageView
from services.permissions import Permission
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Column, Empty, Fact, Row, Section, Table
from ui.contexts.records import RecordPage
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.STOCK_READ)]


@router.get("/packages/{sscc}")
async def show_package(sscc: str, view: Reader) -> Response:
    """A package by SSCC or aggregated trace code."""
    found = await packages.get(view.platform, sscc[:64], actor=view.person)
    _, head = view.words.gettext, found.head
    sections = [
        Section(_("Record"), facts=_facts(view, found)),
        Section(_("Contents"), table=_contents(view, found.contents)),
    ]
    if found.inside:
        sections.append(Section(_("Packages inside"), table=_inside(view, found)))
    actions = []
    if head.document_id and view.may(Permission.DOCUMENT_READ):
        actions.append(Action(_("To the shipment"), f"/documents/{head.document_id}", "truck"))
    return view.page(
        RecordPage(
            title=head.sscc,
            eyebrow=_("Package"),
            mono=True,
            sections=sections,
            chips=[codes.chip(codes.PACKAGE_STATES, head.state, view.words)],
            actions=actions,
            back=Action(_("Stock"), "/stock"),
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


def _contents(view: View, rows: list[ContentRow]) -> Table:
    _, pick = view.words.gettext, view.words.pick
    columns = [Column(_("Material")), Column(_("Batch")), Column(_("Expiry"))]
    columns += [Column(_("Quantity"), numeric=True), Column(_("Serial numbers")), Column(_("Package"))]
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
                    Cell(row.sscc, "code", f"/packages/{row.sscc}"),
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
                Cell(codes.chip(codes.PACKAGE_STATES, one.state, view.words), "chip"),
            ]
        )
        for one in found.inside
    ]
    return Table("inside", _("Packages inside"), [Column(_("Package")), Column(_("State"))], rows, Empty(""))
