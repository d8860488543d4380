"""Services: batches and serials as a delivery brings them. Knows tables, no engine.

A batch is one by material, manufacturer and number; a delivery that gives a known number other dates does
not change it: the batch goes on hold until quality has decided (gsp-rules, architecture decision 5). A
serial is bound to its batch for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import reservations as rows
from db import tables as t
from db.queries.arrays import given
from db.queries.documents import LineRef
from db.queries.references import MaterialRef
from db.session import Transaction
from domain.receiving import same_dates
from services import recalled_on_arrival, reservations
from services.action_context import ActionContext, ActionRefused
from services.run_batches import note_batches

SERIALS_AT_ONCE = 10_000

Key = tuple[UUID, UUID, str]


@dataclass(frozen=True)
class Registered:
    """The batch of a delivery's line, and whether its dates differ from those on record."""

    id: UUID
    date_mismatch: bool


async def register(
    ctx: ActionContext, lines: Sequence[tuple[MaterialRef, LineRef]]
) -> dict[UUID, Registered]:
    """The batch of each line (by line id); new ones go in in key order, so that nobody waits in a circle."""
    wanted: dict[Key, tuple[MaterialRef, LineRef]] = {}
    for material, line in lines:
        wanted.setdefault(_key(material, line), (material, line))
    rows = [_row(ctx, *wanted[key]) for key in sorted(wanted)]
    names = list(rows[0]) if rows else []
    source = given(t.batch, rows, names)
    new = await ctx.tx.rows(
        insert(t.batch)
        .from_select(names, sa.select(*(source.c[name] for name in names)))
        .on_conflict_do_nothing()
        .returning(t.batch.c.id)
    )
    await recalled_on_arrival.hold_named(ctx, {row["id"] for row in new})
    known = await _known(ctx, list(wanted))
    found: dict[UUID, Registered] = {}
    for material, line in lines:
        row = known[_key(material, line)]
        told = {"produced_on": line.produced_on, "expires_on": line.expires_on}
        found[line.id] = Registered(row["id"], not same_dates(row, told))
    await _hold_mismatches(ctx, {batch.id for batch in found.values() if batch.date_mismatch})
    await note_batches(ctx, {batch.id for batch in found.values()})
    return found


def _key(material: MaterialRef, line: LineRef) -> Key:
    assert line.batch_number is not None
    return material.id, material.manufacturer_id, line.batch_number.strip()


def _row(ctx: ActionContext, material: MaterialRef, line: LineRef) -> dict[str, Any]:
    assert line.batch_number is not None
    return {
        "material_id": material.id,
        "manufacturer_id": material.manufacturer_id,
        "number": line.batch_number.strip(),
        "produced_on": line.produced_on,
        "expires_on": line.expires_on,
        "licence_holder": material.holder or None,
        "created_by_run": ctx.run.id,
    }


async def _known(ctx: ActionContext, keys: list[Key]) -> dict[Key, Mapping[str, Any]]:
    c = t.batch.c
    names = ("material_id", "manufacturer_id", "number")
    source = given(t.batch, [dict(zip(names, key, strict=True)) for key in keys], names)
    rows = await ctx.tx.rows(
        sa.select(c.id, c.material_id, c.manufacturer_id, c.number, c.produced_on, c.expires_on).join(
            source, sa.and_(*(c[name] == source.c[name] for name in names))
        )
    )
    return {(row["material_id"], row["manufacturer_id"], row["number"]): row for row in rows}


async def _hold_mismatches(ctx: ActionContext, batch_ids: set[UUID]) -> None:
    """Put batches on hold whose dates differ, unless such a hold is open already."""
    if not batch_ids:
        return
    await rows.lock_batches(ctx.tx, batch_ids, alone=True)  # another delivery may be finding the same
    c = t.hold.c
    held = await ctx.tx.rows(
        sa.select(c.batch_id).where(
            c.batch_id.in_(batch_ids), c.kind == "date_mismatch", c.closed_at.is_(None)
        )
    )
    missing = sorted(batch_ids - {row["batch_id"] for row in held})
    for batch_id in missing:
        await ctx.tx.execute(
            sa.insert(t.hold).values(
                batch_id=batch_id,
                kind="date_mismatch",
                reason="到货批号日期与在库记录不一致 / dates of the delivery differ from those on record",
                opened_by_run=ctx.run.id,
                opened_path=ctx.path,
                opened_by=ctx.actor_id,
            )
        )
        await ctx.tx.audit("open.hold", "batch", str(batch_id), run_id=ctx.run.id, reason="date_mismatch")
    await reservations.release_batches(
        ctx.tx, missing, by=reservations.taker_of(ctx), reason="批号日期待核实 / dates in question"
    )


async def bind_serials(
    tx: Transaction, wanted: Sequence[tuple[UUID, UUID, Sequence[str]]]
) -> dict[tuple[UUID, str], UUID]:
    """Serial ids by (batch, number), for (batch, material, numbers); refused when one has another batch."""
    rows = [
        {"material_id": material_id, "number": number, "batch_id": batch_id}
        for batch_id, material_id, numbers in wanted
        for number in numbers
    ]
    found: dict[tuple[UUID, str], UUID] = {}
    for start in range(0, len(rows), SERIALS_AT_ONCE):
        part = sorted(
            rows[start : start + SERIALS_AT_ONCE], key=lambda row: (row["material_id"], row["number"])
        )
        found |= await _bind(tx, part)
    return found


async def _bind(tx: Transaction, rows: list[dict[str, Any]]) -> dict[tuple[UUID, str], UUID]:
    c, names = t.serial.c, ("material_id", "number", "batch_id")
    source = given(t.serial, rows, names)
    await tx.execute(
        insert(t.serial)
        .from_select(names, sa.select(*(source.c[name] for name in names)))
        .on_conflict_do_nothing()
    )
    source = given(t.serial, rows, names)
    bound = await tx.rows(
        sa.select(c.id, c.number, c.batch_id, source.c.batch_id.label("wanted")).join(
            source, sa.and_(c.material_id == source.c.material_id, c.number == source.c.number)
        )
    )
    other = next((row["number"] for row in bound if row["batch_id"] != row["wanted"]), None)
    if other is not None:
        words = f"追溯码 {other} 已属于另一批号 / the serial belongs to another batch"
        raise ActionRefused("serial_conflict", words)
    return {(row["batch_id"], row["number"]): row["id"] for row in bound}
