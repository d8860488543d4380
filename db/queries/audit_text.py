"""Db queries: which audit events say a text - in their own words, or by the name of what they are about."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from db import tables as t

NAMED = 1000
"""Things of a sort that a text may name; who types a single letter does not mean all of them."""


def like(text: str) -> str:
    """The pattern of a text anywhere, with nothing in it that stands for something else."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def says(c: Any, text: str, told: Collection[str] = ()) -> sa.ColumnElement[bool]:
    """Whether an event of these columns says the text; `told` are actions that it names."""
    pattern = like(text)
    own = [c[name].ilike(pattern) for name in ("object_id", "actor_name", "reason", "action", "request_id")]
    own += [sa.cast(c[name], sa.Text).ilike(pattern) for name in ("before", "after")]
    runs = sa.select(t.run.c.id).where(
        sa.or_(*(t.run.c[name].ilike(pattern) for name in ("business_key", "summary_zh", "summary_en")))
    )
    things = sa.union_all(*(_named(*sort, pattern) for sort in _sorts()))
    return sa.or_(
        *own,
        c.action.in_(list(told)),
        c.run_id.in_(runs.limit(NAMED)),
        c.object_id.in_(things),
    )


def _named(table: sa.Table, names: tuple[str, ...], pattern: str) -> Any:
    found = sa.select(sa.cast(table.c.id, sa.Text).label("id")).where(
        sa.or_(*(table.c[name].ilike(pattern) for name in names))
    )
    return sa.select(found.limit(NAMED).subquery().c.id)


def _sorts() -> list[tuple[sa.Table, tuple[str, ...]]]:
    """What people know by a name or a number."""
    both = ("name_zh", "name_en")
    return [
        (t.document, ("number",)),
        (t.batch, ("number",)),
        (t.person, ("name", "username")),
        (t.party, ("name", "code")),
        (t.material, ("code", *both)),
        (t.site, ("code", *both)),
        (t.post, ("code", *both)),
        (t.location, ("code",)),
    ]
