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
    """Whether one line may be answered so; the refusals of `domain.pieces` otherwise."""
    counted = task.content["lines"].get("counted")
    if not counted or not data.get("batch_id"):
        return
    tracked = await _tracked(tx, [data])
    scanned = (await scans_at(tx, task.id, line_no)).get(line_no, Scans())
    _check(counted, line_no, outcome, answer, data, scanned, tracked)


async def check_list(tx: Reader, task: TaskAct, lines: Sequence[SetLine]) -> None:
    """Whether the results that stand agree with the scans that stand, line by line."""
    await _check_accepted(tx, task, lines)
    counted = task.content["lines"].get("counted")
    asked = [line for line in lines if line.data.get("batch_id")] if counted else []
    if not asked:
        return
    tracked = await _tracked(tx, [line.data for line in asked])
    scans = await scans_at(tx, task.id)
    for line in asked:
        scanned = scans.get(line.line_no, Scans())
        _check(counted, line.line_no, line.data["outcome"], line.data, line.data, scanned, tracked)


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
    counted: Mapping[str, Any],
    line_no: int,
    outcome: str,
    answer: Mapping[str, Any],
    data: Mapping[str, Any],
    scanned: Scans,
    tracked: frozenset[str],
) -> None:
    apart, every = counted.get("apart"), data.get("serials") or ()
    if apart:
        if every:
            given = answer.get(apart["quantity"])
            whole = 0 if outcome == counted["outcome"] else len(every)
            split(
                line_no,
                every,
                whole if given is None else given,
                scanned=scanned.serials,
                named=named_in(answer.get(apart["serials"])),
            )
        return
    typed = answer.get(counted["quantity"]) if counted["quantity"] else None
    wanted = typed if typed is not None else data.get("quantity") if outcome == counted["outcome"] else None
    if wanted is not None:
        check_counted(
            line_no,
            min(wanted, data.get("quantity", wanted)),  # what came beside the line is on nobody's list
            scanned=scanned.quantity,
            serials=len(scanned.serials),
            tracked=str(data["batch_id"]) in tracked,
        )
