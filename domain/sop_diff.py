"""Domain: what differs between two versions of a procedure, step by step. It knows no files and no database.

Steps are the same when they stand in the same body under the same id. Order counts: an author's order of
fields and outcomes is what the person at the task sees.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Literal

from domain.sop_definition import SopDefinition, Step

Kind = Literal["added", "removed", "moved", "changed"]
BODIES = {"parallel": "branches", "for_each": "steps", "repeat": "steps"}
"""Where a step keeps the steps inside it; those are compared by themselves."""
NULL = "null"
ORDER = "(order)"
"""What a path ends with that tells of another order."""


@dataclass(frozen=True)
class Difference:
    """One difference. `step` is the step's place (`refuse/turn_away`), None for the head of the procedure.

    A changed value has its `path` inside the step (`human.form.note.label`) and both sides; what is absent
    is None.
    """

    kind: Kind
    step: str | None
    path: str = ""
    before: Any = None
    after: Any = None
    keys: tuple[str, ...] = field(default=(), compare=False)
    """The path, name by name: a name may have dots in it."""

    def __str__(self) -> str:
        if self.kind == "changed":
            return f"changed {self.step or 'head'}: {self.path}: {shown(self.before)} -> {shown(self.after)}"
        return f"{self.kind} {self.step}"


def differences(old: SopDefinition, new: SopDefinition) -> list[Difference]:
    """All differences: the head first, then the steps in the order of the new version, then what is gone."""
    before, after = steps_by_place(old), steps_by_place(new)
    found = list(changes(None, head(old), head(new)))
    moved = out_of_order([p for p in before if p in after], [p for p in after if p in before])
    for place, step in after.items():
        if place not in before:
            found.append(Difference("added", place, after=content(step)))
            continue
        if place in moved:
            found.append(Difference("moved", place))
        found += changes(place, content(before[place]), content(step))
    gone = (place for place in before if place not in after)
    return [*found, *(Difference("removed", place, before=content(before[place])) for place in gone)]


def steps_by_place(definition: SopDefinition) -> dict[str, Step]:
    """Every step by its place, outer before inner, in reading order; then the sections."""
    places = dict(_inside("", definition.steps))
    for name, body in definition.sections.items():
        places.update(_inside(f"{name}/", body))
    return places


def _inside(prefix: str, steps: Sequence[Step]) -> Iterator[tuple[str, Step]]:
    for step in steps:
        yield f"{prefix}{step.id}", step
        for segment, body in step.bodies():
            yield from _inside(f"{prefix}{step.id}/{segment}/" if segment else f"{prefix}{step.id}/", body)


def head(definition: SopDefinition) -> dict[str, Any]:
    """All of a definition but its steps; cases by their names."""
    written = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    cases = {case.pop("name"): case for case in written.pop("cases", [])}
    return {k: v for k, v in {**written, "cases": cases}.items() if k not in {"steps", "sections"}}


def content(step: Step) -> dict[str, Any]:
    """What a step says, without the steps inside it."""
    written = step.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for kind, body in BODIES.items():
        if kind in written:
            inner = written[kind].pop(body)
            if isinstance(inner, dict):
                written[kind]["branches"] = list(inner)
    return written


def out_of_order(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The places that do not stand in the longest order which both sides share."""
    same = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return set(after) - {place for block in same for place in after[block.b : block.b + block.size]}


def changes(step: str | None, before: Any, after: Any, keys: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Differing values, as deep as both sides are of the same shape."""
    path = ".".join(keys)
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(key for key in after if key not in before)]
        pairs = [(str(key), *_sides(key, before, after)) for key in names]
        if [k for k in before if k in after] != [k for k in after if k in before]:
            sides = list(before), list(after)
            yield Difference("changed", step, f"{path} (order)".strip(), *sides, keys=(*keys, ORDER))
    elif isinstance(before, list) and isinstance(after, list) and _of_tables(before) and _of_tables(after):
        pairs = [(str(number), old, new) for number, old, new in aligned(before, after)]
    else:
        if before != after:
            yield Difference("changed", step, path, before, after, keys=keys)
        return
    for key, old, new in pairs:
        yield from changes(step, old, new, (*keys, key))


def aligned(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    """What stands at the same place of two lists, with its number: an absent side is None.

    Numbers are those of the later list, of what is gone those of the earlier one.
    """
    old, new = ([json.dumps(one, sort_keys=True) for one in side] for side in (before, after))
    for _tag, i, to_i, j, to_j in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for one, other in zip_longest(range(i, to_i), range(j, to_j)):
            number = 1 + (one if other is None else other)
            yield number, None if one is None else before[one], None if other is None else after[other]


def _sides(key: str, before: dict[str, Any], after: dict[str, Any]) -> tuple[Any, Any]:
    """Both values of a key; an explicit null (a case that expects no outcome) is not an absent one."""
    if (key in before) == (key in after):
        return before.get(key), after.get(key)
    was, now = (NULL if key in side and side[key] is None else side.get(key) for side in (before, after))
    return was, now


def _of_tables(values: list[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)


def shown(value: Any) -> str:
    """A value as words for a terminal: `none` where it is absent, cut after 100 characters."""
    words = "none" if value is None else value if isinstance(value, str) else repr(value)
    return words if len(words) <= 100 else f"{words[:99]}…"  # noqa: PLR2004 - the sentence above
