"""Services: what a transfer brings too little or too much, in the books of the site that it comes to.

What is missing is written off with the reason that was signed; what is too much stands in quarantine beside
what was sent, on the same transfer, until quality has decided (GSP 81, 87). A count that is done again books
what it says otherwise, and nothing twice. Of goods with serials a surplus has no place in the books: each of
its pieces stands somewhere else in them, if anywhere, until that site has counted. Knows tables, no engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import transfer_books
from db.queries.documents import DocumentRef
from db.queries.transfer_books import LOST, SURPLUS, SURPLUS_BACK, Differing, Key
from domain.batches import PlaceKind, PostingKind
from domain.stock import InsufficientStock, Move, Position, Posting, SerialElsewhere
from domain.transfers import Arrival
from services import recalled_goods, transfer_places
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.recalled_goods import Caught
from services.receiving_lines import all_lines
from services.shipping_lines import Ground
from services.transfer_places import ground

CARRIED_OFF = (
    "复点少于已入待验的数量，但货物已被召回或质量判定转走；请在现货位盘点"
    " / fewer were counted than wait in quarantine, but a recall or quality has taken them on;"
    " count them where they are now"
)
NOTHING = Differing()


@dataclass(frozen=True)
class Came:
    """One sent line as it was found: how much, and which serials came and which did not."""

    line: Mapping[str, Any]
    arrival: Arrival
    here: Mapping[str, UUID]
    lost: Mapping[str, UUID]

    @property
    def tracked(self) -> bool:
        """Whether each piece is known by its serial."""
        return bool(self.here or self.lost)


async def book(
    ctx: ActionContext,
    transfer: DocumentRef,
    site: Ground,
    came: Sequence[Came],
    order_lines: Mapping[int, UUID],
    reason: str,
) -> None:
    """Book what the count says otherwise than the books; of a first count all that differs."""
    known = await transfer_books.differing(ctx.tx, transfer.id, ctx.run.id)
    gone = await transfer_books.counted_away(
        ctx.tx, [serial for one in came for serial in (*one.here.values(), *one.lost.values())]
    )
    missing, surplus = [], []
    for (batch_id, line_id), lines in _by_key(came, order_lines).items():
        at, now = transfer_places.waiting(site, lines[0].line), known.get((batch_id, line_id), NOTHING)
        less = sum(one.arrival.missing for one in lines) - now.missing
        lost = [serial for one in lines for serial in one.lost.values() if serial not in gone]
        found = [serial for one in lines for serial in one.here.values() if serial in gone]
        if any(one.tracked for one in lines):
            missing += _moves(batch_id, line_id, at, len(lost), reason, lost)
            missing += _moves(batch_id, line_id, at, -len(found), reason, found)
            continue
        missing += _moves(batch_id, line_id, at, less, reason)
        more = sum(one.arrival.surplus for one in lines) - now.surplus
        surplus += _moves(batch_id, line_id, at, -more, reason)
    await _post(ctx, transfer, missing, LOST, reason)
    await _post(ctx, transfer, surplus, SURPLUS, reason)
    await _set_apart(ctx, transfer, site, surplus)


async def return_surplus(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Take off the books what quality sends back; what a recall or quality has stopped stays with them."""
    transfer, site = await ground(ctx, inputs)
    reason = inputs.get("reason") or "多到退回 / the surplus goes back"
    known = await transfer_books.differing(ctx.tx, transfer.id, ctx.run.id)
    stopped = await recalled_goods.stopped(ctx, (batch for batch, _ in known))
    places = {UUID(line["batch_id"]): line for line in await all_lines(ctx, inputs["lines"])}
    moves: list[Move] = []
    for (batch_id, line_id), one in known.items():
        if one.surplus > 0 and batch_id not in stopped and batch_id in places:
            at = transfer_places.waiting(site, places[batch_id])
            moves += _moves(batch_id, line_id, at, one.surplus, reason)
    await _post(ctx, transfer, moves, SURPLUS_BACK, reason)
    returned = sum(move.quantity for move in moves)
    await ctx.tx.audit(
        "return_surplus.transfer",
        "document",
        str(transfer.id),
        run_id=ctx.run.id,
        reason=reason,
        after={"returned": returned},
    )
    return ActionOutcome({"returned": returned})


def _by_key(came: Iterable[Came], order_lines: Mapping[int, UUID]) -> dict[Key, list[Came]]:
    found: dict[Key, list[Came]] = {}
    for one in came:
        key = (UUID(one.line["batch_id"]), order_lines.get(one.line["order_line"]))
        found.setdefault(key, []).append(one)
    return found


def _moves(
    batch_id: UUID,
    line_id: UUID | None,
    at: Position,
    out: int,
    reason: str,
    serials: Sequence[UUID] = (),
) -> list[Move]:
    """So much counted out of the waiting zone; below zero, counted in."""
    if not out:
        return []
    source: Position | PlaceKind = at if out > 0 else PlaceKind.COUNT
    target: Position | PlaceKind = PlaceKind.COUNT if out > 0 else at
    move = Move(batch_id, abs(out), source, target, reason=reason, serial_ids=tuple(serials))
    return [replace(move, document_line_id=line_id)]


async def _post(
    ctx: ActionContext, transfer: DocumentRef, moves: Sequence[Move], ending: str, reason: str
) -> None:
    if not moves:
        return
    posting = Posting(
        kind=PostingKind.COUNT_ADJUSTMENT,
        actor_id=ctx.actor_id,
        moves=moves,
        run_id=ctx.run.id,
        path=f"{ctx.path}/{ending}",
        document_id=transfer.id,
        reason=reason,
    )
    try:
        await ledger.post(ctx.tx, posting)
    except (InsufficientStock, SerialElsewhere) as gone:
        raise ActionRefused("goods_carried_off", CARRIED_OFF) from gone


async def _set_apart(
    ctx: ActionContext, transfer: DocumentRef, site: Ground, surplus: Sequence[Move]
) -> None:
    """What is too much of a batch that a recall or quality has stopped goes to its zone at once."""
    stopped = await recalled_goods.stopped(ctx, (move.batch_id for move in surplus))
    caught = [
        Caught(move.batch_id, move.quantity, move.target, (), stopped[move.batch_id])
        for move in surplus
        if isinstance(move.target, Position) and move.batch_id in stopped
    ]
    await recalled_goods.set_apart(ctx, caught, site.places, document_id=transfer.id)
