"""Services: the one catalogue action of an advance, and undoing it - each in a savepoint of its own.

A business refusal and an unexpected error are results: their writes are rolled back to the savepoint and the
rest of the advance commits. Only a database outage is raised, so that the engine tries again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from contracts.advance import Act, AskedResult, Undo
from db import tables as t
from db.queries import called_runs
from db.queries import runs as run_queries
from db.refusals import is_outage
from domain.canonical import canonical
from domain.errors import Refusal
from services.action_context import ActionContext, ActionRefused, RunInAdvance, Told
from services.advance_state import Advance
from services.bundles import bundle_of

if TYPE_CHECKING:
    from domain.sop_bundle import Bundle

log = structlog.get_logger(__name__)


async def act(advance: Advance, operation: Act) -> dict[str, Any]:
    """Performs the action; refusal or error are results, stored so that a redelivery answers the same."""
    context = ActionContext(
        tx=advance.tx,
        run=advance.run,
        path=operation.path,
        step=operation.step,
        actor_id=await advance.last_actor(),
        now=advance.given.now,
        cursor=operation.cursor,
        chunk=operation.chunk,
    )
    function = advance.actions.get(operation.action)
    result = AskedResult(path=operation.path, error="action_unknown", message=operation.action)
    if function is not None:
        try:
            async with advance.tx.savepoint():
                outcome = await function(context, dict(operation.inputs))
                canonical(outcome.outputs)
            result = AskedResult(path=operation.path, outputs=outcome.outputs, cursor=outcome.cursor)
        except ActionRefused as refusal:
            result = AskedResult(path=operation.path, refused=refusal.name, message=refusal.message("zh"))
        except Refusal as refusal:
            result = AskedResult(path=operation.path, refused=refusal.code, message=refusal.message("zh"))
        except Exception as error:  # noqa: BLE001 - whatever an action raises is its result
            result = AskedResult(
                path=operation.path, error="action_failed", message=_unexpected(error, operation.path)
            )
    advance.asked = result
    return {
        "asked": result.model_dump(mode="json", exclude_defaults=True),
        "inputs": dict(operation.inputs),
        "step": operation.step,
        "cursor": operation.cursor,
        "chunk": operation.chunk,
    }


def _unexpected(error: Exception, path: str) -> str:
    """The error's name for the incident; raises what the engine should try again."""
    if is_outage(error):
        raise error
    log.error("action failed", path=path, exc_info=error)
    return type(error).__name__


async def undo(advance: Advance, operation: Undo) -> dict[str, Any]:
    """Undoes the last effect below the prefixes that can be undone; what cannot be is marked and named."""
    irreversible: list[str] = []
    effects = await _open_effects(advance, operation.prefixes)
    undone: str | None = None
    while effects and undone is None:
        effect = effects.pop()
        run, bundle = await _place_of(advance, effect)
        name = _undo_name(bundle, effect)
        if name == "":
            await _mark(advance, effect, {})
            continue
        problem = await _undo_one(advance, run, operation, effect, name)
        if problem is None:
            undone = effect["seen_as"]
            await _mark(advance, effect, {"undone_by": operation.path})
        else:
            irreversible.append(effect["seen_as"])
            await _mark(advance, effect, {"irreversible": problem})
            await _report(advance, operation, effect, problem)
    result = AskedResult(
        path=operation.path, undone=undone, remaining=len(effects), irreversible=irreversible
    )
    advance.asked = result
    return {"asked": result.model_dump(mode="json", exclude_defaults=True), "undoes": undone}


async def _open_effects(advance: Advance, prefixes: list[str]) -> list[dict[str, Any]]:
    """The effects of actions below the prefixes that still stand, in the order in which they happened.

    Those of awaited runs that were called there and have completed are among them; `seen_as` is an effect's
    path as this run sees it.
    """
    tx, c = advance.tx, t.effect.c
    columns = (c.id, c.path, c.action, c.result, c.recorded_at)
    standing = sa.select(*columns).where(c.kind.in_(("action", "chunk")), c.undone_at.is_(None))
    own = standing.where(c.workflow_id == advance.given.workflow_id, called_runs.below(c.path, prefixes))
    found = [{**row, "seen_as": row["path"], "of": None} for row in await tx.rows(own.order_by(c.seq))]
    if advance.bundle.calls:
        for called in await called_runs.completed_below(tx, advance.run.id, prefixes):
            rows = await tx.rows(standing.where(c.workflow_id == called.workflow_id).order_by(c.seq))
            found += [{**row, "seen_as": f"{called.label}/{row['path']}", "of": called.id} for row in rows]
        found.sort(key=lambda effect: effect["recorded_at"])
    return [effect for effect in found if not {"refused", "error"} & effect["result"]["asked"].keys()]


async def _place_of(advance: Advance, effect: Mapping[str, Any]) -> tuple[RunInAdvance, Bundle]:
    """The run that an effect is of: this one, or one that was called and has completed."""
    if effect["of"] is None:
        return advance.run, advance.bundle
    [[row]] = await advance.tx.together(run_queries.for_advance(effect["of"]))
    run = RunInAdvance(**row)
    return run, await bundle_of(advance.tx, run.sop_version_id, run.sha256)


def _undo_name(bundle: Bundle, effect: Mapping[str, Any]) -> str | None:
    """The undo of an effect's action: "" if there is nothing to undo, None if it is irreversible."""
    step = bundle.steps[effect["result"]["step"]]
    pinned = bundle.actions.get(effect["action"])
    if step.irreversible or (pinned and pinned.irreversible and not step.undo):
        return None
    return step.undo or (pinned.undo if pinned else None) or ""


async def _undo_one(
    advance: Advance, run: RunInAdvance, operation: Undo, effect: Mapping[str, Any], name: str | None
) -> str | None:
    """Undoes one effect in a savepoint; None, or why it could not be undone."""
    if name is None:
        return "irreversible"
    function = advance.undos.get(name)
    if function is None:
        return f"there is no {name}"
    kept = effect["result"]
    context = ActionContext(
        tx=advance.tx,
        run=run,
        path=effect["path"],
        step=kept["step"],
        actor_id=UUID(operation.actor),
        now=advance.given.now,
        cursor=kept["cursor"],
        chunk=kept["chunk"],
        why=operation.why,
        reason=operation.reason or "",
    )
    try:
        async with advance.tx.savepoint():
            told = await function(context, dict(kept["inputs"]), dict(kept["asked"].get("outputs", {})))
            if told is not None:
                await _tell(advance, told)
    except ActionRefused as refusal:
        return refusal.message("zh")
    except Refusal as refusal:
        return refusal.message("zh")
    except Exception as error:  # noqa: BLE001 - whatever an undo raises is reported
        return _unexpected(error, effect["path"])
    return None


async def _mark(advance: Advance, effect: Mapping[str, Any], note: dict[str, Any]) -> None:
    c = t.effect.c
    await advance.tx.execute(
        sa.update(t.effect)
        .where(c.id == effect["id"])
        .values(undone_at=advance.given.now, result={**effect["result"], **note})
    )


async def _tell(advance: Advance, told: Told) -> None:
    """What an undo has left to be done is told to the owner."""
    owner = await advance.owner()
    await advance.tx.execute(
        sa.insert(t.notification).values(
            run_id=advance.run.id, post_id=owner.post_id, site_id=advance.run.site_id, **asdict(told)
        )
    )


async def _report(advance: Advance, operation: Undo, effect: Mapping[str, Any], problem: str) -> None:
    """What had to stay is told to the owner and written down; it is never dropped."""
    owner = await advance.owner()
    await advance.tx.execute(
        sa.insert(t.notification).values(
            run_id=advance.run.id,
            post_id=owner.post_id,
            site_id=advance.run.site_id,
            template="effect.not_undone",
            title_zh=f"未能撤销：{effect['seen_as']}",
            title_en=f"Not undone: {effect['seen_as']}",
            body_zh=f"{effect['action']}：{problem}（{operation.reason}）",
            body_en=f"{effect['action']}: {problem} ({operation.reason})",
        )
    )
    await advance.tx.audit(
        "leave.effect",
        "effect",
        effect["seen_as"],
        after={"action": effect["action"], "why": problem},
        reason=operation.reason,
        run_id=advance.run.id,
    )
