"""Domain: lint rules of decisions - a table that covers, inputs that fit, routes that are exhaustive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from domain.decision_table import DecisionTable, failing_tests
from domain.decision_table_coverage import uncovered
from domain.expression_errors import ExpressionInvalid
from domain.expressions import Environment
from domain.sop_calls import outcomes_of
from domain.sop_definition import Step
from domain.sop_lint_context import Lint, located
from domain.sop_lint_inputs import check_given
from domain.yaml_text import Path


def check_decisions(lint: Lint) -> None:
    """Every decision can be taken and every answer leads somewhere."""
    for path, step in located(lint.definition):
        if step.decide is None:
            if step.routes:
                lint.error(
                    "misplaced",
                    (*path, "routes"),
                    "routes 只用于判断",
                    "`routes` belongs to decisions",
                    step.id,
                )
            continue
        if step.decide.table is None:
            if step.decide.with_:
                lint.error(
                    "misplaced",
                    (*path, "decide", "with"),
                    "with 只用于决策表",
                    "`with` belongs to decision tables",
                    step.id,
                )
            _check_routes(lint, path, step, _values_of(lint, step))
            _check_used(lint, path, step)
            continue
        table = lint.tables.get(step.decide.table)
        if table is None:
            lint.error(
                "table_unknown",
                (*path, "decide", "table"),
                f"没有决策表“{step.decide.table}”：请先在“决策表”中编写或载入，并由他人批准",
                f"there is no decision table `{step.decide.table}`: write or load one and have it approved",
                step.id,
            )
            continue
        wanted = {name: (column.type, column.optional) for name, column in table.inputs.items()}
        check_given(lint, (*path, "decide"), step, step.decide.with_, wanted)
        _check_table(lint, (*path, "decide", "table"), step, table)
        _check_routes(lint, path, step, [row.then[table.deciding_output] for row in table.rows])
        _check_used(lint, path, step)


def _check_table(lint: Lint, path: Path, step: Step, table: DecisionTable) -> None:
    for number, got in failing_tests(table):
        lint.error(
            "table_test",
            path,
            f"决策表“{table.key}”的第 {number} 个测试得到 {got}",
            f"test {number} of the decision table `{table.key}` gives {got}",
            step.id,
        )
    for kind, values in uncovered(table):
        shown = ", ".join(f"{name}={value}" for name, value in values.items())
        zh = "没有适用的行" if kind == "gap" else "同时适用多行"
        en = "has no row for" if kind == "gap" else "has several rows for"
        lint.error(
            f"table_{kind}",
            path,
            f"决策表“{table.key}”对 {shown} {zh}",
            f"the decision table `{table.key}` {en} {shown}",
            step.id,
        )


def _values_of(lint: Lint, step: Step) -> list[object] | None:
    """The values that `decide.value` can have, if that can be known."""
    assert step.decide is not None
    assert step.decide.value is not None
    source = step.decide.value.strip()
    producer, _, name = source.rpartition(".")
    if producer == "inputs" and name in lint.definition.inputs and lint.definition.inputs[name].options:
        return list(lint.definition.inputs[name].options)
    known = _answers_of(lint, lint.steps[producer], name) if producer in lint.steps else None
    if known:
        return known
    types = lint.scopes[step.id].types
    if types.get(source) == "bool" or _is_bool(lint, step, source):
        return [True, False]
    return None


def _answers_of(lint: Lint, producer: Step, name: str) -> list[object] | None:
    """What a step can give under this name: outcomes, choices of a form, what a table or a call comes to."""
    form = producer.human.form if producer.human else producer.wait.data if producer.wait else {}
    if producer.human and name == "outcome":
        return list(producer.human.outcomes) or ["done"]
    if name in form and form[name].options and not form[name].many:
        return list(form[name].options)
    if producer.call and name == "outcome" and producer.call.sop in lint.called:
        return list(outcomes_of(lint.called[producer.call.sop]))
    table = lint.tables.get(producer.decide.table or "") if producer.decide else None
    if table is not None:
        column = table.deciding_output if name == "value" else name
        return list(dict.fromkeys(row.then[column] for row in table.rows if column in row.then))
    return None


def _is_bool(lint: Lint, step: Step, source: str) -> bool:
    try:
        return Environment(lint.scopes[step.id].types).check(source) == "bool"
    except ExpressionInvalid:
        return False  # noted where expressions are checked


def _check_used(lint: Lint, path: Path, step: Step) -> None:
    """A decision leads somewhere, or something that follows asks for what it came to."""
    if not step.routes and not any(f"{step.id}." in source for source in _sources(lint.definition)):
        zh, en = (
            "判断的结果没有用处：没有去向，后面也没有引用",
            "nothing comes of this decision: it has no routes and nothing uses it",
        )
        lint.warning("decision_unused", (*path, "decide"), zh, en, step.id)


def _sources(value: object) -> Iterator[str]:
    """Every text of a definition, expressions among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _sources(getattr(value, name))
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _sources(item)


def _check_routes(lint: Lint, path: Path, step: Step, values: Iterable[object] | None) -> None:
    if not step.routes:
        return
    if values is None:
        lint.error(
            "routes",
            (*path, "routes"),
            "判断值无法一一列举，请用决策表、是非判断或有固定选项的值",
            "the values are open-ended: use a decision table, a yes-or-no value or one with fixed choices",
            step.id,
        )
        return
    names = dict.fromkeys(str(v).lower() if isinstance(v, bool) else str(v) for v in values)
    for name in names:
        if name not in step.routes:
            lint.error(
                "routes", (*path, "routes"), f"判断结果“{name}”没有去向", f"`{name}` has no route", step.id
            )
    for name in step.routes:
        if name not in names:
            lint.error(
                "routes",
                (*path, "routes", name),
                f"判断不会得出“{name}”",
                f"the decision never gives `{name}`",
                step.id,
            )
