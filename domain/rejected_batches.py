"""Domain: batches that quality has rejected are not accepted again, line by line (GSP 87). Knows no table."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from domain.errors import Refusal

REJECTED: Final = "rejected"
GOOD: Final = frozenset({"accepted", "partial", "qualified", "released"})
"""Outcomes of inspections that make goods, or some of them, good."""


class BatchRejected(Refusal):
    """Goods are called good whose batch quality has rejected."""

    code = "batch_rejected"
    zh = "第 {line} 行：批号 {batch} 已由质量部门判定不合格，只能判为不合格"
    en = "Line {line}: quality has rejected batch {batch}, it can only be rejected"


def makes_good(outcome: str, outcomes: Collection[str]) -> bool:
    """Whether an outcome of a list calls goods good: of lists that can reject them."""
    return outcome in GOOD and REJECTED in outcomes
