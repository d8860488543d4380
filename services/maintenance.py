"""Services: the action of storage maintenance - which positions are to be looked at (GSP 83, 84).

Knows no engine. What was found of a position is the result of its line; what is done about it is another
procedure, called with the batch.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from db.queries import positions
from db.queries.positions import HeldPosition
from domain.batches import Status
from services import line_sets, whole_positions
from services.action_context import ActionContext, ActionOutcome, ActionRefused

LOOKED_AT = (Status.QUALIFIED, Status.QUARANTINE)
LINES = "maintenance"


async def list_positions(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """List the positions of the site by location: all, one part of several, or one storage class.

    Parts are made of whole locations in their order, so that somebody walks along one end of the building and
    every location has its turn. A part that is not given is the one whose turn it is in the month of the
    site, so that a monthly run goes once through all. ActionRefused `no_such_part` unless 1 <= part <= parts.
    """
    parts = 1 if inputs.get("parts") is None else int(inputs["parts"])
    part = _turn(ctx, parts) if inputs.get("part") is None else int(inputs["part"])
    if not 1 <= part <= parts:
        raise ActionRefused("no_such_part", f"{part} / {parts}")
    found = await positions.held(ctx.tx, site_id=ctx.run.site_id, statuses=list(LOOKED_AT))
    wanted = inputs.get("storage_class")
    stands = [held for held in found if not wanted or held.storage_class == wanted]
    chosen = sorted(_part(stands, part, parts), key=lambda held: (held.location, held.batch_number))
    lines = [whole_positions.line_of(number, held) for number, held in enumerate(chosen, 1)]
    made = await line_sets.create(
        ctx.tx, ctx.run.id, ctx.path, LINES, lines, whole_positions.aggregates(chosen)
    )
    return ActionOutcome({"lines": made.model_dump(mode="json"), "count": len(chosen)})


def _turn(ctx: ActionContext, parts: int) -> int:
    day = ctx.now.astimezone(ZoneInfo(ctx.run.time_zone))
    return (day.month - 1) % parts + 1 if parts > 0 else 1


def _part(stands: list[HeldPosition], part: int, parts: int) -> list[HeldPosition]:
    locations = sorted({held.location for held in stands})
    size = -(-len(locations) // parts)
    mine = set(locations[(part - 1) * size : part * size])
    return [held for held in stands if held.location in mine]
