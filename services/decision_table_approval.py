"""Services: a decision table is reviewed and approved, signed, by a second person (D5; GSP 31-36).

Submission gives the version its number and refuses a table with a failing test, a gap or an overlap. What is
signed is the SHA-256 of what the table says. From then on drafts of procedures decide by it; what is approved
already stays pinned to what it was approved with. Knows no HTTP.
"""

import re
from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import decision_tables as queries
from db.queries.decision_tables import TableRow
from db.session import Transaction
from domain.canonical import sha256_of
from domain.decision_table_check import look
from domain.errors import Refusal
from domain.sop_findings import DefinitionInvalid
from domain.sop_yaml import document_of, parse_table
from domain.yaml_text import write
from services import audit, signatures, sop_announcements
from services.changes import done_before, reason_of
from services.decision_table_editing import content_of, locked
from services.draft_history import data_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.signatures import SignatureGiven
from services.sop_approval import MEANINGS, ReadAnotherText, refuse_authors

TYPE = "decision_table_version"
_NUMBER = re.compile(r"(?m)^version:[ \t]*\d+")


class NewerTableApproved(Refusal):
    """Another version was approved since this one was submitted: it would replace something else."""

    code = "newer_table_approved"
    kind = "conflict"
    zh = "审核期间已批准了更新的版本 {number}：请退回编制人，在其基础上重新核对"
    en = "Version {number} was approved meanwhile: send this one back to its author to be compared with it"


async def submit(
    platform: Platform,
    version_id: UUID,
    *,
    actor: Actor,
    comment: str | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> TableRow:
    """Hand a draft to its reviewers under the next number; DefinitionInvalid with every reason against it."""
    async with audit.refusals(
        platform, actor, "submit.decision_table", TYPE, version_id, request_id=request_id
    ):
        require(actor, Permission.SOP_DRAFT)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return (await queries.versions(tx, ref=version_id))[0]
            row = await _alone(tx, version_id)
            source = await queries.source_of(tx, row.id)
            check(source)
            number = await _number(tx, row)
            named = numbered(source, number)
            content = content_of(parse_table(named).table)
            values = {"number": number, "source": named, "content": content, "sha256": digest(content)}
            await _transition(
                tx, row, "submit", "in_review", actor=actor, comment=comment, values=values, as_id=as_id
            )
            await sop_announcements.tell_table_approvers(tx, row)
            return (await queries.versions(tx, ref=version_id))[0]


async def reject(
    platform: Platform,
    version_id: UUID,
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> TableRow:
    """Send a version back to its author with a reason; it is a draft again."""
    async with audit.refusals(
        platform, actor, "reject.decision_table", TYPE, version_id, request_id=request_id
    ):
        require(actor, Permission.SOP_APPROVE)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return (await queries.versions(tx, ref=version_id))[0]
            row = await locked(tx, version_id, "in_review")
            await _transition(tx, row, "reject", "draft", actor=actor, comment=words, as_id=as_id)
            return (await queries.versions(tx, ref=version_id))[0]


async def approve(
    platform: Platform,
    version_id: UUID,
    *,
    signature: SignatureGiven,
    actor: Actor,
    comment: str | None = None,
    revision: int | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> TableRow:
    """Approve a version in review, signed over its SHA-256; `revision` is the one that was read."""
    refused = audit.refusals(
        platform, actor, "approve.decision_table", TYPE, version_id, request_id=request_id
    )
    async with refused:
        require(actor, Permission.SOP_APPROVE)
        proof = await signatures.check_password_again(platform, actor, signature)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return (await queries.versions(tx, ref=version_id))[0]
            row = await locked(tx, version_id, "in_review")
            await refuse_authors(tx, await queries.authors(tx, row.id), actor)
            if revision is not None and revision != row.revision:
                raise ReadAnotherText
            newest = (await queries.numbers(tx)).get(row.key, 0)
            if newest > (row.number or 0):
                raise NewerTableApproved(number=newest)
            check(await queries.source_of(tx, row.id))
            signed = await signatures.sign(
                tx,
                proof,
                actor=actor,
                meaning=MEANINGS["approve"],
                content_sha256=str(row.sha256),
                purpose="decision_table.approve",
            )
            await _transition(
                tx, row, "approve", "approved", actor=actor, comment=comment, signature_id=signed, as_id=as_id
            )
            return (await queries.versions(tx, ref=version_id))[0]


def check(source: str) -> None:
    """DefinitionInvalid with everything that keeps a table from review."""
    found = look(data_of(source)).errors
    if found:
        raise DefinitionInvalid([one.finding(document_of(source)) for one in found])


def numbered(source: str, number: int) -> str:
    """The text under its number: as it was written, but for the line that says `version`."""
    made = _NUMBER.sub(f"version: {number}", source, count=1)
    if parse_table(made).table.version == number:
        return made
    return write({**data_of(source), "version": number})


def digest(content: Mapping[str, object]) -> str:
    """SHA-256 (hex) over type, version and content, as everything of ours is hashed."""
    return sha256_of("decision_table", 1, table=content)


async def _alone(tx: Transaction, version_id: UUID) -> TableRow:
    """The draft, all versions of its table locked in one order: two submissions never share a number."""
    for row in await queries.versions(tx, ref=version_id):
        await queries.versions(tx, key=row.key, lock=True)
    return await locked(tx, version_id, "draft")


async def _number(tx: Transaction, row: TableRow) -> int:
    """The next number, or the one that the version had in review when no later one was given since."""
    last, kept = await queries.last_number(tx, row.key), await queries.number_kept(tx, row.id)
    return last if kept == last and last else last + 1


async def _transition(
    tx: Transaction,
    row: TableRow,
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
        sa.insert(t.decision_table_approval).values(
            version_id=row.id, kind=kind, actor_id=actor.person_id, signature_id=signature_id, comment=comment
        )
    )
    c = t.decision_table_version.c
    await tx.execute(
        sa.update(t.decision_table_version).where(c.id == row.id).values(state=state, **(values or {}))
    )
    await tx.audit(
        f"{kind}.decision_table",
        TYPE,
        str(row.id),
        before={"state": row.state},
        after={"state": state, "table": row.key},
        reason=comment,
        as_id=as_id,
    )
