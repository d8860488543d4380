"""Db tables: batches, holds, serials, the append-only ledger and what is derived from it.

`balance` and `serial_place` are written by the ledger's trigger alone; the application may only read them.
Every move names both sides, so that each row, and with it each posting, balances by construction.
"""

from typing import Any

import sqlalchemy as sa

from ._metadata import (
    day,
    evidence_columns,
    flag,
    id_column,
    instant,
    instant_now,
    metadata,
    number,
    one_of,
    quantity,
    ref,
    text,
)

POSTING_KINDS = (
    "receipt",
    "put_away",
    "status_change",
    "issue",
    "destruction",
    "sample",
    "count_adjustment",
    "transfer_out",
    "transfer_in",
    "supplier_return",
    "customer_return",
    "reversal",
)
PLACE_KINDS = ("internal", "supplier", "customer", "transit", "destroyed", "sample", "count")
STATUSES = ("quarantine", "qualified", "rejected", "returned", "recalled")

batch = sa.Table(
    "batch",
    metadata,
    id_column(),
    ref("material_id", "material", index=False),
    ref("manufacturer_id", "party"),
    text("number"),
    day("produced_on", nullable=True),
    day("expires_on", nullable=True),
    text("licence_holder", nullable=True),
    ref("created_by_run", "run", nullable=True),
    number("holds_opened", default=0),  # raised by each hold, so that an issue and a seal meet on this row
    sa.UniqueConstraint("material_id", "manufacturer_id", "number"),
    sa.UniqueConstraint("id", "material_id"),
    sa.CheckConstraint("number ~ '^[^[:space:]].*[^[:space:]]$|^[^[:space:]]$'", name="number_trimmed"),
    sa.CheckConstraint("length(number) <= 64", name="number_length"),
    sa.CheckConstraint("produced_on <= expires_on", name="dates"),
)
sa.Index("ix_batch_number", batch.c.number)
sa.Index(
    "ix_batch_text",
    batch.c.number,
    postgresql_using="gin",
    postgresql_ops={"number": "gin_trgm_ops"},
)
sa.Index("ix_batch_expires_on", batch.c.expires_on)

hold = sa.Table(
    "hold",
    metadata,
    id_column(),
    ref("batch_id", "batch"),
    text("kind"),
    ref("scope_site_id", "site", nullable=True),
    text("reason"),
    ref("opened_by_run", "run", nullable=True),
    text("opened_path", nullable=True),
    ref("opened_by", "person"),
    instant_now("opened_at"),
    ref("closed_by_run", "run", nullable=True),
    ref("closed_by", "person", nullable=True),
    instant("closed_at", nullable=True),
    text("closed_reason", nullable=True),
    flag("loaded", default=False),
    sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
)
sa.Index("ix_hold_open", hold.c.batch_id, postgresql_where=hold.c.closed_at.is_(None))

serial = sa.Table(
    "serial",
    metadata,
    id_column(),
    sa.Column("batch_id", sa.Uuid, nullable=False, index=True),
    ref("material_id", "material", index=False),
    text("number"),
    sa.UniqueConstraint("material_id", "number"),
    sa.UniqueConstraint("id", "batch_id"),
    sa.ForeignKeyConstraint(["batch_id", "material_id"], ["batch.id", "batch.material_id"]),
    sa.Index("ix_serial_number", "number"),
)

posting = sa.Table(
    "posting",
    metadata,
    id_column(),
    text("kind"),
    ref("document_id", "document", nullable=True),
    ref("run_id", "run", nullable=True, index=False),
    text("path", nullable=True),
    ref("actor_id", "person"),
    instant_now("occurred_at"),
    text("reason", nullable=True),
    ref("reverses_id", "posting", nullable=True, unique=True),
    flag("loaded", default=False),
    *evidence_columns(),
    sa.UniqueConstraint("run_id", "path", "kind"),
    one_of("kind", *POSTING_KINDS),
    sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses"),
)


def _side(name: str) -> list[Any]:
    """One side of a move: a position inside, or a kind of place outside with nothing else."""
    columns = [f"{name}_site_id", f"{name}_location_id", f"{name}_status", f"{name}_owner_id"]
    filled = ", ".join(columns)
    return [
        text(f"{name}_kind"),
        sa.Column(f"{name}_site_id", sa.Uuid, index=True),
        sa.Column(f"{name}_location_id", sa.Uuid, index=True),
        text(f"{name}_status", nullable=True),
        ref(f"{name}_owner_id", "legal_entity", nullable=True),
        sa.ForeignKeyConstraint(
            [f"{name}_location_id", f"{name}_site_id"], ["location.id", "location.site_id"]
        ),
        one_of(f"{name}_kind", *PLACE_KINDS),
        one_of(f"{name}_status", *STATUSES),
        sa.CheckConstraint(
            f"CASE WHEN {name}_kind = 'internal' THEN num_nulls({filled}) = 0"
            f" ELSE num_nonnulls({filled}) = 0 END",
            name=f"{name}_side",
        ),
    ]


move = sa.Table(
    "move",
    metadata,
    id_column(),
    ref("posting_id", "posting", index=False),
    number("line_no"),
    ref("batch_id", "batch"),
    quantity(),
    *_side("from"),
    *_side("to"),
    ref("party_id", "party", nullable=True),
    ref("document_line_id", "document_line", nullable=True),
    text("reason", nullable=True),
    *evidence_columns(),
    sa.UniqueConstraint("posting_id", "line_no"),
    sa.UniqueConstraint("id", "batch_id"),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.CheckConstraint("from_kind = 'internal' OR to_kind = 'internal'", name="one_side_inside"),
    sa.CheckConstraint(
        "(from_site_id, from_location_id, from_status, from_owner_id)"
        " IS DISTINCT FROM (to_site_id, to_location_id, to_status, to_owner_id)",
        name="goes_somewhere",
    ),
    sa.CheckConstraint(
        "party_id IS NOT NULL OR (from_kind NOT IN ('supplier', 'customer')"
        " AND to_kind NOT IN ('supplier', 'customer'))",
        name="party_named",
    ),
)

# Who got how much of a batch is one range of one index, however long the ledger is.
sa.Index(
    "ix_move_consignee",
    move.c.batch_id,
    move.c.party_id,
    postgresql_include=["posting_id", "quantity", "from_kind", "to_kind"],
    postgresql_where=sa.text("to_kind = 'customer' OR from_kind = 'customer'"),
)

move_serial = sa.Table(
    "move_serial",
    metadata,
    ref("move_id", "move", primary_key=True),
    ref("serial_id", "serial", primary_key=True, index=True),
    *evidence_columns(),
)

balance = sa.Table(
    "balance",
    metadata,
    ref("site_id", "site", primary_key=True),
    ref("location_id", "location", primary_key=True, index=True),
    ref("batch_id", "batch", primary_key=True, index=True),
    sa.Column("status", sa.Text, primary_key=True),
    ref("owner_id", "legal_entity", primary_key=True, index=True),
    quantity(),
    instant_now("updated_at"),
    sa.Column("reserved", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    one_of("status", *STATUSES),
    sa.CheckConstraint("quantity >= 0", name="quantity"),
    sa.CheckConstraint("reserved >= 0 AND reserved <= quantity", name="reserved"),
)

_AT = ("site_id", "location_id", "batch_id", "status", "owner_id")
_NOT_OPEN = "num_nonnulls(ended_at, ended_by) = 0 ELSE num_nulls(ended_at, ended_by) = 0"

reservation = sa.Table(
    "reservation",
    metadata,
    id_column(),
    ref("document_line_id", "document_line"),
    sa.Column("site_id", sa.Uuid, nullable=False),
    sa.Column("location_id", sa.Uuid, nullable=False),
    ref("batch_id", "batch"),
    text("status", default="qualified"),
    sa.Column("owner_id", sa.Uuid, nullable=False),
    quantity(),
    text("state", default="open"),
    quantity("used", nullable=True),
    text("reason", nullable=True),
    ref("continues_id", "reservation", nullable=True, unique=True),
    ref("made_by_run", "run", nullable=True),
    text("made_path", nullable=True),
    ref("made_by", "person"),
    instant_now("made_at"),
    ref("ended_by_run", "run", nullable=True),
    text("ended_path", nullable=True),
    ref("ended_by", "person", nullable=True),
    instant("ended_at", nullable=True),
    text("ended_reason", nullable=True),
    sa.ForeignKeyConstraint(_AT, [f"balance.{name}" for name in _AT]),
    one_of("status", "qualified"),
    one_of("state", "open", "consumed", "released"),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.CheckConstraint(
        "CASE WHEN state = 'consumed' THEN used IS NOT NULL AND used > 0 AND used <= quantity"
        " ELSE used IS NULL END",
        name="used",
    ),
    sa.CheckConstraint(f"CASE WHEN state = 'open' THEN {_NOT_OPEN} END", name="ended"),
)
"""Goods promised to a line of an order. What is used of it in part ends it; a new one continues the rest."""
sa.Index(
    "ix_reservation_position",
    *(reservation.c[name] for name in _AT),
    postgresql_where=reservation.c.state == "open",
)

serial_place = sa.Table(
    "serial_place",
    metadata,
    ref("serial_id", "serial", primary_key=True),
    text("kind"),
    ref("site_id", "site", nullable=True),
    ref("location_id", "location", nullable=True),
    text("status", nullable=True),
    ref("owner_id", "legal_entity", nullable=True),
    ref("batch_id", "batch"),
    ref("move_id", "move"),
    one_of("kind", *PLACE_KINDS),
)

movement_rule = sa.Table(
    "movement_rule",
    metadata,
    text("posting_kind"),
    text("from_kind"),
    text("from_status", nullable=True),
    text("to_kind"),
    text("to_status", nullable=True),
    sa.UniqueConstraint(
        "posting_kind",
        "from_kind",
        "from_status",
        "to_kind",
        "to_status",
        name="uq_movement_rule",
        postgresql_nulls_not_distinct=True,
    ),
)
