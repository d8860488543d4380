"""Domain: whether what a run has done is what the new version would have had done.

What people and decisions gave is held against the new version; everything else must be the same, beyond
words. Of what was done inside a step that is over only the shape is known: there nothing may differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from domain.errors import Refusal
from domain.forms import check_form
from domain.sop_changeover.differing import Obstacle, Versions

if TYPE_CHECKING:
    from domain.sop_definition import Form, FormField, Step
    from domain.sop_progress import Scope, State

NEVER_AGAIN = (
    *("clauses.**", "human.instruction.**", "human.due.**", "human.remind.**", "human.escalate.**"),
    *("human.commands.**", "human.send_back.**", "wait.for.**", "wait.until", "wait.keep", "notify.**"),
    *("for_each.mode", "for_each.limit", "for_each.chunk", "repeat.limit"),
)
"""What counts only while a step is open."""
HELD_AGAINST = (
    *("when", "go", "refusals.**", "routes.**", "human.form.**", "human.outcomes.**", "wait.data.**"),
    *("wait.timeout.**", "decide.**", "human.separate_from.**", "human.across"),
)
"""What is not compared but held against what was given and who performed."""
ASKED_IN_ADDITION = ("human.checks.*", "human.signature.*")
"""What a finished step may have been asked beyond what the new version asks."""


def obstacles(versions: Versions) -> Iterator[Obstacle]:
    """What of the finished steps does not suit the new version."""
    for scope in versions.old.state.scopes.values():
        for step in finished(versions.old.state, scope):
            if _same_step(versions, step):
                yield from versions.of_step(step, (*NEVER_AGAIN, *HELD_AGAINST), ASKED_IN_ADDITION)
                yield from versions.inside(step, NEVER_AGAIN)
                yield from pinned(versions, step, over=True)
                yield from _given(versions, scope, step)
    yield from _over_inside(versions)


def finished(state: State, scope: Scope) -> list[str]:
    """The steps of a scope's trail that are over, in their order."""
    live = {node.step for node in state.nodes.values() if node.scope == scope.path}
    return [step for step in dict.fromkeys(e.partition("#")[0] for e in scope.trail) if step not in live]


def _same_step(versions: Versions, step: str) -> bool:
    """Whether the step is there at all, as `places` asks."""
    was, now = versions.was, versions.now
    return step in now.steps and now.steps[step].kind == was.steps[step].kind


def _over_inside(versions: Versions) -> Iterator[Obstacle]:
    """Lines, rounds and branches that are over in steps that are not."""
    state = versions.old.state
    for node in state.nodes.values():
        if node.count and node.kind in ("for_each", "repeat", "parallel") and _same_step(versions, node.step):
            step = versions.was.steps[node.step]
            if not step.parallel:
                yield from versions.inside(node.step, NEVER_AGAIN)
                continue
            for branch in step.parallel.branches:
                if f"{node.path}.{branch}." not in state.scopes:
                    yield from versions.inside(node.step, NEVER_AGAIN, branch)


def pinned(versions: Versions, step_id: str, *, over: bool) -> Iterator[Obstacle]:
    """What the bundles pin of an action or a called procedure, for a step and those inside it."""
    before, after = versions.old.bundle, versions.new.bundle
    for step in versions.old.plan.inside(step_id):
        if step.action and (other := after.actions.get(step.action)) != (one := before.actions[step.action]):
            zh = f"操作的版本由第{one.version}版改为第{other.version if other else '–'}版"
            en = f"version {other.version if other else '–'} of the action instead of {one.version}"
            yield versions.obstacle("action", step.id, zh, en)
        if step.call and (called := after.calls.get(step.call.sop)) != (known := before.calls[step.call.sop]):
            if (
                over
                and called
                and called.model_dump(exclude={"version", "sha256"})
                == known.model_dump(exclude={"version", "sha256"})
            ):
                continue
            zh = f"所调用规程的版本由第{known.version}版改为第{called.version if called else '–'}版"
            now = called.version if called else "–"
            en = f"version {now} of the called procedure instead of {known.version}"
            yield versions.obstacle("called", step.id, zh, en)


def _given(versions: Versions, scope: Scope, step_id: str) -> Iterator[Obstacle]:
    values, step = scope.values.get(step_id), versions.now.steps[step_id]
    if values is None:
        return
    if step.human:
        yield from _outcome(versions, step, values)
        if step.human.lines is None:
            kept = {name: value for name, value in values.items() if name != "outcome"}
            yield from _answers(versions, scope, step, step.human.form, kept)
    elif step.wait and step.wait.event:
        yield from _answers(versions, scope, step, step.wait.data, values)
    elif step.decide:
        yield from _decided(versions, scope, step, values)


def _outcome(versions: Versions, step: Step, values: dict[str, Any]) -> Iterator[Obstacle]:
    assert step.human is not None
    given = values["outcome"]
    before = versions.was.steps[step.id].human
    label = before.outcomes[given].label if before and given in before.outcomes else None
    zh, en = (label.zh, label.in_language("en")) if label else (given, given)
    chosen = step.human.outcomes.get(given)
    if given not in (step.human.outcomes or ("done",)):
        yield versions.obstacle(
            "outcome",
            step.id,
            f"新版没有已得出的结论“{zh}”",
            f"the new version has no outcome “{en}”, which was given",
        )
    elif chosen and chosen.reason == "required" and not values.get("reason"):
        yield versions.obstacle(
            "reason",
            step.id,
            f"新版的结论“{zh}”须说明原因，当时没有说明",
            f"outcome “{en}” needs a reason in the new version, and none was given",
        )


def _answers(
    versions: Versions, scope: Scope, step: Step, form: Form, values: dict[str, Any]
) -> Iterator[Obstacle]:
    """What was filled in, held against the fields of the new version."""
    new = versions.new

    def required(name: str) -> bool:
        field = form[name]
        try:
            return field.required or bool(field.required_if and new.value(scope, step, field.required_if))
        except Refusal:
            return True  # whether it is needed cannot be told any more

    given = {name: value for name, value in values.items() if name in form}
    clean, problems = check_form(form, given, required=required)
    for problem in problems:
        zh, en = _label(form[problem.field])
        yield versions.obstacle(
            "answer",
            step.id,
            f"“{zh}”当时所填不符合新版：{problem.zh}",
            f"what was filled in for “{en}” is not what the new version asks for: {problem.en}",
        )
    wrong = {problem.field for problem in problems}
    for name, value in given.items():
        if name not in wrong and clean.get(name) != value:
            zh, en = _label(form[name])
            yield versions.obstacle(
                "answer",
                step.id,
                f"“{zh}”在新版中是另一类内容",
                f"“{en}” is of another type in the new version",
            )


def _label(field: FormField) -> tuple[str, str]:
    return field.label.zh, field.label.in_language("en")


def _decided(versions: Versions, scope: Scope, step: Step, values: dict[str, Any]) -> Iterator[Obstacle]:
    """A decision by the same rule stands as it was recorded; by another one it must come out the same."""
    before, decision = versions.was.steps[step.id].decide, step.decide
    assert decision is not None
    old, new = versions.old, versions.new
    if before == decision and old.bundle.tables.get(decision.table or "") == new.bundle.tables.get(
        decision.table or ""
    ):
        return
    try:
        if decision.table is not None:
            hit = new.evaluator.table(step.id, new.context(scope))
            result = {**hit.outputs, "value": hit.outputs[new.bundle.tables[decision.table].deciding_output]}
        else:
            result = {"value": new.value(scope, step, decision.value or "")}
    except Refusal as refusal:
        zh, en = refusal.message("zh"), refusal.message("en")
        yield versions.obstacle(
            "decided", step.id, f"按新版无法判定：{zh}", f"the new version cannot decide it: {en}"
        )
        return
    if result != values:
        was, now = values["value"], result["value"]
        yield versions.obstacle(
            "decided",
            step.id,
            f"已判定为“{was}”，按新版为“{now}”" if was != now else "判定的附带结果按新版不同",
            f"it was decided “{was}”, by the new version it is “{now}”"
            if was != now
            else "what the decision gives besides is different by the new version",
        )
