"""Services: the action `receiving.book_in` and its undo (GSP 81, 83). Knows tables, no engine.

Only what was accepted enters qualified stock, at the location where it was put away; what was rejected
goes to the red zone. Five hundred lines per transaction; the first one checks them all, so that a refusal
comes before any effect.
A little over 300 lines: booking and its undo mirror each other and are read together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import documents, recall_moves, references
from db.queries.acceptance_signatures import signatures_of_run, signatures_over
from db.queries.documents import DocumentRef
from db.queries.references import MaterialRef, SiteRef
from db.session import Transaction
from domain.batches import PostingKind, Status
from domain.places import Goods, Place, rejected_place, unsuitable, waiting_place
from domain.receiving import QuantitiesDoNotAddUp, check_put_away
from domain.stock import Move, Position, Posting
from services import arrival_facts, recalled_goods
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.recalled_goods import Caught
from services.receiving_acceptance import quantities
from services.receiving_lines import CHUNK, all_lines, chunk_of, day_of, span
from services.receiving_match import CARRIED
from services.receiving_reversal import reverse
from services.receiving_serials import Split, splits
from services.shipping_lines import Scans, scans_of

OF_RECEIPT = arrival_facts.NAMES | {*CARRIED, "signatures"}
"""What stands in the receipt alone: how the goods travelled, and who signed for it."""


@dataclass(frozen=True)
class _Ground:
    """What the lines are checked and posted against."""

    site: SiteRef
    receipt: DocumentRef
    places: Sequence[Place]
    materials: Mapping[str, MaterialRef]
    recorded: Mapping[int, tuple[int, int]]
    stopped: Mapping[UUID, Status]

    def status(self, line: Mapping[str, Any]) -> Status | None:
        """Recalled or rejected, when the line's batch is, whatever its acceptance said."""
        return self.stopped.get(UUID(line["batch_id"]))

    def quantities(self, line: Mapping[str, Any]) -> tuple[int, int]:
        """Accepted and rejected: what the acceptance record says counts, before what the line says.

        Nothing is accepted of a batch that quality has rejected, be it after its acceptance (GSP 87).
        """
        accepted, rejected = self.recorded.get(line["number"]) or quantities(line)
        refused = self.status(line) is Status.REJECTED
        return (0, accepted + rejected) if refused else (accepted, rejected)

    def goods(self, line: Mapping[str, Any]) -> Goods:
        """What the line's batch is, as far as places ask."""
        material = self.materials[line["material"]]
        return Goods(material.storage_class, material.special_control)

    def waiting(self, goods: Goods) -> Place:
        found = waiting_place(self.places, goods)
        if found is None:
            raise ActionRefused("location_unknown", "没有待验区 / there is no waiting zone")
        return found

    def rejected(self, goods: Goods, code: str | None = None) -> Place:
        """The red place that was scanned, or the one that suits."""
        scanned = (place for place in self.places if place.code == code and place.zone_kind == "rejected")
        found = next(scanned, None) or rejected_place(self.places, goods)
        if found is None:
            raise ActionRefused("location_unknown", "没有不合格区 / there is no zone for rejected goods")
        return found

    def storage(self, code: str, goods: Goods) -> Place:
        found = next((place for place in self.places if place.code == code), None)
        if found is None:
            raise ActionRefused("location_unknown", f"没有货位 {code} / there is no location {code}")
        words = unsuitable(found, goods)
        if words:
            raise ActionRefused("location_unsuitable", " / ".join(words))
        return found


async def book_in(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Book the next lines in; on the last ones close the documents."""
    first = ctx.cursor is None
    lines = await (
        all_lines(ctx, inputs["lines"]) if first else chunk_of(ctx, inputs["lines"], ctx.cursor or 0)
    )
    ground = await _ground(ctx, lines)
    for line in lines:
        _check(line, ground)
    lines = lines[:CHUNK]
    document = await _open_put_away(ctx, ground.receipt) if first else await _put_away_of(ctx)
    rows = await _document_lines(ctx, document, lines, ground)
    scans = await scans_of(ctx.tx, ctx.run.id, inputs["lines"])
    await _post(ctx, document, lines, ground, rows, scans)
    if lines and lines[-1]["line"] < inputs["lines"]["count"]:
        return ActionOutcome({"put_away": str(document)}, cursor=lines[-1]["line"])
    await _close(ctx, document, ground.receipt, inputs["lines"]["id"])
    told = await recall_moves.any_set_apart(ctx.tx, document)
    return ActionOutcome({"put_away": str(document), **told})


async def reverse_booking(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: every posting of the put-away is reversed, the documents are in process again.

    What a recall has sealed stays in its zone.
    """
    del inputs
    document = await documents.locked(ctx.tx, UUID(outputs["put_away"]), "put_away")
    if document is None or document.state == "cancelled":
        return
    rows = await ctx.tx.rows(
        sa.select(t.posting.c.id)
        .where(t.posting.c.document_id == document.id, t.posting.c.kind == PostingKind.PUT_AWAY.value)
        .order_by(t.posting.c.id)
    )
    await reverse(ctx, [row["id"] for row in rows])
    if document.state == "closed":
        await _reopen(ctx, document)
    await documents.change_state(ctx.tx, document.id, "cancelled")


async def _ground(ctx: ActionContext, lines: Sequence[Mapping[str, Any]]) -> _Ground:
    site = await references.site(ctx.tx, ctx.run.site_id)
    receipt = await documents.of_run(ctx.tx, ctx.run.id, "receipt")
    assert site is not None
    assert receipt is not None
    materials = await references.materials(ctx.tx, {line["material"] for line in lines})
    places = await references.places(ctx.tx, site.id)
    stopped = await recalled_goods.stopped(ctx, (UUID(line["batch_id"]) for line in lines))
    return _Ground(site, receipt, places, materials, await _recorded(ctx, span(lines)), stopped)


async def _recorded(ctx: ActionContext, between: tuple[int, int]) -> dict[int, tuple[int, int]]:
    """Line number -> accepted and rejected, from the run's acceptance record."""
    record = await documents.of_run(ctx.tx, ctx.run.id, "acceptance_record")
    if record is None:
        return {}
    lines = await documents.lines_of(ctx.tx, record.id, between=between)
    return {line.line_no: (line.data["accepted_quantity"], line.data["rejected_quantity"]) for line in lines}


def _check(line: Mapping[str, Any], ground: _Ground) -> None:
    """The line's quantities add up and its places exist and suit, or the refusal that says which does not."""
    accepted, rejected = ground.quantities(line)
    goods = ground.goods(line)
    if accepted:
        try:
            check_put_away(accepted, line.get("put_away_quantity"), line["batch_number"])
        except QuantitiesDoNotAddUp as wrong:
            words = f"{wrong.message('zh')} / {wrong.message('en')}"
            raise ActionRefused("quantity_mismatch", words) from wrong
        ground.storage(line.get("location") or "", goods)
    if rejected:
        ground.rejected(goods)


def _moves(line: Mapping[str, Any], ground: _Ground, row: UUID, split: Split) -> Iterator[Move]:
    accepted, rejected = ground.quantities(line)
    goods = ground.goods(line)
    site, owner = ground.site.id, ground.site.legal_entity_id
    source = Position(site, ground.waiting(goods).location_id, Status.QUARANTINE, owner)
    batch_id = UUID(line["batch_id"])
    if accepted:
        place = ground.storage(line["location"], goods)
        target = Position(site, place.location_id, Status.QUALIFIED, owner)
        yield Move(batch_id, accepted, source, target, document_line_id=row, serial_ids=split.accepted)
    if rejected:
        place = ground.rejected(goods, line.get("location"))
        target = Position(site, place.location_id, Status.REJECTED, owner)
        reason = line.get("reason")
        yield Move(
            batch_id, rejected, source, target, document_line_id=row, reason=reason, serial_ids=split.rejected
        )


async def _post(
    ctx: ActionContext,
    document: UUID,
    lines: Sequence[Mapping[str, Any]],
    ground: _Ground,
    rows: Mapping[int, UUID],
    scans: Mapping[int, Scans],
) -> None:
    accepted = {line["number"]: ground.quantities(line)[0] for line in lines}
    serials = await splits(ctx, ground.receipt, lines, accepted, scans)
    moves: list[Move] = []
    caught: list[Caught] = []
    for line in lines:
        for move in _moves(line, ground, rows[line["line"]], serials.get(line["number"], Split())):
            apart = ground.status(line)
            if apart and isinstance(move.source, Position):
                caught.append(Caught(move.batch_id, move.quantity, move.source, move.serial_ids, apart))
            else:
                moves.append(move)
    await recalled_goods.set_apart(ctx, caught, ground.places, document_id=document, beside=moves)
    if not moves:
        return
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.PUT_AWAY,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=f"{ctx.path}/{ctx.chunk}" if ctx.chunk else ctx.path,
            document_id=document,
        ),
    )


async def _open_put_away(ctx: ActionContext, receipt: DocumentRef) -> UUID:
    number = await documents.next_number(ctx.tx, "put_away", receipt, "SJ")
    document = await documents.open_document(
        ctx.tx,
        kind="put_away",
        number=number,
        source=receipt,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        occurred_at=ctx.now,
        header={
            "receipt": receipt.number,
            **{name: value for name, value in receipt.header.items() if name not in OF_RECEIPT},
        },
    )
    await ctx.tx.audit(
        "open.put_away", "document", str(document), run_id=ctx.run.id, after={"number": number}
    )
    return document


async def _put_away_of(ctx: ActionContext) -> UUID:
    document = await documents.of_run(ctx.tx, ctx.run.id, "put_away")
    assert document is not None
    return document.id


async def _document_lines(
    ctx: ActionContext,
    document: UUID,
    lines: Sequence[Mapping[str, Any]],
    ground: _Ground,
) -> dict[int, UUID]:
    """Write the lines of the put-away document; line number -> its id."""
    await documents.add_lines(
        ctx.tx,
        document,
        [
            {
                "line_no": line["line"],
                "material_id": ground.materials[line["material"]].id,
                "batch_number": line["batch_number"],
                "produced_on": day_of(line.get("produced_on")),
                "expires_on": day_of(line.get("expires_on")),
                "quantity": ground.quantities(line)[0],
                "order_line_no": line.get("order_line"),
                "batch_id": UUID(line["batch_id"]),
                "data": {
                    "location": line.get("location"),
                    "accepted_quantity": ground.quantities(line)[0],
                    "rejected_quantity": ground.quantities(line)[1],
                    "keeper": line.get("actor"),
                    **ground.materials[line["material"]].facts,
                    **({apart.value: True} if (apart := ground.status(line)) else {}),
                },
            }
            for line in lines
        ],
    )
    return await documents.line_ids(ctx.tx, document, span(lines))


async def close_delivery(tx: Transaction, document: UUID, receipt: DocumentRef) -> None:
    """Close put-away, receipt and advice; count what was received, and close an order that is complete."""
    for closed in (document, receipt.id, receipt.source_document_id):
        if closed is not None:
            await documents.change_state(tx, closed, "closed")
    order_id = UUID(receipt.header["purchase_order_id"])
    await documents.locked(tx, order_id, "purchase_order")
    await documents.add_received(tx, order_id, await documents.by_order_line(tx, document))
    if await documents.is_fully_received(tx, order_id):
        await documents.change_state(tx, order_id, "closed")


async def _close(ctx: ActionContext, document: UUID, receipt: DocumentRef, line_set: str) -> None:
    """The put-away says who signed it, the receipt who signed what came before the acceptance."""
    put_away = await signatures_over(ctx.tx, line_set)
    record = await documents.of_run(ctx.tx, ctx.run.id, "acceptance_record")
    later = [*put_away, *(record.header.get("signatures", ()) if record else ())]
    received = [one for one in await signatures_of_run(ctx.tx, ctx.run.id) if one not in later]
    await documents.change_state(ctx.tx, document, "closed", header={"signatures": put_away})
    await documents.change_state(ctx.tx, receipt.id, "closed", header={"signatures": received})
    await close_delivery(ctx.tx, document, receipt)
    await ctx.tx.audit("close.put_away", "document", str(document), run_id=ctx.run.id)


async def _reopen(ctx: ActionContext, document: DocumentRef) -> None:
    receipt = await documents.of_run(ctx.tx, ctx.run.id, "receipt")
    assert receipt is not None
    for opened in (receipt.id, receipt.source_document_id):
        if opened is not None:
            await documents.change_state(ctx.tx, opened, "in_process")
    order_id = UUID(receipt.header["purchase_order_id"])
    await documents.locked(ctx.tx, order_id, "purchase_order")
    received = await documents.by_order_line(ctx.tx, document.id)
    await documents.add_received(ctx.tx, order_id, {line: -quantity for line, quantity in received.items()})
    await documents.change_state(ctx.tx, order_id, "in_process")
