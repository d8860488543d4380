"""Domain: a definition indexed for walking - which step is where, what comes next, where a target leads."""

from __future__ import annotations

from collections.abc import Iterator

from domain.sop_definition import SopDefinition, Step


class Plan:
    """Static facts of one definition; made once per bundle and shared by all its runs."""

    def __init__(self, definition: SopDefinition) -> None:
        self.definition = definition
        self.steps: dict[str, Step] = {}
        self.loops: dict[str, frozenset[str]] = {}
        self._body: dict[str, list[Step]] = {}
        self._index: dict[str, int] = {}
        for body in (definition.steps, *definition.sections.values()):
            self._add(body, frozenset())
        self.calls = any(step.call for step in self.steps.values())
        self._separated: dict[str, dict[str, bool]] = {}
        for step in self.steps.values():
            for other in step.human.separate_from if step.human else []:
                across = step.human is not None and step.human.across == "all"
                for one, two in ((step.id, other), (other, step.id)):
                    known = self._separated.setdefault(one, {})
                    known[two] = known.get(two, False) or across

    def _add(self, body: list[Step], loops: frozenset[str]) -> None:
        for index, step in enumerate(body):
            self.steps[step.id] = step
            self.loops[step.id] = loops
            self._body[step.id] = body
            self._index[step.id] = index
            for _, inner in step.bodies():
                self._add(inner, loops | {step.id} if step.for_each else loops)

    def inside(self, step_id: str) -> Iterator[Step]:
        """A step and all steps inside it."""
        step = self.steps[step_id]
        yield step
        for _, body in step.bodies():
            for inner in body:
                yield from self.inside(inner.id)

    def next_of(self, step: Step) -> Step | None:
        """The following step of the same list, None at its end."""
        body, index = self._body[step.id], self._index[step.id]
        return body[index + 1] if index + 1 < len(body) else None

    def target_of(self, step: Step, target: str) -> Step | None:
        """Where `next`, a step id or a section name leads from a step; None = the list is over."""
        if target == "next":
            return self.next_of(step)
        section = self.definition.sections.get(target)
        return section[0] if section else self.steps[target]

    def separated(self, step: Step) -> dict[str, bool]:
        """Step ids whose performers may not perform this one: those it names, and those that name it.

        Segregation is symmetric: after rework the later step may have been performed first. True where the
        performers of every line count (`across: all`), not only those of the same line.
        """
        return self._separated.get(step.id, {})
