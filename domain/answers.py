"""Domain: the hash of an answer as a run has taken it in - what its later steps will decide by.

Computed by the interpreter over the command it got and again over the submission when it is settled: a forged
Update that borrows a real submission but says something else settles nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.canonical import sha256_of


def answer_hash(
    *, outcome: str, data: Mapping[str, Any], lines: Mapping[str, Any] | None, reason: str | None
) -> str:
    """SHA-256 (hex) over outcome, data, line set with aggregates, and reason."""
    return sha256_of(
        "answer",
        1,
        outcome=outcome,
        data=dict(data),
        lines=dict(lines) if lines is not None else None,
        reason=reason,
    )
