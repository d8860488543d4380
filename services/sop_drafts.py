"""Services: drafts of procedures - read, linted, kept, submitted, sent back (D2, D3). Knows no HTTP.

A text with errors is refused with line and column; warnings stay with the version for its reviewers.
"""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import sops as queries
from db.queries.sop_drafts import OF_PROCEDURES
from db.queries.sops import VersionRow
from db.session import Transaction
from domain.errors import NotFound, Refusal
from domain.sop_definition import SopDefinition, Text
from domain.sop_findings import Finding
from domain.sop_yaml import ParsedSop, parse
from services import (
    audit,
    change_control,
    draft_history,
    sop_announcements,
    sop_case_gate,
)
from services.changes import done_before, reason_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.sop_checks import bundle_of, check

Origin = Literal["vendor", "local"]


class WrongState(Refusal):
    """The version is not in the state that this step begins with."""

    code = "wrong_state"
    kind = "conflict"
    zh = "该版本当前状态为 {state}，不能执行此操作"
    en = "The version is {state}; this cannot be done now"


async def load_draft(
    platform: Platform,
    text: str,
    *,
    actor: Actor,
    origin: Origin = "local",
    vendor_version: int | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> tuple[VersionRow, list[Finding]]:
    """Keep a text as a new draft; DefinitionInvalid with all findings when one of them is an error.

    `as_id` is the draft's id: again, it gives the first.
    """
    async with audit.refusals(platform, actor, "draft.sop", "sop", "", request_id=request_id):
        require(actor, Permission.SOP_DRAFT)
        parsed = parse(text)
        async with platform.database.write(actor.ref, request_id) as tx:
            findings = await check(tx, parsed, platform)
            if as_id and (known := await queries.versions(tx, ref=as_id)):
                return known[0], findings
            version_id = as_id or new_id()
            await insert_version(
                tx, version_id, parsed, text, origin=origin, vendor_version=vendor_version, actor=actor
            )
            await tx.audit(
                "draft.sop",
                "sop_version",
                str(version_id),
                after={"sop": parsed.definition.sop, "origin": origin, "warnings": len(findings)},
            )
            return (await queries.versions(tx, ref=version_id))[0], findings


async def submit(
    platform: Platform,
    version_id: UUID,
    *,
    actor: Actor,
    comment: str | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> VersionRow:
    """Hand a draft to its reviewers: linted with today's posts and who holds them, its cases played."""
    async with audit.refusals(
        platform, actor, "submit.sop", "sop_version", version_id, request_id=request_id
    ):
        require(actor, Permission.SOP_DRAFT)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return (await queries.versions(tx, ref=version_id))[0]
            version = await locked(tx, version_id, "draft")
            source = (await queries.content(tx, version_id))["source"]
            parsed = parse(source)
            await check(tx, parsed, platform, people=True)
            bundle = await bundle_of(tx, parsed.definition, platform)
            await sop_case_gate.must_pass(bundle, parsed.definition)
            await transition(tx, version, "submit", "in_review", actor=actor, comment=comment, as_id=as_id)
            await sop_announcements.tell_approvers(tx, version)
            await change_control.begin(tx, platform, version, actor=actor)
            return (await queries.versions(tx, ref=version_id))[0]


async def reject(
    platform: Platform,
    version_id: UUID,
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> VersionRow:
    """Send a version back to its author with a reason; it is a draft again."""
    async with audit.refusals(
        platform, actor, "reject.sop", "sop_version", version_id, request_id=request_id
    ):
        require(actor, Permission.SOP_APPROVE)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return (await queries.versions(tx, ref=version_id))[0]
            version = await locked(tx, version_id, "in_review")
            await transition(tx, version, "reject", "draft", actor=actor, comment=words, as_id=as_id)
            await change_control.decided(tx, version, approved=False, actor=actor)
            return (await queries.versions(tx, ref=version_id))[0]


async def locked(tx: Transaction, version_id: UUID, *states: str) -> VersionRow:
    """The version, its row locked; NotFound, or WrongState unless it is in one of the states."""
    return in_state(await queries.versions(tx, ref=version_id, lock=True), version_id, *states)


def in_state(found: Sequence[VersionRow], version_id: UUID, *states: str) -> VersionRow:
    """The version that was found; NotFound, or WrongState unless it is in one of the states."""
    if not found:
        raise NotFound(what=f"规程版本 / SOP version {version_id}")
    if found[0].state not in states:
        raise WrongState(state=found[0].state)
    return found[0]


async def transition(
    tx: Transaction,
    version: VersionRow,
    kind: str,
    state: str,
    *,
    actor: Actor,
    comment: str | None,
    signature_id: UUID | None = None,
    values: Mapping[str, object] | None = None,
    as_id: UUID | None = None,
) -> None:
    """Write the transition as evidence, put the version into its new state, and audit it (under `as_id`)."""
    await tx.execute(
        sa.insert(t.sop_approval).values(
            sop_version_id=version.id,
            kind=kind,
            actor_id=actor.person_id,
            signature_id=signature_id,
            comment=comment,
        )
    )
    await tx.execute(
        sa.update(t.sop_version).where(t.sop_version.c.id == version.id).values(state=state, **(values or {}))
    )
    await tx.audit(
        f"{kind}.sop",
        "sop_version",
        str(version.id),
        before={"state": version.state},
        after={"state": state, "sop": version.key},
        reason=comment,
        as_id=as_id,
    )


async def insert_version(
    tx: Transaction,
    version_id: UUID,
    parsed: ParsedSop,
    text: str,
    *,
    origin: Origin,
    vendor_version: int | None,
    actor: Actor,
    based_on: UUID | None = None,
) -> None:
    """A new version as a draft with its first revision; the procedure as well when it is the first of it."""
    definition = parsed.definition
    await tx.execute(insert(t.sop).values(key=definition.sop, **titles(definition)).on_conflict_do_nothing())
    sop_id = await tx.scalar(sa.select(t.sop.c.id).where(t.sop.c.key == definition.sop))
    await tx.execute(
        sa.insert(t.sop_version).values(
            id=version_id,
            sop_id=sop_id,
            origin=origin,
            vendor_version=vendor_version,
            state="draft",
            definition=written(definition),
            source=text,
            author_id=actor.person_id,
            revision=1,
            based_on_id=based_on,
        )
    )
    first = Text(zh="新建", en="begun")
    await draft_history.insert_revision(tx, OF_PROCEDURES, version_id, 1, None, text, first, actor)


def titles(definition: SopDefinition) -> dict[str, str]:
    """What the catalogue says of a procedure."""
    return {
        "title_zh": definition.title.zh,
        "title_en": definition.title.in_language("en"),
        "owner_department": definition.owner.department,
        "owner_post": definition.owner.post,
    }


def written(definition: SopDefinition) -> dict[str, object]:
    """A definition as it is kept beside its text."""
    return definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
