"""The shipped decision tables, approved by a second person - what a company has before its first procedure."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import Transaction
from domain.sop_yaml import parse_table
from services import sop_files
from services.decision_table_approval import digest
from services.decision_table_editing import content_of

V = t.decision_table_version


@cache
def _rows() -> list[dict[str, Any]]:
    found = []
    for file in sop_files.table_files():
        content = content_of(parse_table(file.text).table)
        named = {"key": file.key, "number": file.version, "vendor_version": file.version, "origin": "vendor"}
        found.append({**named, "content": content, "source": file.text, "sha256": digest(content)})
    return found


async def approve_shipped_tables(tx: Transaction, author: UUID, approver: UUID) -> None:
    """What the services do with each table, in few statements: made, handed in, signed, approved."""
    rows = [{**row, "id": new_id(), "author_id": author} for row in _rows()]
    await tx.execute(sa.insert(V), rows)
    await tx.execute(sa.update(V).values(state="in_review"))
    signed = [
        {
            "id": new_id(),
            "person_id": approver,
            "printed_name": "签名人",
            "post_name_zh": "岗位",
            "post_name_en": "post",
            "meaning_zh": "批准",
            "meaning_en": "approved",
            "content_sha256": row["sha256"],
            "purpose": "decision_table.approve",
        }
        for row in rows
    ]
    await tx.execute(sa.insert(t.signature), signed)
    approvals = [
        {"version_id": row["id"], "kind": "approve", "actor_id": approver, "signature_id": one["id"]}
        for row, one in zip(rows, signed, strict=True)
    ]
    await tx.execute(sa.insert(t.decision_table_approval), approvals)
    await tx.execute(sa.update(V).values(state="approved"))
