"""Services: a run as its page shows it - the row, where it is now, its tasks and documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import run_head as queries
from db.queries.run_head import RunHead
from db.queries.runs import RunRow
from domain.decision_table import DecisionTable
from domain.errors import NotFound
from domain.sop_definition import SopDefinition, Text, end_title
from domain.timeline_names import step_of
from services import blind_counts, bundles
from services.permissions import Permission, require, visible_sites
from services.task_outcomes import step_title

if TYPE_CHECKING:
    from db.queries.documents_read import DocumentRow
    from db.queries.run_moves import RunMove
    from db.queries.task_lists import TaskRow
    from db.session import Reader
    from domain.sop_bundle import Bundle
    from services.platform import Actor


@dataclass(frozen=True)
class CurrentStep:
    """A step in execution now."""

    path: str
    step: str
    title: Mapping[str, str]


@dataclass(frozen=True)
class RunView:
    """A run in full: the row, its inputs, where it is now, its tasks and documents, and the runs around it.

    `caller` is the run that called it, `called` are the first of those that it has called and the actor may
    read, `called_states` how many there are in all. `outcomes` are the names of the ends of it and of those,
    `definition` and `tables` are the pinned ones.
    """

    row: RunRow
    inputs: Mapping[str, Any]
    current: list[CurrentStep]
    tasks: list[TaskRow]
    documents: list[DocumentRow]
    batch_ids: list[UUID]
    engine_started_at: datetime | None
    deleted: Mapping[str, Any] | None = None
    """Its archived contents were deleted: when, by which run, and who signed for it."""
    steps: list[CurrentStep] = field(default_factory=list)
    caller: RunRow | None = None
    called: list[RunRow] = field(default_factory=list)
    called_states: Mapping[str, int] = field(default_factory=dict)
    moves: list[RunMove] = field(default_factory=list)
    outcomes: Mapping[UUID, Text] = field(default_factory=dict)
    definition: SopDefinition | None = None
    tables: Mapping[str, DecisionTable] = field(default_factory=dict)


async def readable(tx: Reader, run_id: UUID, actor: Actor) -> RunRow:
    """The run if the actor may read it at its site, or at another that had work in it.

    NotFound, NotPermitted.
    """
    return (await readable_head(tx, run_id, actor)).row


async def readable_head(tx: Reader, run_id: UUID, actor: Actor) -> RunHead:
    """The same, with what the run's own page needs besides."""
    sites = visible_sites(actor, Permission.RUN_READ)
    head = await queries.run_head(tx, run_id, sites=sites, held=blind_counts.held_posts(actor))
    if head is None:
        raise NotFound(what=f"流程 / run {run_id}")
    if not head.works_here:
        require(actor, Permission.RUN_READ, head.row.site_id)
    return head


async def view(tx: Reader, head: RunHead, actor: Actor, *, moves: int = 0) -> RunView:
    """The run in full, for an actor who may see it; with its first moves, for who may see figures."""
    row = head.row
    bundle = await bundles.bundle_of(tx, row.sop_version_id, row.sha256)
    listed = await queries.run_lists(
        tx,
        row,
        person_id=actor.person_id,
        sites=visible_sites(actor, Permission.RUN_READ),
        calls=bool(bundle.calls),
        moves=moves,
    )
    return RunView(
        row=row,
        inputs=head.inputs,
        current=[_step(bundle, path) for path in row.current_steps],
        tasks=listed.tasks,
        documents=listed.documents,
        batch_ids=list(head.batch_ids),
        engine_started_at=head.engine_started_at,
        deleted=head.deleted,
        steps=[
            CurrentStep(path="", step=step.id, title=step_title(step).model_dump())
            for step in bundle.definition.walk()
        ],
        caller=listed.caller,
        called=listed.called,
        called_states=listed.called_states,
        moves=listed.moves,
        outcomes=await outcome_titles(tx, [row, *listed.called]),
        definition=bundle.definition,
        tables=bundle.tables,
    )


async def outcome_titles(tx: Reader, rows: Sequence[RunRow]) -> dict[UUID, Text]:
    """What the pinned definitions call the ends of these runs, where a run is over and its end has a name."""
    found = {}
    for row in rows:
        if row.outcome is None:
            continue
        bundle = await bundles.bundle_of(tx, row.sop_version_id, row.sha256)
        title = end_title(bundle.definition, row.outcome)
        if title is not None:
            found[row.id] = title
    return found


def title_at(bundle: Bundle, path: str) -> Text:
    """What the step at a path is called; its id where the definition does not name it."""
    step = step_of(path)
    found = bundle.steps.get(step)
    return step_title(found) if found else Text(zh=step or path, en=step or path)


def _step(bundle: Bundle, path: str) -> CurrentStep:
    return CurrentStep(path=path, step=step_of(path), title=title_at(bundle, path).model_dump())
