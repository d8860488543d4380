"""Services: corrections of counts whose goods were carried away since, recalled or rejected (GSP 87, 88).

The books of the place had to become what was counted; what they had too much or too little was carried along,
so it is corrected where it stands now. What the place still holds is corrected there. Knows no engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from db import reservations
from db.queries import recall_moves, stocktake_books, stocktakes
from db.queries.recall_moves import CarriedAway
from domain.batches import PlaceKind, Status
from domain.stock import Move, Position
from domain.stocktake import Part, parts
from services.action_context import ActionContext, ActionRefused
from services.stocktake_lines import Line, question

APART = (Status.RECALLED, Status.REJECTED)


@dataclass(frozen=True)
class Correction:
    """One difference as it is posted: its moves, and how much of it (signed) is posted beside its place."""

    line: Line
    moves: Sequence[Move]
    elsewhere: int = 0


@dataclass(frozen=True)
class _Found:
    """A difference with its place, what that holds now, and what was carried away from it since the count."""

    line: Line
    place: Position
    away: Sequence[CarriedAway]


async def corrections(ctx: ActionContext, lines: Sequence[Line], since: UUID) -> list[Correction]:
    """The moves for each difference; `since` is the stocktake's document, older than every count.

    ActionRefused `serials_unclear` where nobody knows which pieces are missing, and `ledger_changed` where
    another count has corrected goods already that were carried away.
    """
    away = await recall_moves.carried_away(
        ctx.tx, {UUID(line["batch_id"]) for line in lines}, since=since, to=APART
    )
    found = [_found(ctx, line, away) for line in lines]
    held = await _locked(ctx, found)
    await _check_not_corrected(ctx, found)
    made = []
    for one in found:
        here = held.get((UUID(one.line["batch_id"]), one.place), 0)
        shares = parts(one.line["variance"], here, [part.quantity for part in one.away])
        made.append(await _correction(ctx, one, shares))
    return made


def moment(line: Line) -> datetime:
    """When the quantity that stands was counted."""
    return datetime.fromisoformat(line["counted_at"])


def _found(
    ctx: ActionContext, line: Line, away: Mapping[tuple[str, str, str], Sequence[CarriedAway]]
) -> _Found:
    owner = UUID(line["owner_id"])
    place = Position(ctx.run.site_id, UUID(line["location_id"]), Status(line["status"]), owner)
    carried = away.get((line["location_id"], line["batch_id"], line["status"]), [])
    later = [one for one in carried if one.at > moment(line) and one.target.owner_id == owner]
    return _Found(line, place, later)


async def _locked(ctx: ActionContext, found: Sequence[_Found]) -> Mapping[tuple[UUID, Position], int]:
    """What the places hold of which something was carried away, locked with where it was carried to."""
    if not any(one.away for one in found):
        return {}
    wanted = {(UUID(one.line["batch_id"]), one.place) for one in found}
    wanted |= {(part.batch_id, part.target) for one in found for part in one.away}
    return await reservations.lock_positions(ctx.tx, wanted)


async def _check_not_corrected(ctx: ActionContext, found: Sequence[_Found]) -> None:
    pairs = [(one, part) for one in found for part in one.away]
    asked = [
        replace(
            question(one.line, number, moment(one.line)),
            location_id=part.target.location_id,
            status=part.target.status.value,
        )
        for number, (one, part) in enumerate(pairs)
    ]
    corrected = await stocktake_books.corrected_since(ctx.tx, ctx.run.site_id, asked)
    for number, (one, _) in enumerate(pairs):
        if corrected.get(number):
            batch, place = one.line["batch_number"], one.line["location"]
            raise ActionRefused(
                "ledger_changed",
                f"货位 {place} 批号 {batch} 的货物已移走，并已按另一次盘点调整，请退回复盘 / "
                f"batch {batch} was carried away from {place} and corrected by another count: count it again",
            )


async def _correction(ctx: ActionContext, one: _Found, shares: Sequence[Part]) -> Correction:
    serials = await _serials(ctx, one)
    if serials:  # the missing pieces say where they are missing
        shares = [Part(-len(ids), at) for at, ids in serials.items() if ids]
    moves, elsewhere = [], 0
    for share in shares:
        at = one.place if share.carried is None else one.away[share.carried].target
        elsewhere += 0 if share.carried is None else share.quantity
        moves.append(
            Move(
                batch_id=UUID(one.line["batch_id"]),
                quantity=abs(share.quantity),
                source=PlaceKind.COUNT if share.quantity > 0 else at,
                target=at if share.quantity > 0 else PlaceKind.COUNT,
                reason=one.line["cause"],
                serial_ids=serials.get(share.carried, ()),
            )
        )
    return Correction(one.line, moves, elsewhere)


async def _serials(ctx: ActionContext, one: _Found) -> Mapping[int | None, Sequence[UUID]]:
    """The serials that are missing, by where the books have them: the place (None), or a part carried away.

    They are those that nobody scanned. Where the books know no serials none are named; where they do, the
    number must be exactly the difference.
    """
    here = await stocktakes.serials_there(ctx.tx, ctx.run.site_id, question(one.line, 0, ctx.now))
    away = [await stocktakes.numbers_of(ctx.tx, part.serial_ids) for part in one.away]
    known: dict[int | None, Mapping[str, UUID]] = {None: here, **dict(enumerate(away))}
    if not any(known.values()):
        return {}
    scanned = await stocktakes.serials_scanned(ctx.tx, UUID(one.line["counted_result_id"]))
    missing = {
        at: [serial for number, serial in there.items() if number not in scanned]
        for at, there in known.items()
    }
    if one.line["variance"] > 0 or sum(map(len, missing.values())) != -one.line["variance"]:
        batch = one.line["batch_number"]
        raise ActionRefused(
            "serials_unclear",
            f"批号 {batch}：请逐件扫描追溯码复盘 / batch {batch}: count it again by scanning each serial",
        )
    return missing
