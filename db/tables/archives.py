"""Db tables: archives of runs that ended - the header is evidence for ever, the contents stand beside it."""

import sqlalchemy as sa

from ._metadata import (
    digest,
    evidence_columns,
    id_column,
    instant,
    instant_now,
    json,
    metadata,
    number,
    ref,
    text,
)

archive = sa.Table(
    "archive",
    metadata,
    id_column(),
    ref("run_id", "run", unique=True),
    text("workflow_id"),
    text("sop_key"),
    number("sop_version"),
    digest("bundle_sha256"),
    number("semantics", nullable=True),
    digest("code_sha256"),
    text("state"),
    text("outcome", nullable=True),
    instant("started_at"),
    instant("ended_at"),
    number("executions"),
    number("events"),
    json("parts"),
    json("anomalies"),
    *evidence_columns(),
)
"""`parts` are the contents by name: digest, size, media type. `anomalies`: codes of what was done to the run
past the doors."""

sa.Index("ix_archive_ended_at", archive.c.ended_at)

archive_body = sa.Table(
    "archive_body",
    metadata,
    ref("archive_id", "archive", primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    instant_now("stored_at"),
)
"""`content` is the part, deflated with gzip; its digest in the header is that of the bytes before."""
