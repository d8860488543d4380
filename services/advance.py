"""Services: one advance of the interpreter - one transaction that settles, records, acts at most once, opens.

Delivered twice it changes nothing and answers the same. A submission that the database does not confirm stops
the whole advance: nothing of it is done and a deviation opens. A database outage raises, and is retried.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError

from contracts.advance import AdvanceInput, AdvanceResult, AskedResult, FetchLines
from db import tables as t
from db.ids import new_id
from db.kept import Kept
from db.queries import runs as run_queries
from services import advance_settle, advance_tasks, changeover_settling, deviations, line_sets
from services.action_context import (
    ActionContext,
    ActionFunction,
    ActionOutcome,
    ActionRefused,
    RunInAdvance,
    UndoFunction,
)
from services.advance_effects import STEP, EffectKey, EffectMismatch, key_of
from services.advance_operations import HANDLERS, close_withdrawn
from services.advance_state import Advance
from services.bundles import bundle_of

if TYPE_CHECKING:
    from db.session import Database, Transaction

__all__ = [
    "ActionContext",
    "ActionFunction",
    "ActionOutcome",
    "ActionRefused",
    "EffectMismatch",
    "RunUnknown",
    "UndoFunction",
    "perform",
]


class RunUnknown(Exception):
    """The engine runs a workflow that has no run row: nothing can be recorded for it."""


ASKING = frozenset({"act", "undo", "await_signal", "call", "read_calls", "cancel_calls"})
"""Operations whose recorded answer a second delivery gets again."""


async def perform(
    database: Database,
    given: AdvanceInput,
    *,
    actions: Mapping[str, ActionFunction] | None = None,
    undos: Mapping[str, UndoFunction] | None = None,
) -> AdvanceResult:
    """Performs one advance; without `actions` the catalogue's are used.

    Nearly every advance is delivered once: the first try does not look for what an earlier delivery recorded.
    If there was one, this try meets a key that is taken or a task that is settled, nothing of it stays, and
    the second try looks.
    """
    if actions is None or undos is None:
        from services.actions import ACTIONS, UNDOS

        actions, undos = actions or ACTIONS, undos or UNDOS
    try:
        return await _in_one_transaction(database, given, actions, undos, again=False)
    except (IntegrityError, advance_settle.Unfounded):
        pass
    try:
        return await _in_one_transaction(database, given, actions, undos, again=True)
    except advance_settle.Unfounded as unfounded:
        await deviations.open_for(database, given, unfounded)
        return AdvanceResult(forged=sorted(unfounded.why))


async def _in_one_transaction(
    database: Database,
    given: AdvanceInput,
    actions: Mapping[str, ActionFunction],
    undos: Mapping[str, UndoFunction],
    *,
    again: bool,
) -> AdvanceResult:
    async with database.write(request_id=f"{given.workflow_id}/{given.number}") as tx:
        tx.audited_elsewhere("the effects of an advance are its record")
        return await _perform(tx, given, actions, undos, again=again)


async def _perform(
    tx: Transaction,
    given: AdvanceInput,
    actions: Mapping[str, ActionFunction],
    undos: Mapping[str, UndoFunction],
    *,
    again: bool,
) -> AdvanceResult:
    claimed, foreseen = advance_settle.claimed(given.operations), advance_tasks.foreseen(given)
    rows, *found = await tx.together(run_queries.for_advance(UUID(given.run_id)), *claimed, *foreseen)
    if not rows or rows[0]["workflow_id"] != given.workflow_id:
        raise RunUnknown(given.workflow_id)
    run = await changeover_settling.as_of(tx, RunInAdvance(**rows[0]), given.changeovers)
    bundle = await bundle_of(tx, run.sop_version_id, run.sha256)
    advance = Advance(tx, given, run, bundle, actions, undos)
    if foreseen:
        advance_tasks.keep_foreseen(advance, *found[len(claimed) :])
    keys = [key_of(operation) for operation in given.operations]
    known = await _known(tx, given.workflow_id, keys) if again else {}
    new = [
        operation
        for operation, key in zip(given.operations, keys, strict=True)
        if key is None or (key.path, key.kind) not in known
    ]
    advance.settled = await advance_settle.confirm(
        advance, new, [row for rows in found[: len(claimed)] for row in rows]
    )
    effects = await _work(advance, keys, known)
    await close_withdrawn(advance)
    await _record(advance, effects)
    return AdvanceResult(asked=advance.asked) if advance.asked else AdvanceResult()


_KNOWN = sa.select(t.effect.c.path, t.effect.c.kind, t.effect.c.input_hash, t.effect.c.result).where(
    t.effect.c.workflow_id == sa.bindparam("workflow"),
    t.effect.c.path == sa.func.any(sa.bindparam("paths", type_=ARRAY(sa.Text))),
)


async def _known(
    tx: Transaction, workflow_id: str, keys: list[EffectKey | None]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    paths = [key.path for key in keys if key]
    if not paths:
        return {}
    rows = await tx.rows(_KNOWN, {"workflow": workflow_id, "paths": paths})
    return {(row["path"], row["kind"]): row for row in rows}


async def _work(
    advance: Advance,
    keys: list[EffectKey | None],
    known: Mapping[tuple[str, str], Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Performs what is not yet recorded; gives the effect rows to record."""
    effects: list[dict[str, Any]] = []
    for index, (operation, key) in enumerate(zip(advance.given.operations, keys, strict=True)):
        if key is None:
            assert isinstance(operation, FetchLines)
            lines = await line_sets.read(advance.tx, operation.line_set, operation.after, operation.limit)
            advance.asked = AskedResult(path=operation.path, lines=lines)
            continue
        found = known.get((key.path, key.kind))
        if found is not None:
            key.check(found)
            if operation.op in ASKING:
                advance.asked = AskedResult.model_validate(found["result"]["asked"])
            continue
        result = await HANDLERS[operation.op](advance, operation)
        effects.append(
            {
                "id": new_id(),
                "workflow_id": advance.given.workflow_id,
                "path": key.path,
                "seq": advance.given.number * STEP + index,
                "kind": key.kind,
                "action": getattr(operation, "action", None),
                "input_hash": key.input_hash,
                "result": result or None,
                "undoes_path": (result or {}).get("undoes"),
            }
        )
    return effects


async def _record(advance: Advance, effects: list[dict[str, Any]]) -> None:
    """Records the effects and shows the run's state in lists - unless a later advance has been recorded."""
    given, end = advance.given, advance.end
    values: dict[str, Any] = {"state": end.state if end else given.state, "current_steps": given.current}
    if end:
        values |= {"outcome": end.outcome, "ended_at": given.now, "current_steps": []}
    opened = {f"opened_{name}": value for name, value in advance.opened.items()}
    which = {"shown_run": advance.run.id, "workflow": given.workflow_id, "next": (given.number + 1) * STEP}
    few, more = effects[:EFFECTS_AT_ONCE], effects[EFFECTS_AT_ONCE:]
    recorded = {f"{name}_{n}": value for n, effect in enumerate(few) for name, value in effect.items()}
    shown = {f"shown_{name}": value for name, value in values.items()}
    statement = _recording(len(few), tuple(values), tuple(advance.opened))
    await advance.tx.later(statement, which | opened | recorded | shown)
    if more:
        await advance.tx.execute(sa.insert(t.effect), more)


EFFECTS_AT_ONCE = 4
"""Effects recorded in one statement with the run's state; most advances have no more."""
_EFFECT = ("id", "workflow_id", "path", "seq", "kind", "action", "input_hash", "result", "undoes_path")


@cache
def _recording(effects: int, shown: tuple[str, ...], opened: tuple[str, ...]) -> Kept:
    e, r, k = t.effect.c, t.run.c, t.task.c
    later = sa.exists().where(e.workflow_id == sa.bindparam("workflow"), e.seq >= sa.bindparam("next"))
    statement = (
        sa.update(t.run)
        .where(r.id == sa.bindparam("shown_run"), ~later)
        .values({r[name]: sa.bindparam(f"shown_{name}", type_=r[name].type) for name in shown})
    )
    if opened:
        task = {name: sa.bindparam(f"opened_{name}", type_=k[name].type) for name in opened}
        statement = statement.add_cte(sa.insert(t.task).values(task).cte("opened"))
    for n in range(effects):  # one insert each: SQLAlchemy compiles one of several rows anew at every call
        given: dict[str, Any] = {name: sa.bindparam(f"{name}_{n}") for name in _EFFECT}
        statement = statement.add_cte(sa.insert(t.effect).values(given).cte(f"effect_{n}"))
    return Kept(statement)
