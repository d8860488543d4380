"""Db tables: recalls - what is recalled, what stood where at the seal, what consignees said.

Balances per batch and consignee come from the function `recall_balance` (db/migrations/sql/0012).
"""

import sqlalchemy as sa

from ._metadata import (
    evidence_columns,
    flag,
    id_column,
    instant,
    instant_now,
    json,
    metadata,
    one_of,
    quantity,
    ref,
    text,
)

RECALL_CLASSES = ("I", "II", "III")
RECORD_KINDS = ("notified", "acknowledged", "answered", "explained", "closed", "reopened")


def _of_recall(*, primary_key: bool = False) -> sa.Column[object]:
    target = sa.ForeignKey("recall.document_id")
    return sa.Column("document_id", sa.Uuid, target, nullable=False, primary_key=primary_key)


recall = sa.Table(
    "recall",
    metadata,
    ref("document_id", "document", primary_key=True),
    ref("run_id", "run", nullable=True),
    text("class_name"),
    text("profile"),
    flag("drill", default=False),
    text("state", default="open"),
    instant_now("opened_at"),
    instant("sealed_at", nullable=True),
    instant("closed_at", nullable=True),
    instant("reopened_at", nullable=True),
    one_of("class_name", *RECALL_CLASSES),
    one_of("state", "open", "sealed", "closed", "reopened"),
    sa.CheckConstraint("state <> 'sealed' OR sealed_at IS NOT NULL", name="sealed"),
)

recall_batch = sa.Table(
    "recall_batch",
    metadata,
    _of_recall(primary_key=True),
    ref("batch_id", "batch", primary_key=True, index=True),
    text("because"),
    ref("hold_id", "hold", nullable=True),
    ref("added_by", "person"),
    instant_now("added_at"),
)

recall_position = sa.Table(
    "recall_position",
    metadata,
    id_column(),
    sa.Column("document_id", sa.Uuid, nullable=False),
    sa.Column("batch_id", sa.Uuid, nullable=False),
    text("kind"),
    ref("site_id", "site", nullable=True),
    ref("source_document_id", "document", nullable=True),
    quantity(),
    one_of("kind", "on_hand", "reserved", "in_transit", "in_return"),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.ForeignKeyConstraint(
        ["document_id", "batch_id"], ["recall_batch.document_id", "recall_batch.batch_id"]
    ),
    sa.Index("ix_recall_position_document_id", "document_id", "batch_id"),
)

recall_record = sa.Table(
    "recall_record",
    metadata,
    id_column(),
    _of_recall(),
    text("kind"),
    ref("party_id", "party", nullable=True),
    ref("batch_id", "batch", nullable=True),
    quantity("on_hand", nullable=True),
    quantity("consumed", nullable=True),
    quantity("destroyed", nullable=True),
    quantity(nullable=True),
    json("data", default="'{}'"),
    ref("run_id", "run", nullable=True),
    text("path", nullable=True),
    ref("actor_id", "person"),
    instant_now("occurred_at"),
    *evidence_columns(),
    one_of("kind", *RECORD_KINDS),
    sa.CheckConstraint(
        "CASE WHEN kind IN ('answered', 'explained') THEN num_nulls(party_id, batch_id) = 0"
        " WHEN kind IN ('notified', 'acknowledged') THEN party_id IS NOT NULL ELSE true END",
        name="of",
    ),
    sa.CheckConstraint(
        "CASE WHEN kind = 'answered' THEN num_nulls(on_hand, consumed, destroyed) = 0"
        " AND least(on_hand, consumed, destroyed) >= 0"
        " ELSE num_nonnulls(on_hand, consumed, destroyed) = 0 END",
        name="answer",
    ),
    sa.CheckConstraint("kind <> 'explained' OR quantity <> 0", name="quantity"),
    sa.Index("ix_recall_record_said", "document_id", "kind", "batch_id", "party_id", "id"),
)
