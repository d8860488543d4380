"""Services: a version compared with another in sentences - what an approver signs, what a vendor brings (D4).

Unless another is asked for, a version is compared with what it would replace. Knows no HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from db.queries import references
from db.queries import sops as queries
from db.queries.sops import InForce, VersionRow
from db.session import Reader
from domain.decision_table import DecisionTable
from domain.errors import NotFound
from domain.sop_changes import Change, Risk, changes, gravest, table_changes, to_train
from domain.sop_definition import SopDefinition, Text
from domain.sop_findings import DefinitionInvalid
from domain.sop_yaml import parse
from services import decision_tables
from services.permissions import Permission, require
from services.platform import Actor, Platform

KEPT = 64
"""Texts that a process keeps parsed; who reviews a version opens the same two again and again."""


@dataclass(frozen=True)
class Said:
    """What a version says: its definition, the decision tables that it uses, its text."""

    definition: SopDefinition
    source: str
    tables: Mapping[str, DecisionTable] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """What changed from `since` (None: there is nothing to compare with) to `row`, with both texts.

    `to_train` are the posts whose work changes by more than words; `others` the versions beside it.
    """

    row: VersionRow
    since: VersionRow | None
    changes: Sequence[Change] = ()
    to_train: Sequence[str] = ()
    others: Sequence[VersionRow] = ()
    before: Said | None = None
    after: Said | None = None

    @property
    def gravest(self) -> Risk | None:
        """The highest risk among the changes."""
        return gravest(self.changes)


@dataclass(frozen=True)
class VendorNews:
    """A vendor's version that waits as a draft: how many changes it brings, and their highest risk."""

    row: VersionRow
    since: VersionRow
    changes: int
    gravest: Risk | None


async def compare(
    platform: Platform, key: str, ref: int | UUID, *, actor: Actor, since: int | UUID | None = None
) -> Comparison:
    """What changed up to a version; DefinitionInvalid while one of the two is an incomplete draft."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        listed = await queries.versions(tx, key=key)
        row = _found(listed, key, ref)
        others = [one for one in listed if one.id != row.id]
        placed = await _placed(tx, row)
        other = _found(listed, key, since) if since is not None else replaced_by(row, others, placed)
        if other is None:
            return Comparison(row, None, others=others)
        posts = await queries.post_names(tx) if actor.may(Permission.MASTER_READ) else {}
        old, new = await _said(tx, other), await _said(tx, row)
    names = {code: Text(zh=zh, en=en or zh) for code, (zh, en) in posts.items()}
    found = [
        *changes(old.definition, new.definition, names),
        *table_changes(old.tables, new.tables),
    ]
    trained = to_train(found, new.definition)
    return Comparison(row, other, found, trained, others, old, new)


async def vendor_news(platform: Platform, *, actor: Actor) -> dict[str, VendorNews]:
    """By procedure: the newest vendor's version that waits as a draft beside a version of one's own."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        waiting = await queries.vendor_drafts(tx)
    news = {}
    for row in waiting:
        try:
            found = await compare(platform, row.key, row.id, actor=actor)
        except DefinitionInvalid:  # written in a language that this release does not know any more
            continue
        if found.since is not None:
            news[row.key] = VendorNews(row, found.since, len(found.changes), found.gravest)
    return news


def replaced_by(
    row: VersionRow, others: Sequence[VersionRow], placed: Sequence[InForce]
) -> VersionRow | None:
    """What a version is compared with: what is in force (for all sites before one), else the newest approved.

    Of one that has been approved itself only earlier numbers count. None when there is no such version.
    """
    earlier = [
        one
        for one in others
        if one.version is not None and (row.version is None or one.version < row.version)
    ]
    by_id = {one.id: one for one in earlier}
    now = [by_id[one.sop_version_id] for one in placed if one.sop_version_id in by_id]
    return now[0] if now else max(earlier, key=lambda one: one.version or 0, default=None)


async def _placed(tx: Reader, row: VersionRow) -> list[InForce]:
    """What is in force now, for all sites first."""
    found = (await queries.effectivities(tx, [row.sop_id], ended=False)).get(row.sop_id, [])
    now = await references.clock_now(tx)
    return sorted((one for one in found if one.effective_from <= now), key=lambda one: one.site is not None)


def _found(listed: Sequence[VersionRow], key: str, ref: int | UUID) -> VersionRow:
    for one in listed:
        if ref in (one.id, one.version):
            return one
    raise NotFound(what=f"规程版本 / SOP version {key} {ref}")


async def _said(tx: Reader, row: VersionRow) -> Said:
    kept = await queries.content(tx, row.id)
    source = str(kept["source"])
    definition = _parsed(source) if source else SopDefinition.model_validate(kept["definition"])
    if kept["bundle"] is not None:
        frozen = kept["bundle"].get("tables", {})
        return Said(definition, source, {k: DecisionTable.model_validate(one) for k, one in frozen.items()})
    used = {step.decide.table for step in definition.walk() if step.decide}
    now = await decision_tables.newest(tx)
    return Said(definition, source, {k: one for k, one in now.items() if k in used})


@lru_cache(maxsize=KEPT)
def _parsed(source: str) -> SopDefinition:
    return parse(source).definition
