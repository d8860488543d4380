"""Versions of a procedure by plain SQL: made, changed, signed - what the guards of change control are tried with."""

from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import Database
from tests.db.stockroom import Stockroom
from tests.world import sign_version

SHA256 = "0" * 64


async def make_version(app: Database, room: Stockroom) -> UUID:
    version, sop = new_id(), new_id()
    async with app.write(room.actor) as tx:
        words = {
            "title_zh": "收货",
            "title_en": "Receiving",
            "owner_department": "quality",
            "owner_post": "qa",
        }
        await tx.execute(sa.insert(t.sop).values(id=sop, key=f"s{sop.hex[-8:]}", **words))
        row = {
            "id": version,
            "sop_id": sop,
            "definition": {"a": 1},
            "source": "a: 1",
            "author_id": room.keeper,
        }
        await tx.execute(sa.insert(t.sop_version).values(**row))
        await tx.audit("sop.drafted", "sop_version", version)
    return version


async def change(app: Database, room: Stockroom, version: UUID, /, **values: object) -> None:
    async with app.write(room.actor) as tx:
        await tx.execute(sa.update(t.sop_version).where(t.sop_version.c.id == version).values(**values))
        await tx.audit("sop.changed", "sop_version", version)


async def sign(
    app: Database, room: Stockroom, version: UUID, by: UUID, kind: str = "approve", /, **values: object
) -> None:
    """A transition as the services make it: the signature over the bundle, its row, the version - at once."""
    async with app.write(room.actor) as tx:
        await sign_version(tx, version, kind, by, SHA256)
        await tx.execute(sa.update(t.sop_version).where(t.sop_version.c.id == version).values(**values))
        await tx.audit(f"sop.{kind}", "sop_version", version)
