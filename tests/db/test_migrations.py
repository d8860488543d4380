"""What a migration may never do: what guards the evidence is neither taken off nor got around."""

import re
from pathlib import Path

import pytest

from ops.settings import REPOSITORY

STEPS = sorted(
    path
    for path in (REPOSITORY / "db/migrations").rglob("*")
    if path.suffix in {".py", ".sql"} and path.parent.name != "__pycache__"
)
AROUND = re.compile(
    r"disable\s+(trigger|rule)|session_replication_role|drop\s+trigger|drop\s+table|truncate\s+(table|only|\w+\s*;)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("step", STEPS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_migration_takes_a_guard_off(step: Path) -> None:
    assert AROUND.findall(step.read_text(encoding="utf-8")) == []


def test_taking_a_guard_off_would_be_noticed() -> None:
    for words in (
        "ALTER TABLE move DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "TRUNCATE move;",
    ):
        assert AROUND.search(words)
