"""Services: lines whose goods are tracked piece by piece - answers and scans agree (药品管理法 36).

Asked when a line is answered and again when its list is completed, because scans come in between; so that an
action finds each piece, and nobody's work ends in an incident. Knows tables, no engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import documents
from domain.pieces import SerialsNotScanned, check_counted, named_in, split
from domain.receiving import QuantitiesDoNotAddUp, accepted_and_rejected
from domain.scanned_lines import check_told
from services.receiving_serials import serials_of
from services.shipping_lines import Scans, scans_at, serialised

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader
    from services.line_sets import SetLine


async def check_answer(
    tx: Reader,
    task: TaskAct,
    line_no: int,
    *,
    outcome: str,
    answer: Mapping[str, Any],
    data: Mapping[str, Any],
) -> None:
    """Whether one line may be answered so; the refusals of `domain.pieces` and `scanned_lines` otherwise."""
    work = task.content["lines"]
    if not work.get("counted") or not data.get("batch_id"):
        return
    tracked = await _tracked(tx, [data])
    scanned = (await scans_at(tx, task.id, line_no)).get(line_no, Scans())
    _check(work, line_no, outcome, answer, data, scanned, tracked)


async def check_list(tx: Reader, task: TaskAct, lines: Sequence[SetLine]) -> None:
    """Whether the results that stand agree with the scans that stand, line by line."""
    await _check_accepted(tx, task, lines)
    work = task.content["lines"]
    asked = [line for line in lines if line.data.get("batch_id")] if work.get("counted") else []
    if not asked:
        return
    tracked = await _tracked(tx, [line.data for line in asked])
    scans = await scans_at(tx, task.id)
    for line in asked:
        scanned = scans.get(line.line_no, Scans())
        _check(work, line.line_no, line.data["outcome"], line.data, line.data, scanned, tracked)


async def _check_accepted(tx: Reader, task: TaskAct, lines: Sequence[SetLine]) -> None:
    """Goods that were accepted in part are put away: the accepted pieces are those that are scanned there.

    The system does not guess which box is the damaged one (GSP 81); lists that put nothing away do not ask.
    """
    work = task.content["lines"]
    places = any(field["type"] == "location" for field in work["form"].values())
    if not (work.get("scan") and places) or "accepted_quantity" in work["form"]:
        return
    accepted = {line.line_no: _accepted_in_part(line.data) for line in lines}
    asked = [line for line in lines if accepted[line.line_no]]
    if not asked:
        return
    receipt = await documents.of_run(tx, task.run_id, "receipt")
    delivered = await serials_of(tx, receipt) if receipt else {}
    scans = await scans_at(tx, task.id)
    for line in asked:
        _, named = delivered.get(line.data.get("number", 0), (None, []))
        every, wanted = line.data.get("serials") or named, accepted[line.line_no]
        scanned = len({*scans.get(line.line_no, Scans()).serials}.intersection(every))
        if every and scanned != wanted:
            raise SerialsNotScanned(line=line.line_no, wanted=wanted, scanned=scanned)


def _accepted_in_part(data: Mapping[str, Any]) -> int:
    """How many of a line were accepted, when some were and some not; otherwise 0."""
    if data["outcome"] != "partial":
        return 0
    try:
        accepted, rejected = accepted_and_rejected(
            "partial",
            data["quantity"],
            data.get("accepted_quantity"),
            data.get("rejected_quantity"),
            str(data.get("batch_number")),
        )
    except QuantitiesDoNotAddUp:
        return 0
    return accepted if rejected else 0


async def _tracked(tx: Reader, lines: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    batches = {UUID(str(line["batch_id"])) for line in lines}
    return frozenset(str(id_) for id_ in await serialised(tx, batches))


def _check(
    work: Mapping[str, Any],
    line_no: int,
    outcome: str,
    answer: Mapping[str, Any],
    data: Mapping[str, Any],
    scanned: Scans,
    tracked: frozenset[str],
) -> None:
    counted: Mapping[str, Any] = work["counted"]
    if counted.get("apart"):
        _check_apart(work, line_no, outcome, answer, data, scanned)
        return
    typed = answer.get(counted["quantity"]) if counted["quantity"] else None
    wanted = typed if typed is not None else data.get("quantity") if outcome == counted["outcome"] else None
    if wanted is None:
        return
    of_line = min(wanted, data.get("quantity", wanted))  # what came beside the line is on nobody's list
    serials, pieces = len(scanned.serials), str(data["batch_id"]) in tracked
    check_counted(line_no, of_line, scanned=scanned.quantity, serials=serials, tracked=pieces)
    told = typed is not None or not counted["quantity"]
    check_told(work, line_no, outcome, quantity=wanted, scanned=scanned.quantity, typed=told)


def _check_apart(
    work: Mapping[str, Any],
    line_no: int,
    outcome: str,
    answer: Mapping[str, Any],
    data: Mapping[str, Any],
    scanned: Scans,
) -> None:
    """A line of which a part is set apart: its pieces are told, and what is kept was scanned."""
    counted: Mapping[str, Any] = work["counted"]
    apart, every, quantity = counted["apart"], data.get("serials") or (), data.get("quantity", 0)
    given, none = answer.get(apart["quantity"]), outcome == counted["outcome"]
    if every:
        out = given if given is not None else 0 if none else len(every)
        named = named_in(answer.get(apart["serials"]))
        split(line_no, every, out, scanned=scanned.serials, named=named)
    kept = quantity - (given if given is not None else 0 if none else quantity)
    check_told(work, line_no, outcome, quantity=max(kept, 0), scanned=scanned.quantity, typed=True)
