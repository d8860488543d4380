"""Db tables: one MetaData, its naming convention and the few column shapes that every table repeats.

It knows no rule of a procedure: guards that hold whatever a caller does are SQL beside the migrations.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EVIDENCE_COLUMNS = ("tx", "recorded_at", "row_hash", "hash_version")
"""Set by the database on every row of an evidence table, whatever the caller sends."""


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id; text in Python, as it is only compared and hashed."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "XID8"


ischema_names["xid8"] = Xid8

JSONB = postgresql.JSONB(none_as_null=True)
TEXTS = postgresql.ARRAY(sa.Text)
IDS = postgresql.ARRAY(sa.Uuid)
INSTANT = sa.DateTime(timezone=True)


def id_column() -> sa.Column[Any]:
    """A UUIDv7, the caller's or the database's."""
    return sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()"))


def text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable, server_default=default)


def flag(name: str, *, default: bool) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.text("true" if default else "false"))


def number(name: str, *, nullable: bool = False, default: int | None = None) -> sa.Column[Any]:
    given = None if default is None else sa.text(str(default))
    return sa.Column(name, sa.Integer, nullable=nullable, server_default=given)


def quantity(name: str = "quantity", *, nullable: bool = False) -> sa.Column[Any]:
    """A whole number of the material's base unit."""
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def digest(name: str, *, nullable: bool = False, index: bool = False) -> sa.Column[Any]:
    """A SHA-256 in lower-case hexadecimal, and nothing else."""
    hexadecimal = sa.CheckConstraint(f"{name} ~ '^[0-9a-f]{{64}}$'", name=name)
    return sa.Column(name, sa.CHAR(64), hexadecimal, nullable=nullable, index=index or None)


def instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, INSTANT, nullable=nullable)


def instant_now(name: str) -> sa.Column[Any]:
    return sa.Column(name, INSTANT, nullable=False, server_default=sa.text("clock_timestamp()"))


def day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date, nullable=nullable)


def json(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(
        name, JSONB, nullable=nullable, server_default=None if default is None else sa.text(default)
    )


def texts(name: str) -> sa.Column[Any]:
    return sa.Column(name, TEXTS, nullable=False, server_default=sa.text("'{}'"))


def ids(name: str) -> sa.Column[Any]:
    return sa.Column(name, IDS, nullable=False, server_default=sa.text("'{}'"))


def ref(
    name: str,
    table: str,
    *,
    nullable: bool = False,
    unique: bool = False,
    primary_key: bool = False,
    index: bool | None = None,
) -> sa.Column[Any]:
    """A foreign key to `table.id`, indexed unless a key of this table already begins with it."""
    wanted = (not unique and not primary_key) if index is None else index
    return sa.Column(
        name,
        sa.Uuid,
        sa.ForeignKey(f"{table}.id"),
        nullable=nullable,
        unique=unique or None,
        primary_key=primary_key,
        index=wanted or None,
    )


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """An enumeration is text with a CHECK: readable in SQL, extended by a migration."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def evidence_columns() -> list[sa.Column[Any]]:
    """Transaction, database clock, row hash and the version of the field list it covers."""
    return [
        sa.Column("tx", Xid8, nullable=False, index=True),  # blocks of sealed evidence are stretches of it
        instant("recorded_at"),
        sa.Column("row_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash_version", sa.SmallInteger, nullable=False),
    ]
