"""Domain: forms - what a person filled in, checked against the fields of a definition.

Data comes back normalised: text in NFC, numbers, dates, places and text of a fixed form in half width,
integers as int, decimals in their canonical spelling, dates ISO, attachments as ids.
All problems are reported at once. It knows nothing of HTTP, tasks or storage.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from domain.decimals import NotADecimal, canonical_decimal, order_key
from domain.errors import FieldProblem
from domain.expression_errors import ExpressionFailed
from domain.expressions import Environment
from domain.half_width import half_width
from domain.sop_definition import Form, FormField

FieldError = FieldProblem
MAX_SAFE = 2**53
MAX_ITEMS = 50
_PATTERN = Environment({"value": "string", "pattern": "string"})
DECIMAL_PATTERN = r"^[+-]?\d{1,24}(\.\d{1,18})?$"


class _Wrong(Exception):
    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code, self.zh, self.en = code, zh, en


def check_form(
    form: Form, data: Mapping[str, Any], *, required: Callable[[str], bool]
) -> tuple[dict[str, Any], list[FieldError]]:
    """Normalised data and every problem found; `required` says which fields are required now.

    An empty text, None or an empty list is "not given"; a field that the form does not know is refused.
    """
    clean: dict[str, Any] = {}
    errors = [
        FieldError(str(name)[:80], "field_unknown", "表单没有此项", "no such field")
        for name in data
        if name not in form
    ]
    for name, field in form.items():
        value = data.get(name)
        try:
            value = None if value is None else _values(field, value)
        except _Wrong as wrong:
            errors.append(FieldError(name, wrong.code, wrong.zh, wrong.en))
            continue
        if value not in (None, "", []):
            clean[name] = value
        elif required(name):
            errors.append(FieldError(name, "field_required", "必填", "required"))
    return clean, errors


def pattern_is_sound(pattern: str) -> bool:
    """Whether a field's pattern is a regular expression (RE2, so that no input can make it slow)."""
    try:
        _fits(pattern, "")
    except ExpressionFailed:
        return False
    return True


def json_schema(
    form: Form, language: str = "zh", *, required: Callable[[str], bool] | None = None
) -> dict[str, Any]:
    """JSON Schema (2020-12) of the form's data, with labels in the language."""
    needed = [name for name, field in form.items() if (required(name) if required else field.required)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {name: _field_schema(field, language) for name, field in form.items()},
        "required": needed,
        "additionalProperties": False,
    }


def _values(field: FormField, value: Any) -> Any:
    if value in ("", []):
        return None
    many = field.many or field.type == "attachment"
    if not many:
        return _one(field, value)
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_ITEMS:
        raise _Wrong("too_many", f"最多 {MAX_ITEMS} 项", f"at most {MAX_ITEMS}")
    if field.type == "attachment" and not field.many and len(items) > 1:
        raise _Wrong("too_many", "只能有一个附件", "one attachment only")
    return list(dict.fromkeys(_one(field, item) for item in items))


def _one(field: FormField, value: Any) -> Any:
    return _CHECKS[field.type](field, value)


def _text(field: FormField, value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong("not_text", "应为文字", "not a text")
    said = half_width(value) if _is_code(field) else unicodedata.normalize("NFC", value)
    text = said.replace("\r\n", "\n").strip()
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in text):
        raise _Wrong("control_character", "含有不可见的控制字符", "contains a control character")
    if len(text) > field.max_length:
        raise _Wrong("too_long", f"最多 {field.max_length} 个字", f"at most {field.max_length} characters")
    if text and len(text) < field.min_length:
        least = field.min_length
        raise _Wrong("too_short", f"至少 {least} 个字", f"at least {least} characters")
    if text and field.pattern and not _fits(field.pattern, text):
        raise _Wrong("pattern", "格式不符", "does not have the expected form")
    return text


def _is_code(field: FormField) -> bool:
    """A place, or text of a fixed form: what an input method writes in full width is meant in half width."""
    return field.type == "location" or field.pattern is not None


def _integer(field: FormField, value: Any) -> int:
    if isinstance(value, str):
        digits = half_width(value).strip()
        unsigned = digits.lstrip("+-")
        try:
            value = int(digits) if unsigned.isascii() and unsigned.isdigit() else None
        except ValueError:
            value = None
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_SAFE:
        raise _Wrong("not_an_integer", "应为整数", "not a whole number")
    low, high = field.min, field.max
    if (low is not None and value < int(low)) or (high is not None and value > int(high)):
        raise _out_of_range(field)
    return value


def _decimal(field: FormField, value: Any) -> str:
    # A JSON integer is exact; a JSON float is not and is refused.
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _Wrong("not_a_decimal", "应为小数（以文本传递）", "not a decimal, written as a string")
    try:
        text = canonical_decimal(half_width(value))
    except NotADecimal:
        raise _Wrong("not_a_decimal", "应为数字", "not a number") from None
    low, high = field.min, field.max
    at = order_key(text)
    if (low is not None and at < order_key(str(low))) or (high is not None and at > order_key(str(high))):
        raise _out_of_range(field)
    return text


def _choice(field: FormField, value: Any) -> str:
    if not isinstance(value, str) or value not in field.options:
        raise _Wrong("not_an_option", "不在可选范围内", "not one of the options")
    return value


def _boolean(_field: FormField, value: Any) -> bool:
    known = {"true": True, "on": True, "1": True, "false": False, "0": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise _Wrong("not_a_boolean", "应为是或否", "not yes or no")


def _date(field: FormField, value: Any) -> str:
    try:
        text = date.fromisoformat(half_width(value).strip()).isoformat()
    except (ValueError, AttributeError, TypeError):
        raise _Wrong("not_a_date", "应为日期（如 2027-11-30）", "not a date such as 2027-11-30") from None
    low, high = field.min, field.max
    if (low is not None and text < str(low)) or (high is not None and text > str(high)):
        raise _out_of_range(field)
    return text


def _attachment(_field: FormField, value: Any) -> str:
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise _Wrong("not_an_attachment", "附件无效", "not an attachment id") from None


_CHECKS: Mapping[str, Callable[[FormField, Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "choice": _choice,
    "boolean": _boolean,
    "date": _date,
    "attachment": _attachment,
    "location": _text,
}


def _out_of_range(field: FormField) -> _Wrong:
    low, high = field.min, field.max
    if high is None:
        return _Wrong("out_of_range", f"不能小于 {low}", f"at least {low}")
    if low is None:
        return _Wrong("out_of_range", f"不能大于 {high}", f"at most {high}")
    return _Wrong("out_of_range", f"应在 {low} 至 {high} 之间", f"between {low} and {high}")


def _fits(pattern: str, text: str) -> bool:
    values = {"value": text, "pattern": f"^(?:{pattern})$"}
    return _PATTERN.evaluate("value.matches(pattern)", values) is True


def _field_schema(field: FormField, language: str) -> dict[str, Any]:
    schema = _type_schema(field, language)
    if field.many or field.type == "attachment":
        schema = {"type": "array", "items": schema, "maxItems": MAX_ITEMS if field.many else 1}
    schema["title"] = field.label.in_language(language)
    if field.help:
        schema["description"] = field.help.in_language(language)
    if field.unit:
        schema["x-unit"] = field.unit
    return schema


def _type_schema(field: FormField, language: str) -> dict[str, Any]:
    match field.type:
        case "text" | "location":
            pattern = {"pattern": f"^(?:{field.pattern})$"} if field.pattern else {}
            place = {"x-location": True} if field.type == "location" else {}
            least = {"minLength": field.min_length} if field.min_length else {}
            return {"type": "string", **least, "maxLength": field.max_length, **pattern, **place}
        case "integer":
            bounds = {"minimum": field.min, "maximum": field.max}
            return {"type": "integer", **{k: int(v) for k, v in bounds.items() if v is not None}}
        case "choice":
            options = field.options.items()
            return {"oneOf": [{"const": key, "title": text.in_language(language)} for key, text in options]}
        case "decimal":
            return {"type": "string", "pattern": DECIMAL_PATTERN}
        case "date" | "attachment":
            return {"type": "string", "format": "date" if field.type == "date" else "uuid"}
        case _:
            return {"type": field.type}
