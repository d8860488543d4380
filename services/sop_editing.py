"""Services: a draft under work - begun, changed piece by piece, taken back and done again (D1).

A draft may be incomplete meanwhile; it is linted whole when it is submitted. Each change is a revision: kept
as it was, with who made it. Whoever saw another one than the newest is told what has changed. Knows no HTTP.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import sop_drafts as drafts
from db.queries import sops as queries
from db.queries.sop_drafts import OF_PROCEDURES, Revision
from db.queries.sops import VersionRow
from db.session import Reader, Transaction
from domain.sop_definition import SopDefinition, Text
from domain.sop_document import Data
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_yaml import parse
from domain.yaml_text import write
from services import audit, draft_history
from services.draft_history import NothingToUndo, RevisionMoved, VendorText, data_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.sop_checks import findings_of
from services.sop_drafts import in_state, insert_version, locked, titles, written

__all__ = [
    "DraftView",
    "Edit",
    "NothingToUndo",
    "RevisionMoved",
    "VendorText",
    "begin",
    "change",
    "data_of",
    "read_draft",
    "replace_text",
    "revisions",
    "step_back",
]

Edit = Callable[[Data], Data]
"""A change of a definition as data; it raises a Refusal when it does not fit."""


@dataclass(frozen=True)
class DraftView:
    """A draft as it stands: its text as data, what the check says of it, what was done to it last."""

    row: VersionRow
    revision: int
    source: str
    data: Data
    findings: list[Finding]
    last: Revision | None
    can_undo: bool
    can_redo: bool


async def begin(
    platform: Platform,
    source: str,
    *,
    actor: Actor,
    based_on: UUID | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> VersionRow:
    """A new draft of one's own: a text that may still be incomplete, or a copy of a version (`based_on`).

    DefinitionInvalid when it has not even the shape of a definition. `as_id` is the draft's id: again, it
    gives the first.
    """
    async with audit.refusals(platform, actor, "draft.sop", "sop", "", request_id=request_id):
        require(actor, Permission.SOP_DRAFT)
        parsed = parse(source)
        async with platform.database.write(actor.ref, request_id) as tx:
            if as_id and (known := await queries.versions(tx, ref=as_id)):
                return known[0]
            version_id = as_id or new_id()
            await insert_version(
                tx,
                version_id,
                parsed,
                source,
                origin="local",
                vendor_version=None,
                actor=actor,
                based_on=based_on,
            )
            await tx.audit(
                "draft.sop",
                "sop_version",
                str(version_id),
                after={"sop": parsed.definition.sop, "origin": "local", "based_on": str(based_on or "")},
            )
            return (await queries.versions(tx, ref=version_id))[0]


async def read_draft(platform: Platform, version_id: UUID, *, actor: Actor) -> DraftView:
    """The draft as it stands now; WrongState for a version that has left the draft."""
    require(actor, Permission.SOP_DRAFT)
    async with platform.database.read() as tx:
        row = in_state(await queries.versions(tx, ref=version_id), version_id, "draft")
        return await _view(tx, platform, row)


async def change(
    platform: Platform,
    version_id: UUID,
    edit: Edit,
    *,
    what: Text,
    revision: int,
    actor: Actor,
    request_id: str = "",
) -> DraftView:
    """Make a change to the revision that the person saw; RevisionMoved when it is not the newest any more."""
    require(actor, Permission.SOP_DRAFT)
    async with platform.database.write(actor.ref, request_id) as tx:
        row = await _mine(tx, version_id, revision)
        source = (await queries.content(tx, version_id))["source"]
        made = write(edit(data_of(source)))
        if made != source:
            await _replace(tx, row, made, what, actor)
        return await _view(tx, platform, (await queries.versions(tx, ref=version_id))[0])


async def replace_text(
    platform: Platform,
    version_id: UUID,
    source: str,
    *,
    revision: int,
    actor: Actor,
    request_id: str = "",
) -> DraftView:
    """Another text for the whole draft; DefinitionInvalid unless it is a definition of the same procedure."""
    require(actor, Permission.SOP_DRAFT)
    parsed = parse(source)
    async with platform.database.write(actor.ref, request_id) as tx:
        row = await _mine(tx, version_id, revision)
        if parsed.definition.sop != row.key:
            line, column = parsed.position_of(("sop",))
            words = f"规程标识应为 {row.key}", f"the key must be {row.key}"
            raise DefinitionInvalid([Finding("error", "sop_key", None, line, column, *words)])
        await _replace(tx, row, source, Text(zh="修改全文（YAML）", en="text changed as YAML"), actor)
        return await _view(tx, platform, (await queries.versions(tx, ref=version_id))[0])


async def step_back(
    platform: Platform, version_id: UUID, *, again: bool, revision: int, actor: Actor, request_id: str = ""
) -> DraftView:
    """Take the last change back, or do the last one that was taken back `again`; nothing is forgotten."""
    require(actor, Permission.SOP_DRAFT)
    async with platform.database.write(actor.ref, request_id) as tx:
        row = await _mine(tx, version_id, revision)
        target, source = await draft_history.stepped(tx, OF_PROCEDURES, row.id, revision, again=again)
        await _keep(tx, row, source, target)
        action = "redo.sop" if again else "undo.sop"
        await tx.audit(
            action, "sop_version", str(version_id), before={"revision": revision}, after={"revision": target}
        )
        return await _view(tx, platform, (await queries.versions(tx, ref=version_id))[0])


async def revisions(platform: Platform, version_id: UUID, *, actor: Actor) -> list[Revision]:
    """All changes of a draft, newest first."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        return await drafts.revisions(tx, version_id)


async def _mine(tx: Transaction, version_id: UUID, revision: int) -> VersionRow:
    """The draft, its row locked, when it is one to be changed and still the one that the person saw."""
    row = await locked(tx, version_id, "draft")
    if row.origin == "vendor":
        raise VendorText
    await draft_history.refuse_moved(tx, OF_PROCEDURES, row.id, row.revision, revision)
    return row


async def _replace(tx: Transaction, row: VersionRow, source: str, what: Text, actor: Actor) -> None:
    number = await draft_history.add_revision(tx, OF_PROCEDURES, row.id, row.revision, source, what, actor)
    await _keep(tx, row, source, number)
    await tx.audit(
        "edit.sop",
        "sop_version",
        str(row.id),
        before={"revision": row.revision},
        after={"revision": number, "what": {"zh": what.zh, "en": what.en}},
    )


async def _keep(tx: Transaction, row: VersionRow, source: str, number: int) -> None:
    """The text and, while it has the shape of a definition, that as well."""
    values: dict[str, object] = {"source": source, "revision": number}
    try:
        definition = parse(source).definition
    except DefinitionInvalid:
        pass
    else:
        values["definition"] = written(definition)
        await _name(tx, row, definition)
    await tx.execute(sa.update(t.sop_version).where(t.sop_version.c.id == row.id).values(**values))


async def _name(tx: Transaction, row: VersionRow, definition: SopDefinition) -> None:
    """A procedure that was never approved is called what its draft calls it."""
    c = t.sop_version.c
    approved = sa.exists().where(c.sop_id == row.sop_id, c.sha256.is_not(None))
    await tx.execute(sa.update(t.sop).where(t.sop.c.id == row.sop_id, ~approved).values(**titles(definition)))


async def _view(tx: Reader, platform: Platform, row: VersionRow) -> DraftView:
    source = str((await queries.content(tx, row.id))["source"])
    listed = await drafts.revisions(tx, row.id)
    return DraftView(
        row,
        row.revision,
        source,
        data_of(source),
        await findings_of(tx, source, platform),
        next((one for one in listed if one.number == row.revision), None),
        can_undo=draft_history.back(listed, row.revision) is not None,
        can_redo=draft_history.after(listed, row.revision) is not None,
    )
