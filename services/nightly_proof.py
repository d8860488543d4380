"""Services: the nightly proof - seals, archives, segregation and books are verified every night.

Levels 1 and 4 over everything (replays are asked for): hashes and signatures, and whether histories,
submissions, signatures, performers and the ledger agree. What is found is told to all who read the audit log.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

from db import tables as t
from db.queries import archives as queries
from db.queries import training
from db.queries.evidence_scope import EvidenceScope
from services import evidence_check, evidence_reading
from services.permissions import Permission

if TYPE_CHECKING:
    from services.evidence_check import EvidenceVerdict
    from services.platform import Platform

LOOK_EVERY_S = 600.0
AT_LEAST_APART = timedelta(hours=20)
LEVELS = (1, 4)
BREATH_S = 0.05
"""Between steps: the night shift works as well."""
NIGHTLY = "nightly"
TITLE = ("证据校验发现问题", "The nightly verification has found something")
BODY = (
    "夜间校验发现 {n} 处与当初记录的不一致，第一处：{first}。请打开“证据”页查看，并通知质量部门。",
    "{n} things are not as they were recorded; the first: {first}. Open the page Evidence and tell quality.",
)

log = structlog.get_logger(__name__)


async def prove_forever(platform: Platform) -> None:
    """Verify once a night; a fault is logged and the next look tries again."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await prove_if_due(platform)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("the nightly proof did not come to its end")


async def prove_if_due(platform: Platform) -> EvidenceVerdict | None:
    """The proof, when it is night and there was none for most of a day, and nobody else makes it."""
    async with platform.database.read() as tx:
        last = await queries.last_proof(tx, NIGHTLY)
        young = last is not None and datetime.now(UTC) - last < AT_LEAST_APART
        if young or not await queries.night(tx) or not await queries.begin_proof(tx):
            return None
        try:
            return await prove(platform)
        finally:
            await queries.end_proof(tx)


async def prove(platform: Platform) -> EvidenceVerdict:
    """Verify everything, write it down, and tell whoever reads the audit log what was found."""
    verdict = evidence_check.EvidenceVerdict(LEVELS)
    async for so_far in evidence_check.verify(platform, EvidenceScope(), LEVELS):
        verdict = so_far
        await asyncio.sleep(BREATH_S)
    await evidence_reading.note_verified(platform, EvidenceScope(), verdict, actor=None, about=NIGHTLY)
    if verdict.findings:
        log.error("the nightly proof has found something", found=len(verdict.findings))
        await _tell(platform, verdict)
    return verdict


async def _tell(platform: Platform, verdict: EvidenceVerdict) -> None:
    said = [
        body.format(n=len(verdict.findings), first=verdict.findings[0].message(language))
        for body, language in zip(BODY, ("zh", "en"), strict=True)
    ]
    async with platform.database.write() as tx:
        persons = await training.holders(tx, Permission.AUDIT_READ, [])
        tx.audited_elsewhere("the verification itself is written down")
        if persons:
            rows = [
                {
                    "person_id": person,
                    "template": "evidence.found",
                    "title_zh": TITLE[0],
                    "title_en": TITLE[1],
                    "body_zh": said[0],
                    "body_en": said[1],
                    "link": "/evidence",
                }
                for person in persons
            ]
            await tx.execute(sa.insert(t.notification), rows)
