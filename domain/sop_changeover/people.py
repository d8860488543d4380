"""Domain: whether who has performed was allowed to by the new version's segregation of duties (S5).

Where lines can no longer be told apart, all of them count.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.sop_changeover.differing import Obstacle, Versions


def obstacles(versions: Versions) -> Iterator[Obstacle]:
    """Pairs of steps that the new version keeps apart and that one person has performed both of."""
    performed: dict[str, set[str]] = {}
    for scope in versions.old.state.scopes.values():
        for step, names in scope.performers.items():
            performed.setdefault(step, set()).update(names)
    said: set[frozenset[str]] = set()
    for step, persons in performed.items():
        if step not in versions.now.steps:
            continue
        known = versions.old.plan.separated(versions.was.steps[step])
        for other, across in versions.new.plan.separated(versions.now.steps[step]).items():
            pair = frozenset((step, other))
            if pair in said or known.get(other) == across or persons.isdisjoint(performed.get(other, ())):
                continue
            said.add(pair)
            title = versions.title(other)
            yield versions.obstacle(
                "segregation",
                step,
                f"新版中与“{title.zh}”不得为同一人，而本流程有人两步都参与过",
                f"kept apart from “{title.in_language('en')}” in the new version; somebody took part in both",
            )
