"""Db queries: what there is about a batch, a person or a period beside the runs - evidence, and master data.

Rows by table, in the order of their keys. Evidence is proven row by row; master data is a copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.evidence_scope import EvidenceScope
from db.session import Reader
from db.tables._metadata import Xid8

Rows = dict[str, list[Mapping[str, Any]]]
Sites = Collection[UUID] | None


async def move_ids(tx: Reader, scope: EvidenceScope, sites: Sites, most: int) -> list[UUID]:
    """The moves of a batch, or those of a period that no run made; at these sites (None: all)."""
    m = t.move.c
    chosen = sa.select(m.id).where(_moves(scope), _seen(sites)).order_by(m.id).limit(most)
    return [row["id"] for row in await tx.rows(chosen)]


async def count_outside(tx: Reader, scope: EvidenceScope, sites: Sites, most: int) -> int:
    """How many moves of the batch or period no run made; no further than `most`."""
    outside = _moves(scope)
    if scope.batch_id is not None:
        made = sa.select(t.posting.c.id).where(t.posting.c.id == t.move.c.posting_id)
        outside = sa.and_(outside, made.where(t.posting.c.run_id.is_(None)).exists())
    found = sa.select(t.move.c.id).where(outside, _seen(sites)).limit(most).subquery()
    return int(await tx.scalar(sa.select(sa.func.count()).select_from(found)))


def _moves(scope: EvidenceScope) -> sa.ColumnElement[bool]:
    m, p = t.move.c, t.posting.c
    if scope.batch_id is not None:
        return m.batch_id == scope.batch_id
    if scope.since is None or scope.until is None:
        return sa.false()
    during = p.occurred_at >= scope.since, p.occurred_at < scope.until
    return m.posting_id.in_(sa.select(p.id).where(p.run_id.is_(None), *during))


def _seen(sites: Sites) -> sa.ColumnElement[bool]:
    m = t.move.c
    return sa.true() if sites is None else sa.or_(m.from_site_id.in_(sites), m.to_site_id.in_(sites))


async def postings_of(tx: Reader, ids: Sequence[UUID]) -> Rows:
    """Moves by their ids, their postings, and the pieces that moved."""
    moves = await _rows(tx, t.move, _among(t.move.c.id, ids))
    postings = {row["posting_id"] for row in moves}
    return {
        "posting": await _rows(tx, t.posting, _among(t.posting.c.id, postings)),
        "move": moves,
        "move_serial": await _rows(tx, t.move_serial, _among(t.move_serial.c.move_id, ids)),
    }


async def count_pieces(tx: Reader, ids: Sequence[UUID], most: int) -> int:
    """How many pieces moved in these moves; no further than `most`."""
    found = sa.select(t.move_serial.c.serial_id).where(_among(t.move_serial.c.move_id, ids)).limit(most)
    return int(await tx.scalar(sa.select(sa.func.count()).select_from(found.subquery())))


async def standing(tx: Reader, batch_id: UUID, sites: Sites) -> Sequence[Mapping[str, Any]]:
    """What stands inside, by site, location and status: from the balances, not from the moves."""
    b = t.balance.c
    place = (b.site_id, b.location_id, b.status)
    quantity = sa.cast(sa.func.sum(b.quantity), sa.BigInteger).label("quantity")
    query = sa.select(*place, quantity).where(b.batch_id == batch_id, b.quantity > 0)
    if sites is not None:
        query = query.where(b.site_id.in_(sites))
    return await tx.rows(query.group_by(*place).order_by(*place))


async def of_batch(tx: Reader, batch_id: UUID) -> Rows:
    """Legal holds on a batch with what lifts them, and what recalls recorded of it."""
    h = t.legal_hold.c
    holds = sa.select(h.id).where(h.batch_id == batch_id)
    return {
        "legal_hold": await _rows(tx, t.legal_hold, (h.batch_id == batch_id) | h.lifts_id.in_(holds)),
        "recall_record": await _rows(tx, t.recall_record, t.recall_record.c.batch_id == batch_id),
    }


async def of_person(tx: Reader, person_id: UUID, sites: Sites) -> Rows:
    """What a person signed, approved and commented on, holds set or lifted, drills of what was trained."""
    s, r, d = t.signature.c, t.run.c, t.training_record.c
    signed = s.person_id == person_id
    if sites is not None:
        signed &= s.run_id.is_(None) | s.run_id.in_(sa.select(r.id).where(r.site_id.in_(sites)))
    found = {"signature": await _rows(tx, t.signature, signed)}
    for table in (t.sop_approval, t.sop_comment, t.decision_table_approval, t.legal_hold):
        found[table.name] = await _rows(tx, table, table.c.actor_id == person_id)
    drilled = sa.select(d.drill_evidence_id).where(d.person_id == person_id)
    found["drill_evidence"] = await _rows(tx, t.drill_evidence, t.drill_evidence.c.id.in_(drilled))
    return found


async def events(
    tx: Reader,
    objects: Collection[tuple[str, str]],
    transactions: Collection[int],
    sites: Sites,
    actor_id: UUID | None = None,
) -> Rows:
    """What the audit log has about these objects, and of these transactions outside of runs (by a person).

    Whoever reads the log at some sites only sees what was done in runs of those (None: all of it).
    """
    a, r = t.audit_event.c, t.run.c
    texts = sa.cast([str(one) for one in sorted(transactions)], sa.ARRAY(sa.Text))
    number = sa.select(sa.cast(sa.func.unnest(texts), Xid8))
    chosen = sa.and_(a.tx.in_(number), a.run_id.is_(None))
    if actor_id is not None:
        chosen &= a.actor_id == actor_id
    if objects:
        chosen |= sa.tuple_(a.object_type, a.object_id).in_(sorted(objects))
    if sites is not None:
        chosen &= a.run_id.in_(sa.select(r.id).where(r.site_id.in_(sites)))
    return {"audit_event": await _rows(tx, t.audit_event, chosen)}


async def batch_master(tx: Reader, batch_id: UUID, moves: Sequence[UUID], *, placed: bool) -> Rows:
    """A batch with its material, their partners and licences, its holds, and what its moves name.

    Not `placed`: without where it stood, as whoever counts it just now is not to know.
    """
    b, m, h, pr, lc = t.batch.c, t.material.c, t.hold.c, t.party_role.c, t.licence.c
    batch = await _rows(tx, t.batch, b.id == batch_id)
    materials = {row["material_id"] for row in batch}
    material = await _rows(tx, t.material, m.id.in_(materials))
    traded = await tx.rows(
        sa.select(t.move.c.party_id)
        .distinct()
        .where(t.move.c.batch_id == batch_id, t.move.c.party_id.is_not(None))
    )
    holds = await _rows(tx, t.hold, h.batch_id == batch_id)
    moved = sa.select(t.move).where(t.move.c.batch_id == batch_id if placed else sa.false())
    makers = {row["manufacturer_id"] for row in (*batch, *material)}
    parties = makers | {row["party_id"] for row in traded}
    return {
        "batch": batch,
        "material": material,
        "material_unit": await _rows(tx, t.material_unit, t.material_unit.c.material_id.in_(materials)),
        "material_gtin": await _rows(tx, t.material_gtin, t.material_gtin.c.material_id.in_(materials)),
        "party": await _rows(tx, t.party, _among(t.party.c.id, parties)),
        "party_role": await _rows(tx, t.party_role, _among(pr.party_id, parties)),
        "licence": await _rows(tx, t.licence, _among(lc.party_id, parties)),
        "hold": holds,
        **await _places(tx, moved, {row["scope_site_id"] for row in holds}),
        **await _pieces(tx, moves),
    }


async def period_master(tx: Reader, moves: Sequence[UUID]) -> Rows:
    """What moves of a period name: batches, materials, partners, places, pieces."""
    chosen = sa.select(t.move).where(_among(t.move.c.id, moves))
    named = chosen.subquery()
    batch = await _rows(tx, t.batch, t.batch.c.id.in_(sa.select(named.c.batch_id)))
    materials = {row["material_id"] for row in batch}
    return {
        "batch": batch,
        "material": await _rows(tx, t.material, _among(t.material.c.id, materials)),
        "party": await _rows(tx, t.party, t.party.c.id.in_(sa.select(named.c.party_id))),
        **await _places(tx, chosen),
        **await _pieces(tx, moves),
    }


async def person_master(tx: Reader, person_id: UUID, approved: Collection[UUID]) -> Rows:
    """A person with posts and trainings, and which versions were approved; no secret of a log-in."""
    a, r, v = t.post_assignment.c, t.training_record.c, t.sop_version.c
    posts = await _rows(tx, t.post_assignment, a.person_id == person_id)
    trained = await _rows(tx, t.training_record, r.person_id == person_id)
    keys = {row["sop_key"] for row in trained}
    identity = sa.select(v.id, v.sop_id, v.version, v.sha256).where(_among(v.id, approved)).order_by(v.id)
    versions = list(await tx.rows(identity))
    sops = {row["sop_id"] for row in versions}
    return {
        "person": await _rows(tx, t.person, t.person.c.id == person_id),
        "post_assignment": posts,
        "post": await _rows(tx, t.post, t.post.c.id.in_({row["post_id"] for row in posts})),
        "site": await _rows(tx, t.site, t.site.c.id.in_({row["site_id"] for row in posts})),
        "department": await _rows(
            tx, t.department, t.department.c.id.in_({row["department_id"] for row in posts})
        ),
        "training_record": trained,
        "sop": await _rows(tx, t.sop, t.sop.c.key.in_(keys) | t.sop.c.id.in_(sops)),
        "sop_version": versions,
    }


async def documents(tx: Reader, ids: Collection[UUID]) -> Rows:
    """The documents for which goods moved, or are on the way."""
    return {"document": await _rows(tx, t.document, _among(t.document.c.id, ids))}


async def _places(tx: Reader, moves: sa.Select[Any], more: Collection[UUID | None] = ()) -> Rows:
    """Sites and locations that the moves name, and `more` sites."""
    m = moves.subquery().c
    sites = sa.union(sa.select(m.from_site_id), sa.select(m.to_site_id))
    places = sa.union(sa.select(m.from_location_id), sa.select(m.to_location_id))
    return {
        "site": await _rows(tx, t.site, t.site.c.id.in_(sites) | t.site.c.id.in_(more)),
        "location": await _rows(tx, t.location, t.location.c.id.in_(places)),
    }


async def _pieces(tx: Reader, moves: Sequence[UUID]) -> Rows:
    s = t.move_serial.c
    moved = sa.select(s.serial_id).where(_among(s.move_id, moves))
    return {"serial": await _rows(tx, t.serial, t.serial.c.id.in_(moved))}


def persons_in(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[UUID]:
    """Whom the rows name in columns that refer to persons."""
    return {
        row[column.name]
        for name, kept in rows.items()
        for column in t.metadata.tables[name].c
        if any(key.column.table is t.person for key in column.foreign_keys)
        for row in kept
        if row.get(column.name) is not None
    }


def _among(column: sa.ColumnElement[UUID], ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    """Any number of ids in one parameter."""
    return column == sa.any_(sa.cast(list(ids), sa.ARRAY(sa.Uuid)))


async def _rows(tx: Reader, table: sa.Table, condition: sa.ColumnElement[bool]) -> list[Mapping[str, Any]]:
    return list(await tx.rows(sa.select(table).where(condition).order_by(*table.primary_key.columns)))
