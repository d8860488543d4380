"""Services: decision tables - which there are, what each version says, which procedures use it (D5).

What a draft of a procedure decides by is the newest approved version; what was approved stays pinned to the
versions in its bundle. Writing is in `decision_table_editing`, approval in `decision_table_approval`. Knows
no HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from db.queries import decision_tables as queries
from db.queries import sops
from db.queries.decision_tables import TableRow, TableUse
from db.queries.sops import ApprovalRow, InForce
from db.session import Reader
from domain.decision_table import DecisionTable
from domain.decision_table_check import Looked, look
from domain.errors import NotFound
from domain.sop_changes import Change, table_changes
from domain.sop_document import Data
from domain.sop_yaml import parse_table
from services.draft_history import data_of
from services.permissions import Permission, require
from services.platform import Actor, Platform

KEPT = 64
"""Texts that a process keeps read; the same few are asked for again and again."""

__all__ = ["TableRow", "TableUse"]


@dataclass(frozen=True)
class TableInList:
    """A table as the list shows it: its newest approved version (else its newest draft), and who uses it.

    `users` are the keys of the procedures; `waiting` the versions that are drafts or in review.
    """

    row: TableRow
    users: Sequence[str]
    waiting: Sequence[TableRow]


@dataclass(frozen=True)
class TableView:
    """A version in full. `data` is its text as data; `looked` is what the check says of it."""

    row: TableRow
    source: str
    data: Data
    looked: Looked
    approvals: Sequence[ApprovalRow]
    versions: Sequence[TableRow]
    authors: frozenset[UUID]

    @property
    def newest(self) -> int:
        """The number of the newest approved version, 0 when there is none."""
        return max((one.number or 0 for one in self.versions if one.state == "approved"), default=0)


@dataclass(frozen=True)
class TableDifference:
    """What changed in a version since the one before it (None: there is none)."""

    row: TableRow
    since: TableRow | None
    changes: Sequence[Change] = ()


@dataclass(frozen=True)
class NewerTable:
    """A table of which a newer version was approved than a procedure is pinned to."""

    key: str
    title: Mapping[str, str]
    pinned: int
    newest: int


async def newest(tx: Reader) -> dict[str, DecisionTable]:
    """The newest approved version of every table, by key."""
    return {key: _read(source) for key, source in (await queries.approved(tx)).items()}


async def in_use(platform: Platform, *, actor: Actor) -> dict[str, DecisionTable]:
    """The same, for who reads procedures."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        return await newest(tx)


async def list_tables(platform: Platform, *, actor: Actor) -> list[TableInList]:
    """All tables by key."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        rows = await queries.versions(tx)
        used = await queries.uses(tx)
    found = []
    for key in sorted({row.key for row in rows}):
        own = [row for row in rows if row.key == key]
        approved = [row for row in own if row.state == "approved"]
        users = sorted({one.sop for one in used if one.table == key and one.state != "retired"})
        found.append(
            TableInList((approved or own)[0], users, [row for row in own if row.state != "approved"])
        )
    return found


async def versions(platform: Platform, key: str, *, actor: Actor) -> list[TableRow]:
    """All versions of a table, drafts first, then newest first; NotFound."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        return await _versions(tx, key)


async def get(platform: Platform, key: str, ref: int | UUID | None = None, *, actor: Actor) -> TableView:
    """A version by its number or id; without `ref` the newest approved one, else the newest draft."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        listed = await _versions(tx, key)
        row = _chosen(listed, key, ref)
        source = await queries.source_of(tx, row.id)
        data = data_of(source)
        return TableView(
            row,
            source,
            data,
            look(data),
            await queries.approvals(tx, row.id),
            listed,
            frozenset(await queries.authors(tx, row.id)),
        )


async def uses(platform: Platform, key: str, *, actor: Actor) -> list[tuple[TableUse, list[InForce]]]:
    """The versions of procedures that use a table, with where each is in force or will be."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        found = await queries.uses(tx, key)
        placed = await sops.effectivities(tx, list({one.sop_id for one in found}), ended=False)
    return [
        (one, [p for p in placed.get(one.sop_id, []) if p.sop_version_id == one.sop_version_id])
        for one in found
    ]


async def difference(
    platform: Platform, key: str, ref: int | UUID, *, actor: Actor, since: int | None = None
) -> TableDifference:
    """What changed in a version, row by row, since the newest approved one before it (or `since`).

    Nothing is told of a draft that cannot be read yet.
    """
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        listed = await _versions(tx, key)
        row = _chosen(listed, key, ref)
        earlier = [
            one
            for one in listed
            if one.state == "approved"
            and one.id != row.id
            and (not row.number or (one.number or 0) < row.number)
        ]
        before = _chosen(listed, key, since) if since is not None else next(iter(earlier), None)
        if before is None:
            return TableDifference(row, None)
        old, new = [look(data_of(await queries.source_of(tx, one.id))).table for one in (before, row)]
    if old is None or new is None:
        return TableDifference(row, before)
    # The number is not a difference: it is what the version is called.
    same = new.model_copy(update={"version": old.version})
    return TableDifference(row, before, table_changes({key: old}, {key: same}))


async def newer_than(
    platform: Platform, bundle: Mapping[str, Any] | None, *, actor: Actor
) -> list[NewerTable]:
    """The tables of a bundle of which a newer version is approved meanwhile."""
    require(actor, Permission.SOP_READ)
    pinned: Mapping[str, Any] = (bundle or {}).get("tables", {})
    if not pinned:
        return []
    async with platform.database.read() as tx:
        found = await queries.numbers(tx)
    return [
        NewerTable(key, table["title"], table["version"], found[key])
        for key, table in pinned.items()
        if found.get(key, 0) > table["version"]
    ]


async def _versions(tx: Reader, key: str) -> list[TableRow]:
    found = await queries.versions(tx, key=key)
    if not found:
        raise NotFound(what=f"决策表 / decision table {key}")
    return found


def _chosen(listed: Sequence[TableRow], key: str, ref: int | UUID | None) -> TableRow:
    if ref is None:
        return next((one for one in listed if one.state == "approved"), listed[0])
    for one in listed:
        if ref in (one.id, one.number):
            return one
    raise NotFound(what=f"决策表版本 / version of the decision table {key} {ref}")


@lru_cache(maxsize=KEPT)
def _read(source: str) -> DecisionTable:
    return parse_table(source).table
