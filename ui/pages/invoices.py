"""UI pages: an invoice for a shipment, by line; what differs from what left stands beside its field."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.invoices import InvoiceIn
from services import invoice_draft, invoices
from services.documents import DocumentView
from services.invoice_draft import Billable, InvoiceDraft
from services.permissions import Permission
from ui import formats
from ui.answers import PageRoute
from ui.contexts.parts import Action, Field, Form, Group
from ui.contexts.records import FormPage
from ui.pages.filling import NONE, Problems, filled, given, tried
from ui.pages.listing import identity, to_options
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Writer = Annotated[View, page_permission(Permission.DOCUMENT_WRITE)]
HEAD = ("number", "invoiced_on", "total")
LINE = ("quantity", "unit", "price")


@router.get("/documents/{ref}/invoice")
async def new_invoice(ref: str, view: Writer) -> Response:
    """All that is left to invoice, proposed."""
    draft = await invoice_draft.of_shipment(view.platform, identity(ref), actor=view.person)
    values = {"invoiced_on": formats.instant(view.now, draft.shipment.time_zone)[:10]}
    for line in draft.lines:
        entered = (line.proposed, line.unit, line.price or "")
        values |= {f"lines.{line.line}.{name}": said for name, said in zip(LINE, entered, strict=True)}
    return view.page(_page(view, draft, values))


@router.post("/documents/{ref}/invoice")
async def enter_invoice(ref: str, view: Writer) -> Response:
    """Enters the invoice, or says what differs from what left."""
    draft = await invoice_draft.of_shipment(view.platform, identity(ref), actor=view.person)
    fields = await view.fields()
    billed = [line for line in draft.lines if fields.get(f"lines.{line.line}.quantity")]
    made = await tried(view, _enter(view, draft, billed, fields))
    if isinstance(made, Problems):
        return view.page(_page(view, draft, fields, _placed(made, billed)), made.status)
    return view.go(f"/documents/{made.document.id}", view.words.gettext("The invoice is entered."))


async def _enter(
    view: View, draft: InvoiceDraft, billed: list[Billable], fields: Mapping[str, str]
) -> DocumentView:
    raw: dict[str, Any] = given({name: fields.get(name, "") for name in HEAD})
    raw |= {"customer": draft.shipment.party, "shipment": draft.shipment.number}
    raw["lines"] = [
        {
            "line": at,
            "shipment_line": line.line,
            "material": line.material,
            "batch": line.batch,
            **given({name: fields.get(f"lines.{line.line}.{name}", "") for name in LINE}),
        }
        for at, line in enumerate(billed, 1)
    ]
    body = InvoiceIn.model_validate(raw)
    return await invoices.post(view.platform, body, actor=view.person, request_id=view.request_id)


def _placed(problems: Problems, billed: list[Billable]) -> Problems:
    """`lines[1].quantity` is the second line that was filled in; what has no field stands at its quantity."""
    by_field, whole = {}, problems.whole
    for path, said in problems.by_field.items():
        index, _, name = path.removeprefix("lines[").partition("].")
        if path.startswith("lines[") and index.isdigit() and int(index) < len(billed):
            by_field[f"lines.{billed[int(index)].line}.{name if name in LINE else 'quantity'}"] = said
        elif path in HEAD:
            by_field[path] = said
        else:
            whole = " ".join(filter(None, (whole, said)))
    return Problems(by_field, whole, problems.status)


def _page(view: View, draft: InvoiceDraft, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _, number = view.words.gettext, draft.shipment.number
    head = [
        Field("number", _("Number of the invoice"), required=True, max_length=64, autofocus=True),
        Field("invoiced_on", _("Invoiced on"), "date", required=True),
        Field(
            "total",
            _("Total (CNY)"),
            "decimal",
            help=_("May stay empty; given, it is compared with the lines."),
        ),
    ]
    groups = [Group(filled(head, values, problems))]
    groups += [
        Group(filled(_line_fields(view, line), values, problems), _legend(view, line)) for line in draft.lines
    ]
    form = Form(
        f"/documents/{draft.shipment.id}/invoice",
        _("Enter the invoice"),
        groups,
        f"/documents/{draft.shipment.id}",
        problems.whole,
    )
    return FormPage(
        _("Invoice for %(number)s", number=number),
        form,
        eyebrow=draft.shipment.party_name or "",
        intro=_("An empty quantity leaves the line out. Nothing is invoiced that has not left."),
        back=Action(number, f"/documents/{draft.shipment.id}"),
    )


def _line_fields(view: View, line: Billable) -> list[Field]:
    _, prefix = view.words.gettext, f"lines.{line.line}"
    quantity = Field(f"{prefix}.quantity", _("Quantity"), "decimal", max_length=20)
    unit = Field(f"{prefix}.unit", _("Unit"), "choice", line.unit, compact=True)
    units = replace(unit, options=to_options((one, one) for one in line.units), required=True)
    return [quantity, units, Field(f"{prefix}.price", _("Price per unit"), "decimal", max_length=20)]


def _legend(view: View, line: Billable) -> str:
    left = formats.quantity(line.left, line.base_unit)
    said = view.words.gettext("%(left)s left to invoice", left=left)
    name = view.words.pick({"zh": line.name_zh, "en": line.name_en})
    return f"{line.line} · {name} {line.batch} · {said}"
