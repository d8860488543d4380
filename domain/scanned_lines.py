"""Domain: lists whose lines are answered by scanning - an answer without a reason rests on a scan. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from domain.errors import Refusal

REQUIRED: Final = "required"


class LineNotScanned(Refusal):
    """A line is called in order although nothing of it was scanned (GSP 94, 96)."""

    code = "line_not_scanned"
    zh = (
        "第 {line} 行还没有扫描：请先扫描其货物，或手工输入条码或批号；扫描为红色的，请选择其他结果并写明原因"
    )
    en = (
        "Nothing of line {line} is scanned yet: scan its goods first, or type the code or the batch number; "
        "if its scans are red, choose another result and say why"
    )


def rests_on_scan(work: Mapping[str, Any], outcome: str) -> bool:
    """Whether this outcome of a list's line may be given only after a scan of the line.

    `work` is the list as a task's content has it. An outcome with a reason says what was found instead.
    """
    if work.get("scan") != REQUIRED:
        return False
    known: Mapping[str, Any] = work.get("outcomes") or {}
    return bool((known.get(outcome) or {}).get("reason") != REQUIRED)
