"""Db queries: many rows as one array per column - a statement as short for one row as for ten thousand."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TableValuedAlias


def given(table: sa.Table, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> TableValuedAlias:
    """The rows as a table named `given`, with the types of `table`'s columns."""
    arrays = [
        sa.bindparam(None, [row[name] for row in rows], sa.ARRAY(table.c[name].type), unique=True)
        for name in names
    ]
    return sa.func.unnest(*arrays).table_valued(*names).render_derived(name="given")
