"""Db tables: orders that runs go over to another version of their procedure, and what became of each run."""

import sqlalchemy as sa

from ._metadata import Xid8, digest, id_column, instant, instant_now, json, metadata, one_of, ref, text

changeover = sa.Table(
    "changeover",
    metadata,
    id_column(),
    ref("sop_id", "sop"),
    ref("sop_version_id", "sop_version"),
    digest("sha256"),
    text("reason"),
    text("state", default="proposed"),
    digest("content_hash"),  # over the version and each run with the version that it leaves
    ref("proposed_by", "person"),
    instant_now("proposed_at"),
    ref("decided_by", "person", nullable=True),
    instant("decided_at", nullable=True),
    text("comment", nullable=True),
    ref("signature_id", "signature", nullable=True),
    one_of("state", "proposed", "approved", "declined"),
    sa.CheckConstraint("reason <> ''", name="reason"),
    sa.CheckConstraint(
        "(state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)"
        " AND (state = 'approved') = (signature_id IS NOT NULL)",
        name="decided",
    ),
)

changeover_run = sa.Table(
    "changeover_run",
    metadata,
    id_column(),
    ref("changeover_id", "changeover", index=False),
    ref("run_id", "run"),
    ref("from_version_id", "sop_version"),
    digest("from_sha256"),
    ref("submission_id", "submission", nullable=True, unique=True),
    text("result", nullable=True),
    text("reason_zh", default=""),
    text("reason_en", default=""),
    json("foreseen", default="'[]'"),
    instant("settled_at", nullable=True),
    sa.Column("settled_tx", Xid8, nullable=True),
    sa.UniqueConstraint("changeover_id", "run_id"),
    one_of("result", "moved", "refused", "ended"),
    sa.CheckConstraint("(result IS NULL) = (settled_at IS NULL)", name="settled"),
)
"""`foreseen` is what spoke against it when it was proposed, `reason_*` what the run itself said."""
