"""Room `ops`, trials: every scope text of the published recall notices is read, by a measure of our own.

`understood`: read whole, in one way. `for_a_person`: something is doubtful or not understood, and says what.
`lost` counts texts whose parts are not the text again; it must be zero. The files are read where they lie.
"""

import csv
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.errors import Refusal
from domain.recall_scope import read_scope
from ops.settings import REPOSITORY

TAIWAN = "tfda_recalls/tfda_drug_recalls.part_a.json"
AMERICA = "fda_recalls/fda_dashboard_drug_recalls.part_a.csv"
REPORTS = "fda_recalls/openfda_enforcement.sample_a.json"
WEEKLY = "fda_recalls/openfda_res_samples/enforcement_report_2012-06-13.part_a.jsonl"
_LOT = re.compile(
    r"\b(?:lots?|batch(?:es)?)\b(?:\s*(?:#s?|nos?\.?|numbers?))?\s*:?\s*(?=[A-Z0-9-]*\d)[^_]{3,300}",
    re.IGNORECASE,
)
"""Lots within a product's description, which is prose with addresses; there is no field for them."""


class SharedDataMissing(Refusal):
    """The published notices are not on this machine."""

    code = "shared_data_missing"
    zh = "{message}"
    en = "{message}"


async def run() -> dict[str, Any]:
    """Read them all; figures for each source."""
    root = shared_data()
    sources = {
        "tfda_lots": list(_taiwan(root / TAIWAN)),
        "openfda_code_info": [one["code_info"] for one in _records(root / REPORTS)],
        "fda_weekly_code_info": [text for one in _lines(root / WEEKLY) if (text := one.get("code-info"))],
        "fda_descriptions_with_lots": list(_descriptions(root / AMERICA)),
    }
    figures: dict[str, Any] = {name: measure(texts) for name, texts in sources.items()}
    figures["rows_without_a_scope_text"] = {
        "tfda": _count(root / TAIWAN) - len(sources["tfda_lots"]),
        "fda_dashboard": _rows(root / AMERICA) - len(sources["fda_descriptions_with_lots"]),
    }
    return {"ok": not any(one["lost"] for name, one in figures.items() if name in sources), **figures}


def shared_data() -> Path:
    """The folder of the published data; SharedDataMissing without it."""
    path = Path(os.environ.get("XUNJI_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (path / TAIWAN).is_file() or not (path / AMERICA).is_file():
        raise SharedDataMissing(
            message=f"there is no {TAIWAN} in {path}: set XUNJI_SHARED_DATA to its folder"
        )
    return path


def measure(texts: list[str]) -> dict[str, Any]:
    """What was read of the texts, in counts."""
    scopes = [read_scope(text) for text in texts]
    problems = Counter(problem for scope in scopes for problem in scope.problems)
    kinds = Counter(part.kind for scope in scopes for part in scope.parts)
    understood = sum(scope.understood for scope in scopes)
    return {
        "texts": len(texts),
        "understood": understood,
        "understood_percent": round(100 * understood / len(texts), 1) if texts else None,
        "for_a_person": len(texts) - understood,
        "problems": dict(problems.most_common()),
        "parts": {kind: kinds[kind] for kind in ("lot", "range", "all", "dates", "unknown")},
        "lost": sum(
            "".join(part.text for part in scope.parts) != unicodedata.normalize("NFKC", text)
            for scope, text in zip(scopes, texts, strict=True)
        ),
    }


def _taiwan(path: Path) -> Iterator[str]:
    for row in json.loads(path.read_text(encoding="utf-8")):
        if row.get("批號"):
            yield row["批號"]


def _count(path: Path) -> int:
    return len(json.loads(path.read_text(encoding="utf-8")))


def _records(path: Path) -> list[dict[str, Any]]:
    read = json.loads(path.read_text(encoding="utf-8"))
    records: list[dict[str, Any]] = read["results"] if isinstance(read, dict) else read
    return [one for one in records if one.get("code_info")]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _descriptions(path: Path) -> Iterator[str]:
    for row in _csv(path):
        if found := _LOT.search(row["Product Description"]):
            yield found[0]


def _rows(path: Path) -> int:
    return sum(1 for _ in _csv(path))


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
