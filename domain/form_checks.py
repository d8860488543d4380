"""Domain: checks across the fields of a form - a condition that must hold, and the words for when it fails.

A check sees the form's own fields by name (`<field>_given` beside each that may be empty), the chosen
`outcome`, in a work list the columns of its line as `line.<column>`, and what its `with` names of earlier
steps, as it was when the task was opened. It knows no task and no storage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.errors import FieldProblem
from domain.expressions import GIVEN, Environment
from domain.sop_definition import Check, Form
from domain.sop_scope import fields_of


def brought_by(checks: Sequence[Check]) -> dict[str, str]:
    """The expressions over earlier steps that the checks compare with, by name."""
    return {name: source for check in checks for name, source in check.with_.items()}


def names_of(
    form: Form, columns: Mapping[str, str], brought: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Names and types that a check may use; `brought` are the types of what the checks' `with` brings."""
    fields = fields_of(form)
    given = {name + GIVEN: "bool" for name in fields if not name.endswith(GIVEN)}
    return {
        **fields,
        **given,
        "outcome": "string",
        **{f"line.{name}": type_ for name, type_ in columns.items()},
        **(brought or {}),
    }


def broken(
    checks: Sequence[Check],
    names: Mapping[str, str],
    data: Mapping[str, Any],
    *,
    outcome: str,
    line: Mapping[str, Any] | None = None,
    brought: Mapping[str, Any] | None = None,
) -> list[FieldProblem]:
    """Every check that does not hold for these answers; ExpressionFailed when one cannot be evaluated."""
    environment = Environment(names)
    values = {**(brought or {}), **data, "outcome": outcome, "line": dict(line or {})}
    return [
        FieldProblem(
            check.field or "", "check_failed", check.message.zh, check.message.en or check.message.zh
        )
        for check in checks
        if not environment.evaluate(check.holds, values)
    ]
