"""Domain: lint rules of actions - inputs that fit, refusals that exist, an undo or the reason why none."""

from __future__ import annotations

from domain.action_catalogue import ActionSpec
from domain.expressions import GIVEN
from domain.sop_definition import Step
from domain.sop_lint_context import Lint, located
from domain.sop_lint_inputs import check_given
from domain.type_words import type_words
from domain.yaml_text import Path


def check_actions(lint: Lint) -> None:
    """Every action exists and is used as the catalogue declares it."""
    for path, step in located(lint.definition):
        if step.action is None:
            for name in ("with_", "refusals", "undo", "irreversible"):
                if getattr(step, name):
                    word = name.rstrip("_")
                    lint.error(
                        "misplaced",
                        (*path, word),
                        f"{word} 只用于动作",
                        f"`{word}` belongs to actions",
                        step.id,
                    )
            continue
        spec = lint.catalogue.get(step.action)
        if spec is None:
            lint.error(
                "action_unknown",
                (*path, "action"),
                f"动作目录中没有“{step.action}”" if step.action else "请选择系统执行的操作",
                f"there is no action `{step.action}`" if step.action else "choose what the system does",
                step.id,
            )
            continue
        _check_inputs(lint, path, step, spec)
        _check_refusals(lint, path, step, spec)
        _check_undo(lint, path, step, spec)


def _check_inputs(lint: Lint, path: Path, step: Step, spec: ActionSpec) -> None:
    wanted = {name: (type_, name in spec.optional) for name, type_ in spec.inputs.items()}
    for name, here, found in check_given(lint, path, step, step.with_, wanted):
        if found == "line_set":
            _check_columns(lint, here, step, step.with_[name], spec.columns.get(name, {}))


def _check_columns(lint: Lint, path: Path, step: Step, source: str, wanted: object) -> None:
    assert isinstance(wanted, dict)
    shape = lint.scopes[step.id].line_sets.get(source.strip())
    if shape is None or not wanted:
        return
    for column, type_ in wanted.items():
        found = shape.columns.get(column, "—") + ("?" if f"{column}{GIVEN}" in shape.columns else "")
        if found not in {type_, type_.removesuffix("?")}:
            words = type_words(type_)
            missing = column not in shape.columns
            lint.error(
                "columns",
                path,
                f"明细须有列“{column}”（{words[0]}），{'没有此列' if missing else '类型不符'}",
                f"the lines must have a column `{column}` ({words[1]}); "
                f"{'they have none' if missing else 'theirs is something else'}",
                step.id,
            )


def _check_refusals(lint: Lint, path: Path, step: Step, spec: ActionSpec) -> None:
    for name in step.refusals:
        if name not in spec.refusals:
            lint.error(
                "refusal_unknown",
                (*path, "refusals", name),
                f"动作没有“{name}”这一拒绝情形",
                f"the action has no refusal `{name}`",
                step.id,
            )
    unrouted = [text for name, text in spec.refusals.items() if name not in step.refusals]
    if unrouted:
        lint.note(
            "refusal_unrouted",
            (*path, "action"),
            f"未指定去向的拒绝情形将开立事件任务：{'；'.join(text.zh for text in unrouted)}",
            f"without a route these refusals open an incident: {'; '.join(text.en for text in unrouted)}",
            step.id,
        )


def _check_undo(lint: Lint, path: Path, step: Step, spec: ActionSpec) -> None:
    if step.undo and step.irreversible:
        lint.error(
            "undo", (*path, "irreversible"), "撤销与不可撤销只能取一", "either undo or irreversible", step.id
        )
    elif step.undo and step.undo != spec.undo:
        lint.error(
            "undo",
            (*path, "undo"),
            f"“{step.undo}”不是此动作的撤销",
            f"`{step.undo}` does not undo this action",
            step.id,
        )
    elif spec.effects and not step.undo and not step.irreversible:
        hint = f"undo: {spec.undo}" if spec.undo else "irreversible: …"
        lint.error(
            "undo",
            (*path, "action"),
            f"须写明 {hint}",
            f"say how it is undone or why it cannot be: `{hint}`",
            step.id,
        )
