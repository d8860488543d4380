"""Domain: the account of a batch - all that came in, and where every unit of it is; they are the same number.

Pure. What crossed the edge (`Flow`) and what stands inside (`Standing`) are told by different tables; where
they do not agree, the difference is shown, never hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Kind = Literal["on_hand", "transit", "customer", "supplier", "destroyed", "sample", "count"]
KINDS: tuple[Kind, ...] = ("on_hand", "transit", "customer", "supplier", "destroyed", "sample", "count")
"""Where units can be: in a site, on the way, sold, sent back, destroyed, samples, missing in a count."""


@dataclass(frozen=True)
class Flow:
    """So many of a batch that went over the edge, or onto and off the road on a transfer.

    `kind` is the posting's: a reversal takes back what it reverses.
    """

    batch_id: UUID
    kind: str
    from_kind: str
    to_kind: str
    party_id: UUID | None
    transfer_id: UUID | None
    quantity: int


@dataclass(frozen=True)
class Standing:
    """So many of a batch at a location in a status."""

    batch_id: UUID
    site: str
    site_zh: str
    site_en: str
    location: str
    status: str
    quantity: int


@dataclass(frozen=True)
class Holding:
    """Where some of a batch is: a location, a partner or a transfer, or gone for good."""

    batch_id: UUID
    kind: Kind
    quantity: int
    standing: Standing | None = None
    party_id: UUID | None = None
    transfer_id: UUID | None = None


@dataclass(frozen=True)
class Account:
    """A batch in numbers: `received`, `found` in counts, `arrived` from sites not shown; and what is held."""

    batch_id: UUID
    received: int = 0
    found: int = 0
    arrived: int = 0
    held: dict[Kind, int] = field(default_factory=dict)

    @property
    def came_in(self) -> int:
        """All that came in."""
        return self.received + self.found + self.arrived

    @property
    def accounted(self) -> int:
        """All whose place is known."""
        return sum(self.held.values())

    @property
    def difference(self) -> int:
        """What came in and is nowhere; below zero: what is somewhere and never came in."""
        return self.came_in - self.accounted


def accounts(
    batch_ids: Iterable[UUID], flows: Iterable[Flow], standing: Sequence[Standing]
) -> tuple[list[Account], list[Holding]]:
    """The account of each batch, and every place that has some of it."""
    came: Counter[tuple[UUID, str]] = Counter()
    parties: Counter[tuple[UUID, str, UUID | None]] = Counter()
    roads: Counter[tuple[UUID, UUID | None]] = Counter()
    for flow in flows:
        source, target, quantity = _forth(flow)
        if source == "supplier":
            came[flow.batch_id, "received"] += quantity
        elif source == "count":
            came[flow.batch_id, "found"] += quantity
        elif source == "transit":
            roads[flow.batch_id, flow.transfer_id] -= quantity
        elif source != "internal":
            parties[flow.batch_id, source, _party(source, flow)] -= quantity
        if target == "transit":
            roads[flow.batch_id, flow.transfer_id] += quantity
        elif target != "internal":
            parties[flow.batch_id, target, _party(target, flow)] += quantity
    for (batch_id, _), quantity in roads.items():
        came[batch_id, "arrived"] -= min(quantity, 0)
    holdings = [Holding(one.batch_id, "on_hand", one.quantity, standing=one) for one in standing]
    holdings += [
        Holding(batch_id, "transit", quantity, transfer_id=transfer_id)
        for (batch_id, transfer_id), quantity in roads.items()
        if quantity > 0
    ]
    holdings += [
        Holding(batch_id, kind, quantity, party_id=party_id)
        for (batch_id, name, party_id), quantity in parties.items()
        for kind in KINDS
        if kind == name and quantity
    ]
    held: Counter[tuple[UUID, Kind]] = Counter()
    for one in holdings:
        held[one.batch_id, one.kind] += one.quantity
    return [_account(batch_id, came, held) for batch_id in batch_ids], holdings


def _forth(flow: Flow) -> tuple[str, str, int]:
    """From where to where, and how many: a reversal is the first move, less."""
    if flow.kind == "reversal":
        return flow.to_kind, flow.from_kind, -flow.quantity
    return flow.from_kind, flow.to_kind, flow.quantity


def _party(kind: str, flow: Flow) -> UUID | None:
    return flow.party_id if kind in {"supplier", "customer"} else None


def _account(batch_id: UUID, came: Counter[tuple[UUID, str]], held: Counter[tuple[UUID, Kind]]) -> Account:
    return Account(
        batch_id,
        came[batch_id, "received"],
        came[batch_id, "found"],
        came[batch_id, "arrived"],
        {kind: held[batch_id, kind] for kind in KINDS},
    )
