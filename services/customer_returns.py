"""Services: goods that come back from customers, by a return or a recall - no more than they still have.

A sale, its return and a recall of the same batch may be under way at once. The database refuses what would
come back twice (GSP 113); here it is asked when a line is answered and again when its list is completed, so
that whoever counts the boxes hears it, and not an incident of the next step. Knows tables, no engine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import documents, references, sales_returns
from domain.returns import ReturnExceedsSale

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader

Answer = tuple[str, Mapping[str, Any]]
"""The outcome of a line, and what stands in it with what was answered."""


async def check(tx: Reader, task: TaskAct, answers: Sequence[Answer]) -> None:
    """ReturnExceedsSale when more of a batch would come back than the customer still has of it."""
    form = task.content["lines"]["form"]
    by_recall = "returned_quantity" in form
    if not by_recall and "received_quantity" not in form:
        return
    coming: dict[tuple[str | None, UUID], int] = defaultdict(int)
    for outcome, line in answers:
        quantity = line.get("returned_quantity") if by_recall else _received(outcome, line)
        if quantity and line.get("batch_id") and (line.get("party") or not by_recall):
            coming[line.get("party"), UUID(str(line["batch_id"]))] += quantity
    for (code, batch_id), quantity in coming.items():
        party_id = await _party(tx, task, code)
        if party_id is None:
            continue
        left = await sales_returns.still_there(tx, party_id, batch_id)
        if quantity > left:
            raise ReturnExceedsSale(sold=left, returned=quantity)


def _received(outcome: str, line: Mapping[str, Any]) -> int:
    if outcome != "received":
        return 0
    given = line.get("received_quantity")
    quantity: int = line.get("quantity", 0) if given is None else given
    return quantity


async def _party(tx: Reader, task: TaskAct, code: str | None) -> UUID | None:
    """Who gives back: named by the line of a recall, otherwise the customer of the run's return."""
    if code is not None:
        party = await references.party(tx, code)
        return party.id if party else None
    document = await documents.of_run(tx, task.run_id, "sales_return")
    return document.party_id if document else None
