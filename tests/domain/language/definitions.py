"""Small definitions that the language tests share."""

from __future__ import annotations

from typing import Any

from domain.action_catalogue import CATALOGUE, PROBE_CATALOGUE
from domain.decision_table import DecisionTable
from domain.sop_definition import SopDefinition

ALL_ACTIONS = {**CATALOGUE, **PROBE_CATALOGUE}
WORDS = {"zh": "字", "en": "word"}


def human(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "human": {"post": "keeper", "instruction": WORDS, "due": "PT2H", **more}}


def definition(steps: list[dict[str, Any]], **more: Any) -> SopDefinition:
    return SopDefinition.model_validate(
        {
            "sop": "small",
            "title": WORDS,
            "owner": {"department": "quality", "post": "qa_manager"},
            "scope": {"site": "'BJ01'", "department": "'warehouse'"},
            "steps": steps,
            **more,
        }
    )


TABLE = DecisionTable.model_validate(
    {
        "key": "temperature",
        "version": 1,
        "title": WORDS,
        "inputs": {
            "mode": {"type": "string", "label": WORDS, "options": ["ambient", "refrigerated"]},
            "temperature": {"type": "decimal", "label": WORDS, "optional": True},
        },
        "outputs": {"verdict": {"type": "string", "label": WORDS}},
        "rows": [
            {"when": {"mode": "ambient"}, "then": {"verdict": "within"}},
            {"when": {"mode": "refrigerated", "temperature": "2.0..8.0"}, "then": {"verdict": "within"}},
            {"when": {}, "then": {"verdict": "excursion"}},
        ],
    }
)
