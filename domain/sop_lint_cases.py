"""Domain: lint rules of a definition's own cases - they name inputs, steps and outcomes that exist."""

from __future__ import annotations

from domain.sop_definition import Case
from domain.sop_lint_context import Lint
from domain.yaml_text import Path


def check_cases(lint: Lint) -> None:
    """Cases are there and can be played."""
    if not lint.definition.cases:
        lint.warning("cases", (), "没有用例", "there are no cases")
    for index, case in enumerate(lint.definition.cases):
        _check_case(lint, ("cases", index), case)


def _check_case(lint: Lint, path: Path, case: Case) -> None:
    for name in case.inputs:
        if name not in lint.definition.inputs:
            lint.error("case", (*path, "inputs", name), f"没有输入“{name}”", f"there is no input `{name}`")
    for name in case.answers:
        if name not in lint.steps:
            lint.error("case", (*path, "answers", name), f"没有步骤“{name}”", f"there is no step `{name}`")
    for name in case.expect.get("path", []):
        if name not in lint.steps:
            lint.error("case", (*path, "expect"), f"没有步骤“{name}”", f"there is no step `{name}`")
    ends = {step.end for step in lint.definition.walk() if step.end}
    outcome = case.expect.get("outcome")
    if outcome not in ends and not (outcome is None and "incident" in case.expect):
        lint.error("case", (*path, "expect"), f"没有结局“{outcome}”", f"there is no outcome `{outcome}`")
