"""Db tables: line sets (what a work list or a loop runs over), line results and scans."""

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
    one_of,
    quantity,
    ref,
    text,
)

line_set = sa.Table(
    "line_set",
    metadata,
    id_column(),
    ref("run_id", "run"),
    text("path"),
    text("kind"),
    number("count"),
    digest("root"),
    json("aggregates", default="'{}'"),
    instant_now("created_at"),
)

line = sa.Table(
    "line",
    metadata,
    ref("line_set_id", "line_set", primary_key=True),
    sa.Column("line_no", sa.Integer, primary_key=True, autoincrement=False),
    text("key"),
    json("data", default="'{}'"),
    sa.Index("ix_line_key", "line_set_id", "key"),
    sa.Index("ix_line_batch_number", "line_set_id", sa.text("(data ->> 'batch_number')")),
    sa.Index("ix_line_material", "line_set_id", sa.text("(data ->> 'material')")),
    sa.Index(
        "ix_line_serials",
        sa.text("(data -> 'serials') jsonb_path_ops"),
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    ),
)

line_result = sa.Table(
    "line_result",
    metadata,
    id_column(),
    ref("task_id", "task"),
    ref("line_set_id", "line_set", index=False),
    number("line_no"),
    text("outcome"),
    json("data", default="'{}'"),
    ref("actor_id", "person"),
    number("epoch"),
    instant_now("occurred_at"),
    ref("supersedes_id", "line_result", nullable=True),
    *evidence_columns(),
    sa.ForeignKeyConstraint(["line_set_id", "line_no"], ["line.line_set_id", "line.line_no"]),
    sa.Index("ix_line_result_line", "line_set_id", "line_no"),
    sa.Index("ix_line_result_first", "task_id", postgresql_where=sa.text("supersedes_id IS NULL")),
)

added_line = sa.Table(
    "added_line",
    metadata,
    id_column(),
    ref("task_id", "task"),
    ref("line_set_id", "line_set"),
    number("line_no"),
    text("key"),
    json("data"),
    json("answer"),
    ref("actor_id", "person"),
    number("epoch"),
    instant_now("occurred_at"),
    ref("supersedes_id", "added_line", nullable=True, unique=True),
    *evidence_columns(),
    sa.CheckConstraint("line_no > 0", name="line_no"),
    sa.Index(
        "uq_added_line_number",
        "task_id",
        "line_no",
        unique=True,
        postgresql_where=sa.text("supersedes_id IS NULL"),
    ),
    sa.Index(
        "uq_added_line_key",
        "task_id",
        "key",
        unique=True,
        postgresql_where=sa.text("supersedes_id IS NULL"),
    ),
)
"""What somebody found beside the lines of a work list, numbered after them; `answer` is the line's form."""

scan = sa.Table(
    "scan",
    metadata,
    id_column(),
    ref("task_id", "task"),
    ref("line_set_id", "line_set", nullable=True, index=False),
    number("line_no", nullable=True),
    text("code"),
    text("symbology", nullable=True),
    json("parsed", nullable=True),
    text("verdict"),
    text("reason_code", nullable=True),
    quantity(nullable=True),
    ref("undoes_id", "scan", nullable=True, unique=True),
    ref("actor_id", "person"),
    number("epoch"),
    instant("device_at", nullable=True),
    *evidence_columns(),
    sa.ForeignKeyConstraint(["line_set_id", "line_no"], ["line.line_set_id", "line.line_no"]),
    sa.Index("ix_scan_line", "line_set_id", "line_no"),
    sa.Index(
        "ix_scan_matched",
        "task_id",
        "line_no",
        postgresql_include=["quantity"],
        postgresql_where=sa.text("verdict = 'matched'"),
    ),
    sa.Index("ix_scan_undo", "task_id", postgresql_where=sa.text("verdict = 'undo'")),
    sa.Index(
        "ix_scan_serial",
        "task_id",
        sa.text("(parsed ->> 'serial')"),
        postgresql_where=sa.text("verdict = 'matched'"),
    ),
    sa.Index(
        "ix_scan_serial_anywhere",
        sa.text("(parsed ->> 'serial')"),
        postgresql_where=sa.text("verdict = 'matched'"),
    ),
    sa.Index(
        "ix_scan_package",
        "task_id",
        postgresql_where=sa.text("verdict = 'matched' AND parsed ? 'packages'"),
    ),
    one_of("verdict", "matched", "refused", "undo"),
)
