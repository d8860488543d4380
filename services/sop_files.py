"""Services: the reviewed definitions that come with the product, read from `sop_definitions/`.

Files are the vendor's drafts: they become effective only by local approval. Knows files, no table, no engine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from domain.action_catalogue import CATALOGUE
from domain.decision_table import DecisionTable
from domain.durations import LimitEntry
from domain.sop_bundle import build
from domain.sop_calls import CalledSop, called_sop
from domain.sop_definition import SopDefinition
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_yaml import parse, parse_table

ROOT = Path(__file__).resolve().parent.parent / "sop_definitions"
TABLES = "_tables"
LIMITS = "_limits"
SCHEMA = "schema.json"
_VERSION = re.compile(r"^v(\d{1,4})\.yaml$")


@dataclass(frozen=True)
class SopFile:
    """One shipped version of a definition."""

    key: str
    version: int
    path: Path
    text: str


def definition_files(root: Path | None = None) -> list[SopFile]:
    """Every shipped definition, by key and version."""
    return list(_files(root or ROOT))


def newest(key: str, root: Path | None = None) -> SopFile:
    """The newest shipped version of a definition; KeyError for an unknown key."""
    found = [file for file in definition_files(root) if file.key == key]
    if not found:
        raise KeyError(key)
    return found[-1]


def newest_in_order(root: Path | None = None) -> list[SopFile]:
    """The newest version of every shipped definition, each after those that it calls."""
    files = {file.key: file for file in definition_files(root)}
    calls = {
        key: {s.call.sop for s in parse(file.text).definition.walk() if s.call} for key, file in files.items()
    }
    order = TopologicalSorter({key: sorted(of & files.keys()) for key, of in sorted(calls.items())})
    return [files[key] for key in order.static_order()]


@cache
def called_sops(root: Path | None = None) -> dict[str, CalledSop]:
    """The shipped definitions as callers see them, by key: for linting and playing without a database."""
    called: dict[str, CalledSop] = {}
    for file in newest_in_order(root):
        definition = parse(file.text).definition
        bundle = build(definition, tables(root), limits(root), None, CATALOGUE, called)
        called[file.key] = called_sop(bundle, file.version)
    return called


def table_files(root: Path | None = None) -> list[SopFile]:
    """Every shipped decision table, by key and version."""
    return list(_files((root or ROOT) / TABLES))


def tables(root: Path | None = None) -> dict[str, DecisionTable]:
    """The newest shipped version of every decision table, by key; DefinitionInvalid for a faulty file."""
    found: dict[str, DecisionTable] = {}
    for file in table_files(root):
        table = parse_table(file.text).table
        if (table.key, table.version) != (file.key, file.version):
            words = f"{file.path.name}: key and version must be {file.key}, {file.version}"
            raise DefinitionInvalid([Finding("error", "file_name", None, 1, 1, words, words)])
        found[file.key] = table
    return found


def limits(root: Path | None = None) -> dict[str, dict[str, dict[str, LimitEntry]]]:
    """Shipped statutory limits by profile, limit and class; empty while no shipped SOP needs one."""
    directory = (root or ROOT) / LIMITS
    found: dict[str, dict[str, dict[str, LimitEntry]]] = {}
    for path in sorted(directory.glob("*.json")):
        raw: Mapping[str, Mapping[str, Mapping[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = {
            limit: {class_: LimitEntry.model_validate(entry) for class_, entry in classes.items()}
            for limit, classes in raw.items()
        }
    return found


def schema_text() -> str:
    """JSON Schema of the definition language, for editors."""
    schema = SopDefinition.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_schema(root: Path | None = None) -> Path:
    """Writes `schema.json`; a test keeps the committed one up to date."""
    path = (root or ROOT) / SCHEMA
    path.write_text(schema_text(), encoding="utf-8")
    return path


def _files(directory: Path) -> Iterator[SopFile]:
    if not directory.is_dir():
        return
    for folder in sorted(directory.iterdir()):
        if not folder.is_dir() or folder.name.startswith("_"):
            continue
        versions = [
            (int(found[1]), path) for path in folder.iterdir() if (found := _VERSION.match(path.name))
        ]
        for version, path in sorted(versions):
            yield SopFile(folder.name, version, path, path.read_text(encoding="utf-8"))
