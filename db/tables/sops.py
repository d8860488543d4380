"""Db tables: procedures, their versions, approvals and where each is in force."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from ._metadata import (
    digest,
    evidence_columns,
    id_column,
    ids,
    instant,
    instant_now,
    json,
    metadata,
    number,
    one_of,
    ref,
    text,
)

sop = sa.Table(
    "sop",
    metadata,
    id_column(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    text("title_zh"),
    text("title_en"),
    text("owner_department"),
    text("owner_post"),
)

sop_version = sa.Table(
    "sop_version",
    metadata,
    id_column(),
    ref("sop_id", "sop", index=False),
    number("version", nullable=True),  # a local number, given at the latest at publication
    text("origin", default="local"),
    number("vendor_version", nullable=True),
    text("state", default="draft"),
    json("definition"),
    text("source"),
    json("bundle", nullable=True),
    digest("sha256", nullable=True),
    ref("author_id", "person"),
    instant_now("created_at"),
    number("revision", default=0),  # of its text, while it is a draft
    ref("based_on_id", "sop_version", nullable=True),
    sa.UniqueConstraint("sop_id", "version"),
    one_of("origin", "vendor", "local"),
    one_of("state", "draft", "in_review", "approved", "effective", "superseded", "retired"),
    sa.CheckConstraint("state IN ('draft', 'in_review') OR num_nulls(bundle, sha256) = 0", name="bundled"),
    sa.CheckConstraint("state IN ('draft', 'in_review', 'approved') OR version IS NOT NULL", name="numbered"),
)

sop_draft_revision = sa.Table(
    "sop_draft_revision",
    metadata,
    id_column(),
    ref("sop_version_id", "sop_version", index=False),
    number("number"),
    number("before", nullable=True),  # the revision that it changed; the first has none
    text("source"),
    text("what_zh"),
    text("what_en"),
    ref("person_id", "person"),
    instant_now("made_at"),
    sa.UniqueConstraint("sop_version_id", "number"),
    sa.CheckConstraint("before < number", name="before"),
)

sop_approval = sa.Table(
    "sop_approval",
    metadata,
    id_column(),
    ref("sop_version_id", "sop_version"),
    text("kind"),
    ref("actor_id", "person"),
    ref("signature_id", "signature", nullable=True),
    text("comment", nullable=True),
    *evidence_columns(),
    one_of("kind", "submit", "approve", "reject", "publish", "retire", "withdraw"),
)

sop_comment = sa.Table(
    "sop_comment",
    metadata,
    id_column(),
    ref("sop_version_id", "sop_version"),
    text("step", nullable=True),  # its place; of the whole version when there is none
    text("text"),
    digest("source_sha256"),  # of the text that was commented on
    ref("actor_id", "person"),
    *evidence_columns(),
    sa.CheckConstraint("text <> ''", name="text"),
)

drill_evidence = sa.Table(
    "drill_evidence",
    metadata,
    id_column(),
    ref("sop_version_id", "sop_version", index=False),
    digest("definition_sha256"),  # of what was drilled: a draft may have changed since
    text("record"),
    digest("record_sha256"),
    ids("persons"),  # who took part
    ref("actor_id", "person"),
    ref("signature_id", "signature"),
    *evidence_columns(),
    sa.UniqueConstraint("sop_version_id", "record_sha256"),
    sa.CheckConstraint("record_sha256 = encode(sha256(convert_to(record, 'UTF8')), 'hex')", name="digest"),
)

sop_effectivity = sa.Table(
    "sop_effectivity",
    metadata,
    id_column(),
    ref("sop_version_id", "sop_version"),
    ref("sop_id", "sop"),
    ref("site_id", "site", nullable=True),
    instant("effective_from"),
    instant("effective_to", nullable=True),
    ExcludeConstraint(
        (sa.text("sop_id"), "="),
        (sa.text("COALESCE(site_id, '00000000-0000-0000-0000-000000000000'::uuid)"), "="),
        (sa.text("tstzrange(effective_from, effective_to)"), "&&"),
        using="gist",
        name="ex_sop_effectivity_period",
    ),
)
