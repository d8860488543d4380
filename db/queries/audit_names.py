"""Db queries: what people call the things of whose ids the audit log tells - one statement for all sorts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader

Named = tuple[str, str]
"""In Chinese and in English."""


def _sorts() -> list[tuple[sa.FromClause, Any, Any, Any]]:
    """Table, id, and its name in both languages; where people know a thing by number or code, that."""
    run = t.run.c
    sop = t.run.join(t.sop, t.sop.c.id == run.sop_id)
    about = (sa.func.coalesce(run.business_key, ""), sa.func.coalesce(run.business_key, ""))
    batch = t.batch.join(t.material, t.material.c.id == t.batch.c.material_id)
    number = t.material.c.code + " " + t.batch.c.number
    version = t.sop_version.join(t.sop, t.sop.c.id == t.sop_version.c.sop_id)
    v = " v" + sa.func.coalesce(sa.cast(t.sop_version.c.version, sa.Text), "–")
    order = t.changeover.join(t.sop, t.sop.c.id == t.changeover.c.sop_id).join(
        t.sop_version, t.sop_version.c.id == t.changeover.c.sop_version_id
    )
    both = [
        (sop, run.id, t.sop.c.title_zh + " " + about[0], t.sop.c.title_en + " " + about[1]),
        (batch, t.batch.c.id, number, number),
        (version, t.sop_version.c.id, t.sop.c.title_zh + v, t.sop.c.title_en + v),
        (order, t.changeover.c.id, t.sop.c.title_zh + v, t.sop.c.title_en + v),
        (t.task, t.task.c.id, t.task.c.title_zh, t.task.c.title_en),
    ]
    alike = ((t.person, "name"), (t.party, "name"), (t.document, "number"), (t.location, "code"))
    both += [(table, table.c.id, table.c[name], table.c[name]) for table, name in alike]
    named = (t.material, t.site, t.post, t.department)
    return [*both, *((one, one.c.id, one.c.name_zh, one.c.name_en) for one in named)]


async def names(tx: Reader, ids: Collection[UUID]) -> dict[str, Named]:
    """The names of what has these ids, by id; what has no name is left out."""
    if not ids:
        return {}
    wanted = list(ids)
    parts = [
        sa.select(key.label("id"), zh.label("zh"), en.label("en")).select_from(source).where(key.in_(wanted))
        for source, key, zh, en in _sorts()
    ]
    rows: list[Mapping[str, Any]] = list(await tx.rows(sa.union_all(*parts)))
    return {str(row["id"]): (row["zh"].strip(), (row["en"] or row["zh"]).strip()) for row in rows}


async def procedures(tx: Reader, keys: Collection[str]) -> dict[str, Named]:
    """What the procedures with these keys are called, by key."""
    if not keys:
        return {}
    c = t.sop.c
    rows = await tx.rows(sa.select(c.key, c.title_zh, c.title_en).where(c.key.in_(list(keys))))
    return {row["key"]: (row["title_zh"], row["title_en"] or row["title_zh"]) for row in rows}


async def zones(tx: Reader, runs: Collection[UUID]) -> dict[UUID, str]:
    """The time zones of the sites at which these runs are, by run."""
    if not runs:
        return {}
    at_site = t.run.join(t.site, t.site.c.id == t.run.c.site_id)
    query = sa.select(t.run.c.id, t.site.c.time_zone).select_from(at_site).where(t.run.c.id.in_(list(runs)))
    return {row["id"]: row["time_zone"] for row in await tx.rows(query)}


async def step_titles(tx: Reader, steps: Collection[tuple[UUID, str]]) -> dict[tuple[str, str], Named]:
    """What the steps of people at these paths of runs are called, by run and path."""
    if not steps:
        return {}
    k = t.task.c
    rows = await tx.rows(
        sa.select(k.run_id, k.path, k.title_zh, k.title_en).where(
            sa.tuple_(k.run_id, k.path).in_(list(steps))
        )
    )
    return {(str(row["run_id"]), row["path"]): (row["title_zh"], row["title_en"]) for row in rows}
