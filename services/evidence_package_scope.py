"""Services: what an evidence package is about - checked, named, and within what the actor may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from db.queries import evidence_packages as queries
from db.queries import evidence_subject
from domain.canonical import instant
from domain.errors import Invalid, NotFound, Refusal
from services import run_view
from services.evidence_package_report import ZONE
from services.note_parts import Sayer
from services.permissions import Permission, require, visible_sites

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from db.queries.evidence_scope import EvidenceScope
    from db.session import Reader
    from services.platform import Actor, Platform


MOST_MOVES = 20_000
"""Moves beside the runs that go along; of more of them none does, and the package says so."""
MOST_PIECES = 50_000
"""Pieces with serials in these moves: the same."""


class ScopeUnclear(Invalid):
    """Exactly one of run, batch, person, or a period with its beginning and end is asked for."""

    code = "scope_unclear"
    zh = "请选择一个流程、批次、人员，或有起止时间的期间（只选一项）"
    en = "Choose one run, batch or person, or a period with its beginning and end"


class ScopeEmpty(Refusal):
    code = "scope_empty"
    zh = "该范围内没有您可以查看的流程或库存变动"
    en = "There are no runs and no stock moves in this scope that you may see"


@dataclass(frozen=True)
class ScopeFacts:
    """What a package of the scope would hold, in words of both languages.

    `moves` are those of no run, counted up to one more than go along.
    """

    kind: str
    words: Mapping[str, str]
    runs: int
    elsewhere: int
    moves: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell: of a batch and a person there always is."""
        return not self.runs and not self.moves and self.kind in {"run", "period"}


async def facts_of(platform: Platform, scope: EvidenceScope, *, actor: Actor) -> ScopeFacts:
    """What the scope is; NotFound, NotPermitted, ScopeUnclear."""
    require(actor, Permission.AUDIT_READ)
    require(actor, Permission.RUN_READ)
    async with platform.database.read() as tx:
        kind, words = await _words(tx, scope, actor)
        there, every = await queries.count_runs(tx, scope, sites_of(actor))
        moves = 0
        if kind in {"batch", "period"}:
            moves = await evidence_subject.count_outside(tx, scope, sites_of(actor), MOST_MOVES + 1)
    return ScopeFacts(kind, words, there, every - there, moves)


def asked(scope: EvidenceScope) -> dict[str, str]:
    """The scope as programs read it."""
    ids = {"run": scope.run_id, "batch": scope.batch_id, "person": scope.person_id}
    ends = {"since": scope.since, "until": scope.until}
    return {name: str(one) for name, one in ids.items() if one} | {
        name: instant(at) for name, at in ends.items() if at
    }


def sites_of(actor: Actor) -> frozenset[UUID] | None:
    """The sites at which the actor reads both runs and the log; None: all."""
    runs, log = (visible_sites(actor, one) for one in (Permission.RUN_READ, Permission.AUDIT_READ))
    if runs is None or log is None:
        return log if runs is None else runs
    return runs & log


async def _words(tx: Reader, scope: EvidenceScope, actor: Actor) -> tuple[str, dict[str, str]]:
    """The kind of the scope and its name; one that is not there is NotFound."""
    period = scope.since is not None and scope.until is not None
    wanted: Sequence[object] = [scope.run_id, scope.batch_id, scope.person_id, period or None]
    if sum(one is not None for one in wanted) != 1 or (not period and (scope.since or scope.until)):
        raise ScopeUnclear
    if scope.run_id is not None:
        run = await run_view.readable(tx, scope.run_id, actor)
        require(actor, Permission.AUDIT_READ, run.site_id)
        named = run.business_key or str(run.id)
        return "run", {
            "zh": f"流程：{run.title_zh} {named}",
            "en": f"Run: {run.title_en} {named}",
        }
    if scope.batch_id is not None:
        batch = await queries.batch_name(tx, scope.batch_id)
        if batch is None:
            raise NotFound(what=f"批次 / batch {scope.batch_id}")
        return "batch", {
            "zh": f"批次：{batch['name_zh']}（{batch['code']}）{batch['number']}",
            "en": f"Batch: {batch['name_en'] or batch['name_zh']} ({batch['code']}) {batch['number']}",
        }
    if scope.person_id is not None:
        person = await queries.person_name(tx, scope.person_id)
        if person is None:
            raise NotFound(what=f"人员 / person {scope.person_id}")
        named = f"{person['name']} ({person['username']})"
        return "person", {"zh": f"人员：{named}", "en": f"Person: {named}"}
    assert scope.since is not None
    assert scope.until is not None
    first, last = (Sayer("zh", ZONE).instant(at) for at in (scope.since, scope.until))
    return "period", {
        "zh": f"期间内结束的流程，和期间内不属于流程的库存变动：{first} – {last}",
        "en": f"Runs that ended, and stock moves of no run, in the period: {first} – {last}",
    }
