"""Services: who is told of a version - the approvers when it is submitted, whoever has to be trained on it.

A message stands in the transaction of what it tells of. Nothing depends on its being read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import decision_tables, sops, training
from domain.sop_definition import Text
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from db.queries.decision_tables import TableRow
    from db.queries.sops import VersionRow
    from db.session import Transaction

IN_REVIEW = Text(zh="待审批：{title_zh}", en="To be reviewed: {title_en}")
IN_REVIEW_BODY = Text(
    zh="{author}提交了新版本，请阅读并批准，或退回。",
    en="{author} has submitted a new version: approve it, or send it back.",
)
TO_READ = Text(zh="请完成培训：{title_zh} 第{version}版", en="Training to be done: {title_en} v{version}")
TO_READ_BODY = Text(
    zh="该版本已批准。请阅读、答题并签名；未完成者在其生效后收不到任务。",
    en="The version is approved. Read it, answer its questions and sign: else you get none of its tasks.",
)


async def tell_approvers(tx: Transaction, version: VersionRow) -> None:
    """A version waits for approval: all who may approve it are told, its authors are not."""
    authors = await sops.authors(tx, version.id)
    persons = await training.holders(tx, Permission.SOP_APPROVE, sorted(authors))
    link = f"/sops/{version.key}/versions/{version.id}"
    await _tell(tx, persons, "sop.in_review", IN_REVIEW, IN_REVIEW_BODY, _said(version), link)


async def tell_table_approvers(tx: Transaction, version: TableRow) -> None:
    """The same of a version of a decision table."""
    authors = await decision_tables.authors(tx, version.id)
    persons = await training.holders(tx, Permission.SOP_APPROVE, sorted(authors))
    said = {"title_zh": version.title_zh, "title_en": version.title_en, "author": version.author}
    link = f"/decision-tables/{version.key}/versions/{version.id}"
    await _tell(tx, persons, "decision_table.in_review", IN_REVIEW, IN_REVIEW_BODY, said, link)


async def tell_untrained(tx: Transaction, version: VersionRow) -> None:
    """A version is approved or put in force: who works by it and is not trained on it is told, once."""
    needs = await training.needs(tx, version_id=version.id, missing=True)
    link = f"/training/{version.key}/{version.version}"
    told = await training.told(tx, link)
    persons = sorted({one.person_id for one in needs} - told)
    await _tell(tx, persons, "training.due", TO_READ, TO_READ_BODY, _said(version), link)


def _said(version: VersionRow) -> dict[str, object]:
    """What the messages name of a version."""
    return {
        "title_zh": version.title_zh,
        "title_en": version.title_en or version.title_zh,
        "version": version.version,
        "author": version.author,
    }


async def _tell(
    tx: Transaction,
    persons: Sequence[UUID],
    template: str,
    title: Text,
    body: Text,
    said: Mapping[str, object],
    link: str,
) -> None:
    rows = [
        {
            "person_id": person,
            "template": template,
            "title_zh": title.zh.format(**said),
            "title_en": title.en.format(**said),
            "body_zh": body.zh.format(**said),
            "body_en": body.en.format(**said),
            "link": link,
        }
        for person in persons
    ]
    if rows:
        await tx.execute(sa.insert(t.notification), rows)
