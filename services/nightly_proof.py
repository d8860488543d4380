"""Services: the nightly proof - seals, archives, segregation and books are verified every night.

Levels 1 and 4 over everything (replays are asked for): hashes and signatures, and whether histories,
submissions, signatures, performers and the ledger agree. What is found is told to all who read the audit log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
LATE = timedelta(hours=48)
LATE_TITLE = ("封存链头没有送到库外", "Heads of the seals do not arrive outside the database")
LATE_BODY = (
    "以下位置超过两天没有收到新的链头，或无法读取：{places}。请联系系统管理员。",
    "These places had no new head for two days, or cannot be read: {places}. Tell the administrator.",
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
        first = verdict.findings[0]
        bodies = [
            body.format(n=len(verdict.findings), first=first.message(language))
            for body, language in zip(BODY, ("zh", "en"), strict=True)
        ]
        await _tell(platform, "evidence.found", TITLE, bodies)
    late = _late(verdict)
    if late:
        log.error("heads do not arrive outside the database", places=late)
        bodies = [body.format(places=", ".join(late)) for body in LATE_BODY]
        await _tell(platform, "evidence.heads_late", LATE_TITLE, bodies)
    return verdict


def _late(verdict: EvidenceVerdict) -> list[str]:
    """The places outside that cannot be read, or have had nothing new for too long."""
    before = datetime.now(UTC) - LATE
    return [
        place.name
        for place in verdict.seals.places
        if place.trouble or (place.behind_since is not None and place.behind_since < before)
    ]


async def _tell(platform: Platform, template: str, title: Sequence[str], body: Sequence[str]) -> None:
    async with platform.database.write() as tx:
        persons = await training.holders(tx, Permission.AUDIT_READ, [])
        tx.audited_elsewhere("the verification itself is written down")
        if persons:
            rows = [
                {
                    "person_id": person,
                    "template": template,
                    "title_zh": title[0],
                    "title_en": title[1],
                    "body_zh": body[0],
                    "body_en": body[1],
                    "link": "/evidence",
                }
                for person in persons
            ]
            await tx.execute(sa.insert(t.notification), rows)
