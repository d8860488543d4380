"""Db tables: working days, statutory limits as dated data, and the one clock's setting."""

import sqlalchemy as sa

from ._metadata import instant, json, metadata, text

calendar_day = sa.Table(
    "calendar_day",
    metadata,
    sa.Column("jurisdiction", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("working", sa.Boolean, nullable=False),
    text("name_zh", default=""),
)

limit_profile = sa.Table(
    "limit_profile",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("limit_name", sa.Text, primary_key=True),
    sa.Column("class_name", sa.Text, primary_key=True),
    json("amount"),
    text("clause"),
)

clock_setting = sa.Table(
    "clock_setting",
    metadata,
    sa.Column("id", sa.Boolean, primary_key=True, server_default=sa.text("true")),
    sa.Column("offset_seconds", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("drill", sa.Boolean, nullable=False, server_default=sa.text("false")),  # said by the owner
    instant("loading_until", nullable=True),  # while it lies ahead, loaded history may give its own instants
    sa.CheckConstraint("id", name="one_row"),
    sa.CheckConstraint("offset_seconds >= 0", name="forward"),
    sa.CheckConstraint("drill OR offset_seconds = 0", name="live"),
)
