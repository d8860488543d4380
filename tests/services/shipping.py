"""An outbound order played through the services: stock, a sales order, a run of the shipped procedure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from db import ledger
from db import tables as t
from domain.batches import PlaceKind, PostingKind
from domain.documents import SalesOrderIn
from domain.stock import Move, Posting
from services import documents, holds, run_commands, runs, worklists
from services.scanning import ScanAnswer
from tests.goods import GTINS
from tests.services.counting import SIGNED, Counting
from tests.ui.house import put_in_force

KEY = "outbound_review"
STAFF = ("feng", "he", "kong", "lv", "sun", "wu", "zhou", "cao")
GS = "\x1d"


def gs1(material: str, batch: str, serial: str = "", count: int = 0) -> str:
    """GS1 DataMatrix of a pack."""
    more = f"{GS}21{serial}" if serial else f"{GS}30{count}" if count else ""
    return f"]d201{GTINS[material].zfill(14)}10{batch}{more}"


class Outbound(Counting):
    """The company, and one outbound order in it."""

    order_id: UUID | None = None

    async def prepare(self) -> None:
        """The procedure in force and the staff trained."""
        await put_in_force(self.world, KEY, STAFF)

    async def serials(self, location: str, material: str, number: str, *names: str) -> UUID:
        """Goods with serials, received and put away; the batch."""
        batch, waiting = await self.batch(material, number), await self.place("W-01", "quarantine")
        shelf = await self.place(location)
        party = await self.world.scalar(sa.select(t.party.c.id).where(t.party.c.code == "S1"))
        async with self.world.write() as tx:
            material_id = await tx.scalar(sa.select(t.batch.c.material_id).where(t.batch.c.id == batch))
            ids = []
            for name in names:
                row = {"batch_id": batch, "material_id": material_id, "number": name}
                ids.append(await tx.scalar(sa.insert(t.serial).values(**row).returning(t.serial.c.id)))
            for kind, source, target in (
                (PostingKind.RECEIPT, PlaceKind.SUPPLIER, waiting),
                (PostingKind.PUT_AWAY, waiting, shelf),
            ):
                move = Move(
                    batch,
                    len(ids),
                    source,
                    target,
                    party if source is PlaceKind.SUPPLIER else None,
                    serial_ids=ids,
                )
                await ledger.post(tx, Posting(kind, self.world.people["admin"], [move]))
        return batch

    async def order(self, *lines: tuple[str, int], number: str = "SO-1", customer: str = "C2") -> UUID:
        """A sales order of so many packs of each material."""
        body = {
            "number": number,
            "customer": customer,
            "site": "SH1",
            "ordered_on": "2026-11-20",
            "deliver_to": "苏州市人民路一号药库",
            "lines": [
                {"line": at, "material": material, "quantity": quantity, "unit": "盒"}
                for at, (material, quantity) in enumerate(lines, 1)
            ],
        }
        admin = await self.world.actor("admin")
        found = await documents.post(self.world.platform, SalesOrderIn.model_validate(body), actor=admin)
        return found.document.id

    async def begin(self, *lines: tuple[str, int], number: str = "SO-1", customer: str = "C2") -> UUID:
        """A sales order and the run that ships it."""
        self.order_id = await self.order(*lines, number=number, customer=customer)
        made = await runs.start(
            self.world.platform,
            KEY,
            {"sales_order": str(self.order_id)},
            actor=await self.world.actor("cao"),
        )
        self.run = made.row.id
        return made.row.id

    async def scan(self, step: str, who: str, code: str, line: int | None = None, **more: Any) -> ScanAnswer:
        """One scan at the newest task of a step."""
        task = await self.task(step)
        given: dict[str, Any] = {"scan_id": uuid4(), "epoch": task["epoch"], "line": line, **more}
        return await worklists.scan(
            self.world.platform, task["id"], code=code, actor=await self.world.actor(who), **given
        )

    async def take_back(self, step: str, who: str, scan_id: UUID) -> None:
        """One scan at the newest task of a step undone."""
        task = await self.task(step)
        given: dict[str, Any] = {"undo_id": uuid4(), "epoch": task["epoch"]}
        await worklists.undo_scan(
            self.world.platform, task["id"], scan_id, actor=await self.world.actor(who), **given
        )

    async def listed(
        self, step: str, who: str, outcome: str, data: Sequence[Mapping[str, Any]] = ({},), **more: Any
    ) -> None:
        """A whole list: claimed, answered line by line (the last answer for the rest), signed."""
        await self.claim(step, who)
        for at, line in enumerate(await self.lines(step)):
            given = dict(data[min(at, len(data) - 1)])
            await self.answer(step, who, line["line"], given, given.pop("outcome", outcome))
        await self.finish(step, who, outcome="done", **more)

    async def filled(self, step: str, who: str, outcome: str, **data: Any) -> None:
        """A form: claimed, filled in, signed."""
        reason = data.pop("reason", None)
        await self.claim(step, who)
        more = {"reason": reason} if reason else {}
        await self.finish(step, who, outcome=outcome, data=data, **more)

    async def pick(self, who: str = "he", *data: Mapping[str, Any]) -> None:
        await self.listed("pick", who, "picked", data or ({},))

    async def review(self, who: str = "feng", *data: Any, **_more: Any) -> None:
        await self.listed("review", who, "passed", data or ({},))

    async def pack(self, *data: Mapping[str, Any]) -> None:
        await self.listed("pack", "kong", "done", data or ({"package": 1},))

    async def load(self, **data: Any) -> None:
        given = {"carrier": "迅达", "vehicle": "沪A12345", "driver": "张师傅", "transport_mode": "ambient"}
        await self.filled("loading", "kong", "done", **{**given, **data})

    async def hand_over(self, packages: int = 1) -> None:
        await self.filled("hand_over", "kong", "done", packages=packages, received_by="张师傅")

    async def shipment(self) -> Mapping[str, Any]:
        """The run's newest shipment."""
        d = t.document.c
        rows = await self.world.rows(
            sa.select(t.document).where(d.run_id == self.run, d.kind == "shipment").order_by(d.id.desc())
        )
        return rows[0]

    async def shipment_lines(self) -> list[Mapping[str, Any]]:
        c = t.document_line.c
        shipment = await self.shipment()
        return await self.world.rows(
            sa.select(t.document_line).where(c.document_id == shipment["id"]).order_by(c.line_no)
        )

    async def order_state(self) -> tuple[str, list[int]]:
        """The sales order's state and what of each line has left."""
        c = t.document_line.c
        state = await self.world.scalar(sa.select(t.document.c.state).where(t.document.c.id == self.order_id))
        rows = await self.world.rows(
            sa.select(c.data).where(c.document_id == self.order_id).order_by(c.line_no)
        )
        return state, [row["data"].get("shipped", 0) for row in rows]

    async def reserved(self) -> int:
        """What is reserved for anybody."""
        found = await self.world.scalar(sa.select(sa.func.coalesce(sa.func.sum(t.balance.c.reserved), 0)))
        return int(found)

    async def hold(self, batch: UUID) -> UUID:
        """Quality stops a batch."""
        async with self.world.write() as tx:
            made: UUID = await tx.scalar(
                sa.insert(t.hold)
                .values(batch_id=batch, kind="quality", reason="待查", opened_by=self.world.people["zhou"])
                .returning(t.hold.c.id)
            )
        return made

    async def release(self, hold: UUID) -> None:
        """Quality releases a hold."""
        await holds.release(self.world.platform, hold, reason="解除", actor=await self.world.actor("admin"))

    async def send_back(self, step: str, who: str, to: str, reason: str) -> None:
        """A task sent back to an earlier step."""
        task = await self.task(step)
        await run_commands.command(
            self.world.platform,
            task["run_id"],
            "send_back",
            to=to,
            reason=reason,
            task_path=task["path"],
            actor=await self.world.actor(who),
        )

    async def cancel(self, reason: str) -> None:
        """The run is cancelled."""
        assert self.run is not None
        await run_commands.command(
            self.world.platform,
            self.run,
            "cancel",
            reason=reason,
            actor=await self.world.actor("zhou"),
            signature=SIGNED,
        )
