"""Db tables: decision tables - their versions, what each draft said after each change, who approved."""

import sqlalchemy as sa

from ._metadata import (
    digest,
    evidence_columns,
    id_column,
    instant_now,
    json,
    metadata,
    number,
    one_of,
    ref,
    text,
)

decision_table_version = sa.Table(
    "decision_table_version",
    metadata,
    id_column(),
    text("key"),
    number("number", nullable=True),  # given when it is submitted
    text("origin", default="local"),
    number("vendor_version", nullable=True),
    text("state", default="draft"),
    json("content"),  # the last readable one, keys in no order
    text("source"),  # the author's order
    digest("sha256", nullable=True),  # of the content that is reviewed and signed
    ref("author_id", "person"),
    instant_now("created_at"),
    number("revision", default=0),
    ref("based_on_id", "decision_table_version", nullable=True),
    sa.UniqueConstraint("key", "number"),
    one_of("origin", "vendor", "local"),
    one_of("state", "draft", "in_review", "approved"),
    sa.CheckConstraint("state = 'draft' OR num_nulls(number, sha256) = 0", name="numbered"),
)

decision_table_revision = sa.Table(
    "decision_table_revision",
    metadata,
    id_column(),
    ref("version_id", "decision_table_version", index=False),
    number("number"),
    number("before", nullable=True),  # the revision that it changed; the first has none
    text("source"),
    text("what_zh"),
    text("what_en"),
    ref("person_id", "person"),
    instant_now("made_at"),
    sa.UniqueConstraint("version_id", "number"),
    sa.CheckConstraint("before < number", name="before"),
)

decision_table_approval = sa.Table(
    "decision_table_approval",
    metadata,
    id_column(),
    ref("version_id", "decision_table_version"),
    text("kind"),
    ref("actor_id", "person"),
    ref("signature_id", "signature", nullable=True),
    text("comment", nullable=True),
    *evidence_columns(),
    one_of("kind", "submit", "approve", "reject"),
)
