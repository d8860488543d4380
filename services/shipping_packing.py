"""Services: the action `outbound.pack` and its undo (GSP 95, 99). Knows tables, no engine.

What passed the review goes into numbered packages, each with an SSCC; packages that were picked whole stay as
they are. What is packed is compared with what was reviewed: a difference goes no further.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from db.queries import documents, references
from db.queries import packages as package_queries
from db.queries.documents import DocumentRef, LineRef
from db.queries.packages import PackageRef
from domain.packages import PackagesNotFit, Packed, Share, shares
from domain.shipping import Goods, differences, packed, told
from services import package_contents
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.package_contents import Filling
from services.receiving_lines import all_lines
from services.shipping_lines import change_line, goods_of, ground, serial_ids, shipment_of


async def pack(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Make the packages of the shipment and put the goods into them."""
    shipment = await shipment_of(ctx)
    lines = await all_lines(ctx, inputs["lines"])
    of_shipment = documents.as_numbers(await documents.lines_of(ctx.tx, shipment.id))
    refuse_differences(
        goods_of(of_shipment.values(), "reviewed"),
        [Goods(line["batch_number"], packed(line)) for line in lines],
        "reviewed",
        "packed",
    )
    whole = await _whole(ctx, shipment)
    divided = await _divided(ctx, lines, of_shipment, whole)
    made = await _make(ctx, shipment, lines, divided)
    await _fill(ctx, lines, of_shipment, divided, made)
    await package_contents.change(ctx.tx, [one.id for one in made.values()], state="closed")
    await _note(ctx, of_shipment.values(), divided, made)
    count = len(made) + len(whole)
    await documents.change_state(ctx.tx, shipment.id, "in_process", header={"packages": count})
    await ctx.tx.audit(
        "pack.shipment",
        "document",
        str(shipment.id),
        run_id=ctx.run.id,
        after={"packages": [one.sscc for one in made.values()], "whole": [one.sscc for one in whole]},
    )
    cold = any(line["cold_chain"] for line in lines)
    return ActionOutcome({"packages": count, "shipment_number": shipment.number, "cold_chain": cold})


async def unpack(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the packages that were made are taken apart; their numbers are not used again."""
    del inputs, outputs
    shipment = await shipment_of(ctx)
    found = [one for one in await package_queries.of_document(ctx.tx, shipment.id) if one.number is not None]
    await package_contents.dissolve(ctx.tx, [one.id for one in found])
    for line in await documents.lines_of(ctx.tx, shipment.id):
        await change_line(ctx, line, packages=[])
    await documents.change_state(ctx.tx, shipment.id, "in_process", header={"packages": 0})
    await ctx.tx.audit("unpack.shipment", "document", str(shipment.id), run_id=ctx.run.id)


def refuse_differences(before: Sequence[Goods], after: Sequence[Goods], first: str, second: str) -> None:
    """The refusal `not_consistent` with every batch that differs between two stages."""
    found = differences(before, after)
    if found:
        raise ActionRefused("not_consistent", told(found, first, second))


async def packed_goods(ctx: ActionContext, shipment: DocumentRef) -> list[Goods]:
    """What is in the shipment's packages, by batch and serial."""
    roots = await package_queries.of_document(ctx.tx, shipment.id)
    every = await package_queries.below(ctx.tx, [one.id for one in roots])
    rows = await package_queries.contents(ctx.tx, [one.id for one in every])
    return [Goods(row.batch_number, row.quantity, frozenset(row.serials.values())) for row in rows]


async def _whole(ctx: ActionContext, shipment: DocumentRef) -> list[PackageRef]:
    """Packages that were picked as they are."""
    return [one for one in await package_queries.of_document(ctx.tx, shipment.id) if one.number is None]


async def _divided(
    ctx: ActionContext,
    lines: Sequence[Mapping[str, Any]],
    of_shipment: Mapping[int, LineRef],
    whole: Sequence[PackageRef],
) -> Mapping[int, list[Share]]:
    """Package number -> what goes into it, without what is in whole packages already."""
    inside = await _inside(ctx, whole)
    materials = await references.materials(ctx.tx, {line["material"] for line in lines})
    loose = []
    for line in lines:
        mine = of_shipment[line["number"]].data.get("picked_packages") or ()
        rest = line["quantity"] - sum(inside[sscc][line["batch_id"]] for sscc in mine)
        if rest > 0:
            loose.append(
                Packed(
                    line=line["number"],
                    batch_id=UUID(line["batch_id"]),
                    batch_number=line["batch_number"],
                    quantity=rest,
                    first=line["package"],
                    count=line.get("package_count") or 1,
                    cold=line["cold_chain"],
                    special=line["special_control"],
                    per_package=materials[line["material"]].carton_quantity,
                )
            )
    try:
        return shares(loose)
    except PackagesNotFit as wrong:
        raise ActionRefused("packages_not_fit", f"{wrong.message('zh')} / {wrong.message('en')}") from wrong


async def _inside(ctx: ActionContext, whole: Sequence[PackageRef]) -> Mapping[str, Mapping[str, int]]:
    """SSCC -> batch id -> base units, what stands in it included."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in whole:
        every = await package_queries.below(ctx.tx, [one.id])
        for row in await package_queries.contents(ctx.tx, [p.id for p in every]):
            found[one.sscc][str(row.batch_id)] += row.quantity
    return found


async def _make(
    ctx: ActionContext,
    shipment: DocumentRef,
    lines: Sequence[Mapping[str, Any]],
    divided: Mapping[int, list[Share]],
) -> dict[int, PackageRef]:
    """A new, open package for each number, where its goods stand."""
    site = await ground(ctx)
    where = {line["number"]: site.position(line["location"]).location_id for line in lines}
    made: dict[int, PackageRef] = {}
    for number, inside in divided.items():
        (made[number],) = await package_contents.open_packages(
            ctx.tx,
            site_id=shipment.site_id,
            legal_entity_id=shipment.legal_entity_id,
            location_id=where[inside[0].line],
            actor_id=ctx.actor_id,
            numbers=[number],
            document_id=shipment.id,
            run_id=ctx.run.id,
        )
    return made


async def _fill(
    ctx: ActionContext,
    lines: Sequence[Mapping[str, Any]],
    of_shipment: Mapping[int, LineRef],
    divided: Mapping[int, list[Share]],
    made: Mapping[int, PackageRef],
) -> None:
    """Fill the packages; the serials of a line are known to be in one only when it is in that one alone."""
    parts = [share.line for inside in divided.values() for share in inside]
    alone = {
        line["number"]
        for line in lines
        if parts.count(line["number"]) == 1 and not of_shipment[line["number"]].data.get("picked_packages")
    }
    serials = {
        line["number"]: await serial_ids(ctx.tx, UUID(line["batch_id"]), line.get("serials") or [])
        for line in lines
        if line["number"] in alone
    }
    for number, inside in divided.items():
        batches: dict[UUID, list[Share]] = defaultdict(list)
        for share in inside:
            batches[share.batch_id].append(share)
        fillings = []
        for batch_id, of_batch in batches.items():
            named = [serials.get(share.line) or {} for share in of_batch]
            quantity = sum(share.quantity for share in of_batch)
            ids = [id_ for one in named for id_ in one.values()]
            fillings.append(Filling(batch_id, quantity, ids if len(ids) == quantity else ()))
        await package_contents.fill(ctx.tx, made[number].id, fillings)


async def _note(
    ctx: ActionContext,
    lines: Sequence[LineRef] | Any,
    divided: Mapping[int, list[Share]],
    made: Mapping[int, PackageRef],
) -> None:
    """Write on each line of the shipment in which packages it is."""
    for line in lines:
        names = [
            {"number": number, "sscc": made[number].sscc, "quantity": share.quantity}
            for number, inside in divided.items()
            for share in inside
            if share.line == line.line_no
        ]
        names += [{"sscc": sscc} for sscc in line.data.get("picked_packages") or ()]
        await change_line(ctx, line, packages=names)
