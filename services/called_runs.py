"""Services: calling runs in an advance - each a run of its own with its row, site, version and training gate.

All runs of one operation are called, or none. The engine is given them after the commit (`called_word`); who
called a run, where and for which line stands in its row, so that nothing is called twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.advance import AskedResult
from contracts.names import workflow_id
from db import tables as t
from db.ids import new_id
from db.queries import called_runs as queries
from db.queries import references
from domain.canonical import instant, sha256_of
from domain.errors import Refusal
from services import business_keys, run_inputs, run_start
from services.bundles import bundle_of

if TYPE_CHECKING:
    from contracts.calls import CalledRun, CallRuns
    from db.queries.references import SiteRef
    from db.session import Transaction
    from domain.sop_bundle import Bundle
    from services.advance_state import Advance

_EVENTS = sa.insert(t.audit_event)


async def call(advance: Advance, operation: CallRuns) -> dict[str, Any]:
    """Calls the runs; what one of them is refused for is the answer, and then none is called."""
    try:
        async with advance.tx.savepoint():
            made = await _make(advance, operation)
        result = AskedResult(path=operation.path, outputs={"runs": [str(run) for run in made]})
    except Refusal as refusal:
        said = f"{refusal.message('zh')} / {refusal.message('en')}"
        result = AskedResult(path=operation.path, refused=refusal.code, message=said)
    advance.asked = result
    return {
        "asked": result.model_dump(mode="json", exclude_defaults=True),
        "sop": operation.sop,
        "version": operation.version,
        "count": len(operation.runs),
        "awaited": operation.awaited,
    }


@dataclass(frozen=True)
class _Pinned:
    """The version that is called."""

    id: UUID
    sop_id: UUID
    bundle: Bundle


async def _make(advance: Advance, operation: CallRuns) -> list[UUID]:
    tx, by = advance.tx, await advance.last_actor()
    pinned = await _pinned(tx, operation)
    at = await references.clock_now(tx)
    places = _Places(tx, advance.run.site)
    rows = [await _row(advance, operation, pinned, places, run, by) for run in operation.runs]
    keys = {row["business_key"] for row in rows} - {None}
    if keys:
        await _check_keys(tx, pinned, keys)
    await tx.execute(sa.insert(t.run), [{**row, "started_at": at} for row in rows])
    await tx.execute(_EVENTS, [_event(advance, operation, row) for row in rows])
    await _keep_apart(advance, operation, [row["id"] for row in rows])
    return [row["id"] for row in rows]


async def _pinned(tx: Transaction, operation: CallRuns) -> _Pinned:
    v = t.sop_version.c
    row = await tx.one(
        sa.select(v.id, v.sop_id)
        .join(t.sop, t.sop.c.id == v.sop_id)
        .where(t.sop.c.key == operation.sop, v.version == operation.version, v.sha256 == operation.sha256)
    )
    return _Pinned(row["id"], row["sop_id"], await bundle_of(tx, row["id"], operation.sha256))


class _Places:
    """Sites and departments by code, each looked up once for all runs; `own` is the caller's site."""

    def __init__(self, tx: Transaction, own: str) -> None:
        self._tx, self._own = tx, own
        self._sites: dict[str, SiteRef] = {}
        self._departments: dict[str, UUID | None] = {}

    async def site(self, bundle: Bundle, context: Mapping[str, Any]) -> SiteRef:
        expression = bundle.definition.scope.site
        code = str(bundle.evaluator.value("", expression, context)) if expression else self._own
        if code not in self._sites:
            self._sites[code] = await run_start.site_called(self._tx, code)
        return self._sites[code]

    async def department(self, bundle: Bundle, context: Mapping[str, Any]) -> UUID | None:
        expression = bundle.definition.scope.department
        code = str(bundle.evaluator.value("", expression, context)) if expression else ""
        if code and code not in self._departments:
            self._departments[code] = await self._tx.scalar(
                sa.select(t.department.c.id).where(t.department.c.code == code)
            )
        return self._departments.get(code)


async def _row(
    advance: Advance, operation: CallRuns, pinned: _Pinned, places: _Places, run: CalledRun, by: UUID
) -> dict[str, Any]:
    bundle, run_id = pinned.bundle, new_id()
    inputs = run_inputs.handed_on(bundle.definition.inputs, run.inputs)
    context = {"inputs": inputs, "run": {"now": instant(advance.given.now)}}
    site = await places.site(bundle, context)
    key = business_keys.key_of(bundle, context, None)
    subject_zh, subject_en = await business_keys.subject_of(advance.tx, bundle, context)
    start = sha256_of(
        "run_start", 1, sop=operation.sop, inputs=inputs, business_key=key, actor=by, called_by=advance.run.id
    )
    return {
        "id": run_id,
        "workflow_id": workflow_id(str(run_id)),
        "sop_id": pinned.sop_id,
        "sop_version_id": pinned.id,
        "sha256": operation.sha256,
        "business_key": key,
        "site_id": site.id,
        "department_id": await places.department(bundle, context),
        "mode": advance.run.mode,
        "inputs": inputs,
        "started_by": by,
        "summary_zh": subject_zh,
        "summary_en": subject_en,
        "start_hash": bytes.fromhex(start),
        "called_by": advance.run.id,
        "call_path": operation.path.partition("@")[0],
        "called_line": run.line,
        "awaited": operation.awaited,
    }


async def _check_keys(tx: Transaction, pinned: _Pinned, keys: set[str]) -> None:
    r = t.run.c
    other = await tx.one_or_none(
        sa.select(r.id, r.business_key)
        .where(r.sop_id == pinned.sop_id, r.business_key.in_(keys), r.state.in_(t.OPEN_STATES))
        .limit(1)
    )
    if other is not None:
        raise run_start.OpenRunExists(key=other["business_key"], run_id=str(other["id"]))


def _event(advance: Advance, operation: CallRuns, row: Mapping[str, Any]) -> dict[str, Any]:
    return advance.tx.event(
        "start.run",
        "run",
        row["id"],
        after={
            "sop": operation.sop,
            "version": operation.version,
            "sha256": operation.sha256,
            "business_key": row["business_key"],
            "called_by": str(advance.run.id),
            "call": row["call_path"],
            "line": row["called_line"],
        },
        run_id=row["id"],
    )


async def _keep_apart(advance: Advance, operation: CallRuns, runs: list[UUID]) -> None:
    """The called runs are kept apart from steps of the caller, and from whatever the caller is."""
    own = [
        {"other_id": advance.run.id, "step_id": step, "line_scope": scope}
        for step, scope in operation.apart.items()
    ]
    inherited = await queries.separations(advance.tx, advance.run.id)
    rows = [{"id": new_id(), "run_id": run, **one} for run in runs for one in (*own, *inherited)]
    if rows:
        await advance.tx.execute(sa.insert(t.run_separation), rows)
