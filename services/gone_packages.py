"""Services: packages whose goods leave for good - to the supplier, or destroyed.

A case that was scanned whole goes with all that stands in it; a piece that was taken out of another leaves
it open. Otherwise a package would say that goods stand in it which are nowhere in the house any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from db.queries import packages as queries
from services import package_contents
from services.shipping_lines import Scans, scans_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from services.action_context import ActionContext


async def ship(
    ctx: ActionContext,
    document_id: UUID,
    scanned: Mapping[str, Any],
    lines: Collection[int],
    serials: Collection[UUID],
) -> None:
    """The cases that were scanned at these lines of a list leave on the document, with these serials."""
    whole = await _whole(ctx, scanned, lines)
    await package_contents.change(ctx.tx, whole, document_id=document_id, parent_id=None)
    await _take_out(ctx, whole, serials)
    await package_contents.ship(ctx.tx, whole)


async def destroy(
    ctx: ActionContext, scanned: Mapping[str, Any], lines: Collection[int], serials: Collection[UUID]
) -> None:
    """The cases that were scanned at these lines are no more, and neither are these serials in others."""
    whole = await _whole(ctx, scanned, lines)
    await _take_out(ctx, whole, serials)
    every = await package_contents.held_below(ctx.tx, whole)
    await package_contents.dissolve(ctx.tx, [one.id for one in every])


async def _whole(ctx: ActionContext, scanned: Mapping[str, Any], lines: Collection[int]) -> list[UUID]:
    """The packages of ours that were scanned at these lines and are still in the house."""
    scans = await scans_of(ctx.tx, ctx.run.id, scanned)
    codes = dict.fromkeys(code for line in lines for code in scans.get(line, Scans()).packages)
    found = [await queries.by_code(ctx.tx, code) for code in codes]
    return [one.id for one in found if one is not None and one.state in {"open", "closed"}]


async def _take_out(ctx: ActionContext, whole: Collection[UUID], serials: Collection[UUID]) -> None:
    inside = {one.id for one in await queries.below(ctx.tx, whole)}
    holding = await queries.holding(ctx.tx, serials) if serials else {}
    loose = [serial for serial, where in holding.items() if where not in inside]
    if loose:
        opened = await package_contents.take_out(ctx.tx, loose)
        await ctx.tx.audit("unpack.package", "run", str(ctx.run.id), after={"packages": opened})
