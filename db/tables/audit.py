"""Db tables: the audit log of what happens outside runs, and the outbox of domain events."""

import sqlalchemy as sa

from ._metadata import evidence_columns, flag, id_column, instant, instant_now, json, metadata, ref, text

audit_event = sa.Table(
    "audit_event",
    metadata,
    id_column(),
    ref("actor_id", "person", nullable=True),
    text("actor_name"),
    text("action"),
    text("object_type"),
    text("object_id"),
    json("before", nullable=True),
    json("after", nullable=True),
    text("reason", nullable=True),
    text("request_id", nullable=True),
    ref("run_id", "run", nullable=True),
    flag("refused", default=False),
    *evidence_columns(),
    sa.CheckConstraint("action ~ '^[a-z0-9_]+[.][a-z0-9_]+$'", name="action"),
)
sa.Index("ix_audit_event_object", audit_event.c.object_type, audit_event.c.object_id)
sa.Index("ix_audit_event_recorded_at", audit_event.c.recorded_at, audit_event.c.id)
sa.Index("ix_audit_event_action", audit_event.c.action)

outbox = sa.Table(
    "outbox",
    metadata,
    id_column(),
    text("kind"),
    json("payload"),
    instant_now("created_at"),
    instant("done_at", nullable=True),
)
sa.Index("ix_outbox_waiting", outbox.c.id, postgresql_where=outbox.c.done_at.is_(None))
