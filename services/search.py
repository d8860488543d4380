"""Services: one search over everything - each sort for who may read it, in the rows that they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from db.queries import search as queries
from db.queries.search import Hit, Kind
from domain.submissions import printable
from services.permissions import Permission, visible_sites

if TYPE_CHECKING:
    from services.platform import Actor, Platform

__all__ = ["KINDS", "READERS", "Group", "Hit", "Kind", "search"]

KINDS: tuple[Kind, ...] = get_args(Kind)
READERS: dict[Kind, Permission] = {
    "run": Permission.RUN_READ,
    "document": Permission.DOCUMENT_READ,
    "batch": Permission.STOCK_READ,
    "material": Permission.MASTER_READ,
    "party": Permission.MASTER_READ,
    "person": Permission.MASTER_READ,
    "sop": Permission.SOP_READ,
}
LONGEST = 100


@dataclass(frozen=True)
class Group:
    """What was found of a sort; `more`: there are others."""

    kind: Kind
    items: Sequence[Hit]
    more: bool


async def search(
    platform: Platform, text: str, *, actor: Actor, kind: Kind | None = None, limit: int = 6
) -> list[Group]:
    """What has the text in its number or name, by sort; sorts that the actor may not read are left out."""
    wanted = printable(text).strip()[:LONGEST]
    if not wanted:
        return []
    groups = []
    async with platform.database.read() as tx:
        for one in KINDS:
            if kind not in {None, one} or not actor.may(READERS[one]):
                continue
            sites = visible_sites(actor, READERS[one])
            found = await queries.hits(tx, one, wanted, sites, limit + 1)
            groups.append(Group(one, found[:limit], len(found) > limit))
    return groups
