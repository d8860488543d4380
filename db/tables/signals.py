"""Db tables: external events and the steps that wait for them."""

import sqlalchemy as sa

from ._metadata import (
    IDS,
    digest,
    evidence_columns,
    id_column,
    instant,
    instant_now,
    json,
    metadata,
    one_of,
    ref,
    text,
)

signal = sa.Table(
    "signal",
    metadata,
    id_column(),
    text("name"),
    text("correlation_key"),
    json("data", default="'{}'"),
    digest("data_sha256"),
    sa.Column("sites", IDS),
    ref("actor_id", "person"),
    *evidence_columns(),
    sa.CheckConstraint("correlation_key <> '' AND length(correlation_key) <= 200", name="correlation_key"),
    sa.Index("ix_signal_sent", "name", "correlation_key", "recorded_at"),
)

signal_wait = sa.Table(
    "signal_wait",
    metadata,
    id_column(),
    ref("run_id", "run", index=False),
    text("path"),
    text("step_id"),
    text("name"),
    text("correlation_key"),
    ref("site_id", "site"),
    instant_now("began_at"),
    text("state", default="waiting"),
    ref("signal_id", "signal", nullable=True),
    ref("submission_id", "submission", nullable=True),
    instant("closed_at", nullable=True),
    sa.UniqueConstraint("run_id", "path"),
    one_of("state", "waiting", "matched", "taken", "over"),
    sa.CheckConstraint("state NOT IN ('matched', 'taken') OR signal_id IS NOT NULL", name="signal"),
    sa.CheckConstraint("(closed_at IS NOT NULL) = (state IN ('taken', 'over'))", name="closed"),
)
sa.Index(
    "ix_signal_wait_waiting",
    signal_wait.c.name,
    signal_wait.c.correlation_key,
    postgresql_where=sa.text("state = 'waiting'"),
)
sa.Index(
    "uq_signal_wait_once",
    signal_wait.c.run_id,
    signal_wait.c.signal_id,
    unique=True,
    postgresql_where=sa.text("state IN ('matched', 'taken')"),
)
