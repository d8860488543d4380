"""Goods on the shelves and orders for them: what the tests of sales, reservations and allocation begin with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from db.session import Transaction
from domain.batches import PlaceKind, PostingKind, Status
from domain.documents import SalesOrderIn
from domain.master_data import PartyIn
from domain.stock import Move, Position, Posting
from services import line_sets, parties
from services.action_context import ActionOutcome, RunInAdvance
from services.actions import ACTIONS, UNDOS
from services.documents_entry import enter
from tests import goods
from tests.services.company import Company

FAR = date(2099, 1, 31)


def customer(code: str = "C9", **more: Any) -> dict[str, Any]:
    """A hospital that may buy everything."""
    licence = {**goods.LICENCE, "number": code, "valid_until": "2099-12-31"}
    return {"code": code, "name": f"医院{code}", "roles": ["customer"], "licences": [licence], **more}


def sales_order(number: str = "SO1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An order of 10 M1 by C9 unless lines are given."""
    return {
        "number": number,
        "customer": "C9",
        "site": "SH1",
        "ordered_on": "2026-11-20",
        "lines": list(lines) or [ordered()],
        **more,
    }


def ordered(line: int = 1, quantity: int = 10, material: str = "M1", **more: Any) -> dict[str, Any]:
    return {"line": line, "material": material, "quantity": quantity, "unit": "盒", **more}


async def new_customer(company: Company, code: str = "C9", **more: Any) -> UUID:
    async with company.write() as tx:
        return await parties.create_in(tx, PartyIn.model_validate(customer(code, **more)))


async def shelve(
    company: Company,
    number: str,
    quantity: int,
    expires_on: date | None = FAR,
    *,
    material: str = "M1",
    location: str = "A-01",
    site: str = "SH1",
    status: Status = Status.QUALIFIED,
    serials: Sequence[str] = (),
) -> UUID:
    """So much of a batch on a shelf, by the ledger: received, then put away. Returns the batch."""
    async with company.write() as tx:
        ids = await _ids(tx, material, site, location)
        batch_id = await _batch(tx, ids, number, expires_on)
        at = Position(ids["site"], ids["location"], Status.QUARANTINE, ids["owner"])
        units = [await _serial(tx, batch_id, number) for number in serials]
        receipt = Move(batch_id, quantity, PlaceKind.SUPPLIER, at, party_id=ids["supplier"], serial_ids=units)
        actor = company.admin.person_id
        await ledger.post(tx, Posting(PostingKind.RECEIPT, actor, (receipt,)))
        if status is not Status.QUARANTINE:
            target = Position(at.site_id, at.location_id, status, at.owner_id)
            moved = Move(batch_id, quantity, at, target, serial_ids=units)
            await ledger.post(tx, Posting(PostingKind.STATUS_CHANGE, actor, (moved,)))
    return batch_id


async def _serial(tx: Transaction, batch: UUID, number: str) -> UUID:
    c = t.batch.c
    row = {"batch_id": batch, "material_id": await tx.scalar(sa.select(c.material_id).where(c.id == batch))}
    made = sa.insert(t.serial).values(**row, number=number).returning(t.serial.c.id)
    return UUID(str(await tx.scalar(made)))


async def _ids(tx: Transaction, material: str, site: str, location: str) -> dict[str, UUID]:
    m, s, p = t.material.c, t.site.c, t.party.c
    ids: dict[str, UUID] = {}
    for query in (
        sa.select(m.id.label("material"), m.manufacturer_id.label("maker")).where(m.code == material),
        sa.select(s.id.label("site"), s.legal_entity_id.label("owner")).where(s.code == site),
        sa.select(p.id.label("supplier")).where(p.code == "S1"),
    ):
        ids |= dict(await tx.one(query))
    loc = t.location.c
    at = (loc.site_id == ids["site"], loc.code == location)
    return ids | dict(await tx.one(sa.select(loc.id.label("location")).where(*at)))


async def _batch(tx: Transaction, ids: dict[str, UUID], number: str, expires_on: date | None) -> UUID:
    c = t.batch.c
    known: UUID | None = await tx.scalar(
        sa.select(c.id).where(c.material_id == ids["material"], c.number == number)
    )
    if known is not None:
        return known
    batch_id = new_id()
    row = {"id": batch_id, "material_id": ids["material"], "manufacturer_id": ids["maker"], "number": number}
    await tx.execute(sa.insert(t.batch).values(**row, expires_on=expires_on))
    return batch_id


@dataclass
class Sale:
    """One run for one sales order: each call is one transaction."""

    company: Company
    order_id: UUID
    run: RunInAdvance
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def order(self) -> dict[str, Any]:
        return {"sales_order": {"id": str(self.order_id)}}

    async def act(self, action: str, path: str = "", **inputs: Any) -> dict[str, Any]:
        async with self.company.write() as tx:
            context = self.company.context(tx, self.run, path or f"{action}#1")
            outcome: ActionOutcome = await ACTIONS[action](context, {**self.order, **inputs})
        self.outputs[action] = outcome.outputs
        return outcome.outputs

    async def undo(self, name: str, action: str, **inputs: Any) -> None:
        async with self.company.write() as tx:
            context = self.company.context(tx, self.run, f"{action}#1")
            await UNDOS[name](context, {**self.order, **inputs}, self.outputs[action])

    async def allocate(self, **inputs: Any) -> list[dict[str, Any]]:
        await self.act("outbound.allocate", **inputs)
        return await self.lines("outbound.allocate")

    async def lines(self, action: str, name: str = "lines") -> list[dict[str, Any]]:
        """The lines that an action gave, in order."""
        async with self.company.database.read() as tx:
            found = await line_sets.read_set(tx, self.outputs[action][name]["id"])
        return [dict(line.data) for line in found]

    async def answered(self, *results: dict[str, Any]) -> dict[str, Any]:
        """What a work list makes of the allocated lines and these results, in line order."""
        async with self.company.write() as tx:
            source = await line_sets.read_set(tx, self.outputs["outbound.allocate"]["lines"]["id"])
            lines = [
                line_sets.SetLine(line.line_no, line.key, {**line.data, **result})
                for line, result in zip(source, results, strict=True)
            ]
            made = await line_sets.create_numbered(tx, self.run.id, "pick#1", "results", lines, {})
        return made.model_dump(mode="json")


async def sale(company: Company, body: dict[str, Any] | None = None) -> Sale:
    """A sales order with a run that has not done anything yet."""
    async with company.write() as tx:
        order_id = await enter(tx, SalesOrderIn.model_validate(body or sales_order()), actor=company.admin)
        run = await company.start_run(tx)
    return Sale(company, order_id, run)


async def reserved(company: Company) -> dict[tuple[str, str], tuple[int, int]]:
    """(batch, location) -> quantity and reserved, of qualified positions that are not empty."""
    b = t.balance.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(t.batch.c.number, t.location.c.code, b.quantity, b.reserved)
            .join(t.batch, t.batch.c.id == b.batch_id)
            .join(t.location, t.location.c.id == b.location_id)
            .where(b.quantity > 0, b.status == "qualified")
        )
    return {(row["number"], row["code"]): (row["quantity"], row["reserved"]) for row in rows}
