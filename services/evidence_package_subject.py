"""Services: what an evidence package has about its batch, person or period beside the runs.

Evidence that no run in the package has goes along with its proofs; master data as a copy of the moment, and
marked as one; and the account of a batch, to which all moves in the package have to add up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import evidence_subject as queries
from db.queries import run_record, whereabouts
from db.queries.batches import counted_of
from domain.canonical import instant
from domain.run_archive import RECORD, written
from domain.whereabouts import accounts
from services import blind_counts, evidence_package_subject_story
from services.evidence_package_files import FolderFiles
from services.evidence_package_proofs import evidence_rows
from services.evidence_package_scope import MOST_MOVES, MOST_PIECES, sites_of

if TYPE_CHECKING:
    from db.queries.evidence_scope import EvidenceScope
    from db.queries.evidence_subject import Rows
    from db.session import Reader
    from services.platform import Actor, Platform

FOLDER = "subject/"
Known = Collection[tuple[str, str]]


@dataclass
class Subject:
    """What was found at one moment; `left_out` says why moves and account are not, if they are not."""

    kind: str
    as_of: datetime
    rows: Rows = field(default_factory=dict)
    master: Rows = field(default_factory=dict)
    account: dict[str, Any] | None = None
    left_out: str = ""
    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


async def of_subject(
    platform: Platform, scope: EvidenceScope, known: Known, *, actor: Actor
) -> FolderFiles | None:
    """The files beside the runs; None for a package of a run. `known` are the rows that the runs have."""
    if scope.run_id is not None:
        return None
    async with platform.database.snapshot() as tx:
        found = await _gathered(tx, scope, known, actor)
    made = FolderFiles(story=evidence_package_subject_story.story(found))
    made.rows = [(table, key, int(row["tx"])) for table, key, row in evidence_rows(found.rows)]
    as_of = instant(found.as_of)
    copy = "a copy, no evidence / 导出时的副本，不是证据"
    record = {"type": "subject_record", "v": 1, "rows": found.rows, "people": found.people}
    master = {"type": "master_copy", "v": 1, "what": copy, "as_of": as_of, "tables": found.master}
    made.files = {RECORD: written(record), "master.json": written(master), "story.json": written(made.story)}
    if found.account is not None:
        made.files["account.json"] = written(found.account)
    made.entry = {
        "folder": FOLDER,
        "kind": found.kind,
        "as_of": as_of,
        "account": found.account is not None,
        "moves": len(found.rows.get("move", ())),
        "left_out": found.left_out,
        "records": len(made.rows),
    }
    return made


async def _gathered(tx: Reader, scope: EvidenceScope, known: Known, actor: Actor) -> Subject:
    sites = sites_of(actor)
    now = datetime.now(UTC)
    if scope.person_id is not None:
        found = await _person(tx, Subject("person", now), scope.person_id, sites)
    elif scope.batch_id is not None:
        found = await _batch(tx, Subject("batch", now), scope, known, actor)
    else:
        found = await _period(tx, Subject("period", now), scope, known, actor)
    found.rows = {
        name: fresh
        for name, kept in found.rows.items()
        if (fresh := [row for _, key, row in evidence_rows({name: kept}) if (name, key) not in known])
    }
    mentioned = queries.persons_in(found.rows) | queries.persons_in(found.master)
    found.people = await run_record.people(tx, mentioned)
    return found


async def _batch(tx: Reader, found: Subject, scope: EvidenceScope, known: Known, actor: Actor) -> Subject:
    sites, batch_id = sites_of(actor), scope.batch_id
    assert batch_id is not None
    if await counted_of(tx, [batch_id], await blind_counts.hidden_sheets(tx, actor)):
        found.left_out = "blind_count"
    most = MOST_MOVES + 1 + sum(table == "move" for table, _ in known)
    moves = await _moves(tx, found, await queries.move_ids(tx, scope, sites, most), known)
    found.rows |= await queries.of_batch(tx, batch_id)
    found.master = await queries.batch_master(tx, batch_id, moves, placed=not found.left_out)
    if not found.left_out:
        found.account = await _account(tx, batch_id, sites)
    ways = [UUID(one["where"]) for one in _lines(found) if one["kind"] == "transit" and one["where"]]
    found.master |= await queries.documents(tx, _documents(found.rows) | set(ways))
    named = {"batch": "batch", "material": "material", "party": "party", "hold": "hold"}
    objects = {(kind, str(row["id"])) for kind, table in named.items() for row in found.master[table]}
    objects |= {("legal_hold", str(row["id"])) for row in found.rows["legal_hold"]}
    found.rows |= await queries.events(tx, objects, _transactions(found.rows, "posting"), sites)
    return found


async def _period(tx: Reader, found: Subject, scope: EvidenceScope, known: Known, actor: Actor) -> Subject:
    sites = sites_of(actor)
    if await blind_counts.hidden_sheets(tx, actor):
        found.left_out = "blind_count"
    ids = await queries.move_ids(tx, scope, sites, MOST_MOVES + 1)
    moves = await _moves(tx, found, ids, known)
    found.master = await queries.period_master(tx, moves)
    found.master |= await queries.documents(tx, _documents(found.rows))
    found.rows |= await queries.events(tx, (), _transactions(found.rows, "posting"), sites)
    return found


async def _person(tx: Reader, found: Subject, person_id: UUID, sites: Collection[UUID] | None) -> Subject:
    found.rows = await queries.of_person(tx, person_id, sites)
    approved = {row["sop_version_id"] for row in found.rows["sop_approval"]}
    found.master = await queries.person_master(tx, person_id, approved)
    acted = _transactions(found.rows, *(name for name in found.rows if name != "drill_evidence"))
    objects = {("person", str(person_id))}
    found.rows |= await queries.events(tx, objects, acted, sites, actor_id=person_id)
    return found


async def _moves(tx: Reader, found: Subject, ids: Sequence[UUID], known: Known) -> Sequence[UUID]:
    """Adds the moves that no run in the package has, unless they are left out; their ids."""
    fresh = [one for one in ids if ("move", str(one)) not in known]
    pieces = 0 if found.left_out else await queries.count_pieces(tx, fresh, MOST_PIECES + 1)
    if len(fresh) > MOST_MOVES or pieces > MOST_PIECES:
        found.left_out = found.left_out or "too_many"
    if found.left_out:
        return ()
    found.rows |= await queries.postings_of(tx, fresh)
    return fresh


async def _account(tx: Reader, batch_id: UUID, sites: Collection[UUID] | None) -> dict[str, Any]:
    """Where every unit of a batch is, as a trace counts it: what crossed the edge, the balances inside."""
    [account], holdings = accounts(
        [batch_id], await whereabouts.flows(tx, whereabouts.Asked([batch_id], sites=sites)), ()
    )
    came = {"received": account.received, "found": account.found, "arrived": account.arrived}
    lines = [_line(kind, "", quantity) for kind, quantity in came.items() if quantity]
    for row in await queries.standing(tx, batch_id, sites):
        place = "/".join(str(row[name]) for name in ("site_id", "location_id", "status"))
        lines.append(_line("on_hand", place, row["quantity"]))
    lines += [_line(one.kind, one.party_id or one.transfer_id or "", one.quantity) for one in holdings]
    return {
        "type": "batch_account",
        "v": 1,
        "batch_id": str(batch_id),
        "sites": None if sites is None else sorted(str(one) for one in sites),
        "lines": lines,
    }


def _line(kind: str, where: object, quantity: int) -> dict[str, Any]:
    return {"kind": kind, "where": str(where), "quantity": quantity}


def _lines(found: Subject) -> Sequence[Mapping[str, Any]]:
    return found.account["lines"] if found.account else ()


def _documents(rows: Rows) -> set[UUID]:
    return {row["document_id"] for row in rows.get("posting", ()) if row["document_id"]}


def _transactions(rows: Rows, *names: str) -> set[int]:
    return {int(row["tx"]) for name in names for row in rows.get(name, ())}
