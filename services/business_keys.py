"""Services: what a run is called - the business key that keeps one run open, and the subject of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.errors import FieldProblem, Invalid
from domain.sop_definition import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def subject_of(bundle: Bundle, context: Mapping[str, Any]) -> tuple[str, str]:
    """What lists show of a run, in Chinese and in English."""
    definition = bundle.definition
    given = definition.subject or definition.business_key
    if isinstance(given, Subject):
        return _said(bundle, given.zh, context), _said(bundle, given.en, context)
    same = _said(bundle, given, context) if given else ""
    return same, same


def _said(bundle: Bundle, expression: str, context: Mapping[str, Any]) -> str:
    return str(bundle.evaluator.value("", expression, context))
