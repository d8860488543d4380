"""Services: recalls as they are read - the room (how far are we?), the list, the effectiveness. No HTTP.

Everything is counted from the ledger and from what was written down; nothing is kept as a sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents_read, recall_progress, recalls, record_names, references
from db.queries.documents_read import DocumentRow
from db.queries.recall_progress import Contact, RecalledBatch
from db.queries.recalls import ConsignedRow, RecallRow
from db.queries.record_names import SignatureOfRecord
from db.session import Reader
from domain.calendars import Calendar
from domain.durations import LimitEntry, instant_after
from domain.errors import NotFound
from domain.recall import LIMITS
from domain.recall_reconciliation import Totals, totals
from services import calendars, documents
from services.bundles import bundle_of
from services.permissions import Permission, require, visible_sites
from services.platform import Actor, Platform

__all__ = [
    "Clock",
    "ConsigneeState",
    "RecallRoom",
    "RecallRow",
    "RecalledBatch",
    "batch_recalls",
    "find",
    "room",
    "rooms",
    "standing",
]

CLOCKS = ("notify", "plan", "progress", "completion")


@dataclass(frozen=True)
class Clock:
    """A statutory limit of the recall: due when, under which clause, met when (None: not yet)."""

    name: str
    due_at: datetime
    clause: str
    met_at: datetime | None

    def late(self, now: datetime) -> bool:
        """Met after its time, or not met and its time is over."""
        return (self.met_at or now) > self.due_at


@dataclass(frozen=True)
class ConsigneeState:
    """One consignee: its balance over all batches, and how far it is."""

    party_id: UUID
    code: str
    name: str
    lines: Sequence[ConsignedRow]
    contact: Contact | None
    totals: Totals

    @property
    def answered(self) -> bool:
        """It has answered for every batch."""
        return self.totals.answered == 1


@dataclass(frozen=True)
class RecallRoom:
    """Everything that the recall room shows."""

    recall: RecallRow
    document: DocumentRow
    now: datetime
    batches: Sequence[RecalledBatch]
    consignees: Sequence[ConsigneeState]
    totals: Totals
    clocks: Sequence[Clock]
    seconds_to_seal: int | None = None
    by_batch: Mapping[UUID, Totals] = field(default_factory=dict)
    signatures: Sequence[SignatureOfRecord] = ()
    """Those that its conclusion rests on; none before."""

    @property
    def notified(self) -> int:
        """How many consignees were told."""
        return sum(bool(one.contact and one.contact.notified_at) for one in self.consignees)

    @property
    def acknowledged(self) -> int:
        return sum(bool(one.contact and one.contact.acknowledged_at) for one in self.consignees)

    @property
    def non_responders(self) -> list[ConsigneeState]:
        """Who has not answered, the longest overdue first."""
        silent = [one for one in self.consignees if not one.answered]
        return sorted(
            silent, key=lambda one: (_due(one) or datetime.max.replace(tzinfo=self.now.tzinfo), one.code)
        )


def _due(one: ConsigneeState) -> datetime | None:
    return one.contact.due_at if one.contact else None


async def rooms(platform: Platform, *, actor: Actor) -> list[RecallRow]:
    """Recalls that the actor may see, the newest first."""
    require(actor, Permission.DOCUMENT_READ)
    sites = visible_sites(actor, Permission.DOCUMENT_READ)
    async with platform.database.read() as tx:
        found = await recalls.newest(tx)
    return [row for row in found if sites is None or row.site_id in sites]


async def waiting_notices(platform: Platform, *, actor: Actor) -> list[DocumentRow]:
    """Notices that no run has taken up yet."""
    page = await documents.list_documents(platform, actor=actor, kind="recall", state="open", limit=200)
    c = t.recall.c
    async with platform.database.read() as tx:
        ids = [one.id for one in page.items]
        rows = await tx.rows(sa.select(c.document_id).where(c.document_id.in_(ids)))
    begun = {row["document_id"] for row in rows}
    return [one for one in page.items if one.id not in begun]


async def batch_recalls(platform: Platform, batch_id: UUID, *, actor: Actor) -> list[RecallRow]:
    """The recalls of a batch; none for who may not read documents."""
    if Permission.DOCUMENT_READ not in actor.permissions:
        return []
    async with platform.database.read() as tx:
        return await recalls.newest(tx, batch_id=batch_id)


async def of_run(platform: Platform, run_id: UUID) -> UUID | None:
    """The recall that a run works on, its own or its consignee's."""
    r, k = t.recall_record.c, t.recall.c
    async with platform.database.read() as tx:
        found: UUID | None = await tx.scalar(sa.select(k.document_id).where(k.run_id == run_id))
        if found is None:
            found = await tx.scalar(sa.select(r.document_id).where(r.run_id == run_id).limit(1))
    return found


async def room(platform: Platform, ref: str, *, actor: Actor) -> RecallRoom:
    """The room of a recall by the notice's id or number; NotFound outside of the actor's sites."""
    async with platform.database.read() as tx:
        return await _room(tx, *await _visible(tx, ref, actor))


async def find(platform: Platform, ref: str, *, actor: Actor) -> UUID:
    """The id of a recall's notice; NotFound outside of the actor's sites."""
    async with platform.database.read() as tx:
        return (await _visible(tx, ref, actor))[0].document_id


async def _visible(tx: Reader, ref: str, actor: Actor) -> tuple[RecallRow, DocumentRow]:
    require(actor, Permission.DOCUMENT_READ)
    found = await documents_read.one(tx, ref, visible_sites(actor, Permission.DOCUMENT_READ), "recall")
    recall = await recalls.one(tx, found[0].id) if len(found) == 1 else None
    if recall is None:
        raise NotFound(what=f"召回 / recall {ref}")
    return recall, found[0]


async def standing(platform: Platform, document_id: UUID) -> str:
    """How a recall stands: another text once its room would show something else; it names nothing of it."""
    async with platform.database.read() as tx:
        return await recall_progress.standing(tx, document_id)


async def _room(tx: Reader, recall: RecallRow, document: DocumentRow) -> RecallRoom:
    rows = await recalls.consigned(tx, recall.document_id)
    lines = [row.consigned for row in rows]
    states = _states(rows, await recall_progress.contacts(tx, recall.document_id))
    batches = await recall_progress.recalled_batches(tx, recall.document_id)
    return RecallRoom(
        recall=recall,
        document=document,
        now=await references.clock_now(tx),
        batches=batches,
        consignees=states,
        totals=totals(lines),
        clocks=await _clocks(tx, recall, states),
        seconds_to_seal=(
            round((recall.sealed_at - recall.opened_at).total_seconds()) if recall.sealed_at else None
        ),
        by_batch={
            one.batch_id: totals(line for line in lines if line.batch_id == one.batch_id) for one in batches
        },
        signatures=await record_names.signatures(
            tx, {UUID(one["signature"]) for one in recall.header.get("signatures") or ()}
        ),
    )


def _states(rows: Sequence[ConsignedRow], contacts: Mapping[UUID, Contact]) -> list[ConsigneeState]:
    by_party: dict[UUID, list[ConsignedRow]] = {}
    for row in rows:
        by_party.setdefault(row.party_id, []).append(row)
    return [
        ConsigneeState(
            party_id=party_id,
            code=of[0].party,
            name=of[0].party_name,
            lines=of,
            contact=contacts.get(party_id),
            totals=totals(row.consigned for row in of),
        )
        for party_id, of in sorted(by_party.items(), key=lambda item: item[1][0].party)
    ]


async def _clocks(tx: Reader, recall: RecallRow, states: Sequence[ConsigneeState]) -> list[Clock]:
    """The limits that the run is pinned to, from when the batches were sealed (drill: the recall opened)."""
    limits, calendar = await _limits(tx, recall)
    met = {
        "notify": _all_notified(states),
        "plan": await _done(tx, recall, "plan"),
        "progress": await _done(tx, recall, "report"),
        "completion": recall.closed_at if recall.state == "closed" else None,
    }
    found = []
    for name in CLOCKS:
        entry = limits.get(name, {}).get(f"{recall.profile}/{recall.class_name}")
        if entry is not None:
            due = instant_after(
                entry.amount, start=recall.cut_at, time_zone=recall.time_zone, calendar=calendar, limits={}
            )
            found.append(Clock(name, due, entry.clause, met[name]))
    return found


async def _limits(tx: Reader, recall: RecallRow) -> tuple[Mapping[str, Mapping[str, LimitEntry]], Calendar]:
    """Those of the run's bundle; today's for what it does not use itself, and before there is a run."""
    today = (await calendars.limits(tx)).get(LIMITS, {})
    if recall.run_id is not None:
        c = t.run.c
        row = await tx.one(sa.select(c.sop_version_id, c.sha256).where(c.id == recall.run_id))
        stored = await tx.scalar(
            sa.select(t.sop_version.c.bundle).where(t.sop_version.c.id == row["sop_version_id"])
        )
        if stored is not None:
            bundle = await bundle_of(tx, row["sop_version_id"], row["sha256"])
            if LIMITS in bundle.limits:
                return {**today, **bundle.limits[LIMITS]}, bundle.calendar
    return today, await calendars.calendar(tx, "CN")


def _all_notified(states: Sequence[ConsigneeState]) -> datetime | None:
    """When the last one was told; None while one was not."""
    times = [one.contact.notified_at if one.contact else None for one in states]
    known = [one for one in times if one is not None]
    return max(known) if known and len(known) == len(times) else None


async def _done(tx: Reader, recall: RecallRow, step: str) -> datetime | None:
    return await recall_progress.step_closed_at(tx, recall.run_id, step) if recall.run_id else None
