"""Domain: segregation of duties - whose hands a step may not be in, because they were on another step (S5).

Performers count over all passes of the other step. Inside a for_each that both steps are in, the same line
counts, unless one of the two says `across: all`. Segregation never relaxes: where passes of a line can no
longer be told apart, all of them count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .machine import Progress
    from .state import Node, Scope


def barred(run: Progress, node: Node) -> set[str]:
    """The persons who may not perform the node's step now."""
    persons: set[str] = set(run.given.barred)
    for _step, performers in _separated(run, node):
        persons.update(performers)
    return persons


def barring(run: Progress, node: Node, persons: Collection[str]) -> Iterator[str]:
    """The steps that one of the persons was on and that the node's step is separate from."""
    for step, performers in _separated(run, node):
        if not set(performers).isdisjoint(persons):
            yield step


def _separated(run: Progress, node: Node) -> Iterator[tuple[str, Collection[str]]]:
    for other, across in run.plan.separated(run.plan.steps[node.step]).items():
        for scope in run.state.scopes.values() if across else _same_line(run, node.scope, other):
            yield other, scope.performers.get(other, ())


def line_of(run: Progress, path: str) -> str | None:
    """The path of the innermost line that a scope is (in), None outside of every for_each."""
    return next((scope.path for scope in run.chain(path) if _loop(run, scope) is not None), None)


def _loop(run: Progress, scope: Scope) -> Node | None:
    owner = run.state.nodes.get(scope.owner or "")
    return owner if owner is not None and owner.kind == "for_each" else None


def _same_line(run: Progress, path: str, other: str) -> Iterator[Scope]:
    """The scopes that know performers of the other step in the same line (everywhere, if it is in no line).

    The scope around a for_each knows the performers of all lines that are over; in its first pass they are
    other lines, in a later pass this line may be among them.
    """
    line: str | None = None
    of_other_lines: list[str] = []
    chain = run.chain(path)
    for scope in chain:
        loop = _loop(run, scope)
        if loop is not None and loop.step in run.plan.loops.get(other, ()):
            line = scope.path if line is None else line
            if run.state.scopes[loop.scope].passes[loop.step] == 1:
                of_other_lines.append(loop.scope)
    for scope in run.state.scopes.values():
        inside = line is None or scope.path.startswith(line)
        if inside or (scope in chain and scope.path not in of_other_lines):
            yield scope
