"""Services: the inputs of a run - references made into the values that the definition's expressions see.

A document becomes a snapshot of its declared fields (codes and numbers, never names): what the run decides by
stands in its own history. All problems are reported at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents_read, references
from domain.action_catalogue import DOCUMENT_FIELDS
from domain.errors import FieldProblem, Invalid, NotFound
from domain.half_width import half_width
from domain.sop_definition import Input
from services import run_orders, stock

if TYPE_CHECKING:
    from db.queries.documents_read import DocumentRow
    from db.session import Reader

MAX_TEXT = 2000
MAX_INTEGER = 2**53 - 1
_WANTED = {
    "integer": ("应为整数", "a whole number is needed"),
    "boolean": ("应为是或否", "yes or no is needed"),
    "date": ("应为日期，如 2026-11-27", "a date is needed, as 2026-11-27"),
    "text": (f"应为文字，至多 {MAX_TEXT} 个字符", f"a text of at most {MAX_TEXT} characters is needed"),
}


class InputsInvalid(Invalid):
    code = "inputs_invalid"
    zh = "流程的输入有误：{what}"
    en = "The inputs of the run are not valid: {what}"


class _Wrong(Exception):
    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.problem = (code, zh, en)


async def resolve(
    tx: Reader,
    inputs: Mapping[str, Input],
    given: Mapping[str, Any],
    *,
    sites: frozenset[UUID] | None,
) -> dict[str, Any]:
    """The values of all inputs; InputsInvalid with every problem. `sites` is the starter's row scope.

    An order that is not given is the one that the given advice names.
    """
    values: dict[str, Any] = {}
    found, no_order = await run_orders.missing_order(tx, inputs, given, sites)
    given = {**given, **found}
    problems = no_order + [
        FieldProblem(
            f"inputs.{name[:80]}", "input_unknown", "该规程没有此输入", "the procedure has no such input"
        )
        for name in given
        if name not in inputs
    ]
    for name, declared in inputs.items():
        value = given.get(name)
        if value is None or value == "":
            if declared.needed(given) and not (no_order and declared.kind == run_orders.ORDER):
                problems.append(FieldProblem(f"inputs.{name}", "input_required", "必填", "required"))
            continue
        try:
            values[name] = await _value(tx, declared, value, sites)
        except _Wrong as wrong:
            problems.append(FieldProblem(f"inputs.{name}", *wrong.problem))
    problems = problems or run_orders.mismatch(inputs, values)
    if problems:
        raise InputsInvalid(problems)
    return values


def handed_on(inputs: Mapping[str, Input], given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a run that another one calls: values that the linter has typed are taken as they are.

    InputsInvalid where a required one is missing or a text is none of its options.
    """
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, declared in inputs.items():
        value = given.get(name)
        if value is None or value == "":
            if declared.needed(given):
                problems.append(FieldProblem(f"inputs.{name}", "input_required", "必填", "required"))
            continue
        try:
            plain = declared.type in ("text", "integer", "boolean", "date")
            values[name] = _plain(declared, value) if plain else value
        except _Wrong as wrong:
            problems.append(FieldProblem(f"inputs.{name}", *wrong.problem))
    if problems:
        raise InputsInvalid(problems)
    return values


async def _value(tx: Reader, declared: Input, value: Any, sites: frozenset[UUID] | None) -> Any:
    if declared.type == "document":
        return await _document(tx, declared.kind or "", value, sites)
    if declared.type in _LOOKED_UP:
        return await _LOOKED_UP[declared.type](tx, value)
    return _plain(declared, value)


async def _document(tx: Reader, kind: str, value: Any, sites: frozenset[UUID] | None) -> dict[str, Any]:
    if not isinstance(value, str):
        raise _Wrong("document_unknown", "应为单号或编号", "give the document's number or id")
    found = await documents_read.one(tx, value, sites, kind)
    if not found:
        raise _Wrong("document_unknown", f"没有此单据：{value[:80]}", f"no such document: {value[:80]}")
    if len(found) > 1:
        raise _Wrong(
            "document_ambiguous",
            "多个往来单位有相同单号，请用编号（id）",
            "several partners have a document of this number; give its id",
        )
    return _snapshot(found[0])


def _snapshot(document: DocumentRow) -> dict[str, Any]:
    known = {
        **document.header,
        "id": str(document.id),
        "number": document.number,
        "supplier": document.party,
        "customer": document.party,
        "site": document.site,
        "line_count": document.line_count,
    }
    declared = DOCUMENT_FIELDS.get(document.kind, {})
    return {field: known[field] for field in declared if known.get(field) is not None}


async def _site(tx: Reader, value: Any) -> str:
    found = await references.site(tx, value) if isinstance(value, str) else None
    if found is None:
        raise _Wrong("site_unknown", "没有此仓库", "no such site")
    return found.code


async def _party(tx: Reader, value: Any) -> str:
    found = await references.party(tx, value) if isinstance(value, str) else None
    if found is None:
        raise _Wrong("party_unknown", "没有此往来单位", "no such partner")
    return found.code


async def _batch(tx: Reader, value: Any) -> str:
    """A batch by id or `material:number`."""
    try:
        return str(await stock.batch_id(tx, str(value)))
    except NotFound as unknown:
        words = "没有此批号（请填 商品编码:批号）", "no such batch: give its id or material:number"
        raise _Wrong("batch_unknown", *words) from unknown
    except stock.AmbiguousBatch as several:
        raise _Wrong(several.code, several.message("zh"), several.message("en")) from several


async def _line_set(tx: Reader, value: Any) -> dict[str, Any]:
    c = t.line_set.c
    row = await tx.one_or_none(sa.select(c.id, c.count, c.root, c.aggregates).where(c.id == _id(value)))
    if row is None:
        raise _Wrong("line_set_unknown", "没有此明细", "no such line set")
    return {**row, "id": str(row["id"])}


_LOOKED_UP: Mapping[str, Callable[[Reader, Any], Awaitable[Any]]] = {
    "site": _site,
    "party": _party,
    "batch": _batch,
    "line_set": _line_set,
}


def _id(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _plain(declared: Input, value: Any) -> Any:
    if declared.type == "boolean" and isinstance(value, bool):
        return value
    if declared.type == "integer" and isinstance(value, int) and not isinstance(value, bool):
        if declared.min is not None and value < declared.min:
            raise _Wrong("out_of_range", f"不能小于 {declared.min}", f"at least {declared.min}")
        if abs(value) <= MAX_INTEGER:
            return value
    elif declared.type == "text" and isinstance(value, str) and len(value) <= MAX_TEXT:
        if declared.options and value.strip() not in declared.options:
            named = ", ".join(declared.options)
            raise _Wrong("input_option", f"应为 {named} 之一", f"must be one of {named}")
        return value.strip()
    elif declared.type == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(half_width(value).strip()).isoformat()
        except ValueError:
            pass
    zh, en = _WANTED[declared.type]
    raise _Wrong("input_type", zh, en)
