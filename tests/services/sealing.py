"""A recall that comes while another procedure works on the goods: sealed, and carried away or not yet."""

from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries.positions import held, serials_at
from db.session import Transaction
from domain.batches import PostingKind, Status
from domain.stock import Move, Position, Posting
from services import reservations

ZONE = "Z-01"


async def recall_zone(tx: Transaction, site_id: UUID) -> None:
    """The site gets a zone for recalled goods."""
    names = {"code": "Z", "name_zh": "召回区", "name_en": "recalled"}
    zone = await tx.scalar(
        sa.insert(t.zone)
        .values(site_id=site_id, kind="recalled", storage_class="ambient", **names)
        .returning(t.zone.c.id)
    )
    await tx.execute(sa.insert(t.location).values(site_id=site_id, zone_id=zone, code=ZONE))


async def recall(tx: Transaction, batch_id: UUID, actor_id: UUID, *, carried: bool) -> None:
    """The batch is sealed and nothing of it promised; `carried`: all of it stands in the recall zone."""
    hold = {"batch_id": batch_id, "kind": "recall", "reason": "召回", "opened_by": actor_id}
    await tx.execute(sa.insert(t.hold).values(**hold))
    await reservations.release_batches(tx, [batch_id], by=reservations.Taker(actor_id), reason="召回")
    if not carried:
        return
    moves = []
    found = await held(tx, batch_ids=[batch_id])
    serials = await serials_at(tx, found)
    for one in found:
        zone = await tx.scalar(
            sa.select(t.location.c.id).where(t.location.c.site_id == one.site_id, t.location.c.code == ZONE)
        )
        target = Position(one.site_id, zone, Status.RECALLED, one.owner_id)
        known = serials.get((batch_id, one.position), ())
        moves.append(Move(batch_id, one.quantity, one.position, target, serial_ids=known))
    await ledger.post(tx, Posting(PostingKind.STATUS_CHANGE, actor_id, moves))
