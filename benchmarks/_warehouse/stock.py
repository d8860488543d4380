"""Goods for the measurements: batches and positions of the demo company, and moves of them in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from db.session import ActorRef, Database, Transaction
from domain.batches import PlaceKind, PostingKind, Status
from domain.master_data import PartyIn
from domain.stock import Move, Position, Posting
from services import parties

AT_ONCE = 2_000
LINES = 10
CONSIGNEES = 20


@dataclass(frozen=True)
class Ground:
    """A site with a storage location, somebody who acts, partners, and a material to move."""

    actor: ActorRef
    waiting: Position
    shelf: Position
    supplier: UUID
    customers: tuple[UUID, ...]
    material: UUID
    manufacturer: UUID

    @property
    def actor_id(self) -> UUID:
        """Who acts."""
        return self.actor.person_id


async def ground(database: Database) -> Ground:
    """The demo company's first site and its partners."""
    async with database.read() as tx:
        zone, place, site = t.zone.c, t.location.c, t.site.c
        rows = await tx.rows(
            sa.select(zone.kind, place.id, place.site_id, site.legal_entity_id)
            .join_from(t.location, t.zone, zone.id == place.zone_id)
            .join(t.site, site.id == place.site_id)
            .where(zone.kind.in_(("waiting", "storage")), zone.storage_class == "ambient")
            .where(~zone.special_control)
            .order_by(site.code, place.code)
        )
        at = {row["kind"]: row for row in reversed(rows)}
        person = (await tx.rows(sa.select(t.person.c.id, t.person.c.name).limit(1)))[0]
        role = t.party_role.c
        found = await tx.rows(sa.select(role.party_id).where(role.role == "supplier").limit(1))
        material = (
            await tx.rows(
                sa.select(t.material.c.id, t.material.c.manufacturer_id)
                .where(t.material.c.storage_class == "ambient", ~t.material.c.special_control)
                .limit(1)
            )
        )[0]
    customers = await _customers(database, ActorRef(person["id"], person["name"]))

    def position(kind: str, status: Status) -> Position:
        return Position(at[kind]["site_id"], at[kind]["id"], status, at[kind]["legal_entity_id"])

    return Ground(
        actor=ActorRef(person["id"], person["name"]),
        waiting=position("waiting", Status.QUARANTINE),
        shelf=position("storage", Status.QUALIFIED),
        supplier=found[0]["party_id"],
        customers=customers,
        material=material["id"],
        manufacturer=material["manufacturer_id"],
    )


async def _customers(database: Database, actor: ActorRef) -> tuple[UUID, ...]:
    """Twenty hospitals that may buy everything."""
    licence = {
        "kind": "gsp",
        "number": "BENCH",
        "scope": ["drug", "device", "cold_chain", "special_control"],
        "valid_until": "2099-12-31",
    }
    async with database.write(actor) as tx:
        made = [
            await parties.create_in(
                tx,
                PartyIn.model_validate(
                    {"code": f"BENCH{n}", "name": f"医院 {n}", "roles": ["customer"], "licences": [licence]}
                ),
            )
            for n in range(CONSIGNEES)
        ]
        tx.audited_elsewhere("a benchmark arranges its world")
    return tuple(made)


async def new_batches(tx: Transaction, where: Ground, count: int) -> list[UUID]:
    """Batches of the material that nobody has moved yet."""
    ids = [new_id() for _ in range(count)]
    rows = [
        {
            "id": batch_id,
            "material_id": where.material,
            "manufacturer_id": where.manufacturer,
            "number": f"BENCH-{batch_id.hex[-12:]}",
            "expires_on": date(2090, 1, 1),
        }
        for batch_id in ids
    ]
    await tx.execute(sa.insert(t.batch), rows)
    return ids


def received(where: Ground, batch_id: UUID, quantity: int) -> Move:
    """Goods that arrive."""
    return Move(batch_id, quantity, PlaceKind.SUPPLIER, where.waiting, party_id=where.supplier)


async def post(
    database: Database, where: Ground, kind: PostingKind, moves: list[Move], party_id: UUID | None = None
) -> None:
    """Posts moves as a warehouse does, ten to a posting, each posting with a document of its own."""
    for start in range(0, len(moves), AT_ONCE):
        some = moves[start : start + AT_ONCE]
        parts = [some[at : at + LINES] for at in range(0, len(some), LINES)]
        async with database.write(where.actor) as tx:
            tx.audited_elsewhere("a benchmark arranges its world")
            papers = [_document(where, party_id) for _ in parts]
            await tx.execute(sa.insert(t.document), papers)
            postings = [
                Posting(kind, where.actor_id, part, document_id=paper["id"])
                for part, paper in zip(parts, papers, strict=True)
            ]
            await ledger.post_all(tx, postings)


def _document(where: Ground, party_id: UUID | None) -> dict[str, Any]:
    made = new_id()
    return {
        "id": made,
        "kind": "shipment",
        "number": f"BENCH-{made.hex}",
        "party_id": party_id,
        "site_id": where.shelf.site_id,
        "legal_entity_id": where.shelf.owner_id,
        "state": "closed",
        "created_by": where.actor_id,
    }
