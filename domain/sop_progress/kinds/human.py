"""Domain: a human step - opens a task, keeps its deadlines; completing it is in `commands`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.payload import LineSetRef
from contracts.tasks import Escalate, OpenTask, Remind, ReturnTask
from domain.errors import Refusal
from domain.form_checks import brought_by
from domain.sop_progress import signing
from domain.sop_progress.segregation import line_of
from domain.sop_progress.state import Timer

if TYPE_CHECKING:
    from datetime import datetime

    from domain.sop_definition import Human, Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope


def enter(run: Progress, scope: Scope, step: Step, node: Node) -> None:
    """Opens the task with what applies now: required fields, signature rules, deadlines as instants."""
    human = step.human
    assert human is not None
    node.epoch = scope.epochs[step.id] = scope.epochs.get(step.id, 0) + 1
    node.required = _required(run, scope, step, human)
    node.rules = [
        index
        for index, rule in enumerate(human.signature_rules)
        if rule.when is None or run.value(scope, step, rule.when)
    ]
    node.line_set = run.value(scope, step, human.lines.of) if human.lines else None
    due_at = _set_timers(run, scope, step, human, node)
    node.status = "open"
    run.emit(
        OpenTask(
            path=node.path,
            step=step.id,
            epoch=node.epoch,
            to=run.recipient(scope, step, human),
            lines=LineSetRef.model_validate(node.line_set) if node.line_set else None,
            required=node.required,
            rules=node.rules,
            separate_from=list(run.plan.separated(step)),
            line_scope=line_of(run, scope.path) if human.across == "line" else None,
            due_at=due_at,
            **_reserved(scope, step),
            **_brought(run, scope, step, human, node),
        )
    )


def _reserved(scope: Scope, step: Step) -> dict[str, Any]:
    """For whom the task is opened, if that is settled; only then it stands in the history."""
    person = scope.reserved.pop(step.id, None)
    return {"assignee": person} if person else {}


def _brought(run: Progress, scope: Scope, step: Step, human: Human, node: Node) -> dict[str, Any]:
    """What the checks of the form compare with; it stands in the history only where they do."""
    wanted = brought_by([*human.checks, *(human.lines.checks if human.lines else ())])
    if not wanted:
        return {}
    node.brought = run.values(scope, step, wanted)
    return {"brought": node.brought}


def _required(run: Progress, scope: Scope, step: Step, human: Human) -> list[str]:
    form = human.lines.form if human.lines else human.form
    return [
        name
        for name, field in form.items()
        if field.required or (field.required_if is not None and run.value(scope, step, field.required_if))
    ]


def _set_timers(run: Progress, scope: Scope, step: Step, human: Human, node: Node) -> datetime | None:
    for n, remind in enumerate(human.remind):
        node.timers.append(Timer(at=run.instant(scope, step, remind), kind="remind", n=n))
    due_at = run.instant(scope, step, human.due) if human.due else None
    if due_at:
        node.timers.append(Timer(at=due_at, kind="late"))
    if human.escalate:
        node.timers.append(Timer(at=run.instant(scope, step, human.escalate.after), kind="escalate"))
    return due_at


def woken(run: Progress, node: Node, timer: Timer) -> None:
    """A reminder, lateness, an escalation or the end of a delegation: the clock never decides."""
    if timer.kind == "return":
        _return(run, node)
        return
    step = run.plan.steps[node.step]
    if timer.kind == "escalate":
        assert step.human is not None
        assert step.human.escalate is not None
        try:
            to = run.recipient(run.state.scopes[node.scope], step, step.human.escalate.to)
        except Refusal:  # an address without a value must not keep a late task from being shown
            to = run.owner()
        run.emit(Escalate(path=node.path, to=to))
    else:
        run.emit(Remind(path=node.path, n=timer.n if timer.kind == "remind" else -1))


def _return(run: Progress, node: Node) -> None:
    """The delegator has the task again; what was completed meanwhile stands."""
    given = node.delegation
    assert given is not None
    if node.status == "awaiting_signature":
        given.over = True
        return
    node.delegation = None
    signing.grow(run, node)
    run.emit(ReturnTask(path=node.path, assignee=given.by, epoch=node.epoch))
