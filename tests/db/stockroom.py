"""A small organisation with goods, written by plain SQL as the owner: what the ledger's tests move about."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import ActorRef, Database, Transaction
from domain.batches import PlaceKind, PostingKind, Status
from domain.stock import Move, Position, Posting
from tests.servers import TestDatabase

LOCATIONS = ("waiting", "shelf", "red")


@dataclass
class Stockroom:
    """Two sites (Shanghai, Urumqi) of one legal entity, one supplier, one customer, one material."""

    ids: dict[str, UUID] = field(default_factory=dict)

    def __getattr__(self, name: str) -> UUID:
        return self.ids[name]

    @property
    def actor(self) -> ActorRef:
        return ActorRef(self.keeper, "王建国")

    def at(self, place: str, status: Status, site: str = "east") -> Position:
        return Position(self.ids[site], self.ids[f"{site}_{place}"], status, self.entity)

    def posting(self, kind: PostingKind, *moves: Move, **more: Any) -> Posting:
        return Posting(kind=kind, actor_id=self.keeper, moves=moves, **more)

    def receipt(self, batch: UUID, quantity: int, **more: Any) -> Posting:
        target = self.at("waiting", Status.QUARANTINE)
        return self.posting(
            PostingKind.RECEIPT,
            Move(batch, quantity, PlaceKind.SUPPLIER, target, party_id=self.supplier, **more),
        )

    def accepted(self, batch: UUID, quantity: int, **more: Any) -> Posting:
        source, target = self.at("waiting", Status.QUARANTINE), self.at("shelf", Status.QUALIFIED)
        return self.posting(PostingKind.PUT_AWAY, Move(batch, quantity, source, target, **more))

    def issue(self, batch: UUID, quantity: int, status: Status = Status.QUALIFIED, **more: Any) -> Posting:
        source = self.at("shelf", status)
        return self.posting(
            PostingKind.ISSUE,
            Move(batch, quantity, source, PlaceKind.CUSTOMER, party_id=self.customer, **more),
        )


def _organisation(ids: dict[str, UUID]) -> list[tuple[sa.Table, dict[str, Any]]]:
    both = {"name_zh": "名", "name_en": "Name"}
    rows: list[tuple[sa.Table, dict[str, Any]]] = [
        (t.legal_entity, {"id": ids["entity"], "code": "E1", **both}),
        (t.person, {"id": ids["keeper"], "username": "keeper", "name": "王建国"}),
        (t.person, {"id": ids["checker"], "username": "checker", "name": "李秀英"}),
    ]
    for site, zone in (("east", "Asia/Shanghai"), ("west", "Asia/Urumqi")):
        named = {"code": site, **both, "region": site, "time_zone": zone}
        rows.append((t.site, {"id": ids[site], "legal_entity_id": ids["entity"], **named}))
        for place, kind in zip(LOCATIONS, ("waiting", "storage", "rejected"), strict=True):
            zone_id = new_id()
            common = {"site_id": ids[site], "code": place}
            rows.append((t.zone, {"id": zone_id, **common, **both, "kind": kind, "storage_class": "ambient"}))
            location = {"id": ids[f"{site}_{place}"], **common, "zone_id": zone_id}
            rows.append((t.location, location))
    for party, role in (("supplier", "supplier"), ("customer", "customer"), ("maker", "manufacturer")):
        rows.append((t.party, {"id": ids[party], "code": party, "name": party}))
        rows.append((t.party_role, {"party_id": ids[party], "role": role}))
        licence = {"kind": "business", "number": party, "scope": ["drug"], "valid_until": date(2099, 1, 1)}
        rows.append((t.licence, {"party_id": ids[party], **licence}))
    rows.append((t.material, {"id": ids["material"], "manufacturer_id": ids["maker"], **MATERIAL}))
    return rows


MATERIAL = {
    "code": "M1",
    "name_zh": "阿莫西林胶囊",
    "name_en": "Amoxicillin capsules",
    "generic_name": "阿莫西林",
    "dosage_form": "胶囊剂",
    "specification": "0.25g*24",
    "approval_number": "国药准字H00000001",
    "holder": "持有人",
    "storage_class": "ambient",
    "base_unit": "盒",
}


async def make_stockroom(database: TestDatabase) -> Stockroom:
    names = ["entity", "keeper", "checker", "east", "west", "supplier", "customer", "maker", "material"]
    names += [f"{site}_{place}" for site in ("east", "west") for place in LOCATIONS]
    room = Stockroom({name: new_id() for name in names})
    owner = Database(database.owner_url, pool_size=1)
    async with owner.write() as tx:
        for table, row in _organisation(room.ids):
            await tx.execute(sa.insert(table).values(**row))
        tx.audited_elsewhere("the test's own world")
    await owner.close()
    return room


async def new_batch(
    tx: Transaction, room: Stockroom, number: str, expires_on: date | None = date(2090, 1, 1)
) -> UUID:
    batch_id = new_id()
    row = {"id": batch_id, "material_id": room.material, "manufacturer_id": room.maker, "number": number}
    await tx.execute(sa.insert(t.batch).values(**row, expires_on=expires_on))
    await tx.audit("batch.created", "batch", batch_id)
    return batch_id


async def new_serials(tx: Transaction, room: Stockroom, batch: UUID, numbers: list[str]) -> list[UUID]:
    made = [new_id() for _ in numbers]
    for serial_id, number in zip(made, numbers, strict=True):
        row = {"id": serial_id, "batch_id": batch, "material_id": room.material, "number": number}
        await tx.execute(sa.insert(t.serial).values(**row))
    return made
