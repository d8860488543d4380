"""Db tables: packages by their SSCC, what is in them, and which serials.

A package is in one place and in one other package at most; what has left stays as it was.
"""

import sqlalchemy as sa

from ._metadata import flag, id_column, instant_now, metadata, number, one_of, quantity, ref, text

package = sa.Table(
    "package",
    metadata,
    id_column(),
    sa.Column("sscc", sa.Text, nullable=False, unique=True),
    sa.Column("trace_code", sa.Text, unique=True),
    ref("parent_id", "package", nullable=True),
    text("state", default="open"),
    ref("site_id", "site"),
    sa.Column("location_id", sa.Uuid, index=True),
    ref("document_id", "document", nullable=True),
    number("number", nullable=True),
    ref("run_id", "run", nullable=True),
    ref("created_by", "person"),
    instant_now("created_at"),
    sa.ForeignKeyConstraint(["location_id", "site_id"], ["location.id", "location.site_id"]),
    sa.CheckConstraint("sscc ~ '^[0-9]{18}$'", name="sscc"),
    sa.CheckConstraint("trace_code <> ''", name="trace_code"),
    one_of("state", "open", "closed", "shipped", "dissolved"),
    sa.CheckConstraint("parent_id <> id", name="not_in_itself"),
    sa.CheckConstraint("(location_id IS NULL) = (state IN ('shipped', 'dissolved'))", name="place"),
)

package_content = sa.Table(
    "package_content",
    metadata,
    ref("package_id", "package", primary_key=True),
    ref("batch_id", "batch", primary_key=True, index=True),
    quantity(),
    sa.CheckConstraint("quantity > 0", name="quantity"),
)

package_serial = sa.Table(
    "package_serial",
    metadata,
    sa.Column("package_id", sa.Uuid, primary_key=True),
    sa.Column("serial_id", sa.Uuid, primary_key=True, index=True),
    sa.Column("batch_id", sa.Uuid, nullable=False),
    flag("current", default=True),
    sa.ForeignKeyConstraint(["serial_id", "batch_id"], ["serial.id", "serial.batch_id"]),
    sa.ForeignKeyConstraint(
        ["package_id", "batch_id"], ["package_content.package_id", "package_content.batch_id"]
    ),
    sa.Index("ix_package_serial_package_id", "package_id", "batch_id"),
    sa.Index("uq_package_serial_current", "serial_id", unique=True, postgresql_where=sa.text("current")),
)

sscc_reference = sa.Sequence("sscc_reference", metadata=metadata, data_type=sa.BigInteger)
"""The serial references of our SSCCs; a number that was drawn is never drawn again."""
