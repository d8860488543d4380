"""The reference of refusals, written from the code: `python -m tests.api.error_reference` prints the page."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from api.problems import status_of
from domain.errors import Refusal

ROOMS = ("contracts", "domain", "db", "engine", "services", "api", "ui")
REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGE = REPOSITORY / "docs/reference/errors.md"
ABSTRACT = {"refused", "command_refused"}
"""Bases that are never raised themselves."""
PROBLEMS = {"FieldProblem": 1, "FieldError": 1, "problem": 1, "_problem": 2, "_Bad": 0, "_Wrong": 0}
"""Who makes a field problem, and where among its arguments the code stands."""
CODE = re.compile(r"[a-z]+(_[a-z]+)*")
HEAD = """# Errors

Every error of the API is `application/problem+json` (RFC 9457):

```json
{"type": "urn:xunji:problem:already_claimed", "title": "...", "status": 409, "detail": "...",
 "code": "already_claimed", "winner": "..."}
```

`code` is stable: programs decide by it. `title` and `detail` are words for people, in the language of
`Accept-Language` (Chinese first, English complete). Facts that help - who won, which run is open, how large a body
may be - ride along as further members. Input that does not fit lists all its problems in `fields`:
`[{"field": "lines.3.material", "code": "material_unknown", "message": "..."}]`.

The same codes stand in the audit log beside refused attempts, and in the verdict of a submission. This page is
written from the code (`python -m tests.api.error_reference > docs/reference/errors.md`) and a test compares the two.

## Codes

| code | status | 中文 | English |
|---|---|---|---|
"""
FIELDS = """
## Codes of fields

What a single member of `fields` says. Where a member has the wrong type, is missing or unknown, the code is
pydantic's (`missing`, `extra_forbidden`, `string_type`, `uuid_parsing`, ...); `value_error` has its reason in words.

{codes}

## Codes of scans

A scan is never an error: it is answered with 200, a verdict, and one of these as `reason_code`.

{scans}
"""


def refusals() -> dict[str, list[type[Refusal]]]:
    """Every class that names a code of its own, by that code."""
    for room in ROOMS:
        for module in pkgutil.walk_packages([str(REPOSITORY / room)], f"{room}."):
            if not module.name.startswith("db.migrations"):
                importlib.import_module(module.name)
    found: dict[str, list[type[Refusal]]] = defaultdict(list)
    for cls in dict.fromkeys(_below(Refusal)):
        if cls.__module__.split(".")[0] in ROOMS and "code" in vars(cls):
            found[cls.code].append(cls)
    return dict(found)


def _below(cls: type[Refusal]) -> Iterator[type[Refusal]]:
    yield cls
    for sub in cls.__subclasses__():
        yield from _below(sub)


def field_codes() -> set[str]:
    """The codes of field problems, as they stand in the source."""
    return {code for tree in _sources() for code in _named(tree, PROBLEMS)}


def scan_codes() -> set[str]:
    """The reason codes of scans: of the list, and of codes that cannot be read at all."""
    judges = ("domain/scan_matching.py", "domain/stock_scans.py", "services/stock_scans.py")
    trees = [ast.parse((REPOSITORY / path).read_text(encoding="utf-8")) for path in judges]
    refused = {code for tree in trees for code in _named(tree, {"_refused": 0, "refused": 0})}
    unreadable = {
        code for code, classes in refusals().items() if classes[0].__module__ == "domain.codes.scanned"
    }
    return refused | unreadable | {"matched", "location", "undone"}


def _sources() -> Iterator[ast.AST]:
    for room in ROOMS:
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            if room != "ui":
                yield ast.parse(path.read_text(encoding="utf-8"))


def _named(tree: ast.AST, where: Mapping[str, int]) -> Iterator[str]:
    """The code that each call of these names gives, at its place among the arguments."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        at = where.get(getattr(node.func, "id", getattr(node.func, "attr", "")), len(node.args))
        given = node.args[at] if at < len(node.args) else None
        if isinstance(given, ast.Constant) and isinstance(given.value, str) and CODE.fullmatch(given.value):
            yield given.value


def render() -> str:
    """The page."""
    rows = []
    for code, classes in sorted(refusals().items()):
        if code not in ABSTRACT:
            cls = classes[0]
            rows.append(f"| `{code}` | {status_of(cls.__new__(cls))} | {_cell(cls.zh)} | {_cell(cls.en)} |")
    fields = FIELDS.format(codes=_listed(field_codes()), scans=_listed(scan_codes()))
    return HEAD + "\n".join(rows) + "\n" + fields


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def _listed(codes: set[str]) -> str:
    return textwrap.fill(", ".join(f"`{code}`" for code in sorted(codes)), 110)


if __name__ == "__main__":
    print(render(), end="")  # noqa: T201 - the page is the output
