"""UI pages: the form of a document as it was posted or as it stands, and its fields, line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import FormData

from domain.documents import EnteredKind
from domain.errors import Refusal
from services import materials, parties, sites
from services.documents import DocumentLine
from services.permissions import Permission
from ui import formats
from ui.contexts.documents import Suggestions
from ui.contexts.parts import Field, Form
from ui.pages.filling import Problems, given, number
from ui.pages.listing import MANY, site_options, to_options
from ui.view import View

BLANK = 999


"""The number that stands in the template of a line; the browser puts the next one."""


HEADS: Mapping[EnteredKind, tuple[str, ...]] = {
    "purchase_order": ("number", "supplier", "site", "ordered_on"),
    "dispatch_advice": ("number", "supplier", "site", "purchase_order", "shipped_at", "carrier", "vehicle"),
    "sales_order": ("number", "customer", "site", "ordered_on", "deliver_to"),
    "transfer": ("number", "site", "to_site", "ordered_on"),
}


CHANGEABLE: Mapping[EnteredKind, tuple[str, ...]] = {
    "purchase_order": ("ordered_on",),
    "dispatch_advice": ("shipped_at", "carrier", "vehicle"),
    "sales_order": ("ordered_on", "deliver_to"),
    "transfer": ("ordered_on",),
}


LINES: Mapping[EnteredKind, tuple[str, ...]] = {
    "purchase_order": ("material", "quantity", "unit", "min_remaining_days", "price"),
    "dispatch_advice": (
        "material",
        "order_line",
        "batch",
        "produced_on",
        "expires_on",
        "quantity",
        "unit",
        "serials",
    ),
    "sales_order": ("material", "quantity", "unit", "min_remaining_days", "price"),
    "transfer": ("material", "quantity", "unit", "min_remaining_days"),
}


NUMBERS = {"order_line", "min_remaining_days", "line"}


Values = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """What stands in the form: the head, and each line by field."""

    head: Values
    lines: Sequence[Values]


def read_draft(kind: EnteredKind, posted: FormData) -> Draft:
    """The posted form; lines without a material and quantity are left out."""
    head = {name: str(posted.get(name, "")).strip() for name in (*HEADS[kind], "reason", "version")}
    found: dict[int, dict[str, str]] = {}
    for name, value in posted.items():
        parts = name.split(".")
        if len(parts) == 3 and parts[0] == "lines" and parts[1].isdigit() and isinstance(value, str):  # noqa: PLR2004
            found.setdefault(int(parts[1]), {})[parts[2]] = value.strip()
    lines = [
        found[index] for index in sorted(found) if any(v for n, v in found[index].items() if n != "line")
    ]
    return Draft(head, lines)


def line_bodies(draft: Draft, kind: EnteredKind) -> list[dict[str, Any]]:
    """The lines as the document's shape wants them; each keeps its number, a new one gets the next."""
    taken = [int(line["line"]) for line in draft.lines if line.get("line", "").isdigit()]
    following = max(taken, default=0)
    bodies = []
    for line in draft.lines:
        body: dict[str, Any] = given({name: line.get(name, "") for name in LINES[kind]})
        body |= {name: number(body[name]) for name in NUMBERS & body.keys()}
        if "serials" in body:
            body["serials"] = str(body["serials"]).split()
        if line.get("line", "").isdigit():
            body["line"] = int(line["line"])
        else:
            following += 1
            body["line"] = following
        bodies.append(body)
    return bodies


async def head_body(view: View, draft: Draft, names: Sequence[str]) -> dict[str, Any]:
    """The head as the document's shape wants it; a local time gets the site's zone."""
    body: dict[str, Any] = given({name: draft.head.get(name, "") for name in names})
    if body.get("shipped_at"):
        zone = await zone_at(view, str(draft.head.get("site", "")))
        try:
            at = datetime.fromisoformat(str(body["shipped_at"]))
        except ValueError:
            return body
        body["shipped_at"] = at if at.tzinfo else at.replace(tzinfo=formats.zone_of(zone)).astimezone(UTC)
    return body


async def zone_at(view: View, site: str) -> str:
    try:
        return (await sites.get(view.platform, site, actor=view.person)).site.time_zone if site else view.zone
    except Refusal:
        return view.zone


def line_values(line: DocumentLine) -> dict[str, str]:
    return {
        "line": str(line.line_no),
        "material": line.material,
        "order_line": str(line.order_line_no or ""),
        "batch": line.batch_number or "",
        "produced_on": line.produced_on.isoformat() if line.produced_on else "",
        "expires_on": line.expires_on.isoformat() if line.expires_on else "",
        "quantity": str(line.entered_quantity or line.quantity),
        "unit": line.entered_unit or line.base_unit,
        "min_remaining_days": str(line.data.get("min_remaining_days", "")),
        "price": str(line.data.get("price", "")),
        "serials": " ".join(line.data.get("serials", ())),
    }


def path_name(path: str) -> str:
    """A service's path as the name of the field: `lines[3].material` is `lines.3.material`."""
    name = path.replace("[", ".").replace("]", "")
    return ".".join(name.split(".")[:3]) if name.startswith("lines.") else name


def _line_words(view: View) -> dict[str, tuple[str, Any]]:
    """What the fields of a line are called, and their types."""
    _ = view.words.gettext
    return {
        "material": (_("Material"), "text"),
        "order_line": (_("Order line"), "integer"),
        "batch": (_("Batch"), "text"),
        "produced_on": (_("Produced on"), "date"),
        "expires_on": (_("Expiry"), "date"),
        "quantity": (_("Quantity"), "decimal"),
        "unit": (_("Unit"), "text"),
        "min_remaining_days": (_("Least days left"), "integer"),
        "price": (_("Price per unit"), "decimal"),
        "serials": (_("Serial numbers"), "text"),
    }


def line_fields(view: View, kind: EnteredKind, index: int, line: Values, problems: Problems) -> list[Field]:
    """The fields of one line with values and problems."""
    words = _line_words(view)
    must = {"material", "batch", "expires_on", "quantity", "unit"}
    said = {path_name(path): text for path, text in problems.by_field.items()}
    fields = [
        Field(
            f"lines.{index}.{name}",
            words[name][0],
            words[name][1],
            line.get(name, ""),
            required=name in must,
            error=said.get(f"lines.{index}.{name}", ""),
            suggestions={"material": "materials", "unit": "units"}.get(name, ""),
        )
        for name in LINES[kind]
    ]
    if line.get("line"):
        fields.append(Field(f"lines.{index}.line", "", "hidden", line["line"]))
    whole = said.get(f"lines.{index}")
    return [replace(fields[0], error=whole), *fields[1:]] if whole else fields


def with_lines(view: View, made: Form, rows: Sequence[Sequence[Field]]) -> tuple[Form, list[list[Field]]]:
    """The form and its lines: the summary names line and field, the first wrong one has the focus."""
    _ = view.words.gettext
    wrong = [
        replace(field, label=_("%(line)s, %(field)s", line=_("Line %(n)s", n=number), field=field.label))
        for number, fields in enumerate(rows, 1)
        for field in fields
        if field.error
    ]
    if made.wrong or not wrong:
        return replace(made, also_wrong=wrong), [list(fields) for fields in rows]
    lines = [[replace(one, autofocus=one.name == wrong[0].name) for one in fields] for fields in rows]
    groups = [replace(g, fields=[replace(one, autofocus=False) for one in g.fields]) for g in made.groups]
    return replace(made, groups=groups, also_wrong=wrong), lines


def head_problems(view: View, problems: Problems, rows: Sequence[Sequence[Field]]) -> Problems:
    """What belongs to no field of a line: by field of the head; of lines as a whole it is told in words."""
    _ = view.words.gettext
    shown = {field.name for fields in rows for field in fields} | {f"lines.{at}" for at in range(len(rows))}
    head, whole = {}, [problems.whole]
    for path, said in problems.by_field.items():
        name = path_name(path)
        if name == "lines" or (name.startswith("lines.") and name not in shown):
            whole.append(f"{_place_words(view, name)}: {said}")
        elif name not in shown:
            head[path] = said
    return Problems(head, " ".join(filter(None, whole)), problems.status)


def _place_words(view: View, name: str) -> str:
    """`lines.0.material` as people say it."""
    _ = view.words.gettext
    _lines, index, field = [*name.split("."), "", ""][:3]
    if not index.isdigit():
        return _("Lines")
    known = _line_words(view).get(field)
    line = _("Line %(n)s", n=int(index) + 1)
    return _("%(line)s, %(field)s", line=line, field=known[0]) if known else line


async def head_fields(view: View) -> dict[str, Field]:
    _ = view.words.gettext
    at_sites = to_options(await site_options(view))
    site = Field("site", _("Site"), "choice", required=True, options=at_sites, compact=True)
    return {
        "number": Field("number", _("Number"), required=True, autofocus=True),
        "supplier": await _partner(view, "supplier", _("Supplier"), _("Supplier (code)")),
        "customer": await _partner(view, "customer", _("Customer"), _("Customer (code)")),
        "site": site,
        "to_site": replace(site, name="to_site", label=_("To site"))
        if view.may(Permission.MASTER_READ)
        else Field("to_site", _("To site (code)"), required=True),
        "ordered_on": Field("ordered_on", _("Ordered on"), "date", required=True),
        "deliver_to": Field(
            "deliver_to",
            _("Deliver to (address)"),
            max_length=200,
            help=_("It stands on the note that goes with the goods."),
        ),
        "purchase_order": Field("purchase_order", _("Purchase order (number)"), required=True),
        "shipped_at": Field(
            "shipped_at", _("Shipped at"), "datetime", required=True, help=_("In the site's time.")
        ),
        "carrier": Field("carrier", _("Carrier")),
        "vehicle": Field("vehicle", _("Vehicle")),
    }


async def _partner(view: View, role: str, label: str, by_code: str) -> Field:
    """The partners of a role to choose from; who may not read them gives the code."""
    if not view.may(Permission.MASTER_READ):
        return Field(role, by_code, required=True)
    page = await parties.list_parties(view.platform, actor=view.person, role=role, active=True, limit=MANY)
    if not page.items:
        return Field(role, by_code, required=True)
    options = to_options([(p.code, f"{p.name} ({p.code})") for p in page.items])
    return Field(role, label, "choice", required=True, options=options, compact=True)


async def suggested(view: View) -> list[Suggestions]:
    if not view.may(Permission.MASTER_READ):
        return []
    page = await materials.list_materials(view.platform, actor=view.person, active=True, limit=500)
    known = [
        (m.code, name if m.specification in name else f"{name} {m.specification}")
        for m in page.items
        for name in [view.words.pick({"zh": m.name_zh, "en": m.name_en})]
    ]
    units = sorted({m.base_unit for m in page.items} | {u.unit for m in page.items for u in m.units})
    return [Suggestions("materials", known), Suggestions("units", [(unit, unit) for unit in units])]
