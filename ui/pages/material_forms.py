"""UI pages: the forms about a material, and what is typed into them."""

from collections.abc import Mapping
from typing import Any

from services.read_models import MaterialRow
from ui import goods_words
from ui import words as codes
from ui.contexts.parts import (
    Field,
    Form,
)
from ui.pages.filling import Problems, form, number
from ui.pages.listing import to_options
from ui.pages.reasons import reason_field
from ui.view import View

TEXTS = (
    *("code", "generic_name", "dosage_form", "specification", "approval_number", "holder"),
    *("manufacturer", "storage_class", "category", "base_unit"),
)


def units_of(text: str) -> list[dict[str, Any]]:
    """Units as typed, one per line: `box = 10` or `tray = 5/2` base units."""
    units = []
    for line in filter(None, (part.strip() for part in text.splitlines())):
        unit, _eq, factor = (part.strip() for part in line.partition("="))
        numerator, _slash, denominator = (part.strip() for part in factor.partition("/"))
        units.append(
            {"unit": unit, "numerator": number(numerator), "denominator": number(denominator or "1")}
        )
    return units


def gtins_of(text: str) -> list[dict[str, Any]]:
    """GTINs as typed, one per line, each with the unit that it stands on: `06901234567892 box`."""
    found = []
    for line in filter(None, (part.strip() for part in text.splitlines())):
        gtin, _space, unit = (part.strip() for part in line.partition(" "))
        found.append({"gtin": gtin, "unit": unit} if unit else {"gtin": gtin})
    return found


def shared_fields(view: View) -> list[Field]:
    _ = view.words.gettext
    return [
        Field("name_zh", _("Name in Chinese"), required=True),
        Field("name_en", _("Name in English")),
        Field("generic_name", _("Generic name"), required=True),
        Field("dosage_form", _("Dosage form")),
        Field("specification", _("Specification"), required=True),
        Field("approval_number", _("Approval number")),
        Field("holder", _("Licence holder")),
        Field(
            "storage_class",
            _("Storage"),
            "choice",
            "ambient",
            required=True,
            options=to_options(codes.choices(goods_words.STORAGE_CLASSES, view.words)),
        ),
        Field(
            "special_control",
            _("Special control"),
            "boolean",
            "false",
            required=True,
            options=to_options([("true", _("Yes")), ("false", _("No"))]),
        ),
        Field("carton_quantity", _("Base units in a carton"), "integer", "1", required=True),
        Field("unit_value", _("Value of a base unit (CNY)"), help=_("What a variance of a count is worth")),
        Field(
            "abc_class",
            _("Counting class"),
            "choice",
            options=to_options([(one, one) for one in ("A", "B", "C")]),
            help=_("A is counted most often"),
        ),
        Field(
            "record_class",
            _("Records kept longer"),
            "choice",
            options=to_options(codes.choices(goods_words.RECORD_CLASSES, view.words)),
            help=_("Vaccines longer, implants for ever. Changing it back later shortens nothing"),
        ),
    ]


def more_fields(view: View) -> list[Field]:
    _ = view.words.gettext
    return [
        Field("units", _("Further units"), "textarea", help=_("One per line: box = 10")),
        Field("gtins", _("GTINs"), "textarea", help=_("One per line, with its unit: 06901234567892 box")),
    ]


def change_form(view: View, row: MaterialRow, values: Mapping[str, Any] | None, problems: Problems) -> Form:
    _ = view.words.gettext
    now: dict[str, Any] = {name: getattr(row, name) for name in (f.name for f in shared_fields(view))}
    now |= {"special_control": str(row.special_control).lower(), "active": str(row.active).lower()}
    fields = [
        *shared_fields(view),
        Field(
            "active",
            _("In use"),
            "boolean",
            required=True,
            options=to_options([("true", _("Yes")), ("false", _("No"))]),
        ),
        *more_fields(view),
        reason_field(view),
    ]
    return form(
        f"/admin/materials/{row.code}", _("Record the change"), fields, {**now, **(values or {})}, problems
    )
