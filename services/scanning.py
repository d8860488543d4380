"""Services: one scan of a work list - green or red at once, appended as evidence, in at most six statements.

The device gives the scan its id: the same id again gives the first answer. The six
are: who asks, the task held, the task read, two that judge the code at the most, one that keeps the scan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID, uuid5

from db.queries import kept_scans, references, work_lists
from db.queries import scans as queries
from db.queries.work_lists import Totals
from domain.errors import Refusal
from domain.places import Goods
from domain.scan_matching import Candidate, Scanned, Verdict, at_place, match, where_else
from domain.stock_scans import TakenMeanwhile, no_place_asked, not_on_order, nothing_here
from domain.submissions import SubmissionMismatch
from services import audit, eligibility, line_answers, stock_scans
from services.codes import clean, read_code
from services.stock_scans import Judged

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Transaction
    from services.audit import Attempt
    from services.platform import Actor, Platform


@dataclass(frozen=True)
class ScanAnswer:
    """The answer to one scan: `line` is set when it matched one, `location` when it named a place."""

    scan_id: UUID
    verdict: Literal["matched", "refused", "undo"]
    reason_code: str
    message: Mapping[str, str]
    line: int | None
    quantity: int | None
    location: str | None
    totals: Totals


async def scan(
    platform: Platform,
    task_id: UUID,
    *,
    scan_id: UUID,
    code: str,
    epoch: int,
    actor: Actor,
    symbology: str | None = None,
    line: int | None = None,
    device_at: datetime | None = None,
    request_id: str = "",
) -> ScanAnswer:
    """Matches one scanned code against the task's lines. A refused code is an answer, not an error.

    `line` is the line at hand: a scanned place must suit its goods; without it, any goods of the list.
    """
    raw = clean(code)
    scanned = read_code(raw, symbology)

    async def once(attempt: Attempt) -> ScanAnswer:
        async with platform.database.write(actor.ref, request_id) as tx:
            try:
                task = await eligibility.task_for_performance(tx, task_id, actor, epoch, attempt)
            except Refusal:
                known = await queries.scan(tx, scan_id)
                if known is None:
                    raise
                return await kept_before(tx, known, task_id, actor)
            found = await stock_scans.judge(tx, task, scanned)
            if found is None:
                found = [await _plain(tx, task, scanned, line)]
            rows = _rows(scan_id, raw, symbology, found, device_at)
            totals = await kept_scans.keep(
                tx, task, actor.person_id, rows, await _filled(tx, task, rows, found)
            )
            tx.audited_elsewhere("a scan is evidence itself")
            if totals is None:  # the device repeats itself
                return await kept_before(tx, await queries.scan(tx, scan_id), task_id, actor)
        return answer_of(rows[0], totals)

    async with audit.refusals(
        platform, actor, "scan.task", "task", task_id, request_id=request_id
    ) as attempt:
        try:
            return await once(attempt)
        except TakenMeanwhile:  # the second look says who has it
            return await once(attempt)


async def _filled(
    tx: Transaction, task: TaskAct, rows: Sequence[Mapping[str, Any]], found: Sequence[Judged]
) -> list[dict[str, Any]]:
    """The results of lines that the scan fills, on a list that counts."""
    results: dict[int, dict[str, Any]] = {}
    for row, one in zip(rows, found, strict=True):
        if one.line is None or one.verdict.verdict != "matched" or one.line.line in results:
            continue
        scanned = one.line.scanned + (one.verdict.quantity or 0)
        result = await line_answers.filled_by_scan(tx, task, one.line, scanned, scan_id=row["id"])
        if result is not None:
            results[one.line.line] = result
    return list(results.values())


def _rows(
    scan_id: UUID, raw: str, symbology: str | None, found: Sequence[Judged], device_at: datetime | None
) -> list[dict[str, Any]]:
    """What is kept: one row for each line that the code counts for; the first names the others."""
    ids = [uuid5(scan_id, f"also {at}") if at else scan_id for at in range(len(found))]
    also = {"also": [str(id_) for id_ in ids[1:]]} if ids[1:] else {}
    return [
        {
            "id": id_,
            "code": raw,
            "symbology": symbology,
            "parsed": {**one.parsed, **_message(found, one), **({} if at else also)},
            "verdict": one.verdict.verdict,
            "reason_code": one.verdict.code,
            "line_no": one.verdict.line,
            "quantity": one.verdict.quantity,
            "device_at": device_at,
        }
        for at, (id_, one) in enumerate(zip(ids, found, strict=True))
    ]


def _message(found: Sequence[Judged], one: Judged) -> dict[str, Any]:
    """What is said: a package that counts for several lines says them all."""
    said = [other.verdict.message for other in found] if one is found[0] else [one.verdict.message]
    zh, en = "；".join(text.zh for text in said), "; ".join(text.in_language("en") for text in said)
    return {"message": {"zh": zh, "en": en}}


async def _plain(tx: Transaction, task: TaskAct, scanned: Scanned, line: int | None) -> Judged:
    """A code of goods or of a place."""
    scanned, verdict, found = await _judge(tx, task, scanned, line)
    taking = stock_scans.takes_stock(task)
    if verdict.location is not None:
        verdict = await _judge_place(tx, task, verdict, line)
    elif taking and verdict.code == "wrong_batch":
        verdict = not_on_order(scanned.batch, [one for one in found if one.same_material])
    candidate = next((one for one in found if one.line == verdict.line), None)
    if verdict.verdict == "matched" and candidate is not None:
        verdict = stock_scans.check_plain(task, scanned, candidate) or verdict
    return Judged(verdict, _parsed(scanned, verdict), candidate)


async def _judge(
    tx: Transaction, task: TaskAct, scanned: Scanned, line: int | None
) -> tuple[Scanned, Verdict, Sequence[Candidate]]:
    rows = await queries.candidates(
        tx,
        task,
        raw=scanned.raw,
        gtin=scanned.gtin,
        batch=scanned.batch,
        serial=scanned.serial,
        line=line,
    )
    facts = rows[0]
    found: Sequence[Candidate] = [
        Candidate(
            line=row["line_no"],
            data=row["data"],
            scanned=row["scanned"],
            same_material=row["same_material"],
            factor=row["factor"],
            serialised=row["serialised"],
            outcome=row["outcome"],
            result_id=row["result_id"],
            stopped=row["stopped"],
            material_en=row["material_en"],
        )
        for row in rows
        if row["line_no"] is not None
    ]
    if scanned.gtin and scanned.batch is None and found and not any(line.same_material for line in found):
        scanned = Scanned(raw=scanned.raw)  # a batch or piece number that looks like a GTIN
    if scanned.gtin is None and any(scanned.raw in (line.data.get("serials") or ()) for line in found):
        scanned = replace(scanned, serial=scanned.raw)
    verdict = match(
        scanned,
        found,
        location=facts["location"],
        serial_seen=facts["serial_seen"],
        reveal=(task.content["lines"] or {}).get("reveal"),
        # Where somebody who counts stands: at the place of the line at hand. Other lists do not ask.
        at_hand=facts["at_hand"] if "blind" in (task.content["lines"] or {}) else None,
        line=line,
    )
    return scanned, verdict, found


async def _judge_place(tx: Transaction, task: TaskAct, found: Verdict, line: int | None) -> Verdict:
    """Whether goods may be put where the code says, or stand there, in a list that is about places."""
    assert found.location is not None
    if stock_scans.takes_stock(task):
        there = await queries.stand_at(tx, task, found.location)
        return found if there else nothing_here(found.location)
    lines = task.content["lines"] or {}
    if not any(field["type"] == "location" for field in (lines.get("form") or {}).values()):
        about_it = "blind" in lines or await queries.stand_at(tx, task, found.location)
        return found if about_it else no_place_asked(found.location)
    place, rows = await queries.goods_at(tx, task, line, found.location)
    goods = [of_line for row in rows if (of_line := Goods.of_line(row)) is not None]
    judged = at_place(place, goods) if goods and place is not None else found
    if judged.verdict == "refused" and len(goods) == 1:
        return where_else(await references.places(tx, task.site_id), goods[0], judged)
    return judged


async def kept_before(
    tx: Transaction, known: Mapping[str, Any] | None, task_id: UUID, actor: Actor
) -> ScanAnswer:
    """The first answer to a scan that is there already; SubmissionMismatch if it was another's."""
    if known is None or (known["task_id"], known["actor_id"]) != (task_id, actor.person_id):
        raise SubmissionMismatch
    task = await eligibility.task_for(tx, task_id, actor)
    return answer_of(known, await work_lists.totals(tx, task))


def _parsed(scanned: Scanned, verdict: Verdict) -> dict[str, Any]:
    said = {
        "gtin": scanned.gtin,
        "batch": scanned.batch,
        "serial": scanned.serial,
        "expires_on": scanned.expires_on.isoformat() if scanned.expires_on else None,
        "quantity": scanned.quantity,
        "location": verdict.location,
    }
    return {name: value for name, value in said.items() if value is not None}


def answer_of(row: Mapping[str, Any], totals: Totals) -> ScanAnswer:
    """What is told of a scan as it is kept."""
    return ScanAnswer(
        scan_id=row["id"],
        verdict=row["verdict"],
        reason_code=row["reason_code"],
        message=row["parsed"]["message"],
        line=row["line_no"],
        quantity=row["quantity"],
        location=row["parsed"].get("location"),
        totals=totals,
    )
