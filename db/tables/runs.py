"""Db tables: runs of procedures and the effects they had (key: workflow, path, kind)."""

import sqlalchemy as sa

from ._metadata import (
    digest,
    flag,
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

OPEN_STATES = ("running", "suspended", "incident")

run = sa.Table(
    "run",
    metadata,
    id_column(),
    sa.Column("workflow_id", sa.Text, nullable=False, unique=True),
    ref("sop_id", "sop"),
    ref("sop_version_id", "sop_version"),
    digest("sha256"),
    text("business_key", nullable=True),
    ref("site_id", "site"),
    ref("department_id", "department", nullable=True),
    text("mode", default="live"),
    text("state", default="running"),
    text("outcome", nullable=True),
    json("inputs", default="'{}'"),
    texts("current_steps"),
    ref("started_by", "person"),
    instant_now("started_at"),
    instant("ended_at", nullable=True),
    text("summary_zh", default=""),
    text("summary_en", default=""),
    ids("batch_ids"),
    sa.Column("start_hash", sa.LargeBinary, nullable=False),
    instant("engine_started_at", nullable=True),
    instant("engine_closed_at", nullable=True),
    instant("archived_at", nullable=True),
    ref("called_by", "run", nullable=True, index=False),
    text("call_path", nullable=True),
    number("called_line", nullable=True),
    flag("awaited", default=False),
    flag("held_by_caller", default=False),
    instant("reported_at", nullable=True),
    number("changeovers", default=0),
    one_of("mode", "live", "drill"),
    one_of("state", *OPEN_STATES, "completed", "cancelled", "failed"),
    sa.CheckConstraint(
        "(called_by IS NULL) = (call_path IS NULL)"
        " AND (called_by IS NOT NULL OR (called_line IS NULL AND NOT awaited AND reported_at IS NULL))",
        name="call",
    ),
)
"""`called_by`, `call_path` and `called_line` say which run called it, where, for which line; `awaited` that
the caller waits for its end, `held_by_caller` that it was suspended with it, `reported_at` when it knew.
`changeovers` says how often it went over to another version, `sop_version_id` which it goes by now."""
sa.Index(
    "uq_run_open_business_key",
    run.c.sop_id,
    run.c.business_key,
    unique=True,
    postgresql_where=sa.text("state IN ('running', 'suspended', 'incident')"),
)
sa.Index("ix_run_batch_ids", run.c.batch_ids, postgresql_using="gin")
sa.Index(
    "ix_run_text",
    *(run.c.business_key, run.c.summary_zh, run.c.summary_en),
    postgresql_using="gin",
    postgresql_ops=dict.fromkeys(("business_key", "summary_zh", "summary_en"), "gin_trgm_ops"),
)
sa.Index("ix_run_state_started_at", run.c.state, run.c.started_at)
sa.Index(
    "ix_run_to_archive",
    run.c.ended_at,
    postgresql_where=sa.text("archived_at IS NULL AND ended_at IS NOT NULL"),
)
sa.Index("ix_run_not_closed", run.c.id, postgresql_where=sa.text("engine_closed_at IS NULL"))

sa.Index(
    "uq_run_call",
    *(run.c.called_by, run.c.call_path, run.c.called_line),
    unique=True,
    postgresql_nulls_not_distinct=True,
    postgresql_where=sa.text("called_by IS NOT NULL"),
)
sa.Index(
    "ix_run_called_open",
    *(run.c.called_by, run.c.call_path),
    postgresql_where=sa.text(
        "called_by IS NOT NULL AND state IN ('running', 'suspended', 'incident')",
    ),
)
sa.Index(
    "ix_run_unreported",
    *(run.c.called_by, run.c.call_path),
    postgresql_where=sa.text(
        "awaited AND reported_at IS NULL AND state NOT IN ('running', 'suspended', 'incident')",
    ),
)

run_separation = sa.Table(
    "run_separation",
    metadata,
    id_column(),
    ref("run_id", "run", index=False),
    ref("other_id", "run", index=False),
    text("step_id"),
    text("line_scope", nullable=True),
    sa.UniqueConstraint("run_id", "other_id", "step_id"),
    sa.CheckConstraint("run_id <> other_id", name="other"),
    sa.Index("ix_run_separation_other_id", "other_id", "step_id"),
)
"""Who performed that step of the other run (in a line of it) performs nothing in this one, and back."""

effect = sa.Table(
    "effect",
    metadata,
    id_column(),
    text("workflow_id"),
    text("path"),
    sa.Column("seq", sa.BigInteger, sa.Identity(always=False), nullable=False),
    text("kind"),
    text("action", nullable=True),
    sa.Column("input_hash", sa.LargeBinary, nullable=False),
    json("result", nullable=True),
    text("undoes_path", nullable=True),
    instant("undone_at", nullable=True),
    instant_now("recorded_at"),
    sa.UniqueConstraint("workflow_id", "path", "kind"),
    one_of(
        "kind",
        *("action", "decision", "task", "settle", "notify", "undo", "chunk", "end", "incident", "command"),
        *(
            "withdraw",
            "remind",
            "escalate",
            "lines",
            "call",
            "call_read",
            "order",
            "wait",
            "wait_over",
            "return",
        ),
    ),
)
sa.Index("ix_effect_seq", effect.c.workflow_id, effect.c.seq)

notification = sa.Table(
    "notification",
    metadata,
    id_column(),
    ref("run_id", "run", nullable=True),
    ref("person_id", "person", nullable=True),
    ref("post_id", "post", nullable=True),
    ref("site_id", "site", nullable=True),
    text("template"),
    text("title_zh"),
    text("title_en"),
    text("body_zh"),
    text("body_en"),
    text("link", nullable=True),
    instant_now("created_at"),
    instant("read_at", nullable=True),
    sa.CheckConstraint("link ~ '^/[a-z]'", name="link"),
    sa.CheckConstraint("num_nonnulls(person_id, post_id) > 0", name="somebody"),
)
