"""Services: the record of a drill is taken over into the live house, signed (validation and training).

The record must be of what the version says now; who took part has it in the training record once
they have read the version, answered and signed (GSP 31-36).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.queries import drill_evidence as queries
from db.queries import sops
from db.queries.drill_evidence import EvidenceRow
from domain.drill_record import (
    DrilledAnotherText,
    DrillRecord,
    DrillTakenOver,
    definition_digest,
    evidence_digest,
    read,
)
from domain.errors import NotFound
from domain.sop_definition import SopDefinition, Text
from domain.sop_yaml import parse
from services import audit, signatures
from services.changes import unknown
from services.permissions import Permission, require, require_person

if TYPE_CHECKING:
    from db.session import Reader, Transaction
    from services.platform import Actor, Platform
    from services.signatures import SignatureGiven

__all__ = ["Evidence", "EvidenceRow", "could_take_part", "get", "of_version", "take_over"]

MEANING = Text(zh="已核对演练记录", en="drill record checked")


@dataclass(frozen=True)
class Evidence:
    """A record that was taken over, read, and what its version says now."""

    row: EvidenceRow
    record: DrillRecord
    definition: SopDefinition

    @property
    def stands(self) -> bool:
        """Whether the version still says what was drilled."""
        return self.row.definition_sha256 == definition_digest(self.definition)


async def take_over(
    platform: Platform,
    version_id: UUID,
    content: bytes,
    persons: Sequence[str],
    *,
    signature: SignatureGiven,
    actor: Actor,
    request_id: str = "",
) -> None:
    """Keep the record of a drill at a version; `persons` are the user names of those of ours who took part.

    Invalid, DrilledAnotherText, DrillTakenOver, NotFound; nothing is kept then.
    """
    async with audit.refusals(
        platform, actor, "take_over.drill", "sop_version", version_id, request_id=request_id
    ):
        require_person(actor)
        require(actor, Permission.SOP_DRAFT)
        record = read(content)
        async with platform.database.read() as tx:
            digest = definition_digest(await _definition(tx, version_id))
        if digest != record.definition_sha256:
            raise DrilledAnotherText
        proof = await signatures.check_password_again(platform, actor, signature)
        async with platform.database.write(actor.ref, request_id) as tx:
            took_part = await _persons(tx, persons)
            text = content.decode()
            record_sha256 = hashlib.sha256(content).hexdigest()
            signed = await signatures.sign(
                tx,
                proof,
                actor=actor,
                meaning=MEANING,
                content_sha256=evidence_digest(digest, record_sha256, took_part),
                purpose="drill.take_over",
            )
            made = await tx.scalar(
                insert(t.drill_evidence)
                .values(
                    sop_version_id=version_id,
                    definition_sha256=digest,
                    record=text,
                    record_sha256=record_sha256,
                    persons=took_part,
                    actor_id=actor.person_id,
                    signature_id=signed,
                )
                .on_conflict_do_nothing()
                .returning(t.drill_evidence.c.id)
            )
            if made is None:
                raise DrillTakenOver
            after = {"sop": record.sop, "record_sha256": record_sha256, "persons": sorted(persons)}
            await tx.audit("take_over.drill", "sop_version", str(version_id), after=after)


async def of_version(platform: Platform, version_id: UUID, *, actor: Actor) -> list[Evidence]:
    """The records that were taken over for a version, first to last."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        rows = await queries.of_version(tx, version_id)
        if not rows:
            return []
        definition = await _definition(tx, version_id)
    return [Evidence(row, DrillRecord.model_validate_json(row.record), definition) for row in rows]


async def could_take_part(
    platform: Platform, definition: SopDefinition, *, actor: Actor
) -> list[tuple[str, str]]:
    """User name and name of the people whose posts have work in a definition."""
    require(actor, Permission.SOP_READ)
    posts = {step.human.post for step in definition.walk() if step.human}
    async with platform.database.read() as tx:
        return await queries.holders(tx, posts)


async def get(platform: Platform, evidence_id: UUID, *, actor: Actor) -> Evidence:
    """A record, read, with its text as it came."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        found = await queries.one(tx, evidence_id)
        if found is None:
            raise NotFound(what=f"演练记录 / drill record {evidence_id}")
        definition = await _definition(tx, found.version_id)
    return Evidence(found, DrillRecord.model_validate_json(found.record), definition)


async def _definition(tx: Reader, version_id: UUID) -> SopDefinition:
    if not await tx.scalar(sa.select(sa.exists().where(t.sop_version.c.id == version_id))):
        raise NotFound(what=f"规程版本 / SOP version {version_id}")
    return parse(str((await sops.content(tx, version_id))["source"])).definition


async def _persons(tx: Transaction, usernames: Sequence[str]) -> list[UUID]:
    p = t.person.c
    rows = await tx.rows(sa.select(p.id, p.username).where(p.username.in_(usernames), p.kind == "person"))
    known = {row["username"]: row["id"] for row in rows}
    for name in usernames:
        if name not in known:
            raise unknown("persons", f"没有用户 {name}", f"there is no user {name}")
    return sorted(known.values())
