"""Services: who signs a task and who has signed, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from db import tables as t
from services import eligibility
from services.advance_settle import RULE_PURPOSE

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader


@dataclass(frozen=True)
class SignatureState:
    """A required signature: its meaning, whose it is (code and name of the post), and who gave it when."""

    index: int
    meaning: Mapping[str, str]
    post: str
    post_name: Mapping[str, str]
    signed_by: str | None = None
    signed_at: datetime | None = None


async def signers(tx: Reader, task: TaskAct) -> list[SignatureState]:
    """The rules with who has signed, in the content that stands now."""
    signed = (task.result or {}).get("signed", {})
    rows: Mapping[str, Mapping[str, Any]] = {}
    if signed:
        g = t.signature.c
        found = await tx.rows(
            sa.select(g.purpose, g.printed_name, g.recorded_at)
            .where(g.task_id == task.id, g.content_sha256 == (task.result or {}).get("content_hash"))
            .order_by(g.recorded_at)
        )
        rows = {row["purpose"].removeprefix(RULE_PURPOSE): row for row in found}
    rules = eligibility.rules_of(task)
    named = await _post_names(tx, {rule.post for rule in rules})
    return [
        SignatureState(
            index=rule.index,
            meaning=rule.meaning.model_dump(),
            post=rule.post,
            post_name=named.get(rule.post, {"zh": rule.post, "en": rule.post}),
            signed_by=rows[str(rule.index)]["printed_name"] if str(rule.index) in rows else None,
            signed_at=rows[str(rule.index)]["recorded_at"] if str(rule.index) in rows else None,
        )
        for rule in rules
    ]


async def _post_names(tx: Reader, codes: set[str]) -> Mapping[str, Mapping[str, str]]:
    c = t.post.c
    rows = await tx.rows(sa.select(c.code, c.name_zh, c.name_en).where(c.code.in_(codes))) if codes else ()
    return {row["code"]: {"zh": row["name_zh"], "en": row["name_en"]} for row in rows}
