"""Services: scans of serials and packages against a work list - what they are and where they stand.

A list `from_stock` takes goods from their places: a piece of another batch, from elsewhere, or picked for
another order is red. A package counts for all that is in it, on every list. Knows tables, no HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import stock_scans as queries
from domain.scan_matching import Candidate, Scanned, Verdict, refused
from domain.stock_scans import (
    Inside,
    StockPackage,
    StockUnit,
    of_package,
    of_unit,
    serial_needed,
    stopped,
)

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader


@dataclass(frozen=True)
class Judged:
    """A verdict with what is kept of it; `line` is the line's data as far as the scan counts for one."""

    verdict: Verdict
    parsed: Mapping[str, Any] = field(default_factory=dict)
    line: Candidate | None = None


def takes_stock(task: TaskAct) -> bool:
    """Whether goods are taken from their places by this list."""
    return bool((task.content["lines"] or {}).get("from_stock"))


def _counts(task: TaskAct) -> bool:
    """Whether a line that is scanned in full is done by that."""
    return bool((task.content["lines"] or {}).get("counted"))


async def judge(tx: Reader, task: TaskAct, scanned: Scanned) -> list[Judged] | None:
    """The verdicts on a serial or a package; None for a code that is neither, or of goods without serials."""
    if scanned.sscc is not None:
        found = await _package(tx, task, scanned.sscc)
        if found is None and scanned.gtin is None:
            zh, en = f"箱码 {scanned.sscc} 未登记", f"Package {scanned.sscc} is not known here"
            return [Judged(refused("package_unknown", zh, en))]
        return found
    if scanned.serial is None or not takes_stock(task):
        # An aggregated trace code has no GTIN beside it.
        return await _package(tx, task, scanned.raw) if scanned.serial and scanned.gtin is None else None
    units = [StockUnit(**row) for row in await queries.units(tx, task, scanned.serial)]
    if not units:
        return None if scanned.gtin else await _package(tx, task, scanned.serial) or _unknown(scanned)
    lines = await _lines(tx, task, [unit.material for unit in units])
    for unit in units:
        of_material = [line for line in lines if line.data.get("material") == unit.material]
        if of_material or unit is units[-1]:
            return [_judged(scanned, unit, of_material)]
    return None


def _judged(scanned: Scanned, unit: StockUnit, lines: Sequence[Candidate]) -> Judged:
    if scanned.batch is not None and scanned.batch.strip() != unit.batch_number:
        zh = f"条码批号 {scanned.batch} 与追溯码登记的批号 {unit.batch_number} 不符"
        en = f"The code says batch {scanned.batch}, the serial is of batch {unit.batch_number}"
        return Judged(refused("batch_mismatch", zh, en))
    verdict = of_unit(unit, lines)
    line = next((one for one in lines if one.line == verdict.line), None)
    return Judged(verdict, {"serial": unit.serial}, line)


def _unknown(scanned: Scanned) -> list[Judged]:
    """A serial that nobody registered and that names no goods; beside a GTIN it may be a number on a box."""
    zh, en = f"追溯码 {scanned.serial} 未登记", f"Serial {scanned.serial} is not on record"
    return [Judged(refused("unknown_serial", zh, en))]


def check_plain(task: TaskAct, scanned: Scanned, line: Candidate) -> Verdict | None:
    """Why a code without a known serial is red for a line of this list; None when it may count."""
    taking = takes_stock(task)
    if taking and line.stopped is not None:
        return stopped(line)
    if not line.serialised or not (taking or _counts(task)):
        return None
    if scanned.serial is None:
        return serial_needed(line)
    if not taking:
        return None  # the serials of the line were asked already
    zh, en = f"追溯码 {scanned.serial} 未登记", f"Serial {scanned.serial} is not on record"
    return refused("unknown_serial", zh, en, line.line)


async def _package(tx: Reader, task: TaskAct, code: str) -> list[Judged] | None:
    found = await queries.package(tx, task, code)
    if found is None:
        return None
    package = StockPackage(
        sscc=found["sscc"],
        state=found["state"],
        location=found["location"],
        inside=tuple(_inside(found["inside"])),
        every=tuple(sorted(found["every"], key=lambda sscc: bool(sscc != found["sscc"]))),
        seen=found["seen"],
        taken_for=found["taken_for"],
    )
    lines = [_candidate(row) for row in found["lines"]]
    by_number = {line.line: line for line in lines}
    return [
        Judged(verdict, _parsed(package, of), by_number.get(verdict.line or 0))
        for verdict, of in of_package(package, lines, from_stock=takes_stock(task))
    ]


def _inside(rows: Sequence[Mapping[str, Any]]) -> list[Inside]:
    """The contents by batch: boxes of one batch in a case are one."""
    found: dict[str, Inside] = {}
    for row in rows:
        known = found.get(row["batch_id"])
        found[row["batch_id"]] = Inside(
            row["batch_id"],
            row["batch_number"],
            row["material"],
            row["quantity"] + (known.quantity if known else 0),
            (*(known.serials if known else ()), *(row["serials"] or ())),
        )
    return list(found.values())


def _parsed(package: StockPackage, of: Inside | None) -> dict[str, Any]:
    if of is None:
        return {"sscc": package.sscc}
    serials = {"serials": list(of.serials)} if of.serials else {}
    return {"sscc": package.sscc, "packages": list(package.every), **serials}


async def _lines(tx: Reader, task: TaskAct, materials: Sequence[str]) -> list[Candidate]:
    return [_candidate(row) for row in await queries.lines(tx, task, materials=materials)]


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(
        row["line_no"],
        row["data"],
        row["scanned"],
        same_material=True,
        factor=1,
        outcome=row["outcome"],
        result_id=UUID(str(row["result_id"])) if row["result_id"] else None,
        stopped=row["stopped"],
        material_en=row["material_en"],
    )
