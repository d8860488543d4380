"""Services: two runs of the same procedure beside each other, for who may read both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import run_steps
from db.queries.runs import RunRow
from domain.errors import Refusal
from domain.run_comparison import StepFacts, StepPair, paired
from domain.sop_definition import SopDefinition, Step, Text
from domain.timeline_names import Names, names_of
from services import bundles, run_view

if TYPE_CHECKING:
    from db.queries.run_head import RunHead
    from db.session import Reader
    from services.platform import Actor, Platform

__all__ = ["RunComparison", "StepFacts", "StepPair", "compare"]


class OtherProcedure(Refusal):
    """Runs of different procedures have no steps in common."""

    code = "other_procedure"
    kind = "conflict"
    zh = "两个流程不属于同一规程（{left} / {right}），无法对照"
    en = "The runs are of different procedures ({left} / {right}): there is nothing to compare"


@dataclass(frozen=True)
class RunComparison:
    """Both runs with their steps side by side; `steps` by id, for labels; `cut`: not all are compared."""

    left: RunRow
    right: RunRow
    outcomes: Mapping[UUID, Text]
    pairs: Sequence[StepPair]
    steps: Mapping[str, Step]
    cut: bool


async def compare(platform: Platform, left: UUID, right: UUID, *, actor: Actor) -> RunComparison:
    """Both runs; NotFound, NotPermitted, OtherProcedure. What a blind count hides stays hidden."""
    async with platform.database.read() as tx:
        heads = [await run_view.readable_head(tx, run_id, actor) for run_id in (left, right)]
        mine, other = heads
        if mine.row.sop != other.row.sop:
            raise OtherProcedure(left=mine.row.sop, right=other.row.sop)
        definitions = [
            (await bundles.bundle_of(tx, one.row.sop_version_id, one.row.sha256)).definition for one in heads
        ]
        facts = [await _facts(tx, one, d) for one, d in zip(heads, definitions, strict=True)]
        outcomes = await run_view.outcome_titles(tx, [mine.row, other.row])
    steps = {step.id: step for definition in reversed(definitions) for step in definition.walk()}
    cut = any(len(one) >= run_steps.MOST for one in facts)
    return RunComparison(mine.row, other.row, outcomes, paired(*facts), steps, cut)


async def _facts(tx: Reader, head: RunHead, definition: SopDefinition) -> list[StepFacts]:
    tasks = await run_steps.of_people(tx, head.row.id)
    effects = await run_steps.of_system(tx, head.workflow_id)
    names = names_of(definition, tasks)
    found = [_of_people(names, row, blind=head.blind) for row in tasks]
    found += [_of_system(names, row, blind=head.blind) for row in effects]
    return sorted(found, key=lambda one: one.opened_at)[: run_steps.MOST]


def _of_people(names: Names, row: Mapping[str, Any], *, blind: bool) -> StepFacts:
    return StepFacts(
        path=row["path"],
        title=names.step(row["path"]),
        outcome=names.outcome(row["path"], row["outcome"]) if row["outcome"] else None,
        performers=tuple(row["performers"] or ()),
        opened_at=row["opened_at"],
        claimed_at=row["claimed_at"],
        closed_at=row["closed_at"],
        data={} if blind else row["data"] or {},
    )


def _of_system(names: Names, row: Mapping[str, Any], *, blind: bool) -> StepFacts:
    """Done at once; what was refused is told by name."""
    answer = (row["result"] or {}).get("asked") or {}
    problem = answer.get("refused") or answer.get("error")
    said = "" if blind else answer.get("message", "")
    return StepFacts(
        path=f"{row['path']} {row['kind']}",
        title=names.step(row["path"], row["action"]),
        outcome=names.problem(row["action"], problem, said) if problem else None,
        performers=(),
        opened_at=row["recorded_at"],
        claimed_at=None,
        closed_at=row["recorded_at"],
    )
