"""Db tables: how long records are kept, legal holds, and the tombstones of contents that were deleted."""

import sqlalchemy as sa

from ._metadata import day, evidence_columns, flag, id_column, ids, json, metadata, number, one_of, ref, text

HOLD_KINDS = ("run", "batch", "sop", "all")

retention_rule = sa.Table(
    "retention_rule",
    metadata,
    sa.Column("record_class", sa.Text, primary_key=True),
    number("years_after_end", nullable=True),  # none: for ever
    number("years_after_expiry", nullable=True),
    text("clause"),
    sa.CheckConstraint("years_after_end >= 5", name="five_years"),
    sa.CheckConstraint("years_after_expiry > 0", name="after_expiry"),
)
"""What the law asks for records of each class of goods, and the house beyond it; set by the owner alone."""

legal_hold = sa.Table(
    "legal_hold",
    metadata,
    id_column(),
    text("kind"),
    ref("run_id", "run", nullable=True),
    ref("batch_id", "batch", nullable=True),
    ref("sop_id", "sop", nullable=True),
    ref("lifts_id", "legal_hold", nullable=True, unique=True),
    text("reason"),
    ref("actor_id", "person"),
    *evidence_columns(),
    one_of("kind", *HOLD_KINDS, "lift"),
    sa.CheckConstraint(
        "(kind = 'run') = (run_id IS NOT NULL) AND (kind = 'batch') = (batch_id IS NOT NULL)"
        " AND (kind = 'sop') = (sop_id IS NOT NULL) AND (kind = 'lift') = (lifts_id IS NOT NULL)",
        name="about",
    ),
    sa.CheckConstraint("reason ~ '[^[:space:]]'", name="reason"),
)
"""A row sets a hold, or lifts the one that `lifts_id` names."""

tombstone = sa.Table(
    "tombstone",
    metadata,
    id_column(),
    ref("archive_id", "archive", unique=True),
    ref("run_id", "run", unique=True),
    json("parts"),
    text("rule"),
    text("about"),
    day("kept_until"),
    ref("destruction_run_id", "run"),
    text("path"),
    ref("asked_by", "person"),
    ref("asked_signature_id", "signature"),
    ref("approved_by", "person"),
    ref("approved_signature_id", "signature"),
    ref("witnessed_by", "person"),
    ref("witness_signature_id", "signature"),
    text("reason"),
    *evidence_columns(),
    json("attachments", nullable=True),
    sa.CheckConstraint("reason ~ '[^[:space:]]'", name="reason"),
    sa.Index(
        "ix_tombstone_attachments",
        "attachments",
        postgresql_using="gin",
        postgresql_ops={"attachments": "jsonb_path_ops"},
    ),
)
"""`parts` are the contents that were deleted, as the header tells them, `attachments` digest and size of the
files that went with them; `rule` and `about` which rule kept them longest, `kept_until` its last day."""

attachment_use = sa.Table(
    "attachment_use",
    metadata,
    ref("attachment_id", "attachment", primary_key=True),
    sa.Column("used_by", sa.Uuid, primary_key=True),  # the run, or the document that is no run's
    ref("run_id", "run", nullable=True),
)
"""Who uses an attachment beside the run that it was added to; triggers write it."""

retention_floor = sa.Table(
    "retention_floor",
    metadata,
    ref("run_id", "run", primary_key=True),
    text("rule"),
    text("about"),
    day("until", nullable=True),  # none: for ever
    ids("batch_ids"),
    flag("gone", default=False),
    sa.Index("ix_retention_floor_until", "until", "run_id", postgresql_where=sa.text("NOT gone")),
)
"""What a run's own rules asked for when it was archived: less is never asked for again."""
