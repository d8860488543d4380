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


class QuantityNotScanned(Refusal):
    """Some of a line is said to be there, by an outcome with a reason, and nothing of it was scanned."""

    code = "quantity_not_scanned"
    zh = (
        "第 {line} 行写明有 {quantity}，却没有扫描：请扫描其中一件（箱），或手工输入条码或批号；"
        "一件也没有或扫描为红色的，数量按 0 处理"
    )
    en = (
        "Line {line} is said to have {quantity}, and nothing of it is scanned: scan one of them, or type the "
        "code or the batch number; where nothing is there or scans are red, the quantity is 0"
    )


class QuantityNotTold(Refusal):
    """Fewer were scanned than the line has, and nobody has said how many were counted."""

    code = "quantity_not_told"
    zh = "第 {line} 行应为 {wanted}，扫描了 {scanned}：请扫描其余的，或点数后填写数量"
    en = "Line {line} has {wanted}, {scanned} are scanned: scan the others, or count and type the quantity"


def rests_on_scan(work: Mapping[str, Any], outcome: str) -> bool:
    """Whether this outcome of a list's line may be given only after a scan of the line.

    `work` is the list as a task's content has it. An outcome with a reason says what was found instead.
    """
    if work.get("scan") != REQUIRED:
        return False
    known: Mapping[str, Any] = work.get("outcomes") or {}
    return bool((known.get(outcome) or {}).get("reason") != REQUIRED)


def check_told(
    work: Mapping[str, Any], line: int, outcome: str, *, quantity: int, scanned: int, typed: bool
) -> None:
    """Of `quantity` that is said to be there one was scanned, and the others were scanned or typed.

    One scan says which batch it is; that the rest is the same is the word of who types the quantity.
    """
    if work.get("scan") != REQUIRED or not quantity:
        return
    if not scanned:
        if rests_on_scan(work, outcome):
            raise LineNotScanned(line=line)
        raise QuantityNotScanned(line=line, quantity=quantity)
    if not typed and scanned < quantity:
        raise QuantityNotTold(line=line, wanted=quantity, scanned=scanned)
