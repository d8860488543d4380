"""Services: which serials of a batch were accepted and which rejected. Knows tables, no engine.

All or nothing is plain. In a partial acceptance the accepted ones are those that were scanned at
put-away: the system does not guess which box is the damaged one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents
from db.queries.documents import DocumentRef
from db.session import Reader
from services.action_context import ActionContext, ActionRefused
from services.receiving_lines import span
from services.shipping_lines import Scans


@dataclass(frozen=True)
class Split:
    """Serial ids by what became of them."""

    accepted: tuple[UUID, ...] = ()
    rejected: tuple[UUID, ...] = ()


async def serials_of(
    tx: Reader, receipt: DocumentRef, between: tuple[int, int] | None = None
) -> dict[int, tuple[UUID, list[str]]]:
    """Line number of a receipt -> its batch and the serials that came with it; lines without are left out."""
    return {
        line.line_no: (line.batch_id, line.data["serials"])
        for line in await documents.lines_of(tx, receipt.id, between=between)
        if line.data.get("serials") and line.batch_id
    }


async def splits(
    ctx: ActionContext,
    receipt: DocumentRef,
    lines: Sequence[Mapping[str, Any]],
    accepted: Mapping[int, int],
    scans: Mapping[int, Scans],
) -> dict[int, Split]:
    """Per line number: its serials split by `accepted` quantity; lines without serials are left out.

    `scans` are those of the put-away, by its line. That they are as many as were accepted is asked when the
    list is completed (`services/pieces.py`).
    """
    named = await serials_of(ctx.tx, receipt, span(lines))
    if not named:
        return {}
    ids = await _ids(ctx, {batch_id for batch_id, _ in named.values()})
    found: dict[int, Split] = {}
    for line in lines:
        batch_id, numbers = named.get(line["number"], (None, []))
        if batch_id is None:
            continue
        serials = [(number, ids[batch_id, number]) for number in numbers]
        scanned = frozenset(scans.get(line["line"], Scans()).serials)
        found[line["number"]] = _split(line, serials, accepted[line["number"]], scanned)
    return found


def _split(
    line: Mapping[str, Any], serials: Sequence[tuple[str, UUID]], accepted: int, scanned: frozenset[str]
) -> Split:
    everything = tuple(serial_id for _, serial_id in serials)
    if accepted == len(serials):
        return Split(accepted=everything)
    if accepted == 0:
        return Split(rejected=everything)
    taken = tuple(serial_id for number, serial_id in serials if number in scanned)
    if len(taken) != accepted:
        words = (
            f"批号 {line['batch_number']} 部分合格：须扫描 {accepted} 个合格追溯码，已扫描 {len(taken)}"
            f" / scan the {accepted} accepted serials at put-away, {len(taken)} scanned"
        )
        raise ActionRefused("quantity_mismatch", words)
    return Split(taken, tuple(serial_id for serial_id in everything if serial_id not in set(taken)))


async def _ids(ctx: ActionContext, batch_ids: set[UUID]) -> dict[tuple[UUID, str], UUID]:
    c = t.serial.c
    rows = await ctx.tx.rows(sa.select(c.id, c.batch_id, c.number).where(c.batch_id.in_(batch_ids)))
    return {(row["batch_id"], row["number"]): row["id"] for row in rows}
