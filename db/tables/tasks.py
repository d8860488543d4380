"""Db tables: tasks, drafts, performers, signatures, submissions and their verdicts."""

import sqlalchemy as sa

from ._metadata import (
    digest,
    evidence_columns,
    id_column,
    ids,
    instant,
    instant_now,
    json,
    metadata,
    number,
    one_of,
    ref,
    text,
    texts,
)

task = sa.Table(
    "task",
    metadata,
    id_column(),
    ref("run_id", "run", index=False),
    text("path"),
    text("step_id"),
    text("kind", default="step"),
    text("state", default="open"),
    number("epoch", default=1),
    text("title_zh"),
    text("title_en"),
    text("object", default=""),
    ref("post_id", "post"),
    ref("site_id", "site"),
    ref("department_id", "department", nullable=True),
    ref("assignee_id", "person", nullable=True),
    instant("claimed_at", nullable=True),
    instant_now("opened_at"),
    instant("due_at", nullable=True),
    instant("remind_at", nullable=True),
    instant("escalated_at", nullable=True),
    ref("escalate_post_id", "post", nullable=True),
    instant("closed_at", nullable=True),
    text("outcome", nullable=True),
    json("content", default="'{}'"),
    digest("content_sha256", nullable=True),
    ref("line_set_id", "line_set", nullable=True),
    texts("separate_from"),
    texts("send_back"),
    json("result", nullable=True),
    sa.UniqueConstraint("run_id", "path"),
    one_of("kind", "step", "incident", "deviation", "notice"),
    one_of("state", "open", "claimed", "awaiting_signature", "done", "withdrawn", "cancelled"),
    sa.CheckConstraint("epoch >= 1", name="epoch"),
    sa.CheckConstraint("state <> 'claimed' OR assignee_id IS NOT NULL", name="claimed_by"),
)
sa.Index(
    "ix_task_blind",
    task.c.run_id,
    postgresql_where=sa.text("((content -> 'lines'::text) -> 'blind'::text) IS NOT NULL"),
)
sa.Index(
    "ix_task_waiting",
    task.c.post_id,
    task.c.site_id,
    task.c.due_at,
    postgresql_where=sa.text("state IN ('open', 'claimed', 'awaiting_signature')"),
)

task_draft = sa.Table(
    "task_draft",
    metadata,
    ref("task_id", "task", primary_key=True),
    number("epoch"),
    json("data"),
    ref("saved_by", "person"),
    instant_now("saved_at"),
)

task_performer = sa.Table(
    "task_performer",
    metadata,
    ref("task_id", "task", primary_key=True),
    ref("person_id", "person", primary_key=True, index=True),
    sa.Column("how", sa.Text, primary_key=True),
    ref("run_id", "run", index=False),
    text("path"),
    text("step_id"),
    instant_now("at"),
    sa.Index("ix_task_performer_step", "run_id", "step_id"),
    one_of("how", "complete", "sign", "scan", "line", "draft", "attach", "delegate"),
)

signature = sa.Table(
    "signature",
    metadata,
    id_column(),
    ref("person_id", "person"),
    text("printed_name"),
    text("post_name_zh"),
    text("post_name_en"),
    text("meaning_zh"),
    text("meaning_en"),
    digest("content_sha256"),
    text("purpose"),
    ref("task_id", "task", nullable=True),
    ref("run_id", "run", nullable=True),
    number("epoch", nullable=True),
    text("method", default="password"),
    *evidence_columns(),
    one_of("method", "password"),
)

submission = sa.Table(
    "submission",
    metadata,
    id_column(),
    text("kind"),
    ref("run_id", "run"),
    ref("task_id", "task", nullable=True),
    number("epoch", nullable=True),
    ref("actor_id", "person"),
    text("outcome", nullable=True),
    json("data", default="'{}'"),
    json("lines", nullable=True),
    ids("performers"),
    digest("content_hash"),
    ref("signature_id", "signature", nullable=True),
    text("reason", nullable=True),
    *evidence_columns(),
)
sa.Index("ix_submission_recorded_at", submission.c.recorded_at)

submission_verdict = sa.Table(
    "submission_verdict",
    metadata,
    id_column(),
    ref("submission_id", "submission", unique=True),
    sa.Column("accepted", sa.Boolean, nullable=False),
    text("code"),
    text("message_zh", default=""),
    text("message_en", default=""),
    text("state", nullable=True),
    json("missing_signatures", nullable=True),
    *evidence_columns(),
)
