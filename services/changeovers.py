"""Services: moving runs under way to a newer version (S10) - which there are, what speaks against each.

What speaks against a run says the run itself, by the same rule that decides when it is moved. Proposing is in
`changeover_proposals`, approving and carrying out in `changeover_orders`. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.commands import ChangeoverQuestion
from db.queries import changeovers as queries
from db.queries import sops as sop_queries
from db.queries.changeovers import OrderedRun, OrderRow
from domain.errors import NotFound
from domain.sop_changeover.differing import DIFFERS, Versions
from domain.sop_changes import changes
from domain.sop_definition import Text
from engine.gateway import EngineSilent
from services import bundles
from services.permissions import Permission, require, visible_sites

if TYPE_CHECKING:
    from db.queries.runs import RunRow
    from db.queries.sops import VersionRow
    from db.session import Reader
    from domain.sop_bundle import Bundle
    from services.platform import Actor, Platform

__all__ = [
    "Candidate",
    "Order",
    "OrderRow",
    "OrderedRun",
    "Running",
    "count",
    "list_orders",
    "order",
    "running",
]

AT_ONCE = 5
"""Runs that are asked at the same time; each is a query to a worker."""
SHOWN = 100
"""Runs that one look asks; a house with more moves them in several orders."""
NOT_IN_FORCE = {
    "code": "not_in_force",
    "step": None,
    "zh": "此版本在流程所在的仓库尚未生效",
    "en": "this version is not in force where the run takes place",
}
ORDERED = {
    "code": "ordered",
    "step": None,
    "zh": "已在另一张未完成的转版单中",
    "en": "it stands in another order that is not settled",
}
SILENT = {
    "code": "silent",
    "step": None,
    "zh": "暂时问不到流程引擎，请稍后再试",
    "en": "the engine does not answer; try again",
}


@dataclass(frozen=True)
class Candidate:
    """A run by an older version, and every reason why it cannot go over (none: it can)."""

    run: RunRow
    obstacles: Sequence[Mapping[str, Any]]

    @property
    def fits(self) -> bool:
        return not self.obstacles


@dataclass(frozen=True)
class Running:
    """The runs by older versions than this one: those that one look asks, and how many there are."""

    version: VersionRow
    candidates: list[Candidate]
    total: int


@dataclass(frozen=True)
class Order:
    """An order with its runs as a reader may see them, and how many it names."""

    row: OrderRow
    runs: list[OrderedRun]
    total: int

    @property
    def open(self) -> int:
        """Runs of an approved order of which it is not known yet what became of them."""
        return sum(one.result is None for one in self.runs) if self.row.state == "approved" else 0


async def count(platform: Platform, version: VersionRow, *, actor: Actor) -> int:
    """How many runs that the actor may read go by an older version."""
    if version.version is None or Permission.RUN_READ not in actor.permissions:
        return 0
    async with platform.database.read() as tx:
        return (await _open(tx, version, actor, 0))[1]


async def running(platform: Platform, key: str, ref: int | UUID, *, actor: Actor) -> Running:
    """Every run by an older version with what speaks against moving it, asked of the run itself."""
    require(actor, Permission.RUN_READ)
    async with platform.database.read() as tx:
        version = await version_of(tx, key, ref)
        found, total = await _open(tx, version, actor, SHOWN)
    foreseen = await obstacles(platform, version, found)
    return Running(version, [Candidate(run, foreseen[run.id]) for run in found], total)


async def version_of(tx: Reader, key: str, ref: int | UUID) -> VersionRow:
    """The version; NotFound, also of one that has no bundle yet."""
    found = await sop_queries.versions(tx, key=key, ref=ref)
    if not found or found[0].sha256 is None or found[0].version is None:
        raise NotFound(what=f"规程版本 / version {ref}")
    return found[0]


async def obstacles(
    platform: Platform, version: VersionRow, found: Sequence[RunRow]
) -> dict[UUID, list[Mapping[str, Any]]]:
    """What speaks against moving each of the runs, by run."""
    assert version.sha256 is not None
    async with platform.database.read() as tx:
        bundle = await bundles.bundle_of(tx, version.id, version.sha256)
        named = await _in_names(tx, bundle, found)
        everywhere, sites = await queries.in_force_at(tx, version.id)
        ordered = await queries.ordered_already(tx, [run.id for run in found])
    question = ChangeoverQuestion(bundle=bundle.to_json(), sha256=bundle.sha256)
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(run: RunRow) -> list[Mapping[str, Any]]:
        said: list[Mapping[str, Any]] = []
        if not everywhere and run.site_id not in sites:
            said.append(NOT_IN_FORCE)
        if run.id in ordered:
            said.append(ORDERED)
        try:
            async with turns:
                answer = await platform.gateway.obstacles(str(run.id), question)
        except EngineSilent:
            answer = None
        if answer is None:
            return [*said, SILENT]
        return [*said, *(_in_words(one, named[run.sha256]) for one in answer)]

    answers = await asyncio.gather(*(one(run) for run in found))
    return {run.id: answer for run, answer in zip(found, answers, strict=True)}


Names = dict[tuple[str, str], dict[str, str]]
"""What differs in a step by its path, in both languages."""


async def _in_names(tx: Reader, bundle: Bundle, found: Sequence[RunRow]) -> dict[str, Names]:
    """What differs from the versions that the runs go by, in the names of posts: a run knows none."""
    posts = {code: Text(zh=zh, en=en or zh) for code, (zh, en) in (await sop_queries.post_names(tx)).items()}
    told: dict[str, Names] = {}
    for sha256, version_id in {run.sha256: run.sop_version_id for run in found}.items():
        old = await bundles.bundle_of(tx, version_id, sha256)
        names = told[sha256] = {}
        for change in changes(old.definition, bundle.definition, posts):
            if change.step is not None:
                one = Versions.said(change, change.step.rpartition("/")[2])
                names[str(one.step), one.path] = {"zh": one.in_language("zh"), "en": one.in_language("en")}
    return told


def _in_words(said: Mapping[str, Any], names: Names) -> Mapping[str, Any]:
    """What a run has said, with the names of posts where it tells of a difference."""
    named = names.get((said["step"], said["path"])) if said["code"] == DIFFERS else None
    return {**said, **(named or {})}


async def list_orders(platform: Platform, version_id: UUID, *, actor: Actor) -> list[OrderRow]:
    """The orders to a version, the newest first."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        return await queries.orders(tx, version=version_id)


async def order(platform: Platform, order_id: UUID, *, actor: Actor) -> Order:
    """An order with what became of each run; runs at sites that the actor may not read are left out."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        row = await order_row(tx, order_id)
        sites = visible_sites(actor, Permission.RUN_READ)
        runs = await queries.runs_of(tx, order_id)
    return Order(row, [one for one in runs if sites is None or one.site_id in sites], len(runs))


async def order_row(tx: Reader, order_id: UUID, *, lock: bool = False) -> OrderRow:
    """The order; NotFound."""
    found = await queries.orders(tx, order=order_id, lock=lock)
    if not found:
        raise NotFound(what=f"转版单 / changeover {order_id}")
    return found[0]


async def _open(tx: Reader, version: VersionRow, actor: Actor, limit: int) -> tuple[list[RunRow], int]:
    assert version.version is not None
    sites = visible_sites(actor, Permission.RUN_READ)
    return await queries.open_runs(
        tx, version.key, not_by=version.id, below=version.version, sites=sites, limit=limit
    )
