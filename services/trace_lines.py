"""Services: the lines of a trace with their names - what went where, who has how much. From query rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from db.queries.trace import MOST_POSTINGS, Names, TraceRow
from domain.tracing import Passage
from domain.whereabouts import Account, Holding

NOBODY: Mapping[str, Any] = {}


@dataclass(frozen=True)
class TraceRun:
    """A run in which goods went: its procedure and business key."""

    id: UUID
    title_zh: str
    title_en: str
    key: str | None


@dataclass(frozen=True)
class TracePerson:
    """Who took part."""

    id: UUID
    name: str


@dataclass(frozen=True)
class TraceLine:
    """A row of the trace as it is read: what went where, by which document, in which runs, by whom."""

    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material_code: str
    material_zh: str
    material_en: str
    base_unit: str
    kind: str
    quantity: int
    first_at: datetime
    last_at: datetime
    from_kind: str
    to_kind: str
    site_code: str
    site_zh: str
    site_en: str
    party_id: UUID | None
    party_code: str | None
    party: str | None
    document_id: UUID | None
    document_kind: str | None
    document_number: str | None
    runs: Sequence[TraceRun]
    people: Sequence[TracePerson]
    packages: Sequence[str]


@dataclass(frozen=True)
class TraceAccount:
    """A batch in numbers: what came in is what is on hand, on the way, sold, sent back, destroyed, missing.

    `arrived` and `in_transit` are of what the reader sees: from or to a site that is not shown, perhaps.
    """

    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material_code: str
    material_zh: str
    material_en: str
    base_unit: str
    received: int
    found: int
    arrived: int
    on_hand: int
    in_transit: int
    at_customers: int
    returned: int
    destroyed: int
    samples: int
    missing: int
    difference: int


@dataclass(frozen=True)
class Place:
    """Where some of a batch is now: a location in a status, a transfer, a partner, or gone for good."""

    batch_id: UUID
    batch_number: str
    base_unit: str
    kind: str
    quantity: int
    site_code: str | None
    site_zh: str | None
    site_en: str | None
    location: str | None
    status: str | None
    party_id: UUID | None
    party_code: str | None
    party: str | None
    document_id: UUID | None
    document_number: str | None


def passage(row: TraceRow, names: Names) -> Passage:
    """A row as the graph takes it."""
    party = names.parties[row.party_id]["name"] if row.party_id else None
    document = names.documents[row.document_id]["number"] if row.document_id else None
    return Passage(
        batch=str(row.batch_id),
        kind=row.kind,
        quantity=row.quantity,
        first_at=row.first_at,
        last_at=row.last_at,
        from_kind=row.from_kind,
        to_kind=row.to_kind,
        site=row.site,
        party=(str(row.party_id), party) if party is not None else None,
        document=(str(row.document_id), document) if document is not None else None,
    )


def line(row: TraceRow, names: Names) -> TraceLine:
    """A row with all its names."""
    party = names.parties[row.party_id] if row.party_id else NOBODY
    document = names.documents[row.document_id] if row.document_id else NOBODY
    site = names.sites[row.site]
    people = [one for id_ in row.posting_ids[:MOST_POSTINGS] for one in names.people.get(id_, ())]
    packages = names.packages.get((row.document_id, row.batch_id), ()) if row.document_id else ()
    return TraceLine(
        **_goods(row.batch_id, names),
        kind=row.kind,
        quantity=row.quantity,
        first_at=row.first_at,
        last_at=row.last_at,
        from_kind=row.from_kind,
        to_kind=row.to_kind,
        site_code=row.site,
        site_zh=site["name_zh"],
        site_en=site["name_en"],
        party_id=row.party_id,
        party_code=party.get("code"),
        party=party.get("name"),
        document_id=row.document_id,
        document_kind=document.get("kind"),
        document_number=document.get("number"),
        runs=[_run(names.runs[run_id]) for run_id in row.run_ids if run_id in names.runs],
        people=[TracePerson(*one) for one in dict.fromkeys(people)],
        packages=packages,
    )


def account(one: Account, names: Names) -> TraceAccount:
    """The account of a batch with its name."""
    return TraceAccount(
        **_goods(one.batch_id, names),
        received=one.received,
        found=one.found,
        arrived=one.arrived,
        on_hand=one.held["on_hand"],
        in_transit=one.held["transit"],
        at_customers=one.held["customer"],
        returned=one.held["supplier"],
        destroyed=one.held["destroyed"],
        samples=one.held["sample"],
        missing=one.held["count"],
        difference=one.difference,
    )


def place(one: Holding, names: Names) -> Place:
    """Where some of a batch is, with the names of who or what has it."""
    batch = names.batches[one.batch_id]
    party = names.parties[one.party_id] if one.party_id else NOBODY
    document = names.documents[one.transfer_id] if one.transfer_id else NOBODY
    at = one.standing
    return Place(
        batch_id=one.batch_id,
        batch_number=batch["number"],
        base_unit=batch["base_unit"],
        kind=one.kind,
        quantity=one.quantity,
        site_code=at.site if at else None,
        site_zh=at.site_zh if at else None,
        site_en=at.site_en if at else None,
        location=at.location if at else None,
        status=at.status if at else None,
        party_id=one.party_id,
        party_code=party.get("code"),
        party=party.get("name"),
        document_id=one.transfer_id,
        document_number=document.get("number"),
    )


def _goods(batch_id: UUID, names: Names) -> dict[str, Any]:
    batch = names.batches[batch_id]
    return {
        "batch_id": batch_id,
        "batch_number": batch["number"],
        "expires_on": batch["expires_on"],
        "material_code": batch["code"],
        "material_zh": batch["name_zh"],
        "material_en": batch["name_en"],
        "base_unit": batch["base_unit"],
    }


def _run(row: Mapping[str, Any]) -> TraceRun:
    return TraceRun(row["id"], row["title_zh"], row["title_en"], row["business_key"])
