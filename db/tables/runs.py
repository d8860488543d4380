"""Db tables: runs of procedures and the effects they had (key: workflow, path, kind)."""

import sqlalchemy as sa

from ._metadata import digest, id_column, ids, instant, instant_now, json, metadata, one_of, ref, text, texts

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
    one_of("mode", "live", "drill"),
    one_of("state", *OPEN_STATES, "completed", "cancelled", "failed"),
)
sa.Index(
    "uq_run_open_business_key",
    run.c.sop_id,
    run.c.business_key,
    unique=True,
    postgresql_where=sa.text("state IN ('running', 'suspended', 'incident')"),
)
sa.Index("ix_run_batch_ids", run.c.batch_ids, postgresql_using="gin")
sa.Index("ix_run_state_started_at", run.c.state, run.c.started_at)
sa.Index("ix_run_not_closed", run.c.id, postgresql_where=sa.text("engine_closed_at IS NULL"))

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
        *("withdraw", "remind", "escalate", "lines", "wait", "wait_over", "return"),
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
    instant_now("created_at"),
    instant("read_at", nullable=True),
    sa.CheckConstraint("num_nonnulls(person_id, post_id) > 0", name="somebody"),
)
