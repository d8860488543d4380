"""Domain: whether the way that a run has come is a way of the new version as well.

In each list that is being walked the trail must be a walk of the new version: every step of it there, of the
same kind and in the same place, and each following the one before by what that one gave. A step that the new
version has in between was passed over only if the old version passed it over by the same condition.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from domain.sop_changeover.differing import Obstacle, Versions

if TYPE_CHECKING:
    from domain.sop_definition import Step
    from domain.sop_progress import Progress, Scope


def obstacles(versions: Versions) -> Iterator[Obstacle]:
    """What is missing, of another kind or elsewhere; where all is there, what the way would have met."""
    for scope in versions.old.state.scopes.values():
        trail = [entry.partition("#")[0] for entry in scope.trail]
        lost = [one for step in dict.fromkeys(trail) for one in _lost(versions, step)]
        yield from lost or _way(versions, scope, trail)


def _lost(versions: Versions, step: str) -> Iterator[Obstacle]:
    was, now = versions.was, versions.now
    other = now.steps.get(step)
    if other is None:
        zh, en = "新版没有此步骤", "the new version has no such step"
        yield versions.obstacle("missing", step, zh, en)
    elif other.kind != was.steps[step].kind:
        zh, en = "新版中此步骤是另一种步骤", "it is a step of another kind in the new version"
        yield versions.obstacle("kind", step, zh, en)
    elif now.place[step] != was.place[step]:
        zh, en = "新版中此步骤在别处", "it stands elsewhere in the new version"
        yield versions.obstacle("place", step, zh, en)


def _way(versions: Versions, scope: Scope, trail: list[str]) -> Iterator[Obstacle]:
    if not trail:
        return
    first = trail[0]
    begin = [_first(versions.old, scope, first)], [_first(versions.new, scope, first)]
    yield from _between(versions, None, first, *begin)
    for before, after in pairwise(trail):
        if before != after:  # the same again: it was tried again
            ways = [_leads(run, scope, before) for run in (versions.old, versions.new)]
            yield from _between(versions, before, after, *ways)


def _first(run: Progress, scope: Scope, step: str) -> Step | None:
    """The first step of the list that a scope walks."""
    if scope.owner is None:
        return run.plan.definition.steps[0]
    owner = run.plan.steps[run.state.nodes[scope.owner].step]
    return next(body[0] for _, body in owner.bodies() if any(one.id == step for one in body))


def _leads(run: Progress, scope: Scope, step_id: str) -> list[Step | None]:
    """Where a step that is over may have led by what it gave."""
    step, values = run.plan.steps[step_id], scope.values.get(step_id)
    targets = [step.go]
    if step.human and values is not None:
        chosen = step.human.outcomes.get(values["outcome"])
        targets = [chosen.go] if chosen else targets
    elif step.decide and values is not None and step.routes:
        value = values["value"]
        name = str(value).lower() if isinstance(value, bool) else str(value)
        targets = [step.routes[name]] if name in step.routes else []
    elif step.action and values is None:
        targets = list(step.refusals.values())
    elif step.wait and values is None and step.wait.timeout:
        targets = [step.wait.timeout.go]
    return [run.plan.target_of(step, step.go if target == "next" else target) for target in targets]


def _between(
    versions: Versions,
    before: str | None,
    after: str,
    was: list[Step | None],
    now: list[Step | None],
) -> Iterator[Obstacle]:
    """What lies between two steps of the trail in the new version and did not in the old one."""
    walked = [way for step in was if (way := _walk(versions.old, step, after)) is not None]
    known = {step.id: step.when for way in walked for step in way}
    ways = [way for step in now if (way := _walk(versions.new, step, after)) is not None]
    if not ways:
        title = versions.title(after)
        zh = f"新版不由此到“{title.zh}”，而本流程已到该步骤"
        en = (
            f"the new version does not lead from here to “{title.in_language('en')}”, where this run has come"
        )
        yield versions.obstacle("way", before or after, zh, en)
        return
    missed = [[step for step in way if step.when is None or known.get(step.id) != step.when] for way in ways]
    if all(missed):
        title = versions.title(after)
        for step in missed[0]:
            zh = f"新版在“{title.zh}”之前要执行此步骤，而本流程已经过此处"
            en = f"the new version does this before “{title.in_language('en')}”, and this run is beyond it"
            yield versions.obstacle("passed_over", step.id, zh, en)


def _walk(run: Progress, step: Step | None, to: str) -> list[Step] | None:
    """The steps passed over from one on to another of the same list; None if it is not there."""
    passed = []
    while step is not None and step.id != to:
        passed.append(step)
        step = run.plan.next_of(step)
    return None if step is None else passed
