"""Domain: stand-ins for people, documents and the catalogue's actions when a definition is only tried out.

Whatever a case does not say is filled in plausibly and always in the same way. Nothing is real: line sets are
lists in memory, effects are none. It knows no engine and no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.action_spec import DOCUMENT_FIELDS, LineSetType
from domain.canonical import sha256_of
from domain.sop_bundle import PinnedAction
from domain.sop_definition import Form, FormField, Input

ID = "00000000-0000-7000-8000-000000000001"
PLAUSIBLE: Mapping[str, Any] = {
    "bool": False,
    "int": 1,
    "string": "sample",
    "decimal": "5.0",
    "date": "2026-06-01",
    "timestamp": "2026-06-01T00:00:00.000000Z",
}


@dataclass
class LineSets:
    """Line sets in memory, by id."""

    kept: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def create(self, lines: list[dict[str, Any]], shape: LineSetType) -> dict[str, Any]:
        """Keeps the lines; the reference carries the aggregates that the shape declares."""
        id_ = f"lines-{len(self.kept) + 1}"
        self.kept[id_] = lines
        return {
            "id": id_,
            "count": len(lines),
            "root": sha256_of("lines", 1, lines=lines),
            "aggregates": {name: aggregate(name, lines) for name in shape.aggregates},
        }

    def of(self, reference: object) -> list[dict[str, Any]]:
        """The lines of a reference."""
        return self.kept.get(str(reference["id"]), []) if isinstance(reference, Mapping) else []


def aggregate(name: str, lines: list[dict[str, Any]]) -> Any:
    """`any_x`, `all_x`, `sum_x` over column x; `count_x` counts the outcome x."""
    kind, _, column = name.partition("_")
    values = [line.get(column) for line in lines]
    if kind == "any":
        return any(values)
    if kind == "all":
        return all(values)
    if kind == "count":
        return sum(line.get("outcome") == column for line in lines)
    return sum(value for value in values if isinstance(value, int))


def of_type(type_: str) -> Any:
    """A plausible value of a type."""
    return [] if type_.startswith("list<") else PLAUSIBLE.get(type_.removesuffix("?"), "sample")


def input_value(input_: Input, given: Any) -> Any:
    """An input: a document gets the fields that the case leaves out."""
    if input_.type == "document":
        fields = DOCUMENT_FIELDS.get(input_.kind or "", {})
        return {**{name: of_type(type_) for name, type_ in fields.items()}, **(given or {})}
    if given is not None:
        return given
    return {"integer": 1, "boolean": False, "date": "2026-06-01"}.get(input_.type, "sample")


def outputs_of(
    action: PinnedAction, inputs: Mapping[str, Any], given: Mapping[str, Any], sets: LineSets
) -> dict[str, Any]:
    """What the action would return: the case's outputs; lines as a list; the rest plausible.

    An action that takes lines and returns lines hands them on; without any there is one line.
    """
    outputs: dict[str, Any] = {}
    source: list[dict[str, Any]] = next((sets.of(v) for v in inputs.values() if sets.of(v)), [{}])
    for name, type_ in sorted(action.outputs.items(), key=lambda output: isinstance(output[1], str)):
        if isinstance(type_, LineSetType):  # they stand first: the others may say the same as an aggregate
            rows = given.get(name, source)
            lines = [
                {
                    **{name: of_type(t) for name, t in type_.columns.items() if not name.endswith("_given")},
                    **row,
                }
                for row in rows
            ]
            outputs[name] = sets.create(lines, type_)
        elif name in given:
            outputs[name] = given[name]
        else:
            outputs[name] = _same_aggregate(name, outputs, of_type(type_))
    return outputs


def _same_aggregate(name: str, outputs: Mapping[str, Any], plausible: Any) -> Any:
    """An output `x` beside lines with an aggregate `any_x` says the same, so that a case states it once.

    So does `count` beside the lines themselves.
    """
    listed = outputs.get("lines")
    if name == "count" and isinstance(listed, dict):
        return listed["count"]
    for reference in outputs.values():
        if isinstance(reference, dict) and f"any_{name}" in reference.get("aggregates", {}):
            return reference["aggregates"][f"any_{name}"]
    return plausible


def filled(form: Form, given: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    """A form as the case filled it, required fields that it leaves out filled plausibly."""
    return {**{name: _field(form[name]) for name in required if name in form}, **given}


def _field(part: FormField) -> Any:
    if part.type == "choice":
        return next(iter(part.options), "sample")
    if part.type == "attachment":
        return [ID]
    if part.type == "boolean":
        return True
    if part.min is not None:
        return part.min
    plain = {"integer": 1, "decimal": "5.0", "date": "2026-06-01"}.get(part.type, "sample")
    return plain.ljust(part.min_length, "x") if isinstance(plain, str) else plain
