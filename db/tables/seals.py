"""Db tables: sealed blocks of evidence and the keys that signed them. Both are only ever added to."""

import sqlalchemy as sa

from ._metadata import Xid8, instant, instant_now, metadata

seal_key = sa.Table(
    "seal_key",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("certificate", sa.LargeBinary, nullable=True),  # by the key before; the first one has none
    instant_now("recorded_at"),
    sa.CheckConstraint(
        "length(public_key) = 32 AND (certificate IS NULL) = (number = 1)"
        " AND coalesce(length(certificate), 64) = 64",
        name="sizes",
    ),
)

seal_block = sa.Table(
    "seal_block",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("from_tx", Xid8, nullable=False),
    sa.Column("until_tx", Xid8, nullable=False, unique=True),
    sa.Column("previous", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    instant("sealed_at"),
    sa.Column("key_number", sa.Integer, sa.ForeignKey("seal_key.number"), nullable=False, index=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("entries", sa.LargeBinary, nullable=False),
    sa.CheckConstraint(
        "count > 0 AND until_tx > from_tx AND length(previous) = 32 AND length(root) = 32"
        " AND length(hash) = 32 AND length(signature) = 64",
        name="sizes",
    ),
)
