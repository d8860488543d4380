"""Domain: what an expression may see at each step - names and types, from the flow of the definition.

An expression sees `inputs`, finished steps of its own and of enclosing lists, loop variables and `run.now`,
nothing else. A name that may have no value (an optional field, a step that may have been skipped) comes with
a BOOL `<name>_given`, and the expression must guard it. It knows no evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from domain.action_catalogue import DOCUMENT_FIELDS, LineSetType, ValueType
from domain.decision_table import DecisionTable
from domain.expression_errors import ExpressionInvalid
from domain.expressions import GIVEN, Environment
from domain.sop_calls import Ends, outcomes_of
from domain.sop_definition import Call, Form, Input, SopDefinition, Step, WorkList
from domain.sop_flow import Flow, State, flow_of

UNTIL = ":until"
"""Suffix of the key under which the scope of a `repeat`'s `until` stands."""
EACH = ":each"
"""Suffix of the key under which the scope of a call's inputs for each line stands."""

FIELD_TYPES = {
    "text": "string",
    "integer": "int",
    "decimal": "decimal",
    "choice": "string",
    "boolean": "bool",
    "date": "date",
    "attachment": "list<string>",
    "location": "string",
}
INPUT_TYPES = {"text": "string", "integer": "int", "boolean": "bool", "date": "date", "line_set": "line_set"}


class Outputs(Protocol):
    """What the scope needs to know of an action: its outputs."""

    @property
    def outputs(self) -> Mapping[str, ValueType]: ...


@dataclass
class Scope:
    """Types of the visible names, and the shapes of the line sets among them."""

    types: dict[str, str] = field(default_factory=dict)
    line_sets: dict[str, LineSetType] = field(default_factory=dict)

    def include(self, other: Scope, *, certain: bool = True) -> None:
        """Adds another scope's names; if not certain, each comes with its `_given`."""
        self.types.update(other.types)
        self.line_sets.update(other.line_sets)
        if not certain:
            names = [n for n in other.types if not n.endswith(GIVEN)]
            self.types.update({f"{name}{GIVEN}": "bool" for name in names})

    def add_line_set(self, name: str, shape: LineSetType) -> None:
        """A line set with its aggregates."""
        self.types[name] = "line_set"
        self.types[f"{name}.count"] = "int"
        self.types.update({f"{name}.{aggregate}": type_ for aggregate, type_ in shape.aggregates.items()})
        self.line_sets[name] = shape


def names_at(
    definition: SopDefinition, catalogue: Mapping[str, Outputs], tables: Mapping[str, DecisionTable]
) -> dict[str, dict[str, str]]:
    """For each step id the names that its expressions may see; "" stands for the definition itself."""
    return {key: scope.types for key, scope in scopes(definition, catalogue, tables).items()}


def scopes(
    definition: SopDefinition,
    catalogue: Mapping[str, Outputs],
    tables: Mapping[str, DecisionTable],
    flow: Flow | None = None,
    calls: Mapping[str, Ends] | None = None,
) -> dict[str, Scope]:
    """`names_at` with the shapes of line sets."""
    flow = flow or flow_of(definition)
    base = Scope({"run.now": "timestamp"})
    for name, input_ in definition.inputs.items():
        base.include(input_scope(name, input_), certain=input_.required)
    found = {"": base}
    produced: dict[str, Scope] = {}
    loops: dict[str, Scope] = {}
    order = [step.id for step in definition.walk()]

    def seen(state: State, around: list[str]) -> Scope:
        scope = Scope()
        scope.include(base)
        for loop in reversed(around):
            scope.include(loops.get(loop, Scope()))
        for id_ in order:
            if id_ in produced and id_ in state.maybe:
                scope.include(produced[id_], certain=id_ in state.certain)
        return scope

    # Inner steps need the loop variables of outer ones: `walk` gives outer before inner.
    for step in definition.walk():
        around = list(flow.enclosing(step.id))
        scope = found[step.id] = seen(flow.assumed.get(step.id, State()), around)
        produced[step.id] = _produced(step, scope, catalogue, tables, calls or {})
        if step.for_each:
            shape = scope.line_sets.get(step.for_each.lines.strip(), LineSetType({}))
            loops[step.id] = Scope({f"{step.for_each.as_}.{c}": t for c, t in shape.columns.items()})
        if step.call and step.call.lines is not None:
            found[step.id + EACH] = _for_each_line(scope, step.call.as_, step.call.lines)
    for step in (one for one in definition.walk() if one.repeat):
        around = list(flow.enclosing(step.id))
        found[step.id + UNTIL] = seen(flow.after.get(step.id, State()), around)
    return found


def _for_each_line(scope: Scope, as_: str, lines: str) -> Scope:
    """The scope with the columns of a line; they hide an outer line of the same name."""
    shape = scope.line_sets.get(lines.strip(), LineSetType({}))
    types = {name: type_ for name, type_ in scope.types.items() if not name.startswith(f"{as_}.")}
    columns = {f"{as_}.{column}": type_ for column, type_ in shape.columns.items()}
    return Scope({**types, **columns}, dict(scope.line_sets))


def input_scope(name: str, input_: Input) -> Scope:
    """What an input gives to see: itself and, of a document or line set, what is declared of it."""
    scope = Scope()
    key = f"inputs.{name}"
    if input_.type == "document":
        scope.types[key] = f"document<{input_.kind}>"
        fields = DOCUMENT_FIELDS.get(input_.kind or "", {})
        scope.types.update({f"{key}.{column}": type_ for column, type_ in fields.items()})
    elif input_.type == "line_set":
        scope.add_line_set(key, LineSetType({}))
    else:
        scope.types[key] = INPUT_TYPES.get(input_.type, "string")
    return scope


def _produced(
    step: Step,
    scope: Scope,
    catalogue: Mapping[str, Outputs],
    tables: Mapping[str, DecisionTable],
    calls: Mapping[str, Ends],
) -> Scope:
    """The names that a finished step adds."""
    out = Scope()
    match step.kind:
        case "human" if step.human:
            if step.human.lines:
                out.add_line_set(f"{step.id}.lines", results_shape(step.human.lines, scope))
            out.types.update(
                {f"{step.id}.{name}": type_ for name, type_ in fields_of(step.human.form).items()}
            )
            out.types[f"{step.id}.outcome"] = "string"
            out.types[f"{step.id}.reason"] = "string"
            out.types[f"{step.id}.reason{GIVEN}"] = "bool"
        case "action" if step.action and step.action in catalogue:
            for name, type_ in catalogue[step.action].outputs.items():
                if isinstance(type_, str):
                    out.types[f"{step.id}.{name}"] = type_
                else:
                    out.add_line_set(f"{step.id}.{name}", type_)
        case "decide" if step.decide:
            out.types.update(_decided(step, scope, tables))
        case "for_each" | "repeat":
            out.types[f"{step.id}.count"] = "int"
        case "call" if step.call:
            out.types.update(_came_to(step.id, step.call, calls.get(step.call.sop)))
        case "wait" if step.wait:
            out.types[f"{step.id}.at"] = "timestamp"
            out.types.update(
                {f"{step.id}.{name}": type_ for name, type_ in fields_of(step.wait.data).items()}
            )
    return out


def _came_to(step: str, call: Call, called: Ends | None) -> dict[str, str]:
    types = {f"{step}.count": "int"}
    if call.mode == "detach":
        return types
    if call.lines is None:
        return {**types, f"{step}.outcome": "string"}
    return types | {f"{step}.count_{name}": "int" for name in (outcomes_of(called) if called else ())}


def _decided(step: Step, scope: Scope, tables: Mapping[str, DecisionTable]) -> dict[str, str]:
    assert step.decide is not None
    if step.decide.value is not None:
        try:
            return {f"{step.id}.value": Environment(scope.types).check(step.decide.value)}
        except ExpressionInvalid:
            return {}
    table = tables.get(step.decide.table or "")
    if table is None:
        return {}
    types = {f"{step.id}.{name}": column.type for name, column in table.outputs.items()}
    return {**types, f"{step.id}.value": table.outputs[table.deciding_output].type}


def fields_of(form: Form) -> dict[str, str]:
    """The types of a form's fields, `_given` beside each optional one."""
    types: dict[str, str] = {}
    for name, part in form.items():
        type_ = FIELD_TYPES[part.type]
        types[name] = f"list<{type_}>" if part.many and not type_.startswith("list") else type_
        if not part.required:
            types[name + GIVEN] = "bool"
    return types


def results_shape(work: WorkList, scope: Scope) -> LineSetType:
    """The line set that a work list hands on: each line's source columns, its form fields, who did it.

    `outcome` is the line's own; a list without outcomes keeps the outcome that its source lines had. The
    aggregates of the source stay visible beside the list's own; a blind list tells no sums.
    """
    source = scope.line_sets.get(work.of.strip(), LineSetType({}))
    fields = fields_of(work.form)
    sums = {f"sum_{name}": "int" for name, type_ in fields.items() if type_ == "int" and not work.blind}
    counts = {f"count_{name}": "int" for name in work.outcomes}
    outcome = {"outcome": "string"} if work.outcomes else {}
    return LineSetType(
        {**source.columns, **fields, **outcome, "actor": "string"}, {**source.aggregates, **counts, **sums}
    )
