"""A recall driven through its actions by hand, as advances would do it: stock at two sites, sales, a notice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from db.queries import recalls, references
from db.queries.recalls import RecallRow
from domain.batches import PlaceKind, PostingKind, Status
from domain.master_data import PartyIn, ZoneIn
from domain.recall import RecallIn
from domain.stock import Move, Place, Position, Posting
from services import line_sets, parties, recall_notice, zones
from services.action_context import RunInAdvance
from services.actions import ACTIONS, UNDOS
from services.line_sets import SetLine
from tests import goods
from tests.services.company import Company

Lines = list[Mapping[str, Any]]


def notice(number: str = "ZH-1", **more: Any) -> RecallIn:
    """A class I recall of M1 by its holder."""
    body = {
        "number": number,
        "site": "SH1",
        "recall_class": "I",
        "profile": "cn-drug-2022",
        "initiated_by": "holder",
        "noticed_on": "2026-11-24",
        "scope": "R101-R103",
        "reason": "含量不合格",
        "materials": ["M1"],
        **more,
    }
    return RecallIn.model_validate(body)


@dataclass
class Recalling:
    """One run of a recall; each call is one transaction."""

    company: Company
    run: RunInAdvance
    document: UUID
    drill: bool = False
    batches: dict[str, UUID] = field(default_factory=dict)
    count: int = 0

    @property
    def given(self) -> dict[str, Any]:
        return {"recall": {"id": str(self.document), "number": "ZH-1"}, "drill": self.drill}

    async def act(self, action: str, **inputs: Any) -> dict[str, Any]:
        """Perform an action to its end, chunk by chunk."""
        self.count += 1
        cursor, chunk = None, 0
        while True:
            async with self.company.write() as tx:
                path = f"step{self.count}#1"
                context = self.company.context(tx, self.run, path, cursor=cursor, chunk=chunk)
                outcome = await ACTIONS[action](context, {**self.given, **inputs})
            if outcome.cursor is None:
                return outcome.outputs
            cursor, chunk = outcome.cursor, chunk + 1

    async def undo(self, name: str, **outputs: Any) -> None:
        async with self.company.write() as tx:
            await UNDOS[name](self.company.context(tx, self.run, "step1#1"), self.given, outputs)

    async def lines(self, reference: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The lines of a set."""
        async with self.company.database.read() as tx:
            return [
                {**line.data, "line": line.line_no} for line in await line_sets.read_set(tx, reference["id"])
            ]

    async def answered(self, reference: Mapping[str, Any], *answers: Mapping[str, Any]) -> dict[str, Any]:
        """What a work list makes of lines and answers, in order; the last answer holds for the rest."""
        async with self.company.write() as tx:
            source = await line_sets.read_set(tx, reference["id"])
            made = await line_sets.create_numbered(
                tx,
                run_id=self.run.id,
                path=f"list{self.count}#1",
                kind="results",
                lines=[
                    SetLine(one.line_no, one.key, {**one.data, **answers[min(at, len(answers) - 1)]})
                    for at, one in enumerate(source)
                ],
                aggregates={},
            )
        return made.model_dump(mode="json")

    async def sealed(self) -> dict[str, Any]:
        """Open, confirm every batch, seal."""
        opened = await self.act("recall.open")
        lines = await self.lines(opened["lines"])
        answers = [{"outcome": "recalled" if line["kind"] == "batch" else "noted"} for line in lines]
        confirmed = await self.answered(opened["lines"], *answers)
        return await self.act("recall.seal", lines=confirmed)

    async def row(self) -> RecallRow:
        async with self.company.database.read() as tx:
            found = await recalls.one(tx, self.document)
        assert found is not None
        return found

    async def place(self, site: str, code: str, status: Status) -> Position:
        async with self.company.database.read() as tx:
            found = await references.site(tx, site)
            assert found is not None
            places = {place.code: place for place in await references.places(tx, found.id)}
        return Position(found.id, places[code].location_id, status, found.legal_entity_id)

    async def stock(self, number: str, quantity: int, *, site: str = "SH1", serials: int = 0) -> UUID:
        """A batch of M1 on the shelf of a site, more of it when it is known, with serials where asked."""
        waiting = await self.place(site, "W-01", Status.QUARANTINE)
        shelf = await self.place(site, "A-01", Status.QUALIFIED)
        supplier = await self.party("S1")
        async with self.company.write() as tx:
            batch = self.batches.get(number) or await self._batch(tx, number)
            named = await _serials(tx, batch, serials)
            for kind, source, target in (
                (PostingKind.RECEIPT, PlaceKind.SUPPLIER, waiting),
                (PostingKind.PUT_AWAY, waiting, shelf),
            ):
                move = Move(batch, quantity, source, target, party_id=supplier, serial_ids=named)
                await ledger.post(tx, Posting(kind, self.company.admin.person_id, [move]))
        return batch

    async def _batch(self, tx: Any, number: str) -> UUID:
        batch_id = new_id()
        material = await tx.one(sa.select(t.material).where(t.material.c.code == "M1"))
        values = {"material_id": material["id"], "manufacturer_id": material["manufacturer_id"]}
        await tx.execute(
            sa.insert(t.batch).values(id=batch_id, number=number, expires_on=date(2099, 1, 31), **values)
        )
        self.batches[number] = batch_id
        return batch_id

    async def party(self, code: str) -> UUID:
        async with self.company.database.read() as tx:
            found = await references.party(tx, code)
        assert found is not None
        return found.id

    async def issue(self, number: str, quantity: int, customer: str = "C2", site: str = "SH1") -> None:
        shelf = await self.place(site, "A-01", Status.QUALIFIED)
        await self.move(PostingKind.ISSUE, number, quantity, shelf, PlaceKind.CUSTOMER, customer)

    async def give_back(self, number: str, quantity: int, customer: str = "C2") -> None:
        """A return past the recall's own steps, as another procedure would book it."""
        zone = await self.place("SH1", "Z-01", Status.RECALLED)
        await self.move(PostingKind.CUSTOMER_RETURN, number, quantity, PlaceKind.CUSTOMER, zone, customer)

    async def move(
        self, kind: PostingKind, number: str, quantity: int, source: Place, target: Place, party: str | None
    ) -> None:
        party_id = await self.party(party) if party else None
        move = Move(self.batches[number], quantity, source, target, party_id=party_id)
        async with self.company.write() as tx:
            await ledger.post(tx, Posting(kind, self.company.admin.person_id, [move]))

    async def balances(self) -> dict[tuple[str, str, str], int]:
        """(batch number, location, status) -> quantity."""
        b = t.balance.c
        async with self.company.database.read() as tx:
            rows = await tx.rows(
                sa.select(t.batch.c.number, t.location.c.code, b.status, sa.func.sum(b.quantity).label("n"))
                .join(t.batch, t.batch.c.id == b.batch_id)
                .join(t.location, t.location.c.id == b.location_id)
                .where(b.quantity > 0)
                .group_by(t.batch.c.number, t.location.c.code, b.status)
            )
        return {(row["number"], row["code"], row["status"]): int(row["n"]) for row in rows}


async def _serials(tx: Any, batch: UUID, count: int) -> list[UUID]:
    material = await tx.scalar(sa.select(t.batch.c.material_id).where(t.batch.c.id == batch))
    made = [new_id() for _ in range(count)]
    rows = [{"id": one, "batch_id": batch, "material_id": material, "number": one.hex} for one in made]
    if rows:
        await tx.execute(sa.insert(t.serial), rows)
    return made


async def recalling(company: Company, *, drill: bool = False, **more: Any) -> Recalling:
    """The company with recall zones and two licensed customers, a notice, and a run that has done nothing yet."""
    async with company.write() as tx:
        known = await references.party(tx, "C3")
        if known is None:
            body = {**goods.supplier("C3", "丙医院"), "roles": ["customer"]}
            await parties.create_in(tx, PartyIn.model_validate(body))
        site = await references.site(tx, "SH1")
        assert site is not None
        zone = ZoneIn.model_validate(goods.zone("Z", "recalled", "ambient", "Z-01"))
        await zones.put_zone(tx, site.id, zone)
        document = await recall_notice.enter(tx, notice(**more), actor=company.admin)
        run = await company.start_run(tx)
    return Recalling(company, run, document, drill)
