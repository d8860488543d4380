"""Db queries: several lists read in one statement, each as JSON, with the types of its columns put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

Query = sa.Select[Any] | sa.CompoundSelect[Any]
_READ: tuple[tuple[type[Any], Callable[[str], Any]], ...] = (
    (sa.Uuid, UUID),
    (sa.DateTime, datetime.fromisoformat),
    (sa.Date, date.fromisoformat),
)
_NOT_IN_JSON = (sa.LargeBinary, sa.Numeric, sa.Interval, sa.Time)
"""What JSON would tell otherwise than the driver does."""


async def lists(tx: Reader, queries: Mapping[str, Query]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each query by its name, in its order; each ends with a limit or is short by nature."""
    found = await tx.one(sa.select(*(_listed(query).label(name) for name, query in queries.items())))
    return {name: _restored(query, found[name]) for name, query in queries.items()}


def _listed(query: Query) -> sa.ScalarSelect[Any]:
    rows = query.subquery("one")
    every = sa.func.jsonb_agg(sa.func.to_jsonb(sa.literal_column("one")))
    none: Any = sa.literal_column("'[]'::jsonb")
    found = sa.func.coalesce(every, none, type_=t.submission.c.data.type)
    return sa.select(found).select_from(rows).scalar_subquery()


def _restored(query: Query, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    columns = query.selected_columns
    assert not [c.name for c in columns if isinstance(c.type, _NOT_IN_JSON)]
    read = {c.name: how for c in columns for kind, how in _READ if isinstance(c.type, kind)}
    for row in rows:
        for name, how in read.items():
            if row[name] is not None:
                row[name] = how(row[name])
    return rows
