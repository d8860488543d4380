"""UI pages: materials - found, read, created, changed with a reason."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.master_data import MaterialChanges, MaterialIn
from services import materials
from services.permissions import Permission
from services.read_models import MaterialRow
from ui import goods_words
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import (
    Action,
    Cell,
    Chip,
    Column,
    Empty,
    Fact,
    Field,
    Filter,
    Row,
    Section,
    Table,
)
from ui.contexts.records import FormPage, ListPage, RecordPage
from ui.pages.filling import NONE, Problems, form, given, number, tried
from ui.pages.listing import PAGE, after, asked, choice, next_href, search, to_options
from ui.pages.material_forms import TEXTS, change_form, gtins_of, more_fields, shared_fields, units_of
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.MASTER_READ)]
Writer = Annotated[View, page_permission(Permission.MASTER_WRITE)]


@router.get("/admin/materials")
async def list_materials(view: Reader) -> Response:
    """Materials by code."""
    _ = view.words.gettext
    page = await materials.list_materials(
        view.platform,
        actor=view.person,
        text=asked(view, "text"),
        storage_class=asked(view, "storage_class"),
        special_control={"yes": True, "no": False}.get(view.query("special")),
        after=after(view),
        limit=PAGE,
    )
    yes_no = [("yes", _("Yes")), ("no", _("No"))]
    filter_ = Filter(
        "/admin/materials",
        "materials",
        [
            search(view, _("Name, code or GTIN")),
            choice(
                view, "storage_class", _("Storage"), codes.choices(goods_words.STORAGE_CLASSES, view.words)
            ),
            choice(view, "special", _("Special control"), yes_no),
        ],
    )
    labels = [_("Material"), _("Specification"), _("Manufacturer"), _("Storage"), _("Unit"), _("State")]
    table = Table(
        "materials",
        _("Materials"),
        [Column(label) for label in labels],
        [_row(view, row) for row in page.items],
        Empty(_("Nothing matches"), _("Widen the filter.")),
        next_href(view, page),
    )
    actions = (
        [Action(_("New material"), "/admin/materials/new", "plus")]
        if view.may(Permission.MASTER_WRITE)
        else []
    )
    return view.page(
        ListPage(
            _("Materials"),
            _("One code per material; every change has a reason."),
            table,
            filter_,
            actions,
            back=Action(_("Administration"), "/admin"),
        )
    )


def _row(view: View, row: MaterialRow) -> Row:
    return Row(
        [
            Cell(
                view.words.pick({"zh": row.name_zh, "en": row.name_en}),
                href=f"/admin/materials/{row.code}",
                sub=row.code,
            ),
            Cell(row.specification, sub=row.dosage_form),
            Cell(row.manufacturer_name),
            Cell(codes.chip(goods_words.STORAGE_CLASSES, row.storage_class, view.words), "chip"),
            Cell(row.base_unit),
            Cell(_active(view, active=row.active), "chip"),
        ]
    )


def _active(view: View, *, active: bool) -> Chip:
    return (
        Chip(view.words.gettext("In use"), "check", "good")
        if active
        else Chip(view.words.gettext("Not in use"), "x")
    )


@router.get("/admin/materials/new")
async def new_material(view: Writer) -> Response:
    """An empty form."""
    return view.page(_new_page(view, {}))


@router.post("/admin/materials/new")
async def create_material(view: Writer) -> Response:
    """Creates a material."""
    fields = await view.fields()
    made = await tried(view, _create(view, fields))
    if isinstance(made, Problems):
        return view.page(_new_page(view, fields, made), made.status)
    return view.go(f"/admin/materials/{made.code}", view.words.gettext("The material is created."))


async def _create(view: View, fields: Mapping[str, str]) -> MaterialRow:
    raw: dict[str, Any] = given({name: fields.get(name, "") for name in TEXTS})
    raw |= {
        "name": {"zh": fields.get("name_zh", ""), "en": fields.get("name_en", "")},
        "special_control": fields.get("special_control") == "true",
        "carton_quantity": number(fields.get("carton_quantity", "1")),
        **_open(fields),
        "units": units_of(fields.get("units", "")),
        "gtins": gtins_of(fields.get("gtins", "")),
    }
    body = MaterialIn.model_validate(raw)
    return await materials.create(view.platform, body, actor=view.person, request_id=view.request_id)


def _open(fields: Mapping[str, str]) -> dict[str, str]:
    """What may be left open about a material, where it is given."""
    asked = {name: fields.get(name, "").strip() for name in ("unit_value", "abc_class", "record_class")}
    return {name: text for name, text in asked.items() if text}


def _new_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    fields = [
        Field("code", _("Code"), required=True, autofocus=True),
        Field(
            "category",
            _("Category"),
            "choice",
            "drug",
            required=True,
            options=to_options(codes.choices(goods_words.MATERIAL_CATEGORIES, view.words)),
        ),
        *shared_fields(view),
        Field("manufacturer", _("Manufacturer (code)"), required=True),
        Field(
            "base_unit",
            _("Base unit"),
            required=True,
            help=_("The smallest unit; every quantity counts in it."),
        ),
        *more_fields(view),
    ]
    shown = form(
        "/admin/materials/new", _("Create"), fields, values, problems, cancel_href="/admin/materials"
    )
    return FormPage(_("New material"), shown, back=Action(_("Materials"), "/admin/materials"))


@router.get("/admin/materials/{code}")
async def show_material(code: str, view: Reader) -> Response:
    """A material with all record fields, units and GTINs."""
    return view.page(await _record(view, code))


@router.post("/admin/materials/{code}")
async def change_material(code: str, view: Writer) -> Response:
    """Changes a material, with a reason."""
    fields = await view.fields()
    made = await tried(view, _change(view, code, fields))
    if isinstance(made, Problems):
        return view.page(await _record(view, code, fields, made), made.status)
    return view.go(f"/admin/materials/{made.code}", view.words.gettext("The change is recorded."))


async def _change(view: View, code: str, fields: Mapping[str, str]) -> MaterialRow:
    row = await materials.get(view.platform, code, actor=view.person)
    plain = ("generic_name", "dosage_form", "specification", "approval_number", "holder", "storage_class")
    raw: dict[str, Any] = {n: fields[n] for n in plain if n in fields and fields[n] != getattr(row, n)}
    names = {"zh": fields.get("name_zh", ""), "en": fields.get("name_en", "")}
    if names != {"zh": row.name_zh, "en": row.name_en}:
        raw["name"] = names
    special, active = fields.get("special_control") == "true", fields.get("active") == "true"
    carton = number(fields.get("carton_quantity", ""))
    changed = {"special_control": special, "active": active, "carton_quantity": carton}
    raw |= {name: value for name, value in changed.items() if value != getattr(row, name)}
    raw |= {name: value for name, value in _open(fields).items() if value != getattr(row, name)}
    raw |= {"add_units": units_of(fields.get("units", "")), "add_gtins": gtins_of(fields.get("gtins", ""))}
    changes = MaterialChanges.model_validate(raw)
    return await materials.change(
        view.platform,
        code,
        changes,
        reason=fields.get("reason", ""),
        actor=view.person,
        request_id=view.request_id,
    )


async def _record(
    view: View, code: str, values: Mapping[str, Any] | None = None, problems: Problems = NONE
) -> RecordPage:
    _ = view.words.gettext
    row = await materials.get(view.platform, code, actor=view.person)
    sections = [
        Section(_("Record"), facts=_facts(view, row)),
        Section(_("Units"), table=_units(view, row)),
        Section(_("GTINs"), table=_gtins(view, row)),
    ]
    if view.may(Permission.MASTER_WRITE):
        change = change_form(view, row, values, problems)
        sections.append(Section(_("Change"), form=change, folded=problems is NONE))
    return RecordPage(
        title=view.words.pick({"zh": row.name_zh, "en": row.name_en}),
        eyebrow=row.code,
        subtitle=row.specification,
        sections=sections,
        chips=[
            _active(view, active=row.active),
            codes.chip(goods_words.STORAGE_CLASSES, row.storage_class, view.words),
        ],
        actions=[Action(_("Stock"), f"/stock?material={row.code}", "box")],
        back=Action(_("Materials"), "/admin/materials"),
    )


def _facts(view: View, row: MaterialRow) -> list[Fact]:
    _ = view.words.gettext
    yes_no = _("Yes") if row.special_control else _("No")
    kept_longer = dict(codes.choices(goods_words.RECORD_CLASSES, view.words))
    pairs = [
        (_("Name in Chinese"), Cell(row.name_zh)),
        (_("Name in English"), Cell(row.name_en)),
        (_("Generic name"), Cell(row.generic_name)),
        (_("Category"), Cell(codes.word(goods_words.MATERIAL_CATEGORIES, row.category, view.words))),
        (_("Dosage form"), Cell(row.dosage_form)),
        (_("Approval number"), Cell(row.approval_number, "code")),
        (_("Licence holder"), Cell(row.holder)),
        (_("Manufacturer"), Cell(row.manufacturer_name, href=f"/admin/parties/{row.manufacturer}")),
        (_("Special control"), Cell(yes_no)),
        (_("Base units in a carton"), Cell(row.carton_quantity, "quantity", unit=row.base_unit)),
        (_("Value of a base unit (CNY)"), Cell(row.unit_value or "")),
        (_("Counting class"), Cell(row.abc_class or "")),
        (_("Records kept longer"), Cell(kept_longer.get(row.record_class or "", ""))),
        (_("Version"), Cell(row.version, "quantity")),
    ]
    return [Fact(label, cell) for label, cell in pairs]


def _units(view: View, row: MaterialRow) -> Table:
    _ = view.words.gettext
    rows = [Row([Cell(row.base_unit), Cell(_("base unit"))])]
    for unit in row.units:
        factor = str(unit.numerator) if unit.denominator == 1 else f"{unit.numerator}/{unit.denominator}"
        rows.append(Row([Cell(unit.unit), Cell(f"{factor} {row.base_unit}")]))
    return Table("units", _("Units"), [Column(_("Unit")), Column(_("Is"))], rows, Empty(""))


def _gtins(view: View, row: MaterialRow) -> Table:
    _ = view.words.gettext
    rows = [Row([Cell(one.gtin, "code"), Cell(one.unit)]) for one in row.gtins]
    return Table("gtins", _("GTINs"), [Column("GTIN"), Column(_("Unit"))], rows, Empty(_("No GTIN is known")))
