"""Db tables: how long records are kept, legal holds, and the tombstones of contents that were deleted."""

import sqlalchemy as sa

from ._metadata import day, evidence_columns, id_column, json, metadata, number, one_of, ref, text

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
    sa.CheckConstraint("reason ~ '[^[:space:]]'", name="reason"),
)
"""`parts` are the contents that were deleted, as the header tells them; `rule` and `about` which rule kept
them longest, `kept_until` its last day."""
