"""Services: what a person filled in, checked against a form and against the attachments that exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter

from db import tables as t
from db.queries import references
from domain.errors import FieldProblem
from domain.form_checks import broken
from domain.forms import check_form
from domain.places import Goods, unsuitable
from domain.sop_definition import Check, Form
from domain.sop_progress.refusals import FormInvalid, ReasonRequired
from domain.submissions import printable

if TYPE_CHECKING:
    from db.session import Reader

FORMS: TypeAdapter[Form] = TypeAdapter(Form)


async def check_answers(
    tx: Reader, form: Mapping[str, Any], data: Mapping[str, Any], required: list[str], *, site_id: UUID
) -> dict[str, Any]:
    """The answers normalised; FormInvalid with every problem, unknown attachments and places among them."""
    clean, problems = await _answers(tx, form, data, required, site_id=site_id, line={})
    if problems:
        raise FormInvalid(_labelled(problems, form))
    return clean


async def check_line_answers(
    tx: Reader,
    work: Mapping[str, Any],
    data: Mapping[str, Any],
    required: list[str],
    *,
    site_id: UUID,
    outcome: str,
    reason_missing: bool,
    line: Mapping[str, Any],
) -> dict[str, Any]:
    """The answers for a line; FormInvalid with all that is wrong, the checks and the reason among it.

    A check is not told beside a field that is wrong already. ReasonRequired when nothing but the reason is.
    """
    clean, problems = await _answers(tx, work["form"], data, required, site_id=site_id, line=line)
    told = {problem.field for problem in problems}
    if reason_missing:
        problems = problems + ReasonRequired().fields
        told.add("reason")
    broken_checks = _broken(
        work.get("checks"), clean, outcome=outcome, line=line, brought=work.get("brought")
    )
    problems = problems + [problem for problem in broken_checks if problem.field not in told]
    if reason_missing and len(problems) == 1:
        raise ReasonRequired
    if problems:
        raise FormInvalid(_labelled(problems, work["form"]))
    return clean


async def _answers(
    tx: Reader,
    form: Mapping[str, Any],
    data: Mapping[str, Any],
    required: list[str],
    *,
    site_id: UUID,
    line: Mapping[str, Any],
) -> tuple[dict[str, Any], list[FieldProblem]]:
    fields = FORMS.validate_python(form)
    clean, problems = check_form(fields, printable(data), required=lambda name: name in required)
    problems = problems + await _locations(tx, fields, clean, site_id, line)
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
    return clean, problems


def _as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


async def _locations(
    tx: Reader, fields: Form, clean: dict[str, Any], site_id: UUID, line: Mapping[str, Any]
) -> list[FieldProblem]:
    """A location is one of the site's, whatever its case, and suits the line's goods (药品管理法 59; GSP 83).

    It is kept as the site writes it.
    """
    named = [name for name, field in fields.items() if field.type == "location" and clean.get(name)]
    if not named:
        return []
    places = {place.code.casefold(): place for place in await references.places(tx, site_id)}
    goods = Goods.of_line(line)
    problems = []
    for name in named:
        place = places.get(clean[name].strip().casefold())
        if place is None:
            words = (f"本仓库没有货位 {clean[name]}", f"this site has no location {clean[name]}")
            problems.append(FieldProblem(name, "location_unknown", *words))
            continue
        clean[name] = place.code
        wrong = unsuitable(place, goods) if goods else None
        if wrong:
            problems.append(FieldProblem(name, "location_unsuitable", *wrong))
    return problems


def hold_checks(content: Mapping[str, Any], clean: Mapping[str, Any], *, outcome: str) -> None:
    """FormInvalid unless the conditions across the fields of a task's form hold."""
    problems = _broken(content.get("checks"), clean, outcome=outcome, brought=content.get("brought"))
    if problems:
        raise FormInvalid(_labelled(problems, content["form"]))


def _labelled(problems: list[FieldProblem], form: Mapping[str, Any]) -> list[FieldProblem]:
    """The problems with the labels of their fields: they are told to people, and kept in the audit log."""
    labels = {name: part["label"] for name, part in form.items() if part.get("label")}
    return [
        replace(one, label_zh=label["zh"], label_en=label.get("en") or label["zh"])
        if (label := labels.get(one.field))
        else one
        for one in problems
    ]


def _broken(
    checks: Mapping[str, Any] | None,
    clean: Mapping[str, Any],
    *,
    outcome: str,
    line: Mapping[str, Any] | None = None,
    brought: Mapping[str, Any] | None = None,
) -> list[FieldProblem]:
    if not checks:
        return []
    rules = [Check.model_validate(rule) for rule in checks["rules"]]
    return broken(rules, checks["names"], clean, outcome=outcome, line=line, brought=brought)
