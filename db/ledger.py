"""Db: the write side of the stock ledger. Guards in the database decide what may move.

A posting and all of its moves are inserted together, in the order of the positions that they touch. The
caller audits; the database stamps, checks and derives the balances.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import Transaction
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import NotFound
from domain.stock import Move, Place, Position, Posting, check

_SERIALS_AT_ONCE = 5000


async def post(tx: Transaction, posting: Posting) -> UUID:
    """Post to the ledger; returns the posting's id.

    Refused with MovementNotAllowed, InsufficientStock, BatchNotIssuable, SerialElsewhere ...: nothing is
    posted then, and the transaction can only be rolled back (to a savepoint, where there is one).
    """
    (posting_id,) = await post_all(tx, [posting])
    return posting_id


async def post_all(tx: Transaction, postings: Sequence[Posting]) -> list[UUID]:
    """Post several at once, all or none, in as many statements as one takes; their ids in order."""
    for posting in postings:
        check(posting)
    ids = [new_id() for _ in postings]
    heads = [_head(posting_id, posting) for posting_id, posting in zip(ids, postings, strict=True)]
    await tx.execute(sa.insert(t.posting), heads)
    moves = [
        (new_id(), posting_id, line, move)
        for posting_id, posting in zip(ids, postings, strict=True)
        for line, move in enumerate(sorted(posting.moves, key=_key), start=1)
    ]
    await tx.execute(
        _insert(t.move, [_row(posting_id, line, id_, move) for id_, posting_id, line, move in moves])
    )
    serials = [
        {"move_id": move_id, "serial_id": serial_id}
        for move_id, _, _, move in moves
        for serial_id in sorted(move.serial_ids)
    ]
    for start in range(0, len(serials), _SERIALS_AT_ONCE):
        await tx.execute(_insert(t.move_serial, serials[start : start + _SERIALS_AT_ONCE]))
    return ids


def _head(posting_id: UUID, posting: Posting) -> dict[str, Any]:
    return {
        "id": posting_id,
        "kind": posting.kind.value,
        "document_id": posting.document_id,
        "run_id": posting.run_id,
        "path": posting.path,
        "actor_id": posting.actor_id,
        "reason": posting.reason,
        "reverses_id": posting.reverses_id,
        "loaded": posting.loaded,
        **({"occurred_at": posting.occurred_at} if posting.occurred_at else {}),
    }


async def reverse(
    tx: Transaction,
    posting_id: UUID,
    *,
    actor_id: UUID,
    run_id: UUID | None = None,
    path: str | None = None,
    reason: str | None = None,
) -> UUID:
    """Take a posting back by a new one that mirrors it, move by move and serial by serial.

    Refused when the goods are no longer where it put them; a second reversal violates uq_posting_reverses_id.
    """
    rows = await tx.rows(
        sa.select(t.move).where(t.move.c.posting_id == posting_id).order_by(t.move.c.line_no)
    )
    if not rows:
        raise NotFound(what=f"库存记账 / posting {posting_id}")
    serials = await _serials(tx, [row["id"] for row in rows])
    document_id = await tx.scalar(sa.select(t.posting.c.document_id).where(t.posting.c.id == posting_id))
    moves = [
        Move(
            batch_id=row["batch_id"],
            quantity=row["quantity"],
            source=_place(row, "to"),
            target=_place(row, "from"),
            party_id=row["party_id"],
            document_line_id=row["document_line_id"],
            reason=reason,
            serial_ids=serials.get(row["id"], ()),
        )
        for row in rows
    ]
    mirror = Posting(
        kind=PostingKind.REVERSAL,
        actor_id=actor_id,
        moves=moves,
        run_id=run_id,
        path=path,
        document_id=document_id,
        reason=reason,
        reverses_id=posting_id,
    )
    return await post(tx, mirror)


def _insert(table: sa.Table, rows: Sequence[dict[str, Any]]) -> sa.Executable:
    """One INSERT for all rows, as arrays: its length is the same for one move and for ten thousand."""
    names = list(rows[0])
    arrays = [
        sa.bindparam(None, [row[name] for row in rows], sa.ARRAY(table.c[name].type), unique=True)
        for name in names
    ]
    given = sa.func.unnest(*arrays).table_valued(*names).render_derived(name="given")
    return sa.insert(table).from_select(names, sa.select(*(given.c[name] for name in names)))


def _key(move: Move) -> tuple[Any, ...]:
    return (*_order(move.source), *_order(move.target), str(move.batch_id))


def _order(place: Place) -> tuple[str, ...]:
    if isinstance(place, Position):
        return (str(place.site_id), str(place.location_id), place.status.value, str(place.owner_id))
    return ("", "", place.value, "")


def _row(posting_id: UUID, line_no: int, move_id: UUID, move: Move) -> dict[str, Any]:
    return {
        "id": move_id,
        "posting_id": posting_id,
        "line_no": line_no,
        "batch_id": move.batch_id,
        "quantity": move.quantity,
        **_side("from", move.source),
        **_side("to", move.target),
        "party_id": move.party_id,
        "document_line_id": move.document_line_id,
        "reason": move.reason,
    }


def _side(name: str, place: Place) -> dict[str, Any]:
    inside = place if isinstance(place, Position) else None
    return {
        f"{name}_kind": PlaceKind.INTERNAL.value if inside else place.value,  # type: ignore[union-attr]
        f"{name}_site_id": inside and inside.site_id,
        f"{name}_location_id": inside and inside.location_id,
        f"{name}_status": inside and inside.status.value,
        f"{name}_owner_id": inside and inside.owner_id,
    }


def _place(row: Any, name: str) -> Place:
    kind = PlaceKind(row[f"{name}_kind"])
    if kind is not PlaceKind.INTERNAL:
        return kind
    return Position(
        row[f"{name}_site_id"],
        row[f"{name}_location_id"],
        Status(row[f"{name}_status"]),
        row[f"{name}_owner_id"],
    )


async def _serials(tx: Transaction, move_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    c = t.move_serial.c
    rows = await tx.rows(
        sa.select(c.move_id, c.serial_id).where(c.move_id.in_(move_ids)).order_by(c.serial_id)
    )
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row["move_id"], []).append(row["serial_id"])
    return found
