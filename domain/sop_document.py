"""Domain: changing a definition piece by piece, as data - put, add, remove, move, copy, rename.

A definition under work may be incomplete: `sop_definition` knows what it may say, `sop_lint` what it means.
A place is written `steps/2/human/post`; a list has numbers from 0, a mapping its keys in their order. Every
function gives a new document and leaves the one it was given alone.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from domain.errors import Refusal
from domain.sop_definition import STEP_KINDS
from domain.yaml_text import Path

Data = dict[str, Any]
KEY = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_BODIES = {"for_each": "steps", "repeat": "steps"}


class NoSuchPlace(Refusal):
    """The document has nothing there: somebody has changed it meanwhile."""

    code = "no_such_place"
    kind = "conflict"
    zh = "规程中没有“{place}”，可能已被修改，请刷新"
    en = "The procedure has no `{place}`: it may have been changed; reload the page"


class KeyNotFit(Refusal):
    """A name that the language does not take, or that is taken."""

    code = "key_not_fit"
    kind = "invalid"
    zh = "名称“{key}”不可用：须以小写字母开头，只含小写字母、数字和下划线，且不重复"
    en = "The name `{key}` cannot be used: lower-case letters, digits and _, a letter first, and not taken"


def path_of(data: Data, place: str) -> Path:
    """The path that a place means; what follows the last list or mapping is taken as keys."""
    path: list[str | int] = []
    here: Any = data
    for part in place.split("/") if place else []:
        if isinstance(here, list):
            if not part.isascii() or not part.isdigit():
                raise NoSuchPlace(place=place)
            path.append(int(part))
            here = here[int(part)] if int(part) < len(here) else None
        else:
            path.append(part)
            here = here.get(part) if isinstance(here, dict) else None
    return tuple(path)


def place_of(path: Path) -> str:
    """A path as it is written."""
    return "/".join(str(part) for part in path)


def value_at(data: Any, path: Path) -> Any:
    """What stands at a path, None where there is nothing."""
    for part in path:
        if not _has(data, part):
            return None
        data = data[part]
    return data


def put(data: Data, path: Path, value: Any, *, prune: int = 0) -> Data:
    """A value at a path; None takes it away, and so many mappings around it as have become empty."""
    made = copy.deepcopy(data)
    if value is None:
        _take(made, path, prune)
        return made
    around: Any = made
    for at, part in enumerate(path[:-1]):
        if isinstance(around, dict):
            around = around.setdefault(part, [] if isinstance(path[at + 1], int) else {})
        else:
            around = _entry(around, part, path)
    last = path[-1]
    if not isinstance(around, dict) and not _has(around, last):
        raise NoSuchPlace(place=place_of(path))
    around[last] = value
    return made


def add(data: Data, path: Path, value: Any, *, key: str = "", at: int | None = None) -> Data:
    """A new entry of the list at a path (at the end unless `at` is given), or of the mapping under `key`.

    A key that is taken gets a number.
    """
    made = copy.deepcopy(data)
    around = value_at(made, path)
    if around is None:
        made = put(made, path, {} if key else [])
        around = value_at(made, path)
    if isinstance(around, list) and (at is None or at <= len(around)):
        around.insert(len(around) if at is None else at, copy.deepcopy(value))
    elif isinstance(around, dict):
        around[free_key(key, around)] = copy.deepcopy(value)
    else:
        raise NoSuchPlace(place=place_of(path))
    return made


def remove(data: Data, path: Path) -> Data:
    """Without what stands at a path."""
    made = copy.deepcopy(data)
    if value_at(made, path[:-1]) is None or value_at(made, path) is None:
        raise NoSuchPlace(place=place_of(path))
    _take(made, path, 0)
    return made


def shift(data: Data, path: Path, by: int) -> Data:
    """An entry of a list or mapping moved up (-1) or down (+1) among its neighbours."""
    made = copy.deepcopy(data)
    around = value_at(made, path[:-1])
    last = path[-1]
    if isinstance(around, list) and isinstance(last, int) and last < len(around):
        to = min(max(last + by, 0), len(around) - 1)
        around.insert(to, around.pop(last))
    elif isinstance(around, dict) and last in around:
        keys = list(around)
        at = keys.index(str(last))
        keys.insert(min(max(at + by, 0), len(keys) - 1), keys.pop(at))
        reorder(around, {key: around[key] for key in keys})
    else:
        raise NoSuchPlace(place=place_of(path))
    return made


def move_step(data: Data, path: Path, to: Path) -> Data:
    """A step put before another place of a list of steps; both paths are those before the move."""
    made = copy.deepcopy(data)
    step, source, target, index = (
        value_at(made, path),
        value_at(made, path[:-1]),
        value_at(made, to[:-1]),
        to[-1],
    )
    if not isinstance(step, dict) or not isinstance(target, list) or not isinstance(index, int):
        raise NoSuchPlace(place=place_of(to))
    if to[: len(path)] == path:
        return made  # into itself
    gap: dict[str, Any] = {}
    target.insert(index, gap)
    source.pop(next(n for n, one in enumerate(source) if one is step))
    target[next(n for n, one in enumerate(target) if one is gap)] = step
    return made


def copy_step(data: Data, path: Path) -> Data:
    """A step once more behind itself; it and the steps inside it get names of their own."""
    step, last = value_at(data, path), path[-1]
    if not isinstance(step, dict) or not isinstance(last, int):
        raise NoSuchPlace(place=place_of(path))
    taken = dict.fromkeys(one.get("id", "") for _, one in steps(data))
    twin = copy.deepcopy(step)
    for one in _steps_in(twin):
        if isinstance(one.get("id"), str):
            one["id"] = free_key(one["id"], taken)
            taken[one["id"]] = None
    return add(data, path[:-1], twin, at=last + 1)


def rename(data: Data, path: Path, key: str) -> Data:
    """Another key for an entry of a mapping, in the same place of its order."""
    around = value_at(data, path[:-1])
    if not isinstance(around, dict) or path[-1] not in around:
        raise NoSuchPlace(place=place_of(path))
    if key == path[-1]:
        return data
    if key in around or not KEY.match(key):
        raise KeyNotFit(key=key)
    made = copy.deepcopy(data)
    reorder(
        value_at(made, path[:-1]),
        {key if name == path[-1] else name: value for name, value in value_at(made, path[:-1]).items()},
    )
    return made


def steps(data: Data) -> Iterator[tuple[Path, Data]]:
    """Every step with its path, outer before inner, in reading order; what is no step is passed over."""
    yield from _list(("steps",), data.get("steps"))
    sections = data.get("sections")
    for key, body in sections.items() if isinstance(sections, dict) else ():
        yield from _list(("sections", key), body)


def kind_of(step: Data) -> str:
    """The kind of a step, empty where it has none yet."""
    return next((kind for kind in STEP_KINDS if kind in step), "")


def step_around(data: Data, path: Path) -> Path:
    """The path of the innermost step that holds a path; empty when none does."""
    found: Path = ()
    for place, _ in steps(data):
        if path[: len(place)] == place and len(place) > len(found):
            found = place
    return found


def free_key(wanted: str, taken: dict[str, Any]) -> str:
    """A key like the wanted one that nothing has yet."""
    if wanted not in taken:
        return wanted
    stem = re.sub(r"_\d+$", "", wanted)
    return next(f"{stem}_{n}" for n in range(2, len(taken) + 3) if f"{stem}_{n}" not in taken)


def _list(path: Path, body: Any) -> Iterator[tuple[Path, Data]]:
    for index, step in enumerate(body if isinstance(body, list) else []):
        if not isinstance(step, dict):
            continue
        here = (*path, index)
        yield here, step
        for kind, name in _BODIES.items():
            if isinstance(step.get(kind), dict):
                yield from _list((*here, kind, name), step[kind].get(name))
        branches = step["parallel"].get("branches") if isinstance(step.get("parallel"), dict) else None
        for name, inner in branches.items() if isinstance(branches, dict) else ():
            yield from _list((*here, "parallel", "branches", name), inner)


def _steps_in(step: Data) -> Iterator[Data]:
    return (one for _, one in _list((), [step]))


def _entry(around: Any, part: str | int, path: Path) -> Any:
    if not _has(around, part):
        raise NoSuchPlace(place=place_of(path))
    return around[part]


def _has(around: Any, part: str | int) -> bool:
    if isinstance(around, list):
        return isinstance(part, int) and part < len(around)
    return isinstance(around, dict) and part in around


def _take(made: Data, path: Path, prune: int) -> None:
    around = value_at(made, path[:-1])
    last = path[-1]
    if isinstance(around, list) and isinstance(last, int) and last < len(around):
        around.pop(last)
    elif isinstance(around, dict):
        around.pop(last, None)
        if not around and prune and len(path) > 1:
            _take(made, path[:-1], prune - 1)


def reorder(mapping: Data, entries: Data) -> None:
    """The mapping itself, with these entries in this order."""
    mapping.clear()
    mapping.update(entries)
