"""Domain: lint rules of names and flow - unique ids, reachability, dead ends, targets, send-back."""

from __future__ import annotations

from collections.abc import Iterator

from domain.sop_definition import Step
from domain.sop_flow import NEXT, Jump
from domain.sop_lint_context import Lint, located
from domain.yaml_text import Path

RESERVED = frozenset(
    [
        "inputs",
        "run",
        "next",
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)


def check_names(lint: Lint) -> None:
    """Step ids are unique, differ from section names, and are not words of the language."""
    seen: set[str] = set()
    for path, step in located(lint.definition):
        place = (*path, "id") if step.end is None else path
        if step.id in RESERVED:
            lint.error("reserved_name", place, f"“{step.id}”是保留字", f"`{step.id}` is reserved", step.id)
        if step.id in seen or step.id in lint.definition.sections:
            lint.error("duplicate_id", place, f"步骤“{step.id}”重名", f"`{step.id}` is used twice", step.id)
        seen.add(step.id)
    for name in lint.definition.sections:
        if name in RESERVED:
            lint.error("reserved_name", ("sections", name), f"“{name}”是保留字", f"`{name}` is reserved")
    for path, step in located(lint.definition):
        loop = step.for_each or (step.call if step.call and step.call.lines is not None else None)
        variable = loop.as_ if loop else ""
        if variable in RESERVED | seen:
            lint.error(
                "reserved_name",
                (*path, step.kind, "as"),
                f"“{variable}”已有他用",
                f"`{variable}` is used otherwise",
                step.id,
            )


def check_flow(lint: Lint) -> None:
    """Every step can be reached, every list ends, every jump leads where it may."""
    _check_reached(lint)
    for step_id in lint.flow.run_out:
        lint.error(
            "dead_end",
            lint.paths[step_id],
            "流程在此中断：此后没有步骤，也没有结束（end）",
            "the procedure breaks off here: nothing follows and there is no `end`",
            step_id,
        )
    for step, jump in lint.flow.wrong:
        _wrong_target(lint, step, jump)
    for path, step in located(lint.definition):
        _check_step(lint, path, step)


def _check_reached(lint: Lint) -> None:
    for name in lint.definition.sections:
        if name not in lint.flow.reached_sections:
            first = lint.definition.sections[name][0].id
            zh, en = f"没有步骤转入分支“{name}”", f"nothing leads to the section `{name}`"
            lint.error("unreachable", ("sections", name), zh, en, first)
    previous_lost = False
    for path, step in located(lint.definition):
        in_lost_section = path[0] == "sections" and path[1] not in lint.flow.reached_sections
        lost = step.id not in lint.flow.before
        if lost and not previous_lost and not in_lost_section:
            zh = "此步骤无法到达：前面的步骤都转往别处，或已经结束"
            en = "this step cannot be reached: all before it leads elsewhere or ends"
            lint.error("unreachable", path, zh, en, step.id)
        previous_lost = lost


def _wrong_target(lint: Lint, step: Step, jump: Jump) -> None:
    path = _jump_path(lint.paths[step.id], step, jump)
    target = jump.target
    if target in lint.definition.sections:
        if lint.flow.parent[step.id] is not None:
            zh, en = "只能从主流程转入分支", "a section is entered from the root only"
        else:
            zh, en = "只能转入后面的分支", "from a section only a later section can be entered"
    elif target not in lint.steps:
        zh, en = f"转往的步骤或分支“{target}”不存在", f"there is no step or section `{target}` to lead to"
    elif lint.flow.parent[target] == lint.flow.parent[step.id]:
        name = lint.name(target)
        zh = f"{name.zh}在此步骤之前，只能向前转；往回须用退回（send_back）"
        en = f"{name.en} comes before; steps lead forward only, going back is `send_back`"
    else:
        name = lint.name(target)
        zh, en = f"{name.zh}不在同一组步骤中", f"{name.en} is not in the same list of steps"
    lint.error("target", path, zh, en, step.id)


def _jump_path(path: Path, step: Step, jump: Jump) -> Path:
    if jump.by == "outcome":
        outcome: Path = (*path, "human", "outcomes", jump.label)
        moved = step.human is not None and step.human.outcomes[jump.label].go != NEXT
        return (*outcome, "go") if moved else (*path, "go")
    if jump.by == "route":
        return (*path, "routes", jump.label) if step.routes[jump.label] != NEXT else (*path, "go")
    if jump.by == "timeout":
        moved = step.wait is not None and step.wait.timeout is not None and step.wait.timeout.go != NEXT
        return (*path, "wait", "timeout", "go") if moved else (*path, "go")
    return (*path, "refusals", jump.label) if jump.by == "refusal" else (*path, "go")


def _check_step(lint: Lint, path: Path, step: Step) -> None:
    if step.parallel and isinstance(step.parallel.wait_for, int):
        branches = len(step.parallel.branches)
        if step.parallel.wait_for > branches:
            lint.error(
                "wait_for",
                (*path, "parallel", "wait_for"),
                f"只有 {branches} 个并行分支",
                f"there are only {branches} branches",
                step.id,
            )
    if step.end and lint.flow.parent[step.id] is not None:
        lint.warning("end_inside", path, "此处结束整个流程", "this ends the whole run", step.id)
    if step.human:
        for index, target in enumerate(step.human.send_back):
            _check_send_back(lint, (*path, "human", "send_back", index), step, target)


def _check_send_back(lint: Lint, path: Path, step: Step, target: str) -> None:
    before = lint.flow.before.get(step.id)
    around = [lint.flow.parent[step.id], *(lint.flow.parent[s] for s in lint.flow.enclosing(step.id))]
    if target not in lint.steps or (before and target not in before.maybe):
        said = lint.name(target)
        zh, en = (
            f"不能退回到{said.zh}：它不在此步骤之前",
            f"cannot be sent back to {said.en}: it does not come before",
        )
        lint.error("send_back", path, zh, en, step.id)
        return
    if lint.flow.parent[target] not in around:
        said = lint.name(target)
        zh, en = (
            f"不能退回到{said.zh}：它在另一组步骤之内",
            f"cannot be sent back to {said.en}: it is inside other steps",
        )
        lint.error("send_back", path, zh, en, step.id)
        return
    for name in _repeated(lint, step, target):
        if is_irreversible(lint, lint.steps[name]):
            said = lint.name(name)
            zh, en = (
                f"不能退回：其间的{said.zh}不可撤销",
                f"cannot be sent back: {said.en} in between cannot be undone",
            )
            lint.error("send_back_irreversible", path, zh, en, step.id)


def _repeated(lint: Lint, step: Step, target: str) -> Iterator[str]:
    """The steps that a send-back would repeat, with those inside them."""
    before = lint.flow.before.get(step.id)
    earlier = lint.flow.before.get(target)
    passed = {target} | (before.maybe if before else frozenset()) - (
        earlier.maybe if earlier else frozenset()
    )
    for name in lint.steps:
        if name in passed or any(outer in passed for outer in lint.flow.enclosing(name)):
            yield name


def is_irreversible(lint: Lint, step: Step) -> bool:
    """Whether the step, or an SOP that it calls, has an effect that nothing undoes."""
    if step.call is not None:
        called = lint.called.get(step.call.sop)
        return called is not None and called.irreversible
    spec = lint.catalogue.get(step.action or "")
    return spec is not None and bool(spec.effects) and (spec.undo is None or step.irreversible is not None)
