"""Db tables: schedules that start procedures, and each time that one came due."""

import sqlalchemy as sa

from ._metadata import flag, id_column, instant, instant_now, json, metadata, one_of, ref, text

schedule = sa.Table(
    "schedule",
    metadata,
    id_column(),
    text("name"),
    ref("sop_id", "sop"),
    ref("site_id", "site", index=False),
    json("inputs", default="'{}'"),
    json("calendar"),
    flag("active", default=True),
    ref("made_by", "person"),
    text("reason"),
    instant_now("created_at"),
    ref("changed_by", "person"),
    instant_now("changed_at"),
    sa.UniqueConstraint("site_id", "name"),
)

schedule_firing = sa.Table(
    "schedule_firing",
    metadata,
    id_column(),
    ref("schedule_id", "schedule", index=False),
    instant("due_at"),
    sa.Column("run_id", sa.Uuid, nullable=False, unique=True),
    text("state", default="begun"),
    text("code", nullable=True),
    text("message_zh", default=""),
    text("message_en", default=""),
    instant_now("fired_at"),
    sa.UniqueConstraint("schedule_id", "due_at"),
    one_of("state", "begun", "started", "skipped", "refused"),
)
