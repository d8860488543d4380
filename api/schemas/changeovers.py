"""Room `api`: the shapes of moving runs under way to a newer version, and of the orders to do so."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import Answer, BothLanguages, Instant, Reason, Request, SignatureIn
from services.changeovers import Candidate, Order, Running


class ObstacleOut(Answer):
    """One reason why a run cannot go over now; `step` is the step that it is about."""

    code: str
    step: str | None
    message: BothLanguages


class CandidateOut(Answer):
    """A run by an older version; it can go over when there are no obstacles."""

    run_id: UUID
    version: int
    state: str
    subject: BothLanguages
    site: str
    started_at: Instant
    obstacles: list[ObstacleOut]


class RunningOut(Answer):
    """Runs by versions older than this one; `total` counts those that are not listed as well."""

    total: int
    items: list[CandidateOut]


class OrderedRunOut(Answer):
    """A run in an order: `result` is moved, refused or ended, null as long as it is not known."""

    run_id: UUID
    from_version: int
    subject: BothLanguages
    result: str | None
    reason: BothLanguages
    settled_at: Instant | None


class ChangeoverOut(Answer):
    """An order without its runs."""

    id: UUID
    sop: str
    version: int
    reason: str
    state: str
    content_hash: str
    proposer: str
    proposed_at: Instant
    decider: str | None
    decided_at: Instant | None
    comment: str | None


class ChangeoverDetail(ChangeoverOut):
    """An order with what became of each run."""

    runs: list[OrderedRunOut]


class ProposeIn(Request):
    """Which runs go over, and why."""

    runs: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    reason: Reason


class ApproveChangeoverIn(Request):
    """The signature of a second person over the order."""

    signature: SignatureIn
    comment: Annotated[str, StringConstraints(max_length=1000)] | None = None


class DeclineIn(Request):
    """Why an order is not carried out."""

    reason: Reason


def shown_running(found: Running) -> RunningOut:
    return RunningOut(total=found.total, items=[_candidate(one) for one in found.candidates])


def _candidate(one: Candidate) -> CandidateOut:
    run = one.run
    return CandidateOut(
        run_id=run.id,
        version=run.version,
        state=run.state,
        subject=_subject(run),
        site=run.site,
        started_at=run.started_at,
        obstacles=[
            ObstacleOut(code=said["code"], step=said["step"], message=_both(said["zh"], said["en"]))
            for said in one.obstacles
        ],
    )


def shown_order(found: Order) -> ChangeoverDetail:
    return ChangeoverDetail(
        **ChangeoverOut.model_validate(found.row).model_dump(),
        runs=[
            OrderedRunOut(
                run_id=one.run_id,
                from_version=one.from_version,
                subject=_subject(one),
                result=one.result,
                reason=_both(one.reason_zh, one.reason_en),
                settled_at=one.settled_at,
            )
            for one in found.runs
        ],
    )


def _subject(run: Any) -> BothLanguages:
    return _both(run.summary_zh, run.summary_en)


def _both(zh: str, en: str) -> BothLanguages:
    return BothLanguages(zh=zh, en=en)
