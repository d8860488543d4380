"""Db tables: documents with their lines and corrections, attachments behind their digest."""

import sqlalchemy as sa

from ._metadata import (
    day,
    digest,
    evidence_columns,
    flag,
    id_column,
    instant_now,
    json,
    metadata,
    number,
    one_of,
    quantity,
    ref,
    text,
)

DOCUMENT_KINDS = (
    *("purchase_order", "dispatch_advice", "receipt", "acceptance_record", "put_away"),
    *("sales_order", "shipment", "invoice", "credit_note", "sales_return", "purchase_return"),
    *("transfer", "stocktake", "recall", "destruction"),
)

document = sa.Table(
    "document",
    metadata,
    id_column(),
    text("kind"),
    text("number"),
    ref("party_id", "party", nullable=True),
    ref("site_id", "site"),
    ref("legal_entity_id", "legal_entity"),
    text("state", default="open"),
    number("version", default=1),
    json("header", default="'{}'"),
    ref("source_document_id", "document", nullable=True),
    ref("run_id", "run", nullable=True),
    ref("created_by", "person"),
    instant_now("created_at"),
    instant_now("occurred_at"),
    flag("loaded", default=False),
    sa.UniqueConstraint("kind", "party_id", "number", postgresql_nulls_not_distinct=True),
    one_of("kind", *DOCUMENT_KINDS),
    one_of("state", "open", "in_process", "closed", "cancelled"),
    sa.CheckConstraint("number <> ''", name="number"),
)
sa.Index("ix_document_number", document.c.number)
sa.Index(
    "ix_document_text",
    document.c.number,
    postgresql_using="gin",
    postgresql_ops={"number": "gin_trgm_ops"},
)

document_line = sa.Table(
    "document_line",
    metadata,
    id_column(),
    ref("document_id", "document", index=False),
    number("line_no"),
    ref("material_id", "material"),
    text("batch_number", nullable=True),
    day("produced_on", nullable=True),
    day("expires_on", nullable=True),
    quantity(),
    text("entered_quantity", nullable=True),
    text("entered_unit", nullable=True),
    number("order_line_no", nullable=True),
    ref("batch_id", "batch", nullable=True),
    json("data", default="'{}'"),
    sa.UniqueConstraint("document_id", "line_no"),
    sa.CheckConstraint("quantity >= 0", name="quantity"),
)

document_change = sa.Table(
    "document_change",
    metadata,
    id_column(),
    ref("document_id", "document"),
    number("version"),
    json("before"),
    json("after"),
    text("reason"),
    ref("actor_id", "person"),
    *evidence_columns(),
)

attachment = sa.Table(
    "attachment",
    metadata,
    id_column(),
    digest("sha256", index=True),
    text("media_type"),
    sa.Column("size", sa.BigInteger, nullable=False),
    text("file_name"),
    ref("uploaded_by", "person"),
    ref("task_id", "task", nullable=True),
    ref("run_id", "run", nullable=True),
    text("step_path", nullable=True),
    *evidence_columns(),
)

attachment_body = sa.Table(
    "attachment_body",
    metadata,
    sa.Column("sha256", sa.CHAR(64), primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("sha256 = encode(sha256(bytes), 'hex')", name="digest"),
)
