"""Services: what a person filled in, checked against a form and against the attachments that exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter

from db import tables as t
from db.queries import references
from domain.errors import FieldProblem
from domain.form_checks import broken
from domain.forms import check_form
from domain.receiving import may_put
from domain.sop_definition import Check, Form
from domain.sop_progress.refusals import FormInvalid
from domain.submissions import printable

if TYPE_CHECKING:
    from db.session import Reader

FORMS: TypeAdapter[Form] = TypeAdapter(Form)


async def check_answers(
    tx: Reader,
    form: Mapping[str, Any],
    data: Mapping[str, Any],
    required: list[str],
    *,
    site_id: UUID,
    line: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The answers normalised; FormInvalid with every problem, unknown attachments and places among them."""
    fields = FORMS.validate_python(form)
    clean, problems = check_form(fields, printable(data), required=lambda name: name in required)
    problems = problems + await _locations(tx, fields, clean, site_id, line or {})
    attached = {
        attachment: name
        for name, field in fields.items()
        if field.type == "attachment"
        for attachment in _as_list(clean.get(name))
    }
    if attached:
        rows = await tx.rows(
            sa.select(t.attachment.c.id).where(t.attachment.c.id.in_([UUID(a) for a in attached]))
        )
        known = {str(row["id"]) for row in rows}
        problems = problems + [
            FieldProblem(name, "attachment_unknown", "附件不存在", "there is no such attachment")
            for attachment, name in attached.items()
            if attachment not in known
        ]
    if problems:
        raise FormInvalid(problems)
    return clean


def _as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


async def _locations(
    tx: Reader, fields: Form, clean: Mapping[str, Any], site_id: UUID, line: Mapping[str, Any]
) -> list[FieldProblem]:
    """A location is one of the site's, and suits the line's storage class (药品管理法 59; GSP 83)."""
    named = [name for name, field in fields.items() if field.type == "location" and clean.get(name)]
    if not named:
        return []
    places = {place.code: place for place in await references.places(tx, site_id)}
    problems = []
    for name in named:
        code, storage_class = clean[name], line.get("storage_class")
        if code not in places:
            words = (f"本仓库没有货位 {code}", f"this site has no location {code}")
            problems.append(FieldProblem(name, "location_unknown", *words))
        elif storage_class and not may_put(
            places[code], storage_class, rejected=line.get("outcome") == "rejected"
        ):
            words = (
                f"货位 {code} 不适合该药品的储存条件",
                f"location {code} does not suit its storage class",
            )
            problems.append(FieldProblem(name, "location_unsuitable", *words))
    return problems


def hold_checks(
    checks: Mapping[str, Any] | None,
    clean: Mapping[str, Any],
    *,
    outcome: str,
    line: Mapping[str, Any] | None = None,
) -> None:
    """FormInvalid unless the conditions across the fields hold."""
    if checks:
        rules = [Check.model_validate(rule) for rule in checks["rules"]]
        problems = broken(rules, checks["names"], clean, outcome=outcome, line=line)
        if problems:
            raise FormInvalid(problems)
