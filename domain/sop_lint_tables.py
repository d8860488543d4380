"""Domain: lint rules of decisions - a table that covers, inputs that fit, routes that are exhaustive."""

from __future__ import annotations

from collections.abc import Iterable

from domain.decision_table import DecisionTable, failing_tests, uncovered
from domain.expressions import Environment, ExpressionInvalid
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
            continue
        table = lint.tables.get(step.decide.table)
        if table is None:
            lint.error(
                "table_unknown",
                (*path, "decide", "table"),
                f"没有决策表“{step.decide.table}”",
                f"there is no decision table `{step.decide.table}`",
                step.id,
            )
            continue
        wanted = {name: (column.type, column.optional) for name, column in table.inputs.items()}
        check_given(lint, (*path, "decide"), step, step.decide.with_, wanted)
        _check_table(lint, (*path, "decide", "table"), step, table)
        _check_routes(lint, path, step, [row.then[table.first_output] for row in table.rows])


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
    human = lint.steps[producer].human if producer in lint.steps else None
    if human and name == "outcome":
        return list(human.outcomes) or ["done"]
    if human and name in human.form and human.form[name].options:
        return list(human.form[name].options)
    types = lint.scopes[step.id].types
    if types.get(source) == "bool" or _is_bool(lint, step, source):
        return [True, False]
    return None


def _is_bool(lint: Lint, step: Step, source: str) -> bool:
    try:
        return Environment(lint.scopes[step.id].types).check(source) == "bool"
    except ExpressionInvalid:
        return False  # noted where expressions are checked


def _check_routes(lint: Lint, path: Path, step: Step, values: Iterable[object] | None) -> None:
    if not step.routes:
        return
    if values is None:
        lint.error(
            "routes",
            (*path, "routes"),
            "判断值无法穷尽，请用决策表或是非判断",
            "the values are open-ended: use a decision table or a yes-or-no value",
            step.id,
        )
        return
    names = dict.fromkeys(str(v).lower() if isinstance(v, bool) else str(v) for v in values)
    for name in names:
        if name not in step.routes:
            lint.error("routes", (*path, "routes"), f"“{name}”没有去向", f"`{name}` has no route", step.id)
    for name in step.routes:
        if name not in names:
            lint.error(
                "routes",
                (*path, "routes", name),
                f"判断不会得出“{name}”",
                f"the decision never gives `{name}`",
                step.id,
            )
