"""Domain: lint rules of calls - the called SOP is in force, its inputs fit, and no call leads back."""

from __future__ import annotations

from domain.sop_calls import CalledSop
from domain.sop_definition import Call, Step
from domain.sop_lint_context import Lint, located
from domain.sop_lint_inputs import check_given
from domain.sop_scope import EACH, input_scope
from domain.yaml_text import Path


def check_calls(lint: Lint) -> None:
    """Every called SOP exists, is not among its own callers, and gets the inputs that it asks for."""
    for path, step in located(lint.definition):
        if step.call is None:
            continue
        here: Path = (*path, "call")
        called = lint.called.get(step.call.sop)
        own = lint.definition.sop
        if step.call.sop == own or (called is not None and own in called.reaches):
            through = "" if step.call.sop == own else f" → {step.call.sop}"
            lint.error(
                "call_cycle",
                (*here, "sop"),
                f"调用成环：{own}{through} → {own}",
                f"the calls lead back: {own}{through} → {own}",
                step.id,
            )
        elif called is None:
            lint.error(
                "call_unknown",
                (*here, "sop"),
                f"没有生效的规程“{step.call.sop}”",
                f"no version of `{step.call.sop}` is in force",
                step.id,
            )
        else:
            _check_inputs(lint, here, step, step.call, called)


def _check_inputs(lint: Lint, path: Path, step: Step, call: Call, called: CalledSop) -> None:
    wanted = {
        name: (input_scope(name, given).types[f"inputs.{name}"], not given.required)
        for name, given in called.inputs.items()
    }
    check_given(lint, path, step, call.with_, wanted, scope=step.id + (EACH if call.lines else ""))
