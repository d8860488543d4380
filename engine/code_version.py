"""Engine: which code decides what a run does - a digest over the rooms that a replay runs."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

ROOMS = ("contracts", "domain", "workflows")


@cache
def code_sha256() -> str:
    """SHA-256 over names and contents of all modules of these rooms, in the order of their names."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(path for room in ROOMS for path in (root / room).rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()
