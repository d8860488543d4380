"""Domain: another name for a step, and for it wherever the definition speaks of it."""

from __future__ import annotations

import re
from typing import Any

from domain.sop_document import KEY, Data, KeyNotFit, NoSuchPlace, place_of, put, steps, value_at
from domain.yaml_text import Path

_LISTS = {"separate_from", "send_back", "path"}
_WORDS = {"zh", "en", "id", "post", "type", "pattern", "name"}


def rename_step(data: Data, path: Path, name: str) -> Data:
    """Another name for a step, and for it wherever the definition speaks of it."""
    step = value_at(data, path)
    if not isinstance(step, dict):
        raise NoSuchPlace(place=place_of(path))
    old = str(step.get("id", ""))
    if name == old:
        return data
    if not KEY.match(name) or name in {one.get("id") for _, one in steps(data)}:
        raise KeyNotFit(key=name)
    made = put(data, (*path, "id"), name)
    return _mentions(made, re.compile(rf"(?<![\w.'\"]){re.escape(old)}(?=\.)"), old, name) if old else made


def _mentions(data: Data, word: re.Pattern[str], old: str, new: str) -> Data:
    """Targets, lists of steps, scripted answers and expressions that name a step."""

    def fresh(value: Any, key: str, around: str) -> Any:
        if isinstance(value, dict):
            named = key == "answers"  # a case scripts the answers of a step under its name
            return {
                (new if named and name == old else name): fresh(one, name, key) for name, one in value.items()
            }
        if isinstance(value, list):
            return [new if key in _LISTS and one == old else fresh(one, key, around) for one in value]
        if not isinstance(value, str) or key in _WORDS:
            return value
        if value == old and (key == "go" or around in {"routes", "refusals"}):
            return new
        return word.sub(new, value)

    made: Data = fresh(data, "", "")
    return made
