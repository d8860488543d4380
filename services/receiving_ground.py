"""Services: what the lines of a put-away are checked and posted against (GSP 83, 87)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.queries import documents, references
from db.queries.documents import DocumentRef
from db.queries.references import MaterialRef, SiteRef
from domain.batches import Status
from domain.places import Goods, Place, rejected_place, unsuitable, waiting_place
from domain.receiving import QuantitiesDoNotAddUp, check_put_away
from domain.stock import Move, Position
from services import recalled_goods
from services.action_context import ActionContext, ActionRefused
from services.receiving_acceptance import quantities
from services.receiving_lines import span
from services.receiving_serials import Split


@dataclass(frozen=True)
class Ground:
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
        """Where the goods wait for acceptance."""
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
        """The place that was scanned, when it suits."""
        found = next((place for place in self.places if place.code == code), None)
        if found is None:
            raise ActionRefused("location_unknown", f"没有货位 {code} / there is no location {code}")
        words = unsuitable(found, goods)
        if words:
            raise ActionRefused("location_unsuitable", " / ".join(words))
        return found


async def ground_of(ctx: ActionContext, lines: Sequence[Mapping[str, Any]]) -> Ground:
    site = await references.site(ctx.tx, ctx.run.site_id)
    receipt = await documents.of_run(ctx.tx, ctx.run.id, "receipt")
    assert site is not None
    assert receipt is not None
    materials = await references.materials(ctx.tx, {line["material"] for line in lines})
    places = await references.places(ctx.tx, site.id)
    stopped = await recalled_goods.stopped(ctx, (UUID(line["batch_id"]) for line in lines))
    return Ground(site, receipt, places, materials, await _recorded(ctx, span(lines)), stopped)


async def _recorded(ctx: ActionContext, between: tuple[int, int]) -> dict[int, tuple[int, int]]:
    """Line number -> accepted and rejected, from the run's acceptance record."""
    record = await documents.of_run(ctx.tx, ctx.run.id, "acceptance_record")
    if record is None:
        return {}
    lines = await documents.lines_of(ctx.tx, record.id, between=between)
    return {line.line_no: (line.data["accepted_quantity"], line.data["rejected_quantity"]) for line in lines}


def check(line: Mapping[str, Any], ground: Ground) -> None:
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


def moves_of(line: Mapping[str, Any], ground: Ground, row: UUID, split: Split) -> Iterator[Move]:
    """What is accepted goes to its location, what is rejected to the red zone."""
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
