"""Services: records of former books - documents and their moves, taken over with their own instants. No HTTP.

Only while the owner has opened the loading window; each document and posting says that it was loaded, and
when it was recorded stays true. A record that is there already is left alone, so a load may be repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import documents, references
from db.queries.documents import DocumentRef
from db.queries.references import MaterialRef, PartyRef, SiteRef
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid, NotFound
from domain.evidence import LoadingClosed
from domain.loaded_records import RULES, At, End, HistoryNotWhole, PastLine, PastMove, PastRecord, check
from domain.stock import Move, Place, Position, Posting
from services import audit, loaded_heads
from services.batch_register import Batch, Key, Registered, register
from services.changes import reason_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.receiving_batches import bind_serials


@dataclass
class _Ground:
    """What the records' codes stand for."""

    sites: Mapping[str, SiteRef]
    materials: Mapping[str, MaterialRef]
    batches: Mapping[Key, Registered]
    locations: Mapping[tuple[str, str], UUID]
    serials: Mapping[tuple[UUID, str], UUID] = field(default_factory=dict)

    def place(self, end: End) -> Place:
        if not isinstance(end, At):
            return end
        site = self.sites[end.site]
        return Position(site.id, self.locations[end.site, end.location], end.status, site.legal_entity_id)

    def batch(self, line: PastLine) -> UUID:
        return self.batches[line.material, line.batch].id


async def load(
    platform: Platform,
    records: Sequence[PastRecord],
    *,
    reason: str,
    actor: Actor,
    request_id: str = "",
) -> int:
    """Take records over, all or none, in one transaction; how many were not there yet.

    LoadingClosed while the window is shut, HistoryNotWhole when one contradicts itself or the books before,
    and what the ledger refuses (InsufficientStock, BatchNotIssuable as of its day ...).
    """
    first = records[0].number if records else ""
    async with audit.refusals(platform, actor, "load.record", "document", first, request_id=request_id):
        words = reason_of(reason)
        for record in records:
            check(record)
        async with platform.database.write(actor.ref, request_id) as tx:
            known = await _known(tx, records)
            wanted = [record for record in records if record.id not in known]
            if not wanted:
                return 0
            if not await references.loading_is_open(tx):
                raise LoadingClosed
            ground = await _ground(tx, wanted, actor)
            for record in wanted:
                await _take_over(tx, record, ground, actor, words)
    return len(wanted)


async def _known(tx: Reader, records: Sequence[PastRecord]) -> set[UUID]:
    """The ids of records that are there: documents, and transfers whose goods have arrived."""
    c = t.document.c
    done = sa.or_(c.kind != "transfer", c.state == "closed")
    rows = await tx.rows(sa.select(c.id).where(c.id.in_({record.id for record in records}), done))
    return {row["id"] for row in rows}


async def _ground(tx: Transaction, records: Sequence[PastRecord], actor: Actor) -> _Ground:
    """Looks every code up; Invalid with all that stand for nothing, NotPermitted for a site of others."""
    ends = [
        end
        for record in records
        for posting in record.postings
        for move in posting.moves
        for end in (move.source, move.target)
        if isinstance(end, At)
    ]
    codes = {record.site for record in records} | {end.site for end in ends}
    sites = await references.sites(tx, codes)
    lines = [line for record in records for line in record.lines]
    materials = await references.materials(tx, {line.material for line in lines})
    locations = {
        (code, place.code): place.location_id
        for code, site in sites.items()
        for place in await references.places(tx, site.id)
    }
    wrong = [("site", code) for code in sorted(codes - sites.keys())]
    wrong += [("material", code) for code in sorted({line.material for line in lines} - materials.keys())]
    named = {(end.site, end.location) for end in ends if end.site in sites}
    wrong += [("location", code) for _, code in sorted(named - locations.keys())]
    if wrong:
        problems = [
            FieldProblem(what, "unknown", f"没有 {code}", f"there is no {code}") for what, code in wrong
        ]
        raise Invalid(problems)
    for site in sites.values():
        require(actor, Permission.STOCK_MOVE, site.id)
    dated = [Batch(materials[line.material], line.batch, line.produced_on, line.expires_on) for line in lines]
    return _Ground(sites, materials, await _batches(tx, records, dated), locations)


def _unknown(what: str, code: str) -> FieldProblem:
    return FieldProblem(what, "unknown", f"没有 {code}", f"there is no {code}")


async def _batches(
    tx: Transaction, records: Sequence[PastRecord], batches: Sequence[Batch]
) -> dict[Key, Registered]:
    """The batches of the lines. A known one keeps its dates: a record that gives others is refused."""
    found = await register(tx, batches)
    for batch in batches:
        known = found[batch.material.code, batch.number]
        told = (batch.produced_on, batch.expires_on)
        if told not in ((None, None), (known.produced_on, known.expires_on)):
            raise HistoryNotWhole(
                number=records[0].number, why=f"batch {batch.number} expires on {known.expires_on}"
            )
    return found


async def _take_over(tx: Transaction, record: PastRecord, ground: _Ground, actor: Actor, reason: str) -> None:
    site = ground.sites[record.site]
    party = await _party(tx, record)
    source = await _source(tx, record, party)
    if record.kind == "transfer":
        document_id, line_ids = await _entered(tx, record)
    else:
        document_id = await _document(tx, record, site, party, source, ground, actor)
        line_ids = await documents.line_ids(tx, document_id, _span(record))
    ground.serials = await bind_serials(tx, _serials(record, ground))
    of = {line.line: line for line in record.lines}
    for posting in record.postings:
        moves = [_move(move, of[move.line], ground, party, line_ids) for move in posting.moves]
        made = Posting(
            kind=posting.kind,
            actor_id=actor.person_id,
            moves=moves,
            document_id=document_id,
            reason=reason,
            occurred_at=posting.at,
            loaded=True,
        )
        await ledger.post(tx, made)
    await loaded_heads.conclude(tx, record, document_id, source, actor_id=actor.person_id)
    after = {"kind": record.kind, "number": record.number, "postings": len(record.postings)}
    await tx.audit("load.record", "document", str(document_id), after=after, reason=reason)


async def _party(tx: Reader, record: PastRecord) -> PartyRef | None:
    if record.party is None:
        return None
    found = await references.party(tx, record.party)
    if found is None:
        raise NotFound(what=f"往来单位 / partner {record.party}")
    return found


async def _source(tx: Transaction, record: PastRecord, party: PartyRef | None) -> DocumentRef | None:
    """What the record follows from, locked: two records that count on one order take turns."""
    kind = RULES[record.kind].follows
    if kind is None or record.follows is None:
        return None
    found = await documents.by_number(tx, kind, party.id, record.follows) if party else None
    locked = await documents.locked(tx, found.id, kind) if found else None
    if locked is None:
        raise HistoryNotWhole(number=record.number, why=f"no {kind} {record.follows}")
    return locked


async def _entered(tx: Transaction, record: PastRecord) -> tuple[UUID, dict[int, UUID]]:
    """A transfer that was entered before: its id, and its line of each line of the record."""
    found = await documents.locked(tx, record.id, "transfer")
    if found is None or found.state != "open":
        raise HistoryNotWhole(number=record.number, why="no open transfer")
    of_order = {line.line_no: line.id for line in await documents.lines_of(tx, found.id)}
    if not {line.order_line for line in record.lines} <= of_order.keys():
        raise HistoryNotWhole(number=record.number, why="a line that was not ordered")
    return found.id, {line.line: of_order[line.order_line or 0] for line in record.lines}


async def _document(
    tx: Transaction,
    record: PastRecord,
    site: SiteRef,
    party: PartyRef | None,
    source: DocumentRef | None,
    ground: _Ground,
    actor: Actor,
) -> UUID:
    header = await loaded_heads.header(tx, record, source, ground.materials)
    await tx.execute(
        sa.insert(t.document).values(
            id=record.id,
            kind=record.kind,
            number=record.number,
            party_id=party.id if party else None,
            site_id=site.id,
            legal_entity_id=site.legal_entity_id,
            state="closed",
            header=header,
            source_document_id=source.id if source else None,
            created_by=actor.person_id,
            occurred_at=record.at,
            loaded=True,
        )
    )
    await documents.add_lines(tx, record.id, [_row(record, line, ground) for line in record.lines])
    return record.id


def _row(record: PastRecord, line: PastLine, ground: _Ground) -> dict[str, Any]:
    material = ground.materials[line.material]
    facts = material.facts if record.kind in loaded_heads.WITH_FACTS else {}
    return {
        "line_no": line.line,
        "material_id": material.id,
        "batch_number": line.batch,
        "produced_on": line.produced_on,
        "expires_on": line.expires_on,
        "quantity": line.quantity,
        "entered_unit": material.base_unit,
        "order_line_no": line.order_line,
        "batch_id": ground.batch(line),
        "data": {**facts, **line.data},
    }


def _span(record: PastRecord) -> tuple[int, int]:
    numbers = [line.line for line in record.lines]
    return min(numbers), max(numbers)


def _serials(record: PastRecord, ground: _Ground) -> list[tuple[UUID, UUID, list[str]]]:
    """Batch, material and numbers of the serials that the record's moves name."""
    of = {line.line: line for line in record.lines}
    return [
        (ground.batch(of[move.line]), ground.materials[of[move.line].material].id, list(move.serials))
        for posting in record.postings
        for move in posting.moves
        if move.serials
    ]


def _move(
    move: PastMove,
    line: PastLine,
    ground: _Ground,
    party: PartyRef | None,
    line_ids: Mapping[int, UUID],
) -> Move:
    batch = ground.batch(line)
    outside = any(not isinstance(end, At) for end in (move.source, move.target))
    return Move(
        batch,
        move.quantity,
        ground.place(move.source),
        ground.place(move.target),
        party_id=party.id if party and outside else None,
        document_line_id=line_ids[move.line],
        reason=move.reason,
        serial_ids=[ground.serials[batch, number] for number in move.serials],
    )
