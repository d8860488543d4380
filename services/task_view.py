"""Services: one task as its page shows it - content, form, lines, signatures, what is allowed and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import submissions, work_lists
from db.queries.tasks import OPEN
from domain.forms import json_schema
from domain.sop_definition import Text
from domain.sop_progress.refusals import ActedSince
from domain.submissions import NotYourPost
from services import blind_counts, eligibility, task_drafts, withdrawing
from services.permissions import Permission
from services.sent_back import why_again
from services.task_allowed import Allowed, allowed_of
from services.task_answers import FORMS
from services.task_signers import SignatureState, signers

if TYPE_CHECKING:
    from db.queries.submissions import RefusedSubmission
    from db.queries.tasks import TaskAct
    from db.queries.work_lists import LineView, Totals
    from db.session import Reader
    from services.platform import Actor, Platform

LINES_SHOWN = 50
_SINCE = {"zh": "后续步骤已有人处理", "en": "What follows has been acted on since"}


@dataclass(frozen=True)
class EarlierStep:
    """What was done before in the same run, by which task at which site; `listed`: line by line."""

    task_id: UUID
    site_id: UUID
    listed: bool
    path: str
    title_zh: str
    title_en: str
    outcome: str | None
    outcome_zh: str | None
    outcome_en: str | None
    performers: list[str]
    closed_at: datetime


@dataclass(frozen=True)
class Draft:
    """What was filled in and saved; `stale` if the task has changed since. Lines by number, apart."""

    data: Mapping[str, Any]
    epoch: int
    saved_by: str
    saved_at: datetime
    stale: bool
    lines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskView:
    """Everything about one task. `form` and `form_schema` are of the task, `line_form*` of each line.

    `refused` is the reader's own latest answer, if the run did not accept it: it may have come after a 202.
    """

    task: TaskAct
    instruction: Mapping[str, str]
    data: list[Mapping[str, Any]]
    form: Mapping[str, Any]
    form_schema: Mapping[str, Any]
    required: list[str]
    outcomes: Mapping[str, Any]
    lines: list[LineView]
    lines_next: int | None
    line_form: Mapping[str, Any]
    line_form_schema: Mapping[str, Any] | None
    line_outcomes: Mapping[str, Any]
    scan: bool
    totals: Totals | None
    signatures: list[SignatureState]
    send_back: list[Mapping[str, Any]]
    draft: Draft | None
    history: list[EarlierStep]
    refused: RefusedSubmission | None
    may: Mapping[str, Allowed]
    sent_back: Mapping[str, str] | None = None
    """Why the work is done once more, in both languages."""


def standing_of(task: TaskAct) -> str:
    """What decides who may do something to a task now: it differs after a claim, a release, a settling."""
    return f"{task.state}.{task.epoch}.{task.assignee_id or ''}.{task.run_state}"


async def standing(platform: Platform, task_id: UUID, *, actor: Actor) -> str:
    """The standing alone, for a page that waits for its change; NotFound, NotYourPost."""
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
    check_visible(task, actor)
    return standing_of(task)


async def get(platform: Platform, task_id: UUID, *, actor: Actor) -> TaskView:
    """The task; NotFound, or NotYourPost for who has nothing to do with it."""
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
        check_visible(task, actor)
        await blind_counts.check_figures(tx, task, actor)
        content = task.content
        work = content["lines"]
        found = (
            await work_lists.lines(tx, task, after=0, limit=LINES_SHOWN, only_open=False) if work else None
        )
        totals = await work_lists.totals(tx, task) if work else None
        signatures = await signers(tx, task)
        draft = await _draft(tx, task)
        history = await _history(tx, task)
        sent_back = await why_again(tx, task)
        refused = await submissions.refused_last(tx, task_id, actor.person_id)
        may = allowed_of(task, actor)
        if task.state == "done" and may["withdraw"].allowed and await withdrawing.followed(tx, task):
            may["withdraw"] = Allowed(allowed=False, code=ActedSince.code, reason=_SINCE)
    form = FORMS.validate_python(content["form"])
    line_form = FORMS.validate_python(work["form"]) if work else {}
    required = content["required"]
    return TaskView(
        task=task,
        instruction=content["instruction"],
        data=content["data"],
        form=content["form"],
        form_schema=json_schema(form, actor.language, required=lambda name: name in required),
        required=required,
        outcomes=content["outcomes"],
        lines=found[0] if found else [],
        lines_next=found[1] if found else None,
        line_form=work["form"] if work else {},
        line_form_schema=json_schema(line_form, actor.language, required=lambda name: name in required)
        if work
        else None,
        line_outcomes=work["outcomes"] if work else {},
        scan=bool(work and work["scan"]),
        totals=totals,
        signatures=signatures,
        send_back=await _send_back(platform, task),
        draft=draft,
        history=history,
        refused=refused if task.state in OPEN else None,
        may=may,
        sent_back=sent_back,
    )


def check_visible(task: TaskAct, actor: Actor) -> None:
    """NotYourPost for who has nothing to do with it, CountIsBlind for who may not know it yet."""
    blind_counts.check_task(task, actor)
    if actor.person_id in {task.assignee_id, task.delegated_by_id} or actor.may(
        Permission.TASK_READ, task.site_id
    ):
        return
    if eligibility.held_post(task, actor) is not None:
        return
    if any(eligibility.rule_holder(task, actor, rule) for rule in eligibility.rules_of(task)):
        return
    raise NotYourPost(post=task.post_zh if actor.language == "zh" else task.post_en)


async def _draft(tx: Reader, task: TaskAct) -> Draft | None:
    d = t.task_draft.c
    row = await tx.one_or_none(
        sa.select(d.data, d.epoch, t.person.c.name.label("saved_by"), d.saved_at)
        .join(t.person, t.person.c.id == d.saved_by)
        .where(d.task_id == task.id)
    )
    if row is None:
        return None
    data = dict(row["data"])
    lines = data.pop(task_drafts.LINES, {})
    return Draft(**{**row, "data": data}, stale=row["epoch"] != task.epoch, lines=lines)


def _outcome_label(k: Any, language: str) -> sa.ColumnElement[str | None]:
    """The label that the outcome's button had, from the content that was shown; null without a button."""
    return sa.func.jsonb_extract_path_text(k.content, "outcomes", k.outcome, "label", language)


async def _history(tx: Reader, task: TaskAct) -> list[EarlierStep]:
    k, p = t.task.c, t.task_performer.c
    names = (
        sa.select(sa.func.array_agg(sa.distinct(t.person.c.name)))
        .join(t.task_performer, p.person_id == t.person.c.id)
        .where(p.task_id == k.id)
        .correlate(t.task)
        .scalar_subquery()
    )
    rows = await tx.rows(
        sa.select(
            k.id.label("task_id"),
            k.site_id,
            (sa.func.coalesce(sa.func.jsonb_typeof(k.content["lines"]), "null") == "object").label("listed"),
            k.path,
            k.title_zh,
            k.title_en,
            k.outcome,
            _outcome_label(k, "zh").label("outcome_zh"),
            _outcome_label(k, "en").label("outcome_en"),
            k.closed_at,
            sa.func.coalesce(names, []).label("performers"),
        )
        .where(k.run_id == task.run_id, k.state == "done", k.id != task.id)
        .order_by(k.closed_at.desc())
        .limit(20)
    )
    return [EarlierStep(**row) for row in reversed(rows)]


async def _send_back(platform: Platform, task: TaskAct) -> list[Mapping[str, Any]]:
    if not task.send_back:
        return []
    from services.bundles import bundle_of
    from services.task_outcomes import step_title

    async with platform.database.read() as tx:
        bundle = await bundle_of(tx, task.sop_version_id, task.sha256)
    titles: dict[str, Text] = {name: step_title(bundle.steps[name]) for name in task.send_back}
    return [{"step": name, "title": title.model_dump()} for name, title in titles.items()]
