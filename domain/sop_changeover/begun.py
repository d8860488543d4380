"""Domain: whether what is open in a run can stay as it is by the new version.

A task that is open is read, claimed and half filled in: it keeps its content, its holder and its instants, so
what is asked in it must be the same. What is being performed or awaited is what was asked for. A step that
waits after an incident is tried again by the new version: there everything may differ (decision 0035).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.sop_changeover.differing import Obstacle, Versions
from domain.sop_changeover.done import pinned

if TYPE_CHECKING:
    from domain.sop_progress import Node

AFTERWARDS = ("clauses.**", "when", "go")
OPEN_TASK = (
    *AFTERWARDS,
    *("human.instruction.**", "human.due.**", "human.remind.**", "human.escalate.**", "human.outcomes.*.go"),
)
"""What of an open task may differ: its words and instants were fixed when it was opened."""
AT_WORK = (
    *(*AFTERWARDS, "refusals.**", "for_each.mode", "for_each.limit", "parallel.wait_for", "repeat.**"),
    *("wait.for.**", "wait.until", "wait.keep", "wait.timeout.after.**", "wait.timeout.go"),
)


def obstacles(versions: Versions) -> Iterator[Obstacle]:
    """What is open and would be another thing by the new version."""
    for node in versions.old.state.nodes.values():
        step = versions.now.steps.get(node.step)
        if step is None or step.kind != versions.was.steps[node.step].kind or node.kind == "incident":
            continue  # `places` says so; an incident stands beside the step that it is about
        if node.status == "incident":
            if node.chunk or any(scope.owner == node.path for scope in versions.old.state.scopes.values()):
                yield from _at_work(versions, node)
        elif node.kind == "human":
            yield from versions.of_step(node.step, OPEN_TASK)
            if step.human and not step.human.escalate and any(t.kind == "escalate" for t in node.timers):
                zh, en = (
                    "新版不再上报，而此任务已定上报时间",
                    "the new version does not escalate it, and it is to be",
                )
                yield versions.obstacle("escalate", node.step, zh, en)
        else:
            yield from _at_work(versions, node)


def _at_work(versions: Versions, node: Node) -> Iterator[Obstacle]:
    yield from versions.of_step(node.step, AT_WORK)
    if node.kind in ("action", "call"):
        yield from pinned(versions, node.step, over=False)
    step = versions.now.steps[node.step]
    if step.parallel and node.count:
        total = len(step.parallel.branches)
        needed = {"all": total, "any": 1}.get(str(step.parallel.wait_for)) or int(step.parallel.wait_for)
        if node.count >= min(needed, total):
            zh = f"已有{node.count}个分支结束，按新版此步骤已经结束"
            en = f"{node.count} branches are over, and by the new version that is all it waits for"
            yield versions.obstacle("wait_for", node.step, zh, en)
