"""Services: the action `outbound.record_review` and its undo (GSP 94, 95). Knows tables, no engine.

The reviewer is another person than the picker: the definition says so and the run enforces it. What the
review refuses is undecided (yellow) at once and cannot leave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import documents
from db.queries import packages as package_queries
from db.queries.documents import DocumentRef, LineRef
from db.queries.reservations import held as held_batches
from domain.batches import PostingKind, Status
from domain.canonical import instant
from domain.errors import Refusal
from domain.pieces import Pieces, named_in, split
from domain.places import Goods, Place, waiting_place
from domain.reservations import Reserved
from domain.shipping import QuantityNotPossible, refused
from domain.stock import Move, Posting
from services import line_sets, package_contents, recalled_goods, reservations
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.recalled_goods import Caught
from services.receiving_lines import all_lines
from services.receiving_reversal import reverse
from services.shipping_lines import (
    Ground,
    Scans,
    aggregates,
    change_line,
    ground,
    handed_on,
    keyed,
    order_lines,
    scans_of,
    serial_ids,
    shipment_of,
)

NORMAL = "normal"


@dataclass(frozen=True)
class Reviewed:
    """One line after the review: what passed, what was refused, and their serials."""

    line: Mapping[str, Any]
    of: LineRef
    order_line: UUID
    passed: int
    refused: int
    passed_serials: Sequence[str]
    refused_serials: Sequence[str]
    waiting: Place | None


async def record_review(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write the review into the shipment's lines and move what was refused to quarantine."""
    shipment, site = await shipment_of(ctx), await ground(ctx)
    found = await _reviewed(ctx, shipment, site, inputs["lines"])
    await _post_refused(ctx, shipment, site, [one for one in found if one.refused])
    for one in found:
        if one.refused and one.of.data.get("picked_packages"):
            await _take_apart(ctx, one.of)
        await change_line(
            ctx,
            one.of,
            quantity=one.passed,
            reviewed=one.passed,
            refused=one.refused,
            reviewer=one.line.get("actor"),
            reviewed_at=instant(ctx.now),
            quality=NORMAL if not one.refused else one.line.get("defect") or "other",
            finding=one.line.get("reason") or "",
            photos=one.line.get("photos") or [],
            serials=list(one.passed_serials),
            reviewed_serials=list(one.passed_serials),
        )
    await ctx.tx.audit(
        "review.shipment",
        "document",
        str(shipment.id),
        run_id=ctx.run.id,
        after={"passed": sum(one.passed for one in found), "refused": sum(one.refused for one in found)},
    )
    passed = [_passed(one) for one in found if one.passed]
    turned_away = [_turned_away(one) for one in found if one.refused]
    sets = [
        await line_sets.create(ctx.tx, ctx.run.id, ctx.path, kind, keyed(lines), aggregates(lines))
        for kind, lines in (("reviewed", passed), ("refused_at_review", turned_away))
    ]
    return ActionOutcome(
        {
            "lines": sets[0].model_dump(mode="json"),
            "turned_away": sets[1].model_dump(mode="json"),
            "any_refused": bool(turned_away),
            "any_passed": bool(passed),
            "cold_chain": sets[0].aggregates["any_cold_chain"],
            "special_control": sets[0].aggregates["any_special_control"],
        }
    )


async def undo_review(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: what was refused is qualified at the shipping zone again and reserved, to be reviewed anew."""
    del inputs, outputs
    shipment, site = await shipment_of(ctx), await ground(ctx)
    lines = await documents.lines_of(ctx.tx, shipment.id)
    posting = await _posting_of(ctx)
    if posting:
        await reverse(ctx, [posting])
    ids = dict(zip((line.line_no for line in lines), await order_lines(ctx, shipment, lines), strict=True))
    held = await held_batches(ctx.tx, site.site.id, {line.batch_id for line in lines if line.batch_id})
    again = [
        Reserved(ids[line.line_no], line.batch_id, site.position(line.data["location"]), line.data["refused"])
        for line in lines
        if line.data.get("refused") and line.batch_id and line.batch_id not in held
    ]
    if again:
        await reservations.reserve(ctx.tx, again, by=reservations.taker_of(ctx))
    for line in lines:
        picked_serials = line.data.get("picked_serials", [])
        await change_line(
            ctx, line, quantity=line.data["picked"], reviewed=0, refused=0, quality="", serials=picked_serials
        )
    await ctx.tx.audit("undo_review.shipment", "document", str(shipment.id), run_id=ctx.run.id)


async def _reviewed(
    ctx: ActionContext, shipment: DocumentRef, site: Ground, reference: Mapping[str, Any]
) -> list[Reviewed]:
    scans = await scans_of(ctx.tx, ctx.run.id, reference)
    of_shipment = await documents.lines_of(ctx.tx, shipment.id)
    by_number = documents.as_numbers(of_shipment)
    ids = await order_lines(ctx, shipment, of_shipment)
    orders = dict(zip((line.line_no for line in of_shipment), ids, strict=True))
    found = []
    for line in await all_lines(ctx, reference):
        of = by_number[line["number"]]
        try:
            bad = refused(line)
        except QuantityNotPossible as wrong:
            words = f"{wrong.message('zh')} / {wrong.message('en')}"
            raise ActionRefused("not_consistent", words) from wrong
        good = line["quantity"] - bad
        pieces = _pieces(line, bad, scans.get(line["line"], Scans()))
        found.append(
            Reviewed(
                line,
                of,
                orders[of.line_no],
                good,
                bad,
                pieces.kept,
                pieces.apart,
                _waiting(site, line) if bad else None,
            )
        )
    return found


def _pieces(line: Mapping[str, Any], bad: int, scanned: Scans) -> Pieces:
    """Which serials passed: all, none, those that the reviewer scanned, or those that he did not name."""
    try:
        return split(
            line["line"],
            line.get("serials") or (),
            bad,
            scanned=scanned.serials,
            named=named_in(line.get("refused_serials")),
        )
    except Refusal as wrong:
        words = f"{wrong.message('zh')} / {wrong.message('en')}"
        raise ActionRefused("serials_incomplete", words) from wrong


def _waiting(site: Ground, line: Mapping[str, Any]) -> Place:
    place = waiting_place(site.places, Goods(line["storage_class"], line["special_control"]))
    if place is None:
        raise ActionRefused("no_waiting_zone", "没有待处理区 / there is no zone for undecided goods")
    return place


async def _post_refused(
    ctx: ActionContext, shipment: DocumentRef, site: Ground, found: Sequence[Reviewed]
) -> None:
    if not found:
        return
    stopped = await recalled_goods.stopped(ctx, (UUID(one.line["batch_id"]) for one in found))
    caught = [
        await _caught(ctx, site, one, stopped) for one in found if UUID(one.line["batch_id"]) in stopped
    ]
    found = [one for one in found if UUID(one.line["batch_id"]) not in stopped]
    await _end_reserved(ctx, site, found)
    moves = []
    for one in found:
        assert one.waiting is not None
        batch_id = UUID(one.line["batch_id"])
        ids = await serial_ids(ctx.tx, batch_id, one.refused_serials)
        moves.append(
            Move(
                batch_id,
                one.refused,
                site.position(one.line["location"]),
                site.position(one.waiting.code, Status.QUARANTINE),
                document_line_id=one.of.id,
                reason=one.line.get("reason"),
                serial_ids=tuple(ids.values()),
            )
        )
    await recalled_goods.set_apart(ctx, caught, site.places, document_id=shipment.id, beside=moves)
    if not moves:
        return
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.STATUS_CHANGE,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=ctx.path,
            document_id=shipment.id,
        ),
    )


async def _caught(ctx: ActionContext, site: Ground, one: Reviewed, stopped: Mapping[UUID, Status]) -> Caught:
    batch_id = UUID(one.line["batch_id"])
    ids = await serial_ids(ctx.tx, batch_id, one.refused_serials)
    source = site.position(one.line["location"])
    return Caught(batch_id, one.refused, source, tuple(ids.values()), stopped[batch_id])


async def _end_reserved(ctx: ActionContext, site: Ground, found: Sequence[Reviewed]) -> None:
    goods = [
        Reserved(one.order_line, UUID(one.line["batch_id"]), site.position(one.line["location"]), one.refused)
        for one in found
    ]
    held = await held_batches(ctx.tx, site.site.id, {one.batch_id for one in goods})
    reserved = [one for one in goods if one.batch_id not in held]  # a hold has released the others
    await reservations.consume(ctx.tx, reserved, by=reservations.taker_of(ctx))


async def _take_apart(ctx: ActionContext, of: LineRef) -> None:
    """A package with something refused in it is no package any longer: what passed is packed anew."""
    whole = [await package_queries.by_code(ctx.tx, sscc) for sscc in of.data["picked_packages"]]
    every = await package_contents.held_below(ctx.tx, [one.id for one in whole if one is not None])
    await package_contents.dissolve(ctx.tx, [one.id for one in every])
    await change_line(ctx, of, picked_packages=[])


async def _posting_of(ctx: ActionContext) -> UUID | None:
    """The posting that this path made, if it made one."""
    c = t.posting.c
    found: UUID | None = await ctx.tx.scalar(
        sa.select(c.id).where(
            c.run_id == ctx.run.id, c.path == ctx.path, c.kind == PostingKind.STATUS_CHANGE.value
        )
    )
    return found


def _passed(one: Reviewed) -> dict[str, Any]:
    return handed_on(one.line, quantity=one.passed, serials=list(one.passed_serials))


def _turned_away(one: Reviewed) -> dict[str, Any]:
    assert one.waiting is not None
    line = handed_on(
        one.line,
        quantity=one.refused,
        serials=list(one.refused_serials),
        waiting_location=one.waiting.code,
        defect=one.line.get("defect") or "other",
        finding=one.line.get("reason"),
    )
    return {name: value for name, value in line.items() if name != "location"}
