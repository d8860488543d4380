"""A delivery driven through the receiving actions by hand, as an advance would do it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from contracts.payload import LineSetRef
from db import tables as t
from services import line_sets
from services.action_context import RunInAdvance
from services.actions import ACTIONS, UNDOS
from services.line_sets import SetLine
from tests.services.company import Company, advice, advised, order

Result = Mapping[str, Any]


@dataclass
class Delivery:
    """One run of receiving: each call is one transaction."""

    company: Company
    order_id: UUID
    advice_id: UUID
    run: RunInAdvance
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    chunks: int = 0

    async def act(self, action: str, inputs: dict[str, Any], path: str, *, chunk: int = 0) -> dict[str, Any]:
        """Perform an action to its end, chunk by chunk."""
        cursor: int | None = None
        while True:
            async with self.company.write() as tx:
                context = self.company.context(tx, self.run, path, cursor=cursor, chunk=chunk)
                outcome = await ACTIONS[action](context, inputs)
            self.outputs[action] = outcome.outputs
            self.chunks = chunk + 1
            if outcome.cursor is None:
                return outcome.outputs
            cursor, chunk = outcome.cursor, chunk + 1

    async def undo(self, name: str, action: str, inputs: dict[str, Any], path: str) -> None:
        """Undo an action with what it was given and gave."""
        async with self.company.write() as tx:
            await UNDOS[name](self.company.context(tx, self.run, path), inputs, self.outputs[action])

    async def match(self) -> dict[str, Any]:
        documents = {
            "purchase_order": {"id": str(self.order_id)},
            "dispatch_advice": {"id": str(self.advice_id)},
        }
        return await self.act("receiving.match_order", documents, "match#1")

    async def place(self) -> dict[str, Any]:
        lines = self.outputs["receiving.match_order"]["lines"]
        return await self.act("receiving.place_in_waiting_zone", {"lines": lines}, "waiting_zone#1")

    async def results(self, reference: Mapping[str, Any], results: list[Result], path: str) -> dict[str, Any]:
        """What a work list makes of lines and results, in line order; the last result holds for the rest."""
        async with self.company.write() as tx:
            source = await line_sets.read_set(tx, reference["id"])
            lines = [
                SetLine(
                    line.line_no,
                    line.key,
                    {"actor": "somebody", **line.data, **results[min(at, len(results) - 1)]},
                )
                for at, line in enumerate(source)
            ]
            made: LineSetRef = await line_sets.create_numbered(
                tx, run_id=self.run.id, path=path, kind="results", lines=lines, aggregates={}
            )
        return made.model_dump(mode="json")

    async def accept(self, *results: Result) -> dict[str, Any]:
        """Match, place, and record the acceptance with these results; returns the accepted lines."""
        await self.match()
        await self.place()
        lines = self.outputs["receiving.match_order"]["lines"]
        accepted = await self.results(lines, list(results), "acceptance#1")
        await self.act("receiving.record_acceptance", {"lines": accepted}, "record#1")
        return accepted

    async def book_in(self, accepted: Mapping[str, Any], *results: Result, path: str = "book_in#1") -> None:
        """Put away with these results and book in."""
        put_away = await self.results(accepted, [{"outcome": "done", **one} for one in results], "put_away#1")
        await self.act("receiving.book_in", {"lines": put_away}, path)

    async def balances(self) -> dict[tuple[str, str, str], int]:
        """(batch number, location, status) -> quantity, without empty positions."""
        b = t.balance.c
        async with self.company.database.read() as tx:
            rows = await tx.rows(
                sa.select(t.batch.c.number, t.location.c.code, b.status, b.quantity)
                .join(t.batch, t.batch.c.id == b.batch_id)
                .join(t.location, t.location.c.id == b.location_id)
                .where(b.quantity > 0)
            )
        return {(row["number"], row["code"], row["status"]): row["quantity"] for row in rows}

    async def state_of(self, document_id: UUID | str) -> str:
        async with self.company.database.read() as tx:
            return str(await tx.scalar(sa.select(t.document.c.state).where(t.document.c.id == document_id)))


async def delivery(company: Company, *lines: dict[str, Any], ordered: int = 100) -> Delivery:
    """An order of M1 and a delivery of it, with a run that has not done anything yet."""
    line = {"line": 1, "material": "M1", "quantity": ordered, "unit": "盒"}
    order_id = await company.enter(order("PO1", line))
    advice_id = await company.enter(advice("DA1", *(lines or (advised(),))))
    async with company.write() as tx:
        run = await company.start_run(tx)
    return Delivery(company, order_id, advice_id, run)
