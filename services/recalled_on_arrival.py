"""Services: a new batch that a recall has named already is held, and quality is told.

A recall seals what is in the books when it is confirmed (药品管理法 82). What suppliers send afterwards is on
nobody's list: as it is registered, it is looked for among the numbers of every recall of its material.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.recall_matching import KnownBatch, match_scope
from domain.recall_scope import read_scope
from services import holds
from services.action_context import ActionContext

QUALITY = "qa_manager"
MOST_TOLD = 50


@dataclass(frozen=True)
class Named:
    """A new batch with the recall that names it."""

    batch_id: UUID
    number: str
    recall: str


async def hold_named(ctx: ActionContext, batch_ids: Collection[UUID]) -> None:
    """Hold those of the new batches that a recall names; a drill recalls nothing."""
    batches: dict[UUID, list[KnownBatch]] = {}
    for row in await _batches(ctx, batch_ids):
        known = KnownBatch(row["id"], row["number"], row["produced_on"], row["expires_on"])
        batches.setdefault(row["material_id"], []).append(known)
    if not batches:
        return
    found: dict[UUID, Named] = {}
    for row in await _recalls(ctx, batches):
        for named in _named(row, batches[row["material_id"]]):
            found.setdefault(named.batch_id, named)
    for recall in sorted({named.recall for named in found.values()}):
        of_recall = sorted(one.batch_id for one in found.values() if one.recall == recall)
        why = f"召回 {recall} 涉及该批号，之后才到货 / named by recall {recall}, came in afterwards"
        await holds.open_for(ctx, of_recall, why)
    if found:
        await _tell(ctx, list(found.values()))


async def _batches(ctx: ActionContext, batch_ids: Collection[UUID]) -> list[Mapping[str, Any]]:
    c = t.batch.c
    if not batch_ids:
        return []
    return list(
        await ctx.tx.rows(
            sa.select(c.id, c.number, c.produced_on, c.expires_on, c.material_id)
            .where(c.id.in_(batch_ids))
            .order_by(c.id)
        )
    )


async def _recalls(ctx: ActionContext, material_ids: Collection[UUID]) -> list[Mapping[str, Any]]:
    """What each recall of the materials says, the newest first."""
    r, d, line = t.recall.c, t.document.c, t.document_line.c
    return list(
        await ctx.tx.rows(
            sa.select(d.number, d.header, r.closed_at, line.material_id)
            .join(t.recall, r.document_id == d.id)
            .join(t.document_line, line.document_id == d.id)
            .where(line.material_id.in_(material_ids), ~r.drill)
            .order_by(r.opened_at.desc(), line.line_no)
        )
    )


def _named(recall: Mapping[str, Any], batches: Collection[KnownBatch]) -> Iterator[Named]:
    """The batches that the recall names for certain; “all batches” are those till it was closed."""
    over: datetime | None = recall["closed_at"]
    for hit in match_scope(read_scope(str(recall["header"]["scope"])), batches).found:
        if hit.certain and not (over and hit.because == "all"):
            yield Named(hit.batch.id, hit.batch.number, recall["number"])


async def _tell(ctx: ActionContext, found: list[Named]) -> None:
    """Quality decides what becomes of the goods; whoever receives goes on, nothing of them leaves."""
    said = "、".join(f"{one.number}（{one.recall}）" for one in found[:MOST_TOLD])
    in_english = ", ".join(f"{one.number} ({one.recall})" for one in found[:MOST_TOLD])
    told = {
        "run_id": ctx.run.id,
        "template": "recall.arrived",
        "title_zh": "到货的批号在召回范围内，已锁定",
        "title_en": "A delivery brought batches that were recalled: they are on hold",
        "body_zh": f"批号（召回）：{said}。请决定这些货物的处置。",
        "body_en": f"Batches (recalls): {in_english}. Decide what becomes of the goods.",
    }
    to = sa.select(t.post.c.id, *(sa.literal(value) for value in told.values())).where(
        t.post.c.code == QUALITY
    )
    await ctx.tx.execute(sa.insert(t.notification).from_select(["post_id", *told], to))
