"""Domain: a text that is no definition yet, mended where it is unfinished, so that the rest can be looked at.

Somebody at work leaves places empty: one of them must not hide what the check says of the other cards, nor
which names there are. Nothing mended is ever kept.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.sop_cards import Placed, placed
from domain.sop_definition import STEP_KINDS
from domain.sop_document import Data, path_of, put, value_at
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_yaml import document_of, named_in, parse
from domain.yaml_text import Path, YamlInvalid, write

ROUNDS = 8
STAND_INS: dict[str, Any] = {
    **dict.fromkeys(("of", "lines", "until", "holds", "value", "site", "key"), "true"),
    **dict.fromkeys(("due", "after", "for"), "P1D"),
    **dict.fromkeys(("zh", "en"), "…"),
    **dict.fromkeys(("sop", "template", "post", "department", "event", "as", "action"), "unknown"),
    **{name: {"zh": "…", "en": "…"} for name in ("meaning", "label", "title", "instruction", "message")},
    "limit": 1,
    "type": "text",
}
"""What stands in for a value of this name that is missing or cannot be read."""


@dataclass(frozen=True)
class Mended:
    """A text that is a definition, and the cards on which something stands in."""

    text: str
    cards: frozenset[str]


def mended(text: str) -> Mended | None:
    """The text with something in each unfinished place; None when that does not make it a definition."""
    try:
        data = document_of(text).data
    except YamlInvalid:
        return None
    if not isinstance(data, dict):
        return None
    made, cards = copy.deepcopy(data), set[str]()
    for _round in range(ROUNDS):
        now = write(made)
        try:
            parse(now)
        except DefinitionInvalid as invalid:
            before = made
            for one in placed(now, invalid.findings):
                made = _stood_in(made, one)
                cards.add(one.card)
            if made == before:
                return None
        else:
            return Mended(now, frozenset(cards))
    return None


def _stood_in(data: Data, one: Placed) -> Data:
    path = path_of(data, one.place)
    name, is_missing = named_in(one.finding)
    if is_missing:
        return put(data, (*path, name), STAND_INS[name]) if name in STAND_INS else data
    key = path[-1] if path else ""
    stand_in = STAND_INS.get(str(key))
    if stand_in is not None and value_at(data, path) != stand_in:
        return put(data, path, stand_in)
    if isinstance(key, str) and key and key not in STEP_KINDS:
        return put(data, path, None)
    return data


def behind(text: str, other: Mended, found: Sequence[Finding]) -> list[Finding]:
    """What the check says of the mended text, where it stands in the first one.

    Nothing of cards on which something stands in, and nothing that speaks of a name which they give.
    """
    document = document_of(text)
    data = document.data if isinstance(document.data, dict) else {}
    here = document_of(other.text)
    unsure = tuple(f"{name}." for name in _ids(data, other.cards))
    told = []
    for one in placed(other.text, found):
        if one.card in other.cards or any(name in one.finding.en for name in unsure):
            continue
        path: Path = path_of(data, one.place)
        lines = document.place(path).line - here.place(path).line
        told.append(replace(one.finding, line=one.finding.line + lines))
    return told


def _ids(data: Data, cards: Iterable[str]) -> list[str]:
    steps = [value_at(data, path_of(data, card)) for card in cards if card]
    return [str(step["id"]) for step in steps if isinstance(step, dict) and "id" in step]
