"""Db tables: legal entities, sites and their places, people, posts, log-ins and keys."""

import sqlalchemy as sa

from ._metadata import (
    day,
    flag,
    id_column,
    instant,
    instant_now,
    json,
    metadata,
    number,
    one_of,
    ref,
    text,
    texts,
)

legal_entity = sa.Table(
    "legal_entity",
    metadata,
    id_column(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name_zh"),
    text("name_en"),
    text("gs1_prefix", nullable=True),
    sa.CheckConstraint("gs1_prefix ~ '^[0-9]{6,12}$'", name="gs1_prefix"),
)

site = sa.Table(
    "site",
    metadata,
    id_column(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name_zh"),
    text("name_en"),
    ref("legal_entity_id", "legal_entity"),
    text("region"),
    text("time_zone"),
    flag("active", default=True),
)

zone = sa.Table(
    "zone",
    metadata,
    id_column(),
    ref("site_id", "site", index=False),
    text("code"),
    text("name_zh"),
    text("name_en"),
    text("kind"),
    text("storage_class"),
    flag("special_control", default=False),
    sa.UniqueConstraint("site_id", "code"),
    sa.UniqueConstraint("id", "site_id"),
    one_of("kind", "waiting", "storage", "rejected", "returned", "recalled", "shipping"),
    one_of("storage_class", "ambient", "cool", "refrigerated", "frozen"),
)

location = sa.Table(
    "location",
    metadata,
    id_column(),
    ref("site_id", "site", index=False),
    sa.Column("zone_id", sa.Uuid, nullable=False, index=True),
    text("code"),
    text("name", default=""),
    flag("active", default=True),
    sa.UniqueConstraint("site_id", "code"),
    sa.UniqueConstraint("id", "site_id"),
    sa.ForeignKeyConstraint(["zone_id", "site_id"], ["zone.id", "zone.site_id"]),
)

department = sa.Table(
    "department",
    metadata,
    id_column(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name_zh"),
    text("name_en"),
)

post = sa.Table(
    "post",
    metadata,
    id_column(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name_zh"),
    text("name_en"),
    texts("permissions"),
)

person = sa.Table(
    "person",
    metadata,
    id_column(),
    sa.Column("username", sa.Text, nullable=False, unique=True),
    text("name"),
    text("kind", default="person"),
    flag("active", default=True),
    text("language", default="zh"),
    sa.CheckConstraint("username = lower(username) AND username <> ''", name="username_lower"),
    one_of("kind", "person", "machine"),
    one_of("language", "zh", "en"),
)

credential = sa.Table(
    "credential",
    metadata,
    ref("person_id", "person", primary_key=True),
    text("password_hash"),
    number("failures", default=0),
    instant("locked_until", nullable=True),
    instant_now("changed_at"),
)

post_assignment = sa.Table(
    "post_assignment",
    metadata,
    id_column(),
    ref("person_id", "person"),
    ref("post_id", "post"),
    ref("site_id", "site", nullable=True),
    ref("department_id", "department", nullable=True),
    instant_now("valid_from"),
    instant("valid_to", nullable=True),
    sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
)

training_record = sa.Table(
    "training_record",
    metadata,
    id_column(),
    ref("person_id", "person", index=False),
    text("sop_key"),
    number("version"),
    day("trained_on"),
    ref("recorded_by", "person"),
    sa.Column("how", sa.Text, nullable=False, server_default="recorded"),
    json("answers", nullable=True),
    ref("signature_id", "signature", nullable=True),
    ref("drill_evidence_id", "drill_evidence", nullable=True),
    one_of("how", "recorded", "read"),
    sa.CheckConstraint("(how = 'read') = (signature_id IS NOT NULL)", name="signed"),
    sa.UniqueConstraint("person_id", "sop_key", "version"),
)

login_session = sa.Table(
    "login_session",
    metadata,
    id_column(),
    ref("person_id", "person"),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    text("kind"),
    text("csrf_token", nullable=True),
    instant_now("created_at"),
    instant_now("last_seen_at"),
    instant("expires_at"),
    instant("ended_at", nullable=True),
    one_of("kind", "browser", "token"),
)

api_key = sa.Table(
    "api_key",
    metadata,
    id_column(),
    ref("person_id", "person"),
    sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True),
    text("prefix"),
    texts("scopes"),
    flag("active", default=True),
    instant_now("created_at"),
    instant("revoked_at", nullable=True),
    ref("revoked_by_id", "person", nullable=True),
    sa.CheckConstraint("(revoked_at IS NULL) = active", name="revoked"),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    ref("principal_id", "person", primary_key=True),
    sa.Column("method", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),
    number("status", nullable=True),
    json("response", nullable=True),
    ref("submission_id", "submission", nullable=True),
    instant_now("created_at"),
)
