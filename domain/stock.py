"""Domain: postings to the stock ledger as pure data. Knows batches' rules, no table.

Every move names both sides, so a posting balances by construction. Positions are inside; the other kinds of
place have no position: their quantities are summed per document and partner.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.batches import Movement, MovementNotAllowed, PlaceKind, PostingKind, Status, movement_allowed
from domain.errors import Refusal


@dataclass(frozen=True)
class Position:
    """Where goods of ours are, in which state, and whose they are (legal entity)."""

    site_id: UUID
    location_id: UUID
    status: Status
    owner_id: UUID


Place = Position | PlaceKind


@dataclass(frozen=True)
class Move:
    """`quantity` base units of one batch from a place to another; `party_id` is the supplier or customer."""

    batch_id: UUID
    quantity: int
    source: Place
    target: Place
    party_id: UUID | None = None
    document_line_id: UUID | None = None
    reason: str | None = None
    serial_ids: Sequence[UUID] = ()


@dataclass(frozen=True)
class Posting:
    """Moves that happen together. `path` is the effect key's; one posting per run, path and kind.

    `occurred_at` counts only for `loaded` history; otherwise the database's clock says when.
    """

    kind: PostingKind
    actor_id: UUID
    moves: Sequence[Move] = field(default=())
    run_id: UUID | None = None
    path: str | None = None
    document_id: UUID | None = None
    reason: str | None = None
    reverses_id: UUID | None = None
    occurred_at: datetime | None = None
    loaded: bool = False


class PostingNotWhole(Refusal):
    """A posting without moves, with moves added later, or a reversal that mirrors nothing."""

    code = "posting_not_whole"
    zh = "库存记账不完整：{why}"
    en = "The posting is not whole: {why}"


class InsufficientStock(Refusal):
    """The position holds less than is taken from it."""

    code = "insufficient_stock"
    zh = "库存不足：现有 {available}，需要 {wanted}"
    en = "Not enough stock: {available} there, {wanted} wanted"


class SerialElsewhere(Refusal):
    """The serial is at another place, of another batch, or named twice."""

    code = "serial_elsewhere"
    zh = "序列号 {serial} 不在该位置"
    en = "Serial {serial} is not at this place"


class SerialsIncomplete(Refusal):
    """A move names all of its serials or none."""

    code = "serials_incomplete"
    zh = "序列号数量 {named} 与移动数量 {quantity} 不一致"
    en = "{named} serials are named for a quantity of {quantity}"


def _end(place: Place) -> tuple[PlaceKind, Status | None]:
    return (PlaceKind.INTERNAL, place.status) if isinstance(place, Position) else (place, None)


def movement_of(kind: PostingKind, move: Move) -> Movement:
    """The row of the status x movement table that this move needs."""
    return Movement(kind, *_end(move.source), *_end(move.target))


def check(posting: Posting) -> None:
    """Refuse early what the database would refuse anyway, except what only it can know."""
    if not posting.moves:
        raise PostingNotWhole(why="no moves")
    for move in posting.moves:
        if move.quantity <= 0:
            raise PostingNotWhole(why=f"quantity {move.quantity}")
        if move.serial_ids and len(move.serial_ids) != move.quantity:
            raise SerialsIncomplete(named=len(move.serial_ids), quantity=move.quantity)
        movement = movement_of(posting.kind, move)
        if not movement_allowed(movement) or not _stays_home(move):
            raise MovementNotAllowed(
                kind=posting.kind.value,
                **{
                    "from": (movement.from_status or movement.from_kind).value,
                    "to": (movement.to_status or movement.to_kind).value,
                },
            )


def _stays_home(move: Move) -> bool:
    """Between two positions goods keep their owner and their site; sites are changed through transit."""
    if isinstance(move.source, Position) and isinstance(move.target, Position):
        return (move.source.site_id, move.source.owner_id) == (move.target.site_id, move.target.owner_id)
    return True
