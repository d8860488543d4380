"""Services: training on record - of versions that exist, on the day that it is where the person works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.queries import references
from domain.errors import FieldProblem, Invalid
from domain.master_data import TrainingIn

if TYPE_CHECKING:
    from datetime import date

    from db.session import Reader, Transaction


async def refuse_unknown(tx: Reader, trained: Sequence[TrainingIn]) -> None:
    """Nobody was trained on a version that does not exist (Invalid); drafts have no number yet.

    People who are created with a training are not asked: they may be loaded before the procedures are.
    """
    c = t.sop_version.c
    for training in trained:
        known = await tx.scalar(
            sa.select(c.id)
            .join(t.sop, t.sop.c.id == c.sop_id)
            .where(t.sop.c.key == training.sop, c.version == training.version)
        )
        if known is None:
            zh = f"规程 {training.sop} 没有第{training.version}版"
            en = f"the procedure {training.sop} has no version {training.version}"
            raise Invalid([FieldProblem("version", "version_unknown", zh, en)])


async def add(tx: Transaction, person_id: UUID, trained: Sequence[TrainingIn], recorded_by: UUID) -> None:
    """Record the trainings; one that is on record stays as it is."""
    if not trained:
        return
    today = await _today(tx, person_id)
    rows = [
        {
            "person_id": person_id,
            "sop_key": training.sop,
            "version": training.version,
            "trained_on": training.trained_on or today,
            "recorded_by": recorded_by,
        }
        for training in trained
    ]
    await tx.execute(insert(t.training_record).values(rows).on_conflict_do_nothing())


async def add_read(
    tx: Transaction,
    person_id: UUID,
    sop: str,
    version: int,
    answers: Mapping[str, str],
    signature_id: UUID,
    *,
    drill_evidence_id: UUID | None,
) -> None:
    """Record that the person has read a version, with the answers given, as signed, and the drill of it."""
    await tx.execute(
        insert(t.training_record).values(
            person_id=person_id,
            sop_key=sop,
            version=version,
            trained_on=await _today(tx, person_id),
            recorded_by=person_id,
            how="read",
            answers=dict(answers),
            signature_id=signature_id,
            drill_evidence_id=drill_evidence_id,
        )
    )


async def _today(tx: Reader, person_id: UUID) -> date:
    """The day that it is where the person works, at the first of our sites for who works at all of them."""
    a, s = t.post_assignment.c, t.site.c
    own = sa.exists().where(a.person_id == person_id, a.site_id == s.id, a.valid_to.is_(None))
    zone = await tx.scalar(sa.select(s.time_zone).where(s.active).order_by(own.desc(), s.code).limit(1))
    return (await references.clock_now(tx)).astimezone(ZoneInfo(zone or "UTC")).date()
