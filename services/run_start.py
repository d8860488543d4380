"""Services: starting a run - one row with its key and hash, then the engine; what is owed is made up later.

The version is the one in force at the site that the definition's own scope names. One open run per key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from contracts.names import workflow_id
from db import tables as t
from db.ids import new_id
from db.queries import references, run_head
from db.queries import runs as queries
from domain.canonical import instant, sha256_of
from domain.errors import FieldProblem, Invalid, NotFound, Refusal
from domain.sop_bundle import Bundle
from services import audit, business_keys, run_engine, run_inputs, run_view
from services.permissions import NotPermittedThere, Permission, require, visible_sites
from services.sop_calls import NotInForce

if TYPE_CHECKING:
    from datetime import datetime

    from db.queries.references import SiteRef
    from db.queries.sops import EffectiveSop
    from db.session import Reader, Transaction
    from services.platform import Actor, Platform
    from services.run_view import RunView

log = structlog.get_logger(__name__)


class OpenRunExists(Refusal):
    """One open run per procedure and business key; `run_id` names it."""

    code = "open_run_exists"
    zh = "“{key}”已有进行中的流程 {run_id}"
    en = 'There is an open run for "{key}": {run_id}'


class StartMismatch(Refusal):
    """The same start (id) came again with other content."""

    code = "start_mismatch"
    zh = "同一启动编号的内容前后不一致"
    en = "The same start came with other content"


class SiteNotDetermined(Invalid):
    """The definition's scope gives no site that exists."""

    code = "site_not_determined"
    zh = "不能确定流程所在的仓库：{what}"
    en = "The site of the run is not determined: {what}"


@dataclass(frozen=True)
class _Wanted:
    """What was asked for; `sites` is the starter's row scope."""

    sop: str
    inputs: Mapping[str, Any]
    business_key: str | None
    site: str | None
    sites: frozenset[UUID] | None


@dataclass(frozen=True)
class _Begun:
    """Everything that a run's row needs."""

    sop: EffectiveSop
    bundle: Bundle
    site: SiteRef
    department_id: UUID | None
    inputs: Mapping[str, Any]
    business_key: str | None
    subject: tuple[str, str]
    """In Chinese and in English."""


async def start(
    platform: Platform,
    sop: str,
    inputs: Mapping[str, Any],
    business_key: str | None = None,
    *,
    actor: Actor,
    site: str | None = None,
    run_id: UUID | None = None,
    request_id: str = "",
) -> RunView:
    """Starts a run; OpenRunExists names the open one. The same `run_id` again is the same start.

    `site` is for definitions whose scope names none. If the engine is silent the run is started by the sweep.
    """
    async with audit.refusals(platform, actor, "start.run", "sop", sop, request_id=request_id):
        require(actor, Permission.RUN_START)
        async with platform.database.write(actor.ref, request_id) as tx:
            wanted = _Wanted(sop, inputs, business_key, site, visible_sites(actor, Permission.RUN_START))
            begun = await _begin(tx, wanted)
            _require_at(actor, begun.site)
            made = await _insert(tx, platform, begun, actor, run_id or new_id())
    try:
        await run_engine.start_in_engine(platform, made)
    except Refusal:
        raise
    except Exception as error:  # noqa: BLE001 - the row stands: the sweep starts it later
        log.warning("start is owed to the engine", run_id=str(made), error=type(error).__name__)
    async with platform.database.read() as tx:
        head = await run_head.run_head(tx, made)
        assert head is not None
        return await run_view.view(tx, head, actor)


async def begin_within(
    tx: Transaction, platform: Platform, sop: str, inputs: Mapping[str, Any], *, actor: Actor
) -> UUID:
    """Begins a run within the transaction that causes it: the house begins it, whatever the actor's posts.

    The sweep starts it in the engine. NotFound, NotInForce where there is no such procedure in force.
    """
    begun = await _begin(tx, _Wanted(sop, inputs, None, None, None))
    return await _insert(tx, platform, begun, actor, new_id())


def _require_at(actor: Actor, site: SiteRef) -> None:
    """NotPermittedThere unless the actor may start runs at the site: people often work at several."""
    if not actor.may(Permission.RUN_START, site.id):
        permission = Permission.RUN_START.value
        raise NotPermittedThere(permission=permission, site_zh=site.name_zh, site_en=site.name_en)


async def check(
    tx: Reader, sop: str, inputs: Mapping[str, Any], *, sites: frozenset[UUID] | None, site: str
) -> tuple[UUID, SiteRef]:
    """The procedure and the site of a start with these inputs; refused as the start would be now."""
    begun = await _begin(tx, _Wanted(sop, inputs, None, site, sites))
    return begun.sop.sop_id, begun.site


async def _begin(tx: Reader, wanted: _Wanted) -> _Begun:
    now = await references.clock_now(tx)
    chosen = await _version(tx, wanted, now)
    bundle, found, values = chosen.bundle, chosen.site, chosen.inputs
    context = {"inputs": values, "run": {"now": instant(now)}}
    scope = bundle.definition.scope
    department = bundle.evaluator.value("", scope.department, context) if scope.department else None
    department_id = await tx.scalar(sa.select(t.department.c.id).where(t.department.c.code == department))
    return _Begun(
        sop=chosen.sop,
        bundle=bundle,
        site=found,
        department_id=department_id,
        inputs=values,
        business_key=business_keys.key_of(bundle, context, wanted.business_key),
        subject=await business_keys.subject_of(tx, bundle, context),
    )


@dataclass(frozen=True)
class _Chosen:
    sop: EffectiveSop
    bundle: Bundle
    site: SiteRef
    inputs: Mapping[str, Any]


async def _version(tx: Reader, wanted: _Wanted, now: datetime) -> _Chosen:
    """The version in force where the run takes place - which a version's own scope says.

    Asked are the versions in force anywhere; the one for exactly that site comes before the one for all.
    """
    sop = wanted.sop
    versions = await queries.in_force(tx, sop, now)
    if not versions:
        if await tx.scalar(sa.select(t.sop.c.id).where(t.sop.c.key == sop)) is None:
            raise NotFound(what=f"规程 / SOP {sop[:80]}")
        raise NotInForce(sop=sop)
    problem: Refusal = NotInForce(sop=sop)
    for only_at, effective in versions:
        bundle = Bundle.from_json(effective.bundle, effective.sha256)
        try:
            values = await run_inputs.resolve(tx, bundle.definition.inputs, wanted.inputs, sites=wanted.sites)
            found = await _site(tx, bundle, {"inputs": values, "run": {"now": instant(now)}}, wanted.site)
        except Refusal as refusal:
            problem = refusal
            continue
        if only_at is None or only_at == found.id:
            return _Chosen(effective, bundle, found, values)
    raise problem


async def _site(tx: Reader, bundle: Bundle, context: Mapping[str, Any], site: str | None) -> SiteRef:
    expression = bundle.definition.scope.site
    code = bundle.evaluator.value("", expression, context) if expression else site
    return await site_called(tx, str(code or ""))


async def site_called(tx: Reader, code: str) -> SiteRef:
    """The site of a run by its code; SiteNotDetermined."""
    found = await references.site(tx, code) if code else None
    if found is None or not found.active:
        raise SiteNotDetermined(
            [FieldProblem("site", "site_unknown", f"没有此仓库：{code}", f"there is no site {code}")]
        )
    return found


async def _insert(tx: Transaction, platform: Platform, begun: _Begun, actor: Actor, run_id: UUID) -> UUID:
    start_hash = bytes.fromhex(
        sha256_of(
            "run_start",
            1,
            sop=begun.sop.key,
            inputs=dict(begun.inputs),
            business_key=begun.business_key,
            actor=actor.person_id,
        )
    )
    made = await tx.scalar(
        insert(t.run)
        .values(
            id=run_id,
            workflow_id=workflow_id(str(run_id)),
            sop_id=begun.sop.sop_id,
            sop_version_id=begun.sop.sop_version_id,
            sha256=begun.sop.sha256,
            business_key=begun.business_key,
            site_id=begun.site.id,
            department_id=begun.department_id,
            mode=platform.settings.mode,
            inputs=dict(begun.inputs),
            started_by=actor.person_id,
            started_at=sa.func.clock_now(),
            summary_zh=begun.subject[0],
            summary_en=begun.subject[1],
            start_hash=start_hash,
        )
        .on_conflict_do_nothing()
        .returning(t.run.c.id)
    )
    if made is None:
        return await _existing(tx, begun, run_id, start_hash)
    await tx.audit(
        "start.run",
        "run",
        str(run_id),
        after={
            "sop": begun.sop.key,
            "version": begun.sop.version,
            "sha256": begun.sop.sha256,
            "business_key": begun.business_key,
            "site": begun.site.code,
        },
        run_id=run_id,
    )
    return run_id


async def _existing(tx: Transaction, begun: _Begun, run_id: UUID, start_hash: bytes) -> UUID:
    """The run that stands in the way: the same start made before, or another one with the same key."""
    r = t.run.c
    tx.audited_elsewhere("nothing was written: the run exists")
    same = await tx.one_or_none(sa.select(r.id, r.start_hash).where(r.id == run_id))
    if same is not None:
        if bytes(same["start_hash"]) != start_hash:
            raise StartMismatch
        return run_id
    other = await tx.scalar(
        sa.select(r.id).where(
            r.sop_id == begun.sop.sop_id,
            r.business_key == begun.business_key,
            r.state.in_(t.OPEN_STATES),
        )
    )
    raise OpenRunExists(key=begun.business_key, run_id=str(other))
