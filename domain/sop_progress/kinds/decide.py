"""Domain: a decision - computed here by table or expression, recorded by the advance, routed by its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.advance import RecordDecision
from domain.errors import Refusal

if TYPE_CHECKING:
    from domain.sop_definition import Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


class RouteMissing(Refusal):
    """A decision gave a value that no route names."""

    code = "route_missing"
    kind = "conflict"
    zh = "判断结果“{value}”没有对应的去向。"
    en = 'The decision gave "{value}", which no route names.'


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Evaluates, records with table version and hit row, and follows the route of the value."""
    decision = step.decide
    assert decision is not None
    if decision.table is not None:
        given = run.values(scope, step, decision.with_)
        hit = run.evaluator.table(step.id, run.context(scope))
        table = run.bundle.tables[decision.table]
        values: dict[str, Any] = {**hit.outputs, "value": hit.outputs[table.deciding_output]}
        record = RecordDecision(
            path=node.path, table=table.key, version=table.version, row=hit.row, given=given, result=values
        )
    else:
        assert decision.value is not None
        values = {"value": run.value(scope, step, decision.value)}
        record = RecordDecision(path=node.path, result=values)
    target = _route(step, values["value"])
    run.emit(record)
    run.finish(node, values, target)


def _route(step: Step, value: Any) -> str:
    if not step.routes:
        return "next"
    name = str(value).lower() if isinstance(value, bool) else str(value)
    if name not in step.routes:
        raise RouteMissing(value=name)
    return step.routes[name]
