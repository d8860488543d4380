"""Services: a draft of a decision table under work - begun, changed cell by cell, taken back (D5).

A draft may be incomplete meanwhile; what is to be said of it stands beside its cells, and submission refuses
it. Knows no HTTP.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import decision_tables as queries
from db.queries import sop_drafts as drafts
from db.queries.decision_tables import TableRow
from db.queries.sop_drafts import OF_TABLES, Revision
from db.session import Reader, Transaction
from domain.decision_table import DecisionTable
from domain.decision_table_check import Looked, look
from domain.decision_table_document import new_table
from domain.errors import NotFound, Refusal
from domain.sop_definition import Text
from domain.sop_document import KEY, Data, KeyNotFit
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_yaml import parse_table
from domain.yaml_text import write
from services import audit, draft_history
from services.draft_history import VendorText, data_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.sop_drafts import WrongState

Edit = Callable[[Data], Data]
"""A change of a table as data; it raises a Refusal when it does not fit."""
Origin = Literal["vendor", "local"]


class TableTaken(Refusal):
    """There is a table of this key: a new version of it is a draft from it."""

    code = "table_taken"
    kind = "conflict"
    zh = "已有决策表“{key}”：请打开它并新建版本"
    en = "There is a decision table `{key}`: open it and begin a new version"


@dataclass(frozen=True)
class TableDraft:
    """A draft as it stands: its text as data, what the check says of it, what was done to it last."""

    row: TableRow
    revision: int
    source: str
    data: Data
    looked: Looked
    last: Revision | None
    can_undo: bool
    can_redo: bool


async def load(
    platform: Platform,
    text: str,
    *,
    actor: Actor,
    origin: Origin = "local",
    based_on: UUID | None = None,
    new: bool = False,
    as_id: UUID | None = None,
    request_id: str = "",
) -> TableRow:
    """Keep a text as a new draft; DefinitionInvalid unless it is a decision table.

    `new`: TableTaken when there is a table of its key. `as_id` is the draft's id: again, it gives the first.
    """
    async with audit.refusals(
        platform, actor, "draft.decision_table", "decision_table_version", "", request_id=request_id
    ):
        require(actor, Permission.SOP_DRAFT)
        table = parse_table(text).table
        async with platform.database.write(actor.ref, request_id) as tx:
            if as_id and (known := await queries.versions(tx, ref=as_id)):
                return known[0]
            if new:
                await _refuse_taken(tx, table.key)
            version_id = as_id or new_id()
            await _insert(tx, version_id, table, text, origin, based_on, actor)
            return (await queries.versions(tx, ref=version_id))[0]


async def begin(
    platform: Platform, key: str, zh: str, en: str, *, actor: Actor, request_id: str = ""
) -> TableRow:
    """A new table with one question, one answer and one row; KeyNotFit, TableTaken."""
    require(actor, Permission.SOP_DRAFT)
    if not KEY.match(key):
        raise KeyNotFit(key=key)
    return await load(platform, write(new_table(key, zh, en)), actor=actor, new=True, request_id=request_id)


async def begin_from(platform: Platform, version_id: UUID, *, actor: Actor, request_id: str = "") -> TableRow:
    """A draft of one's own that begins as a copy of a version."""
    require(actor, Permission.SOP_DRAFT)
    async with platform.database.read() as tx:
        _found(await queries.versions(tx, ref=version_id), version_id)
        source = await queries.source_of(tx, version_id)
    return await load(platform, source, actor=actor, based_on=version_id, request_id=request_id)


async def read_draft(platform: Platform, version_id: UUID, *, actor: Actor) -> TableDraft:
    """The draft as it stands now; WrongState for a version that has left the draft."""
    require(actor, Permission.SOP_DRAFT)
    async with platform.database.read() as tx:
        return await _view(tx, in_state(await queries.versions(tx, ref=version_id), version_id, "draft"))


async def change(
    platform: Platform,
    version_id: UUID,
    edit: Edit,
    *,
    what: Text,
    revision: int,
    actor: Actor,
    request_id: str = "",
) -> TableDraft:
    """Make a change to the revision that the person saw; RevisionMoved when it is not the newest any more."""
    require(actor, Permission.SOP_DRAFT)
    async with platform.database.write(actor.ref, request_id) as tx:
        row = await _mine(tx, version_id, revision)
        source = await queries.source_of(tx, version_id)
        made = write(edit(data_of(source)))
        if made != source:
            await _replace(tx, row, made, what, actor)
        return await _view(tx, (await queries.versions(tx, ref=version_id))[0])


async def replace_text(
    platform: Platform, version_id: UUID, source: str, *, revision: int, actor: Actor, request_id: str = ""
) -> TableDraft:
    """Another text for the whole draft; DefinitionInvalid unless it is a version of the same table."""
    require(actor, Permission.SOP_DRAFT)
    parsed = parse_table(source)
    async with platform.database.write(actor.ref, request_id) as tx:
        row = await _mine(tx, version_id, revision)
        if parsed.table.key != row.key:
            at = parsed.document.place(("key",))
            words = f"决策表标识应为 {row.key}", f"the key must be {row.key}"
            raise DefinitionInvalid([Finding("error", "table_key", None, at.line, at.column, *words)])
        await _replace(tx, row, source, Text(zh="修改全文（YAML）", en="text changed as YAML"), actor)
        return await _view(tx, (await queries.versions(tx, ref=version_id))[0])


async def step_back(
    platform: Platform, version_id: UUID, *, again: bool, revision: int, actor: Actor, request_id: str = ""
) -> TableDraft:
    """Take the last change back, or do the last one that was taken back `again`; nothing is forgotten."""
    require(actor, Permission.SOP_DRAFT)
    async with platform.database.write(actor.ref, request_id) as tx:
        row = await _mine(tx, version_id, revision)
        target, source = await draft_history.stepped(tx, OF_TABLES, row.id, revision, again=again)
        await _keep(tx, row, source, target)
        action = "redo.decision_table" if again else "undo.decision_table"
        was, now = {"revision": revision}, {"revision": target}
        await tx.audit(action, "decision_table_version", str(row.id), before=was, after=now)
        return await _view(tx, (await queries.versions(tx, ref=version_id))[0])


async def locked(tx: Transaction, version_id: UUID, *states: str) -> TableRow:
    """The version, its row locked; NotFound, or WrongState unless it is in one of the states."""
    return in_state(await queries.versions(tx, ref=version_id, lock=True), version_id, *states)


def in_state(found: list[TableRow], version_id: UUID, *states: str) -> TableRow:
    """The version that was found; NotFound, or WrongState unless it is in one of the states."""
    row = _found(found, version_id)
    if row.state not in states:
        raise WrongState(state=row.state)
    return row


def content_of(table: DecisionTable) -> dict[str, object]:
    """A table as it is kept beside its text, and hashed: defaults left out."""
    return table.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _found(found: list[TableRow], version_id: UUID) -> TableRow:
    if not found:
        raise NotFound(what=f"决策表版本 / version of a decision table {version_id}")
    return found[0]


async def _mine(tx: Transaction, version_id: UUID, revision: int) -> TableRow:
    """The draft, its row locked, when it is one to be changed and still the one that the person saw."""
    row = await locked(tx, version_id, "draft")
    if row.origin == "vendor":
        raise VendorText
    await draft_history.refuse_moved(tx, OF_TABLES, row.id, row.revision, revision)
    return row


async def _refuse_taken(tx: Transaction, key: str) -> None:
    """Who begins a table of this key at the same moment is waited for."""
    name = sa.func.hashtextextended(f"decision_table {key}", 0)
    await tx.scalar(sa.select(sa.func.pg_advisory_xact_lock(name)))
    if await queries.versions(tx, key=key):
        raise TableTaken(key=key)


async def _insert(
    tx: Transaction,
    version_id: UUID,
    table: DecisionTable,
    text: str,
    origin: Origin,
    based_on: UUID | None,
    actor: Actor,
) -> None:
    await tx.execute(
        sa.insert(t.decision_table_version).values(
            id=version_id,
            key=table.key,
            origin=origin,
            vendor_version=table.version if origin == "vendor" else None,
            content=content_of(table),
            source=text,
            author_id=actor.person_id,
            revision=1,
            based_on_id=based_on,
        )
    )
    first = Text(zh="新建", en="begun")
    await draft_history.insert_revision(tx, OF_TABLES, version_id, 1, None, text, first, actor)
    said = {"table": table.key, "origin": origin, "based_on": str(based_on or "")}
    await tx.audit("draft.decision_table", "decision_table_version", str(version_id), after=said)


async def _replace(tx: Transaction, row: TableRow, source: str, what: Text, actor: Actor) -> None:
    number = await draft_history.add_revision(tx, OF_TABLES, row.id, row.revision, source, what, actor)
    await _keep(tx, row, source, number)
    await tx.audit(
        "edit.decision_table",
        "decision_table_version",
        str(row.id),
        before={"revision": row.revision},
        after={"revision": number, "what": {"zh": what.zh, "en": what.en}},
    )


async def _keep(tx: Transaction, row: TableRow, source: str, number: int) -> None:
    """The text and, while it can be read as a table, that as well."""
    values: dict[str, object] = {"source": source, "revision": number}
    if (table := look(data_of(source)).table) is not None:
        values["content"] = content_of(table)
    c = t.decision_table_version.c
    await tx.execute(sa.update(t.decision_table_version).where(c.id == row.id).values(**values))


async def _view(tx: Reader, row: TableRow) -> TableDraft:
    source = await queries.source_of(tx, row.id)
    listed = await drafts.revisions(tx, row.id, OF_TABLES)
    data = data_of(source)
    return TableDraft(
        row,
        row.revision,
        source,
        data,
        look(data),
        next((one for one in listed if one.number == row.revision), None),
        can_undo=draft_history.back(listed, row.revision) is not None,
        can_redo=draft_history.after(listed, row.revision) is not None,
    )
