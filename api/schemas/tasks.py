"""Room `api`: the shapes of tasks and of what people do with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import (
    Answer,
    BothLanguages,
    Epoch,
    FormData,
    Instant,
    Outcome,
    Page,
    Request,
    SignatureIn,
)
from domain.plain_text import Moment


class TaskOut(Answer):
    """A task in a list."""

    id: UUID
    run_id: UUID
    path: str
    step_id: str
    kind: str
    state: str
    epoch: int
    title_zh: str
    title_en: str
    object: str
    object_en: str
    sop: str
    sop_title_zh: str
    sop_title_en: str
    post: str
    post_zh: str
    post_en: str
    site: str
    time_zone: str
    assignee_id: UUID | None
    assignee: str | None
    opened_at: Instant
    due_at: Instant | None
    overdue: bool
    escalated: bool
    closed_at: Instant | None
    outcome: str | None
    line_count: int | None
    missing_signatures: list[dict[str, Any]]


class AllowedOut(Answer):
    """Whether an act is offered now; if not, why not and with which code trying it would be refused."""

    allowed: bool
    code: str | None
    reason: BothLanguages | None


class SignatureStateOut(Answer):
    """A signature that is asked for: its meaning, whose it is, who gave it when, or who refused it.

    One that somebody added (`added_by`) may be of one person and comes `before` or `after` the others.
    """

    index: int
    meaning: BothLanguages
    post: str
    signed_by: str | None
    signed_at: Instant | None
    refused_by: str | None
    person_id: UUID | None
    added_by: str | None
    order: str | None


class EarlierStepOut(Answer):
    """What was done before in the same run."""

    path: str
    title_zh: str
    title_en: str
    outcome: str | None
    performers: list[str]
    closed_at: Instant


class DraftOut(Answer):
    """What was filled in and saved; `stale` if the task has changed since."""

    data: FormData
    epoch: int
    saved_by: str
    saved_at: Instant
    stale: bool


class LineOut(Answer):
    """One line of a work list as its performer may see it, with its result and the quantity scanned."""

    line: int
    key: str
    data: FormData
    outcome: str | None
    result: FormData | None
    result_id: UUID | None
    result_by: str | None
    result_at: Instant | None
    scanned: int


class TotalsOut(Answer):
    """How far a work list is."""

    lines: int
    done: int
    scanned_lines: int
    scanned_quantity: int


class LinesOut(Page[LineOut]):
    """A page of lines, with the totals of all."""

    totals: TotalsOut


class TaskDetail(Answer):
    """A task in full. Forms come as the definition has them and as JSON Schema in the caller's language."""

    id: UUID
    run_id: UUID
    path: str
    step_id: str
    kind: str
    state: str
    epoch: int
    title_zh: str
    title_en: str
    object: str
    object_en: str
    sop: str
    sop_title_zh: str
    sop_title_en: str
    version: int
    post: str
    post_zh: str
    post_en: str
    site: str
    time_zone: str
    assignee_id: UUID | None
    assignee: str | None
    delegated_by_id: UUID | None
    delegator: str | None
    delegated_until: Instant | None
    opened_at: Instant
    claimed_at: Instant | None
    due_at: Instant | None
    escalated_at: Instant | None
    closed_at: Instant | None
    outcome: str | None
    run_state: str
    content_sha256: str
    instruction: BothLanguages
    data: list[dict[str, Any]]
    form: dict[str, Any]
    form_schema: dict[str, Any]
    required: list[str]
    outcomes: dict[str, Any]
    lines: Page[LineOut] | None
    line_form: dict[str, Any]
    line_form_schema: dict[str, Any] | None
    line_outcomes: dict[str, Any]
    scan: bool
    totals: TotalsOut | None
    signatures: list[SignatureStateOut]
    send_back: list[dict[str, Any]]
    draft: DraftOut | None
    history: list[EarlierStepOut]
    may: Mapping[str, AllowedOut]


class CompleteIn(Request):
    """An outcome (`done` for a work list without outcomes of its own) with answers, signed where asked."""

    outcome: Outcome = "done"
    data: FormData = {}
    epoch: Epoch
    signature: SignatureIn | None = None
    reason: Annotated[str, StringConstraints(max_length=2000)] | None = None


class SignIn(Request):
    """A second or later signature over what was completed."""

    epoch: Epoch
    signature: SignatureIn


class ScanIn(Request):
    """One scan; `scan_id` is the device's own, so that a repeated one counts once.

    `line` is the line at hand: a scanned place must suit its goods.
    """

    scan_id: UUID
    code: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    symbology: Annotated[str, StringConstraints(max_length=40)] | None = None
    epoch: Epoch
    line: Annotated[int, Field(ge=1)] | None = None
    device_at: Moment | None = None


class UndoScanIn(Request):
    """Takes a scan back; `undo_id` is the device's own id of the reversal."""

    epoch: Epoch
    undo_id: UUID | None = None


class ScanOut(Answer):
    """Matched or refused and why; on which line, or at which location; the totals."""

    scan_id: UUID
    verdict: str
    reason_code: str
    message: BothLanguages
    line: int | None
    quantity: int | None
    location: str | None
    totals: TotalsOut


class LineIn(Request):
    """The result of one line; `result_id` is the client's own, so that a repeated one counts once.

    `replaces` is the result that the client has read (`line.result_id`, empty for none): 409 `line_answered`
    where another one stands by now. Without it, whatever stands is replaced.
    """

    result_id: UUID
    outcome: Outcome = "done"
    data: FormData = {}
    epoch: Epoch
    replaces: UUID | Literal[""] | None = None


class LineAnswerOut(Answer):
    """The line with its new result, and the totals."""

    line: LineOut
    totals: TotalsOut


class DraftIn(Request):
    """What is filled in so far; who saves it is a performer."""

    data: FormData
    epoch: Epoch


class ClaimManyIn(Request):
    """Tasks to claim."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]


class ClaimAnswerOut(Answer):
    """What became of one claim."""

    id: UUID
    claimed: bool
    code: str | None
    message: BothLanguages | None


class ClaimAnswers(Answer):
    """An answer per id."""

    items: list[ClaimAnswerOut]


class CountsOut(Answer):
    """The numbers of an inbox."""

    mine: int
    claimable: int
    overdue: int
    notices: int
