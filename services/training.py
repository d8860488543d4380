"""Services: training on versions - who needs it, reading with questions and a signature, who is missing.

People are trained on an approved version before it is in force, so that the gate before its tasks is open to
them on the day (GSP 31-36; 21 CFR 11.10(i)). Records by others are in `training_records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import drill_evidence
from db.queries import training as queries
from db.queries.training import TrainingNeed
from domain.errors import Invalid, NotFound, Refusal
from domain.sop_definition import SopDefinition, Text
from domain.sop_yaml import parse
from domain.training import read_digest, wrong_answers
from services import audit, signatures, training_records
from services.permissions import Permission, require, require_more_than_reading, require_person

if TYPE_CHECKING:
    from db.queries.training import TrainingRecord, TrainingText
    from db.session import Reader
    from services.platform import Actor, Platform
    from services.signatures import SignatureGiven

__all__ = ["NotToBeRead", "TrainingNeed", "TrainingSheet", "mine", "missing", "read", "register", "sheet"]

MEANING = Text(zh="已阅读并理解", en="read and understood")
READABLE = ("approved", "effective")


class NotToBeRead(Refusal):
    """Nobody is trained on what is not approved yet, or no longer used."""

    code = "not_to_be_read"
    kind = "conflict"
    zh = "该版本未批准或已停用，无需培训"
    en = "This version is not approved, or no longer used: nobody is trained on it"


@dataclass(frozen=True)
class TrainingSheet:
    """A version to be read: what it says, and what is on record of the reader (None: nothing).

    `needed`: a post of the reader has work in it; `drilled_at`: when the record of a drill with the reader in
    it was taken over.
    """

    text: TrainingText
    definition: SopDefinition
    needed: bool
    record: TrainingRecord | None
    drilled_at: datetime | None = None


async def mine(platform: Platform, *, actor: Actor) -> list[TrainingNeed]:
    """The versions that the actor's posts work by, with what is on record."""
    require_person(actor)
    async with platform.database.read() as tx:
        return await queries.needs(tx, person_id=actor.person_id)


async def register(platform: Platform, *, actor: Actor) -> list[TrainingNeed]:
    """Who needs which training, of all people."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await queries.needs(tx)


async def missing(platform: Platform, version_id: UUID, *, actor: Actor) -> list[TrainingNeed]:
    """Whose posts have work in a version without their being trained on it: they will not get its tasks."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        return await queries.needs(tx, version_id=version_id, missing=True)


async def sheet(platform: Platform, sop: str, version: int, *, actor: Actor) -> TrainingSheet:
    """What the actor reads; NotFound, NotToBeRead."""
    require_person(actor)
    async with platform.database.read() as tx:
        text = await _text(tx, sop, version)
        own = await queries.needs(tx, person_id=actor.person_id, version_id=text.id)
        record = await queries.record(tx, actor.person_id, sop, version)
        drill = await drill_evidence.of_person(tx, text.id, actor.person_id)
    return TrainingSheet(text, _definition(text), bool(own), record, drill[1] if drill else None)


async def read(
    platform: Platform,
    sop: str,
    version: int,
    answers: Mapping[str, str],
    *,
    signature: SignatureGiven,
    actor: Actor,
    request_id: str = "",
) -> None:
    """The actor has read and understood a version: questions answered, signed, on record; again: nothing new.

    Invalid when an answer is wrong or missing - the attempt is audited, and may be repeated.
    """
    about = f"{sop} {version}"
    async with audit.refusals(platform, actor, "read.training", "training", about, request_id=request_id):
        require_person(actor)
        require_more_than_reading(actor)
        async with platform.database.read() as tx:
            text = await _text(tx, sop, version)
        quiz = _definition(text).quiz
        if wrong := wrong_answers(quiz, answers):
            raise Invalid(wrong)
        given = {name: answers[name] for name in quiz}
        proof = await signatures.check_password_again(platform, actor, signature)
        async with platform.database.write(actor.ref, request_id) as tx:
            await tx.execute(
                sa.select(t.person.c.id).where(t.person.c.id == actor.person_id).with_for_update()
            )
            if await queries.record(tx, actor.person_id, sop, version) is not None:
                tx.audited_elsewhere("the training is on record already")
                return
            drill = await drill_evidence.of_person(tx, text.id, actor.person_id)
            signed = await signatures.sign(
                tx,
                proof,
                actor=actor,
                meaning=MEANING,
                content_sha256=read_digest(text.sha256, given),
                purpose="training.read",
            )
            evidence_id = drill[0] if drill else None
            await training_records.add_read(
                tx, actor.person_id, sop, version, given, signed, drill_evidence_id=evidence_id
            )
            after = {"sop": sop, "version": version, "answers": given}
            if evidence_id:
                after["drill"] = str(evidence_id)
            await tx.audit("read.training", "training", about, after=after)


async def _text(tx: Reader, sop: str, version: int) -> TrainingText:
    text = await queries.text_of(tx, sop, version)
    if text is None:
        raise NotFound(what=f"规程版本 / SOP version {sop} {version}")
    if text.state not in READABLE:
        raise NotToBeRead
    return text


def _definition(text: TrainingText) -> SopDefinition:
    """As its author wrote it; the stored form keeps no order."""
    return parse(text.source).definition if text.source else SopDefinition.model_validate(text.definition)
