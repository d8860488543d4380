"""Services: correcting a document in place, with before, after and reason as evidence (GSP 40, annex 2).

What was entered stays readable: lines taken out are marked, not deleted. Once a run works on a document
only some fields of its head may still change. Knows tables and queries, no HTTP.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents as queries
from db.queries import references
from db.queries.documents import DocumentRef, LineRef
from db.session import Transaction
from domain.canonical import instant
from domain.documents import ENTERED, Entered, EnteredChanges, EnteredKind, EnteredLine
from domain.errors import FieldProblem, Invalid, NotFound, Refusal
from services import audit
from services.changes import reason_of
from services.documents_entry import conditions, line_rows, refuse_problems, refuse_unlicensed, resolve
from services.permissions import Permission, require
from services.platform import Actor, Platform

LINE_FIELDS = (
    "material_id",
    "batch_number",
    "produced_on",
    "expires_on",
    "quantity",
    "entered_quantity",
    "entered_unit",
    "order_line_no",
    "data",
)


class VersionChanged(Refusal):
    """Somebody else corrected the document meanwhile."""

    code = "version_changed"
    kind = "conflict"
    zh = "单据已被他人更正（当前版本 {version}），请刷新后重试"
    en = "The document was corrected meanwhile (version {version}); reload it"


class DocumentNotCorrectable(Refusal):
    """A closed document, one that the system wrote, or a field that a run relies on."""

    code = "document_not_correctable"
    kind = "conflict"
    zh = "单据不能更正：{why_zh}"
    en = "The document cannot be corrected: {why_en}"


async def correct(
    platform: Platform,
    document_id: UUID,
    *,
    version: int,
    changes: EnteredChanges,
    reason: str,
    actor: Actor,
    request_id: str = "",
) -> int:
    """Correct a document that people enter; returns its new version."""
    async with audit.refusals(
        platform, actor, "correct.document", "document", document_id, request_id=request_id
    ):
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            document = await _locked(tx, document_id, version, actor)
            _refuse_fields(document, changes)
            before, after = await _change_head(tx, document, changes)
            if changes.lines is not None:
                await _change_lines(tx, document, changes.lines, before, after)
            await _record(tx, document, before, after, reason=words, actor=actor)
    return document.version + 1


async def cancel(
    platform: Platform, document_id: UUID, *, version: int, reason: str, actor: Actor, request_id: str = ""
) -> int:
    """Cancel a document that no run works on; returns its new version."""
    async with audit.refusals(
        platform, actor, "cancel.document", "document", document_id, request_id=request_id
    ):
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            document = await _locked(tx, document_id, version, actor)
            if document.state != "open":
                raise DocumentNotCorrectable(why_zh="流程正在使用", why_en="a run works on it")
            await queries.change_state(tx, document.id, "cancelled")
            await _record(
                tx, document, {"state": document.state}, {"state": "cancelled"}, reason=words, actor=actor
            )
    return document.version + 1


async def _locked(tx: Transaction, document_id: UUID, version: int, actor: Actor) -> DocumentRef:
    c = t.document.c
    row = await tx.one_or_none(queries.select_document().where(c.id == document_id).with_for_update())
    if row is None:
        raise NotFound(what="单据 / document")
    document = DocumentRef(**row)
    require(actor, Permission.DOCUMENT_WRITE, document.site_id)
    if document.kind not in ENTERED:
        raise DocumentNotCorrectable(why_zh="系统生成的单据", why_en="the system wrote it")
    if document.state in {"closed", "cancelled"}:
        raise DocumentNotCorrectable(why_zh="单据已关闭", why_en="it is closed")
    if document.version != version:
        raise VersionChanged(version=document.version)
    return document


def _refuse_fields(document: DocumentRef, changes: EnteredChanges) -> None:
    entered = _entered(document)
    if not isinstance(changes, entered.changes):
        raise DocumentNotCorrectable(why_zh="单据种类不符", why_en="the changes are for another kind")
    given = {name for name, value in changes if value is not None}
    if not given:
        raise Invalid([FieldProblem("changes", "required", "没有任何更正", "nothing is changed")])
    fixed = given - entered.in_process
    if document.state == "in_process" and fixed:
        names = ", ".join(sorted(fixed))
        raise DocumentNotCorrectable(
            why_zh=f"流程进行中，不能更改 {names}", why_en=f"a run relies on {names}"
        )


async def _change_head(
    tx: Transaction, document: DocumentRef, changes: EnteredChanges
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change the fields of the head; returns what they were and what they are."""
    given = {name: _json(value) for name, value in changes if value is not None and name != "lines"}
    changed = {name: value for name, value in given.items() if document.header.get(name) != value}
    if changed:
        await queries.change_state(tx, document.id, document.state, header=changed)
    return {name: document.header.get(name) for name in changed}, changed


async def _change_lines(
    tx: Transaction,
    document: DocumentRef,
    lines: Sequence[EnteredLine],
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Replace the lines: changed ones are updated, new ones added, missing ones marked as removed."""
    site = await references.site(tx, document.site_id)
    partner = await references.party(tx, document.party_id) if document.party_id else None
    assert site is not None
    resolved = await resolve(tx, _kind(document), site.code, partner.code if partner else None, lines)
    rows = {row["line_no"]: row for row in line_rows(lines, resolved)}
    refuse_problems(resolved)
    if _entered(document).licensed:
        await refuse_unlicensed(tx, resolved, await references.clock_now(tx))
    known = queries.as_numbers(await queries.lines_of(tx, document.id, removed=True))
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    c = t.document_line.c
    for line_no in sorted({*rows, *known}):
        was, row = known.get(line_no), rows.get(line_no) or _removed(known[line_no])
        if was is None:
            await queries.add_lines(tx, document.id, [row])
        elif _fields(was) == {name: row[name] for name in LINE_FIELDS}:
            continue
        else:
            values = {name: row[name] for name in LINE_FIELDS}
            await tx.execute(sa.update(t.document_line).where(c.id == was.id).values(**values))
        old[str(line_no)] = _readable(_fields(was)) if was else None
        new[str(line_no)] = _readable(row)
    if old:
        before["lines"], after["lines"] = old, new
    now = conditions(document.kind, resolved)
    changed = {name: value for name, value in now.items() if document.header.get(name) != value}
    if changed:
        await queries.change_state(tx, document.id, document.state, header=changed)
        before |= {name: document.header.get(name) for name in changed}
        after |= changed


def _kind(document: DocumentRef) -> EnteredKind:
    return next(kind for kind in ENTERED if kind == document.kind)


def _entered(document: DocumentRef) -> Entered:
    return ENTERED[_kind(document)]


def _removed(line: LineRef) -> dict[str, Any]:
    return {**_fields(line), "line_no": line.line_no, "data": {**line.data, "removed": True}}


def _fields(line: LineRef) -> dict[str, Any]:
    return {name: getattr(line, name) for name in LINE_FIELDS}


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _json(row[name]) for name in LINE_FIELDS}


async def _record(
    tx: Transaction,
    document: DocumentRef,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    reason: str,
    actor: Actor,
) -> None:
    """Write the change as evidence and count the version up."""
    if not after:
        raise Invalid([FieldProblem("changes", "unchanged", "与现有内容相同", "nothing differs")])
    await tx.execute(
        sa.insert(t.document_change).values(
            document_id=document.id,
            version=document.version + 1,
            before=before,
            after=after,
            reason=reason,
            actor_id=actor.person_id,
        )
    )
    await tx.execute(
        sa.update(t.document).where(t.document.c.id == document.id).values(version=document.version + 1)
    )
    await tx.audit(
        "correct.document", "document", str(document.id), before=before, after=after, reason=reason
    )


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date | UUID):
        return str(value)
    return value
