"""Services: what a run is called - the business key that keeps one run open, and the subject of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.errors import FieldProblem, Invalid
from domain.sop_definition import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.session import Reader
    from domain.sop_bundle import Bundle

MAX_KEY = 200


class BusinessKeyMismatch(Invalid):
    """The definition derives the key; another value is refused."""

    code = "business_key_mismatch"
    zh = "业务键由规程得出，不能另给：{what}"
    en = "The procedure derives the business key; no other can be given: {what}"


def key_of(bundle: Bundle, context: Mapping[str, Any], given: str | None) -> str | None:
    """The business key: derived, or the given one where none is; BusinessKeyMismatch."""
    expression = bundle.definition.business_key
    if expression is None:
        return given.strip()[:MAX_KEY] if given and given.strip() else None
    derived = str(bundle.evaluator.value("", expression, context))
    if given is not None and given != derived:
        raise BusinessKeyMismatch(
            [
                FieldProblem(
                    "business_key",
                    "business_key_mismatch",
                    f"业务键由规程确定为 {derived}",
                    f"the procedure derives the key {derived}",
                )
            ]
        )
    return derived


async def subject_of(tx: Reader, bundle: Bundle, context: Mapping[str, Any]) -> tuple[str, str]:
    """What lists show of a run, in Chinese and in English: the batches of its inputs, then its subject.

    Expressions know a batch by its id alone, and no label carries that.
    """
    given = ((name, context["inputs"].get(name)) for name in bundle.definition.inputs)
    wanted = [UUID(id_) for name, id_ in given if id_ and bundle.definition.inputs[name].type == "batch"]
    zh, en = _subject(bundle, context)
    if not wanted:
        return zh, en
    b, m = t.batch.c, t.material.c
    rows = await tx.rows(
        sa.select(b.number, m.name_zh, m.name_en)
        .join_from(t.batch, t.material, m.id == b.material_id)
        .where(b.id.in_(wanted))
        .order_by(b.number)
    )
    named_zh = [f"{row['name_zh']} {row['number']}" for row in rows]
    named_en = [f"{row['name_en']} {row['number']}" for row in rows]
    return " · ".join(filter(None, (*named_zh, zh))), " · ".join(filter(None, (*named_en, en)))


def _subject(bundle: Bundle, context: Mapping[str, Any]) -> tuple[str, str]:
    definition = bundle.definition
    given = definition.subject or definition.business_key
    if isinstance(given, Subject):
        return _said(bundle, given.zh, context), _said(bundle, given.en, context)
    same = _said(bundle, given, context) if given else ""
    return same, same


def _said(bundle: Bundle, expression: str, context: Mapping[str, Any]) -> str:
    return str(bundle.evaluator.value("", expression, context))
