"""Domain: which card of a definition a finding concerns, and which value on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.sop_document import Data, place_of, step_around, steps, value_at
from domain.sop_findings import Finding
from domain.sop_yaml import document_of
from domain.yaml_text import Path, YamlInvalid


@dataclass(frozen=True)
class Placed:
    """A finding with the place of its card (`steps/2`, `` for the head) and of the value where it stands."""

    finding: Finding
    card: str
    place: str


def placed(text: str, findings: Iterable[Finding]) -> list[Placed]:
    """Findings with their places. One that names its step belongs to its card, wherever it stands."""
    try:
        document = document_of(text)
    except YamlInvalid:
        return [Placed(one, "", "") for one in findings]
    data = document.data if isinstance(document.data, dict) else {}
    starts = sorted((place.line, place.column, len(path), path) for path, place in document.places.items())
    named = {step.get("id") or f"end_{step.get('end')}": path for path, step in steps(data)}
    found = []
    for finding in findings:
        place = _at(starts, finding)
        card = step_around(data, place)
        step = named.get(finding.step_id) if finding.step_id else None
        if step is not None and place[: len(step)] != step:
            place = card = step
        found.append(Placed(finding, place_of(card), place_of(place)))
    return found


def position_in_value(text: str, found: Placed) -> int:
    """The character of an expression, from 1, at which its finding stands; 0 where that says nothing."""
    document = document_of(text)
    data: Data = document.data if isinstance(document.data, dict) else {}
    path = next((path for path in document.places if place_of(path) == found.place), ())
    place = document.place(path)
    value = value_at(data, path)
    one_line = isinstance(value, str) and "\n" not in value and found.finding.line == place.text_line
    return found.finding.column - place.text_column + 1 if one_line and place.text_line else 0


def _at(starts: list[tuple[int, int, int, Path]], finding: Finding) -> Path:
    """The innermost value that begins at the finding or last before it."""
    before = [path for line, column, _, path in starts if (line, column) <= (finding.line, finding.column)]
    return before[-1] if before else ()
