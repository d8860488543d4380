"""UI: a definition's form as fields on a page, and what was posted as the data that services check.

Names of fields are prefixed so that a form can never collide with `csrf`, `epoch` or `outcome`. No rule is
checked here: services say what is wrong, and this puts it next to the field.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.datastructures import FormData

from domain.errors import FieldProblem
from domain.sop_definition import FormField
from domain.sop_order import Order, arranged
from ui.contexts.parts import Cell, Fact, Field, FieldType, Option, Upload
from ui.translation import Translations, mark

PREFIX = "data."
LONG_TEXT = 200
ENDLESS = 10**9
"""A bound that only keeps numbers storable; nobody is told of it."""
UNITS = {
    "celsius": "°C",
    "percent": "%",
    "minutes": mark("minutes"),
    "hours": mark("hours"),
    "days": mark("days"),
}
DefinitionForm = Mapping[str, FormField]


def read_form(
    stored: Mapping[str, Any], order: Order | None = None, path: str = "form"
) -> dict[str, FormField]:
    """The form as it stands in a task's content, fields and options in the author's order."""
    known = order or {}
    form = {}
    for name, field in arranged(stored, known.get(path, ())).items():
        read = field if isinstance(field, FormField) else FormField.model_validate(field)
        options = arranged(read.options, known.get(f"{path}/{name}", ()))
        form[name] = read.model_copy(update={"options": options})
    return form


def posted_data(form: DefinitionForm, posted: FormData) -> dict[str, Any]:
    """What was entered, by field name; untouched fields are left out."""
    data: dict[str, Any] = {}
    for name, field in form.items():
        given = [v.strip() for v in posted.getlist(PREFIX + name) if isinstance(v, str) and v.strip()]
        if field.many or field.type == "attachment":
            if given:
                data[name] = given
        elif given:
            data[name] = given[-1]
    return data


def unit_word(unit: str | None, words: Translations) -> str:
    """How a unit of the definition is written."""
    known = UNITS.get(unit or "")
    return words.gettext(known) if known else (unit or "")


def _type_of(field: FormField) -> FieldType:
    if field.type == "text":
        return "textarea" if field.max_length > LONG_TEXT and not field.pattern else "text"
    if field.type == "choice" and field.many:
        return "checks"
    return "text" if field.type == "location" else field.type


def _help(field: FormField, words: Translations) -> str:
    said = (words.pick(field.help) if field.help else "", _bounds(field, words))
    return " · ".join(filter(None, said))


def _bounds(field: FormField, words: Translations) -> str:
    if field.min_length > 1:
        return words.gettext("At least %(n)s characters.", n=field.min_length)
    endless = field.max is None or (field.type == "integer" and int(field.max) >= ENDLESS)
    if endless and (field.min is None or str(field.min) == "0"):
        return ""  # nobody counts below nothing
    if field.min is not None and not endless:
        return words.gettext("From %(low)s to %(high)s.", low=field.min, high=field.max)
    if field.min is not None:
        return words.gettext("At least %(low)s.", low=field.min)
    return words.gettext("At most %(high)s.", high=field.max) if field.max is not None else ""


def problems_by_field(problems: Iterable[FieldProblem], words: Translations) -> dict[str, str]:
    """Problems by the name of their field, in words."""
    return {problem.field.removeprefix(PREFIX): problem.message(words.language) for problem in problems}


def field_views(
    form: DefinitionForm,
    values: Mapping[str, Any],
    words: Translations,
    *,
    required: Iterable[str] = (),
    errors: Mapping[str, str] | None = None,
    upload_href: str = "",
    uploads: Mapping[str, Upload] | None = None,
) -> list[Field]:
    """The form's fields with values and errors."""
    needed, wrong = set(required), errors or {}
    views = []
    for name, field in form.items():
        views.append(
            Field(
                name=PREFIX + name,
                label=words.pick(field.label),
                type=_type_of(field),
                value=_shown_value(field, values.get(name)),
                required=field.required or name in needed,
                help=_help(field, words),
                error=wrong.get(name, ""),
                options=_options(field, words),
                unit=unit_word(field.unit, words),
                max_length=field.max_length if field.type == "text" else 0,
                many=field.many,
                upload_href=f"{upload_href}/{name}" if upload_href else "",
                uploads=_uploads(field, values.get(name), uploads or {}),
            )
        )
    return views


def _shown_value(field: FormField, value: Any) -> Any:
    if field.type == "boolean":
        return "" if value is None else str(value).lower()
    if field.many and field.type != "attachment":
        return value or []
    return "" if value is None else str(value)


def _options(field: FormField, words: Translations) -> list[Option]:
    if field.type == "boolean":
        return [Option("true", words.gettext("Yes")), Option("false", words.gettext("No"))]
    return [Option(value, words.pick(text)) for value, text in field.options.items()]


def _uploads(field: FormField, value: Any, known: Mapping[str, Upload]) -> list[Upload]:
    if field.type != "attachment" or not value:
        return []
    ids = value if isinstance(value, list) else [value]
    return [known.get(str(i), Upload(str(i), str(i)[:8])) for i in ids]


def answer_facts(
    form: DefinitionForm,
    data: Mapping[str, Any],
    words: Translations,
    uploads: Mapping[str, Upload] | None = None,
) -> list[Fact]:
    """What was answered, as it is repeated before signing and shown afterwards."""
    return [
        Fact(words.pick(field.label), answer_cell(field, data.get(name), words, uploads or {}))
        for name, field in form.items()
        if data.get(name) not in (None, "", [])
    ]


def answer_cell(field: FormField, value: Any, words: Translations, uploads: Mapping[str, Upload]) -> Cell:
    """One answer in words."""
    if field.type == "boolean":
        return Cell(
            words.gettext("Yes") if str(value).lower() in {"true", "on", "1"} else words.gettext("No")
        )
    if field.type == "choice":
        chosen = value if isinstance(value, list) else [value]
        return Cell([words.pick(field.options[v]) if v in field.options else str(v) for v in chosen], "lines")
    if field.type == "attachment":
        ids = value if isinstance(value, list) else [value]
        return Cell([uploads[str(i)].name if str(i) in uploads else str(i) for i in ids], "lines")
    if isinstance(value, list):
        return Cell([str(v) for v in value], "lines")
    unit = unit_word(field.unit, words)
    return Cell(f"{value} {unit}" if unit else str(value), "date" if field.type == "date" else "text")
