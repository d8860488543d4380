"""Services: stock history that happened before, loaded into the ledger with its own instants. No HTTP.

Only while the owner has opened the loading window; every posting says that it was loaded, and when it was
recorded stays true. Each batch has one position at a location: counts set it, everything else moves it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from db import ledger
from db.queries import references
from db.queries.references import SiteRef
from db.session import Transaction
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import NotFound
from domain.stock import Move, Position, Posting
from services import audit
from services.batch_register import Batch, register
from services.changes import reason_of
from services.permissions import Permission, require
from services.platform import Actor, Platform

Happening = Literal["arrived", "left", "found", "lost", "counted"]


@dataclass(frozen=True)
class Happened:
    """One line of a history: so many base units of a batch at a location; `counted` says how many there are.

    Lines of one position come in the order in which they are to be replayed.
    """

    location: str
    material: str
    batch: str
    happening: Happening
    quantity: int
    at: datetime
    expires_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class _Step:
    """What belongs into one posting: the same instant, site and kind."""

    at: datetime
    turn: int
    kind: PostingKind


@dataclass(frozen=True)
class _Ground:
    """What a site's history is posted on: where it is, its batches and places, with whom it traded."""

    site: SiteRef
    batches: Mapping[tuple[str, str], UUID]
    places: Mapping[str, UUID]
    supplier: UUID
    customer: UUID


async def load(
    platform: Platform,
    site: str,
    history: Sequence[Happened],
    *,
    supplier: str,
    customer: str,
    reason: str,
    actor: Actor,
) -> int:
    """Load a site's history; how many postings it took. LoadingClosed while the window is shut.

    What arrived is from `supplier`, what left went to `customer` (codes): what may not be issued is refused
    as of its day.
    """
    async with audit.refusals(platform, actor, "load.history", "site", site):
        words = reason_of(reason)
        async with platform.database.write(actor.ref) as tx:
            at = await references.site(tx, site)
            if at is None:
                raise NotFound(what=f"仓库 / site {site}")
            require(actor, Permission.STOCK_MOVE, at.id)
            supplied, served = await _party(tx, supplier), await _party(tx, customer)
            ground = _Ground(at, await _batches(tx, history), await _places(tx, at), supplied, served)
            steps = _steps(history, ground)
            for step, moves in steps:
                posting = Posting(
                    step.kind, actor.person_id, moves, reason=words, occurred_at=step.at, loaded=True
                )
                await ledger.post(tx, posting)
            after = {"lines": len(history), "postings": len(steps)}
            await tx.audit("load.history", "site", str(at.id), after=after, reason=words)
    return len(steps)


async def _party(tx: Transaction, code: str) -> UUID:
    found = await references.party(tx, code)
    if found is None:
        raise NotFound(what=f"往来单位 / partner {code}")
    return found.id


def _steps(history: Sequence[Happened], ground: _Ground) -> list[tuple[_Step, list[Move]]]:
    """The postings in their order. Lines of one position at one instant follow each other by microseconds."""
    held: dict[tuple[str, UUID], int] = defaultdict(int)
    turns: dict[tuple[str, UUID, datetime], int] = defaultdict(int)
    found: dict[_Step, list[Move]] = defaultdict(list)
    for line in history:
        batch, location = ground.batches[line.material, line.batch], ground.places[line.location]
        key = (line.location, batch)
        change = line.quantity - held[key] if line.happening == "counted" else line.quantity
        if line.happening in {"left", "lost"}:
            change = -line.quantity
        held[key] += change
        site, owner = ground.site.id, ground.site.legal_entity_id
        green = Position(site, location, Status.QUALIFIED, owner)
        for kind, source, target in _ways(line.happening, green, gain=change > 0) if change else ():
            turn = turns[(*key, line.at)] = turns[(*key, line.at)] + 1
            step = _Step(line.at + timedelta(microseconds=turn), turn, kind)
            party = {PlaceKind.SUPPLIER: ground.supplier, PlaceKind.CUSTOMER: ground.customer}
            whom = next((party[end] for end in (source, target) if end in party), None)
            found[step].append(Move(batch, abs(change), source, target, party_id=whom, reason=line.reason))
    return sorted(found.items(), key=lambda pair: (pair[0].at, pair[0].kind.value))


def _ways(
    happening: Happening, green: Position, *, gain: bool
) -> Iterator[tuple[PostingKind, Position | PlaceKind, Position | PlaceKind]]:
    """The movements that a happening takes; what arrives is undecided before it is qualified."""
    if happening == "arrived":
        yellow = Position(green.site_id, green.location_id, Status.QUARANTINE, green.owner_id)
        yield PostingKind.RECEIPT, PlaceKind.SUPPLIER, yellow
        yield PostingKind.PUT_AWAY, yellow, green
    elif happening == "left":
        yield PostingKind.ISSUE, green, PlaceKind.CUSTOMER
    elif gain:
        yield PostingKind.COUNT_ADJUSTMENT, PlaceKind.COUNT, green
    else:
        yield PostingKind.COUNT_ADJUSTMENT, green, PlaceKind.COUNT


async def _places(tx: Transaction, site: SiteRef) -> dict[str, UUID]:
    return {place.code: place.location_id for place in await references.places(tx, site.id)}


async def _batches(tx: Transaction, history: Sequence[Happened]) -> dict[tuple[str, str], UUID]:
    """The batches by material code and number; what is not registered yet is, with its expiry."""
    materials = await references.materials(tx, {line.material for line in history})
    wanted = {(line.material, line.batch): line.expires_on for line in history}
    found = await register(
        tx,
        (
            Batch(materials[code], number, expires_on=expires_on)
            for (code, number), expires_on in wanted.items()
        ),
    )
    return {key: batch.id for key, batch in found.items()}
