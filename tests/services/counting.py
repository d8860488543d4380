"""A stocktake played through the services: stock, a run of the shipped procedure, counts, moves meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from db import ledger
from db import tables as t
from domain.batches import PlaceKind, PostingKind, Status
from domain.scanned_lines import REQUIRED, rests_on_scan
from domain.stock import Move, Posting
from domain.stock import Position as At
from services import additions, runs, tasks, worklists
from services.signatures import SignatureGiven
from services.submissions import CommandAnswer, Pending
from tests.stand_in_engine import StandInEngine
from tests.ui.house import put_in_force
from tests.world import PASSWORD, World

KEY = "stocktaking"
STAFF = ("li", "qian", "wang", "zhao", "sun", "feng", "zhou", "wu")
SIGNED = SignatureGiven(PASSWORD)
OUTCOME = {"count": "done", "second_count": "done", "review": "done", "approval": "approved"}


@dataclass
class Counting:
    """The company, and one stocktake in it."""

    world: World
    engine: StandInEngine
    run: UUID | None = None

    async def prepare(self) -> None:
        """The procedure in force and the staff trained."""
        await put_in_force(self.world, KEY, STAFF)

    async def values(self, **of: str) -> None:
        """What a unit of each material is worth."""
        async with self.world.write() as tx:
            for code, value in of.items():
                c = t.material.c
                await tx.execute(sa.update(t.material).where(c.code == code).values(unit_value=value))

    async def batch(self, material: str, number: str) -> UUID:
        """A registered batch; made when it is not there yet."""
        b, m, p = t.batch.c, t.material.c, t.party.c
        async with self.world.write() as tx:
            material_id = await tx.scalar(sa.select(m.id).where(m.code == material))
            found: UUID | None = await tx.scalar(
                sa.select(b.id).where(b.material_id == material_id, b.number == number)
            )
            if found is None:
                maker = await tx.scalar(sa.select(p.id).where(p.code == "MF1"))
                values = {"material_id": material_id, "manufacturer_id": maker, "number": number}
                found = await tx.scalar(
                    sa.insert(t.batch).values(**values, expires_on="2099-12-31").returning(b.id)
                )
        assert found is not None
        return found

    async def place(self, location: str, status: str = "qualified") -> At:
        """A position at the first site."""
        site = self.world.sites["SH1"]
        c = t.location.c
        place = await self.world.scalar(sa.select(c.id).where(c.site_id == site, c.code == location))
        owner = await self.world.scalar(sa.select(t.site.c.legal_entity_id).where(t.site.c.id == site))
        return At(site, place, Status(status), owner)

    async def post(self, kind: str, batch: UUID, quantity: int, source: Any, target: Any) -> UUID:
        """A posting of one move by the administrator."""
        party = None
        if PlaceKind.SUPPLIER in (source, target):
            party = await self.world.scalar(sa.select(t.party.c.id).where(t.party.c.code == "S1"))
        move = Move(batch, quantity, source, target, party_id=party)
        async with self.world.write() as tx:
            return await ledger.post(tx, Posting(PostingKind(kind), self.world.people["admin"], [move]))

    async def stock(self, location: str, material: str, number: str, quantity: int) -> UUID:
        """Goods received and put away; the batch."""
        batch, waiting = await self.batch(material, number), await self.place("W-01", "quarantine")
        await self.post("receipt", batch, quantity, PlaceKind.SUPPLIER, waiting)
        await self.post("put_away", batch, quantity, waiting, await self.place(location))
        return batch

    async def pieces(self, location: str, material: str, number: str, serials: list[str]) -> UUID:
        """Goods with serial numbers, received and put away; the batch."""
        batch, waiting = await self.batch(material, number), await self.place("W-01", "quarantine")
        async with self.world.write() as tx:
            material_id = await tx.scalar(sa.select(t.batch.c.material_id).where(t.batch.c.id == batch))
            supplier = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "S1"))
            ids = []
            for serial in serials:
                row = {"batch_id": batch, "material_id": material_id, "number": serial}
                ids.append(await tx.scalar(sa.insert(t.serial).values(row).returning(t.serial.c.id)))
            admin, green = self.world.people["admin"], await self.place(location)
            came = Move(batch, len(ids), PlaceKind.SUPPLIER, waiting, party_id=supplier, serial_ids=ids)
            await ledger.post(tx, Posting(PostingKind.RECEIPT, admin, [came]))
            stored = Move(batch, len(ids), waiting, green, serial_ids=ids)
            await ledger.post(tx, Posting(PostingKind.PUT_AWAY, admin, [stored]))
        return batch

    async def scan(self, step: str, who: str, code: str, line: int | None = None) -> Any:
        """One scan at a step."""
        task = await self.task(step)
        return await worklists.scan(
            self.world.platform,
            task["id"],
            scan_id=uuid4(),
            code=code,
            epoch=task["epoch"],
            line=line,
            actor=await self.world.actor(who),
        )

    async def carry(self, batch: UUID, quantity: int, source: str, target: str) -> None:
        """Goods carried from one green place to another."""
        await self.post("put_away", batch, quantity, await self.place(source), await self.place(target))

    async def start(self, kind: str = "full", **inputs: Any) -> UUID:
        """A run of the procedure."""
        made = await runs.start(
            self.world.platform,
            KEY,
            {"site": "SH1", "kind": kind, **inputs},
            actor=await self.world.actor("admin"),
        )
        self.run = made.row.id
        return made.row.id

    async def state(self) -> tuple[str, str | None]:
        """The run's state and outcome."""
        c = t.run.c
        [row] = await self.world.rows(sa.select(c.state, c.outcome).where(c.id == self.run))
        return row["state"], row["outcome"]

    async def task(self, step: str) -> Mapping[str, Any]:
        """The newest task of a step."""
        k = t.task.c
        rows = await self.world.rows(
            sa.select(t.task)
            .where(k.run_id == self.run, k.step_id == step)
            .order_by(k.opened_at.desc(), k.id.desc())
        )
        assert rows, f"no task {step}"
        return rows[0]

    async def claim(self, step: str, who: str) -> Mapping[str, Any]:
        """The step's task, claimed."""
        task = await self.task(step)
        await tasks.claim(self.world.platform, task["id"], actor=await self.world.actor(who))
        return task

    async def lines(self, step: str) -> list[Mapping[str, Any]]:
        """The lines of a step's list, as they are kept."""
        task, c = await self.task(step), t.line.c
        rows = await self.world.rows(
            sa.select(c.line_no, c.data).where(c.line_set_id == task["line_set_id"]).order_by(c.line_no)
        )
        return [{**row["data"], "line": row["line_no"]} for row in rows]

    async def answer(
        self, step: str, who: str, line: int, data: Mapping[str, Any], outcome: str = "done"
    ) -> None:
        """The result of one line; where it rests on a scan, its batch number is scanned unless something was.

        All of it was counted, if nothing else is said.
        """
        task = await self.task(step)
        work = task["content"]["lines"]
        counted = (work.get("counted") or {}).get("quantity")
        there = work["scan"] == REQUIRED and ((counted and data.get(counted)) or outcome == "partly")
        if rests_on_scan(work, outcome) or there:
            scanned = await self._scan_once(task, who, line)
            if counted and outcome == work["counted"]["outcome"] and work["scan"] == REQUIRED:
                data = {counted: scanned["quantity"], **data}
        await worklists.line_result(
            self.world.platform,
            task["id"],
            line,
            result_id=uuid4(),
            outcome=outcome,
            data=data,
            epoch=task["epoch"],
            actor=await self.world.actor(who),
        )

    async def scan_all(self, step: str, who: str) -> None:
        """Claims a list and scans each of its lines once, before something else happens."""
        task = await self.claim(step, who)
        for line in await self.lines(step):
            await self._scan_once(task, who, line["line"])

    async def _scan_once(self, task: Mapping[str, Any], who: str, line: int) -> Mapping[str, Any]:
        """The line, of which something was scanned now."""
        found = await self.world.rows(
            sa.select(
                t.line.c.data,
                sa.exists().where(t.scan.c.task_id == task["id"], t.scan.c.line_no == line).label("scanned"),
            ).where(t.line.c.line_set_id == task["line_set_id"], t.line.c.line_no == line)
        )
        data: Mapping[str, Any] = found[0]["data"]
        if not found[0]["scanned"]:
            await worklists.scan(
                self.world.platform,
                task["id"],
                scan_id=uuid4(),
                code=data["batch_number"],
                line=line,
                epoch=task["epoch"],
                actor=await self.world.actor(who),
            )
        return data

    async def add(self, who: str, location: str, goods: str, quantity: int, **more: Any) -> Any:
        """A line for what is not on the sheet of the first count."""
        task = await self.task("count")
        return await additions.add(
            self.world.platform,
            task["id"],
            added_id=more.get("added_id") or uuid4(),
            location=location,
            goods=goods,
            data={"counted_quantity": quantity},
            epoch=task["epoch"],
            actor=await self.world.actor(who),
        )

    async def finish(self, step: str, who: str, **more: Any) -> CommandAnswer | Pending:
        """Completes a claimed task, signed."""
        task = await self.task(step)
        return await tasks.complete(
            self.world.platform,
            task["id"],
            outcome=more.pop("outcome", "") or OUTCOME[step],
            data=more.pop("data", {}),
            epoch=task["epoch"],
            actor=await self.world.actor(who),
            signature=SIGNED,
            **more,
        )

    async def sign(self, step: str, who: str) -> None:
        """The second signature."""
        task = await self.task(step)
        await tasks.sign(
            self.world.platform,
            task["id"],
            epoch=task["epoch"],
            signature=SIGNED,
            actor=await self.world.actor(who),
        )

    async def count(self, step: str, who: str, *quantities: int) -> None:
        """A whole count: the quantities of the lines in order."""
        await self.claim(step, who)
        lines = await self.lines(step)
        for line, quantity in zip(lines, quantities, strict=True):
            await self.answer(step, who, line["line"], {"counted_quantity": quantity})
        await self.finish(step, who)

    async def review(self, who: str = "wu", cause: str = "damaged", **data: Any) -> None:
        """Every difference adjusted for one cause."""
        await self.claim("review", who)
        for line in await self.lines("review"):
            await self.answer("review", who, line["line"], {"cause": cause, **data}, "adjust")
        await self.finish("review", who)

    async def balances(self) -> dict[tuple[str, str, str], int]:
        """(batch number, location, status) -> quantity, empty positions left out."""
        b = t.balance.c
        rows = await self.world.rows(
            sa.select(t.batch.c.number, t.location.c.code, b.status, b.quantity)
            .join(t.batch, t.batch.c.id == b.batch_id)
            .join(t.location, t.location.c.id == b.location_id)
            .where(b.quantity > 0)
        )
        return {(row["number"], row["code"], row["status"]): row["quantity"] for row in rows}

    async def document(self) -> Mapping[str, Any]:
        """The run's stocktake."""
        d = t.document.c
        [row] = await self.world.rows(
            sa.select(t.document).where(d.run_id == self.run, d.kind == "stocktake")
        )
        return row

    async def record(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """(location, batch) -> the record's line."""
        document, c = await self.document(), t.document_line.c
        rows = await self.world.rows(sa.select(t.document_line).where(c.document_id == document["id"]))
        return {(row["data"]["location"], row["batch_number"]): row for row in rows}
