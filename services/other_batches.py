"""Services: another batch that is named for a line of an order - asked before it is allocated (GSP 85, 87).

Asked when the line is answered, when its list is completed and when it is decided that other stock goes: a
number that was mistyped, a batch that is on hold, expired, short-dated or not free is refused in words, and
nobody's work ends in an incident. Knows tables, no engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db.queries import documents, other_batches, references
from db.queries import reservations as stock
from domain.allocation import stricter
from domain.batches import expired, remaining_days
from domain.other_batches import (
    BATCH_FIELD,
    LOCATION_FIELD,
    REPLACED,
    NamedBatch,
    OtherBatchStopped,
    OtherBatchUnfit,
    unfit,
)
from services.codes import clean, read_code

if TYPE_CHECKING:
    from uuid import UUID

    from db.queries.tasks import TaskAct
    from db.session import Reader
    from services.line_sets import SetLine

REALLOCATE = "reallocate"
"""The outcome of the decision that other stock goes."""
Line = Mapping[str, Any]


async def check_answer(
    tx: Reader, task: TaskAct, line_no: int, *, outcome: str, answer: Line, data: Line
) -> None:
    """OtherBatchUnfit when one line asks for a batch that cannot go."""
    if outcome == REPLACED and _asks(task):
        await _check(tx, task, [(line_no, {**data, **answer})], OtherBatchUnfit)


async def check_list(tx: Reader, task: TaskAct, lines: Sequence[SetLine]) -> None:
    """The same for all the lines of a list, as they stand when it is completed."""
    asked = [(line.line_no, line.data) for line in lines if line.data["outcome"] == REPLACED]
    if asked and _asks(task):
        await _check(tx, task, asked, OtherBatchUnfit)


async def check_decision(tx: Reader, task: TaskAct, outcome: str) -> None:
    """OtherBatchStopped when it is decided that a batch goes which cannot any more."""
    if outcome == REALLOCATE and not task.content["lines"]:
        await _check(tx, task, await other_batches.asked_for(tx, task.run_id), OtherBatchStopped)


def number_of(named: Any) -> str:
    """The batch number that somebody wrote, or scanned from the goods."""
    text = clean(str(named or ""))
    return read_code(text, None).batch or text


def _asks(task: TaskAct) -> bool:
    return BATCH_FIELD in task.content["lines"]["form"]


async def _check(
    tx: Reader,
    task: TaskAct,
    asked: Sequence[tuple[int, Line]],
    refusal: type[OtherBatchUnfit | OtherBatchStopped],
) -> None:
    order = await documents.of_run(tx, task.run_id, "sales_order") if asked else None
    if order is None:
        return
    site = await references.site(tx, order.site_id)
    customer = await references.party(tx, order.party_id) if order.party_id else None
    assert site is not None
    ordered = {line.line_no: line for line in await documents.lines_of(tx, order.id)}
    known = await _known(tx, site, {line.material_id for line in ordered.values()}, asked)
    for line_no, line in asked:
        of, number = ordered.get(line.get("order_line", 0)), number_of(line.get(BATCH_FIELD))
        if of is None:
            continue
        least = stricter(customer.min_remaining_days if customer else None, of.data.get("min_remaining_days"))
        why = unfit(known.get((of.material_id, number), []), line.get(LOCATION_FIELD), least)
        if why:
            raise refusal(line=line_no, batch=number, why_zh=why[0], why_en=why[1])


async def _known(
    tx: Reader, site: references.SiteRef, material_ids: set[UUID], asked: Sequence[tuple[int, Line]]
) -> dict[tuple[UUID, str], list[NamedBatch]]:
    """By material and number, what is known of the batches that are named."""
    now = await references.clock_now(tx)
    batches = await other_batches.numbered(
        tx, material_ids, {number_of(line.get(BATCH_FIELD)) for _, line in asked}
    )
    held = await stock.held(tx, site.id, {row["id"] for row in batches})
    free_at: dict[UUID, set[str]] = {}
    for one in await stock.candidates(tx, site.id, {row["material_id"] for row in batches}):
        if one.position.owner_id == site.legal_entity_id:
            free_at.setdefault(one.batch_id, set()).add(one.location)
    found: dict[tuple[UUID, str], list[NamedBatch]] = {}
    for row in batches:
        expires = row["expires_on"]
        named = NamedBatch(
            row["id"] in held,
            expired(expires, now, site.time_zone),
            expires,
            None if expires is None else remaining_days(expires, now, site.time_zone),
            frozenset(free_at.get(row["id"], ())),
        )
        found.setdefault((row["material_id"], row["number"]), []).append(named)
    return found
