"""Db: what a statement changes - so that no change is committed without an audit event."""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

_WRITING = ("insert", "update", "delete", "merge", "truncate", "copy")


def changes(statement: sa.Executable, result: sa.CursorResult[Any]) -> str | None:
    """What a statement changed (its table, or the text's first word), None when it only read."""
    if isinstance(statement, UpdateBase):
        return changed_by(statement)
    if isinstance(statement, sa.TextClause):
        words = re.findall(r"\w+", statement.text.lower())
        first = words[0] if words else ""
        writes = first in _WRITING or (first == "with" and any(word in _WRITING for word in words))
        return first if writes else None
    return changed_inside(result.context.compiled)


def changed_by(statement: object) -> str | None:
    """The table that a statement changes, None for one that reads."""
    return str(getattr(statement, "table", "rows")) if isinstance(statement, UpdateBase) else None


def changed_inside(compiled: object) -> str | None:
    """The table that a statement changes in a WITH, None if there is none."""
    inner = (cte.element for cte in compiled.ctes or ()) if isinstance(compiled, SQLCompiler) else ()
    return next((str(e.table) for e in inner if isinstance(e, UpdateBase)), None)
