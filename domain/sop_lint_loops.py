"""Domain: lint rules of loops and conditions - they end and can differ, every step is done somewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from domain.expression_errors import ExpressionInvalid
from domain.expressions import Environment
from domain.sop_definition import Step
from domain.sop_lint_context import Lint, located
from domain.sop_lint_proofs import can_be_walked
from domain.sop_moves import Place
from domain.sop_path_facts import Conditions, Watch
from domain.sop_scope import UNTIL
from domain.yaml_text import Path

BUSY = 20
"""Rounds that a loop may do at once without a person, an event or a call in it."""
MOST_STATES = 5_000


def check_loops(lint: Lint) -> None:
    """Loops end by what is done in them; conditions are no constants; every step is done on some path."""
    for path, step in located(lint.definition):
        if step.repeat:
            _check_repeat(lint, path, step)
        for place, source, scope in _conditions(path, step):
            value = _constant(lint, source, scope)
            if value is not None:
                lint.warning(
                    "constant",
                    place,
                    f"此条件恒为{'真' if value else '假'}，与数据无关",
                    f"this condition is always {str(value).lower()}, whatever the data are",
                    step.id,
                )
    if can_be_walked(lint.findings):
        for name in _never_done(lint):
            lint.warning(
                "never_done",
                lint.paths[name],
                "没有任何路径会执行此步骤：走到这里时其条件总不成立，或前面的判断总是绕开它",
                "no path does this step: its condition never holds here, or the way always leads past it",
                name,
            )


def _check_repeat(lint: Lint, path: Path, step: Step) -> None:
    assert step.repeat is not None
    inside = {inner.id for inner in _inside(step)}
    try:
        names = Environment(lint.scopes[step.id + UNTIL].types).names_in(step.repeat.until)
    except ExpressionInvalid:
        return  # noted where expressions are checked
    if not any(name.partition(".")[0] in inside or name == "run.now" for name in names):
        lint.error(
            "loop",
            (*path, "repeat", "until"),
            "结束条件与循环内的步骤无关：要么只做一遍，要么一直做到次数上限",
            "the condition rests on nothing done inside: the steps are done once, or up to the limit",
            step.id,
        )
    waits = any(one.human or one.wait or one.call for one in _inside(step))
    if step.repeat.limit > BUSY and not waits:
        lint.warning(
            "loop",
            (*path, "repeat", "limit"),
            f"循环内没有人工步骤、等待或调用，可能一口气重复 {step.repeat.limit} 次",
            f"nobody is asked and nothing is waited for inside: up to {step.repeat.limit} rounds at once",
            step.id,
        )


def _inside(step: Step) -> Iterator[Step]:
    for _, body in step.bodies():
        for inner in body:
            yield inner
            yield from _inside(inner)


def _conditions(path: Path, step: Step) -> Iterator[tuple[Path, str, str]]:
    if step.when is not None:
        yield (*path, "when"), step.when, step.id
    if step.decide and step.decide.value is not None and step.routes:
        yield (*path, "decide", "value"), step.decide.value, step.id
    if step.human:
        for index, rule in enumerate(step.human.signatures):
            if rule.when is not None:
                yield (*path, "human", "signatures", index, "when"), rule.when, step.id


def _constant(lint: Lint, source: str, scope: str) -> bool | None:
    """The value of a condition that needs no name, if it is one."""
    try:
        value = Environment(lint.scopes[scope].types).settled(source, {})
    except ExpressionInvalid:
        return None
    return value if isinstance(value, bool) else None


def _never_done(lint: Lint) -> list[str]:
    """Steps that are reached by the flow but by no path once its conditions are minded; outer ones only."""
    space = lint.moves
    watch = Watch((), Conditions(space, lint.scopes, lint.tables))
    start: tuple[Place, frozenset[tuple[str, str]]] = (space.start, frozenset())
    seen, ahead, done = {start}, deque([start]), set[str]()
    while ahead:
        place, known = ahead.popleft()
        for move in space.moves(place):
            facts = watch.after(dict(known), move)
            if facts is None:
                continue
            if move.why != "skipped":
                done.add(move.step)
            if move.to is not None and (to := (move.to, frozenset(facts.items()))) not in seen:
                if len(seen) >= MOST_STATES:
                    return []
                seen.add(to)
                ahead.append(to)
    lost = [name for name in lint.steps if name in lint.flow.before and name not in done]
    return [name for name in lost if lint.flow.parent[name] not in lost]
