"""Services: the site that a transfer goes to, and its places - waiting, storage, red (GSP 83)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db.queries import documents, references
from db.queries.documents import DocumentRef
from domain.batches import Status
from domain.places import Goods, Place, rejected_place, unsuitable, waiting_place
from domain.stock import Position
from services.action_context import ActionContext, ActionRefused
from services.outbound_orders import document_id_of
from services.shipping_lines import Ground


def waiting(site: Ground, line: Mapping[str, Any]) -> Position:
    """Where arrived goods wait for inspection; ActionRefused when the site has no such zone."""
    place = waiting_place(site.places, Goods(line["storage_class"], line["special_control"]))
    if place is None:
        words = f"没有适合 {line['material_name']} 的待验区 / no waiting zone for {line['storage_class']}"
        raise ActionRefused("no_waiting_zone", words)
    return site.position(place.code, Status.QUARANTINE)


def storage(site: Ground, line: Mapping[str, Any]) -> str:
    """The storage place that the keeper named, if it suits the goods; ActionRefused otherwise."""
    code = line.get("location") or ""
    place = next((one for one in site.places if one.code == code), None)
    if place is None:
        raise ActionRefused("location_unknown", f"没有货位 {code} / there is no location {code}")
    words = unsuitable(place, Goods(line["storage_class"], line["special_control"]))
    if words:
        raise ActionRefused("location_unsuitable", " / ".join(words))
    return place.code


def red(site: Ground, line: Mapping[str, Any]) -> Place:
    """Where rejected goods go; ActionRefused when the site has no such zone."""
    place = rejected_place(site.places, Goods(line["storage_class"], line["special_control"]))
    if place is None:
        raise ActionRefused("location_unknown", "没有不合格区 / there is no zone for rejected goods")
    return place


async def ground(ctx: ActionContext, inputs: Mapping[str, Any]) -> tuple[DocumentRef, Ground]:
    """The transfer, locked, and the site that it goes to with its places."""
    transfer = await documents.locked(ctx.tx, document_id_of(inputs.get("transfer")), "transfer")
    assert transfer is not None, "the run's own transfer"
    site = await references.site(ctx.tx, UUID(str(transfer.header["to_site_id"])))
    assert site is not None
    return transfer, Ground(site, await references.places(ctx.tx, site.id))
