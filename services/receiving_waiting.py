"""Services: the action `receiving.place_in_waiting_zone` and its undo (GSP 75, 83). Knows tables, no engine.

Goods that came in stand in quarantine (yellow) until acceptance; cold goods wait in the cold.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import documents, references
from db.queries.documents import DocumentRef, LineRef
from db.queries.references import SiteRef
from domain.batches import PlaceKind, PostingKind, Status
from domain.places import Goods, Place, waiting_place
from domain.stock import Move, Position, Posting
from services import arrival_facts
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_batches import bind_serials
from services.receiving_lines import all_lines
from services.receiving_match import refuse_blocked
from services.receiving_reversal import reverse


async def place_in_waiting_zone(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Post the delivery from the supplier into the site's waiting zone, in quarantine.

    The receipt takes over how the goods came from the check on arrival.

    The supplier's licences are looked at again: days may have passed since the delivery was announced.
    """
    lines = await all_lines(ctx, inputs["lines"])
    site = await references.site(ctx.tx, ctx.run.site_id)
    receipt = await documents.of_run(ctx.tx, ctx.run.id, "receipt")
    assert site is not None
    assert receipt is not None
    receipt_lines = documents.as_numbers(await documents.lines_of(ctx.tx, receipt.id))
    await _refuse_lapsed(ctx, receipt, site, receipt_lines.values())
    places = await references.places(ctx.tx, site.id)
    serials = await bind_serials(
        ctx.tx,
        [
            (line.batch_id, line.material_id, line.data.get("serials", []))
            for line in receipt_lines.values()
            if line.batch_id is not None
        ],
    )
    how = await arrival_facts.of_run(ctx.tx, ctx.run.id)
    await documents.change_state(ctx.tx, receipt.id, receipt.state, header=how)
    moves = []
    for line in lines:
        of = receipt_lines[line["number"]]
        moves.append(
            Move(
                batch_id=UUID(line["batch_id"]),
                quantity=line["quantity"],
                source=PlaceKind.SUPPLIER,
                target=Position(
                    site.id, _waiting(places, line).location_id, Status.QUARANTINE, site.legal_entity_id
                ),
                party_id=receipt.party_id,
                document_line_id=of.id,
                serial_ids=_serials(of, serials),
            )
        )
    posting = await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.RECEIPT,
            document_id=receipt.id,
            run_id=ctx.run.id,
            path=ctx.path,
            actor_id=ctx.actor_id,
            moves=tuple(moves),
        ),
    )
    return ActionOutcome({"posting": str(posting)})


async def _refuse_lapsed(
    ctx: ActionContext, receipt: DocumentRef, site: SiteRef, lines: Iterable[LineRef]
) -> None:
    supplier = await references.party(ctx.tx, receipt.party_id) if receipt.party_id else None
    if supplier is None or not supplier.active or "supplier" not in supplier.roles:
        raise ActionRefused("supplier_blocked", "供货单位已停用 / the supplier is blocked")
    materials = await references.materials_by_id(ctx.tx, {line.material_id for line in lines})
    await refuse_blocked(ctx, supplier, site, materials.values())


async def return_from_waiting_zone(
    ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
) -> None:
    """Undo: the goods go back to the supplier's side of the ledger, by a reversal."""
    del inputs
    await reverse(ctx, [UUID(outputs["posting"])])


def _waiting(places: list[Place], line: Mapping[str, Any]) -> Place:
    place = waiting_place(places, Goods(line["storage_class"], line["special_control"]))
    if place is None:
        words = f"本仓库没有适合 {line['material_name']} 的待验区 / no zone for {line['storage_class']}"
        raise ActionRefused("no_waiting_zone", words)
    return place


def _serials(line: LineRef, bound: Mapping[tuple[UUID, str], UUID]) -> tuple[UUID, ...]:
    assert line.batch_id is not None
    return tuple(bound[line.batch_id, number] for number in line.data.get("serials", []))
