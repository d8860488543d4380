"""Db queries: documents that a site writes by itself - a destruction, a return to a supplier."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Transaction


async def open_at_site(
    tx: Transaction,
    *,
    kind: str,
    prefix: str,
    site_id: UUID,
    owner_id: UUID,
    run_id: UUID,
    actor_id: UUID,
    at: datetime,
    party_id: UUID | None = None,
    header: Mapping[str, Any] | None = None,
) -> tuple[UUID, str]:
    """Opens a document in process, numbered `prefix-n`; its id and number."""
    c = t.document.c
    made: int = await tx.scalar(
        sa.select(sa.func.count()).where(c.kind == kind, c.number.startswith(f"{prefix}-", autoescape=True))
    )
    number = f"{prefix}-{made + 1}"
    document_id: UUID = await tx.scalar(
        sa.insert(t.document)
        .values(
            kind=kind,
            number=number,
            party_id=party_id,
            site_id=site_id,
            legal_entity_id=owner_id,
            state="in_process",
            header=dict(header or {}),
            run_id=run_id,
            created_by=actor_id,
            occurred_at=at,
        )
        .returning(c.id)
    )
    return document_id, number
