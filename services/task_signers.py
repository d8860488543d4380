"""Services: who signs a task, who has signed and who has refused, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from services import eligibility
from services.advance_settle import RULE_PURPOSE

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader
    from domain.signatures import Rule


@dataclass(frozen=True)
class SignatureState:
    """A signature that is asked for: its meaning, whose it is (code and name of the post), who gave it when.

    One that somebody added (`added_by`) may be of one person, whose name then stands for the post's, and
    comes `before` or `after` the others. `refused_by` is who said no.
    """

    index: int
    meaning: Mapping[str, str]
    post: str
    post_name: Mapping[str, str]
    signed_by: str | None = None
    signed_at: datetime | None = None
    refused_by: str | None = None
    person_id: str | None = None
    added_by: str | None = None
    order: str | None = None


async def signers(tx: Reader, task: TaskAct) -> list[SignatureState]:
    """The rules with who has signed or refused, in the content that stands now."""
    result = task.result or {}
    signed: Mapping[str, Mapping[str, Any]] = {}
    if result.get("signed"):
        g = t.signature.c
        found = await tx.rows(
            sa.select(g.purpose, g.printed_name, g.recorded_at)
            .where(g.task_id == task.id, g.content_sha256 == result.get("content_hash"))
            .order_by(g.recorded_at)
        )
        signed = {row["purpose"].removeprefix(RULE_PURPOSE): row for row in found}
    refused = result.get("refused", {})
    rules = eligibility.rules_of(task)
    posts = await _post_names(tx, {rule.post for rule in rules if rule.person_id is None})
    persons = await _person_names(tx, rules, refused.values())
    return [_state(rule, posts, persons, signed, refused) for rule in rules]


def _state(
    rule: Rule,
    posts: Mapping[str, Mapping[str, str]],
    persons: Mapping[str, str],
    signed: Mapping[str, Mapping[str, Any]],
    refused: Mapping[str, str],
) -> SignatureState:
    given = signed.get(str(rule.index))
    name = persons.get(rule.person_id or "")
    plain = {"zh": name, "en": name} if name else {"zh": rule.post, "en": rule.post}
    return SignatureState(
        index=rule.index,
        meaning=rule.meaning.model_dump(),
        post=rule.post,
        post_name=posts.get(rule.post, plain),
        signed_by=given["printed_name"] if given else None,
        signed_at=given["recorded_at"] if given else None,
        refused_by=persons.get(refused.get(str(rule.index), "")),
        person_id=rule.person_id,
        added_by=persons.get(rule.by or ""),
        order=rule.order,
    )


async def _post_names(tx: Reader, codes: set[str]) -> Mapping[str, Mapping[str, str]]:
    c = t.post.c
    rows = await tx.rows(sa.select(c.code, c.name_zh, c.name_en).where(c.code.in_(codes))) if codes else ()
    return {row["code"]: {"zh": row["name_zh"], "en": row["name_en"]} for row in rows}


async def _person_names(tx: Reader, rules: list[Rule], refused: Any) -> dict[str, str]:
    ids = {person for rule in rules for person in (rule.person_id, rule.by) if person} | set(refused)
    if not ids:
        return {}
    c = t.person.c
    rows = await tx.rows(sa.select(c.id, c.name).where(c.id.in_([UUID(one) for one in ids])))
    return {str(row["id"]): row["name"] for row in rows}
