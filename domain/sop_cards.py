"""Domain: which card of a definition a finding concerns - the step it stands in, or a part of the head."""

from __future__ import annotations

from collections.abc import Iterable

from domain.sop_document import Data, place_of, step_around, steps
from domain.sop_findings import Finding
from domain.yaml_text import Document, Path, YamlInvalid, read

_HEAD = {"inputs", "messages", "cases", "sections"}


def cards_of(text: str, findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings by the place of their card: `steps/2` a step, `inputs` a part of the head, `` the rest.

    A finding that names its step belongs there; another one to what stands at its line and column.
    """
    try:
        document = read(text)
    except YamlInvalid:
        return {"": list(findings)}
    data = document.data if isinstance(document.data, dict) else {}
    owners = _owners(document, data)
    named = {step.get("id"): path for path, step in steps(data)}
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        path = named.get(finding.step_id) if finding.step_id else None
        place = path if path is not None else _owner(owners, finding.line, finding.column)
        found.setdefault(place_of(place), []).append(finding)
    return found


def _owners(document: Document, data: Data) -> list[tuple[int, int, Path]]:
    """Where everything of the text begins, with the card that it belongs to."""
    starts = []
    for path, place in document.places.items():
        card = step_around(data, path) or (path[:1] if path and path[0] in _HEAD else ())
        starts.append((place.line, place.column, card))
    return sorted(starts)


def _owner(owners: list[tuple[int, int, Path]], line: int, column: int) -> Path:
    before = [card for at, col, card in owners if (at, col) <= (line, column)]
    return before[-1] if before else ()
