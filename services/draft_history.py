"""Services: what the drafts of procedures and of decision tables have in common: kept revisions (0029).

Each change is a revision. Whoever saw another one than the newest is told what has changed; undo leads back
to an earlier one and forgets none. Knows no HTTP.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from db.queries import sop_drafts as drafts
from db.queries.sop_drafts import Kept, Revision
from db.session import Reader, Transaction
from domain.errors import Refusal
from domain.sop_definition import Text
from domain.sop_document import Data
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_yaml import document_of
from domain.yaml_text import YamlInvalid
from services.platform import Actor


class RevisionMoved(Refusal):
    """Somebody else has changed the draft since it was read."""

    code = "draft_changed"
    kind = "conflict"
    zh = "草稿已被 {who} 修改（{what_zh}），您的修改未保存，请在最新内容上重做"
    en = "{who} has changed the draft ({what_en}): yours was not saved, make it again on what stands now"


class VendorText(Refusal):
    """What the vendor delivered stays as it is: it is compared with what one has."""

    code = "vendor_text"
    kind = "conflict"
    zh = "厂商提供的文本不直接修改：请基于它新建草稿"
    en = "The vendor's text stays as it is: begin a draft of your own from it"


class NothingToUndo(Refusal):
    """There is no revision before, or after, the present one."""

    code = "no_other_revision"
    kind = "conflict"
    zh = "没有可撤销或恢复的修改"
    en = "There is no change to take back or to do again"


async def refuse_moved(tx: Reader, kept: Kept, version_id: UUID, present: int, seen: int) -> None:
    """RevisionMoved unless the revision that the person saw is the present one."""
    if present == seen:
        return
    listed = await drafts.revisions(tx, version_id, kept)
    since = [one for one in listed if one.number > seen] or listed
    zh, en = ("；".join(one.what_zh for one in since[:3]), "; ".join(one.what_en for one in since[:3]))
    raise RevisionMoved(who=since[0].person, what_zh=zh, what_en=en)


async def insert_revision(
    tx: Transaction,
    kept: Kept,
    version_id: UUID,
    number: int,
    before: int | None,
    source: str,
    what: Text,
    actor: Actor,
) -> None:
    """What the draft says after a change, which was made to the revision `before`."""
    await tx.execute(
        sa.insert(kept.table).values(
            **{kept.of: version_id},
            number=number,
            before=before,
            source=source,
            what_zh=what.zh,
            what_en=what.in_language("en"),
            person_id=actor.person_id,
        )
    )


async def add_revision(
    tx: Transaction, kept: Kept, version_id: UUID, before: int, source: str, what: Text, actor: Actor
) -> int:
    """The next revision, made to `before`; its number."""
    number = 1 + await drafts.newest(tx, version_id, kept)
    await insert_revision(tx, kept, version_id, number, before, source, what, actor)
    return number


async def stepped(tx: Reader, kept: Kept, version_id: UUID, revision: int, *, again: bool) -> tuple[int, str]:
    """The revision that undo (or `again` redo) leads to, with what it says; NothingToUndo."""
    listed = await drafts.revisions(tx, version_id, kept)
    target = after(listed, revision) if again else back(listed, revision)
    if target is None:
        raise NothingToUndo
    return target, await drafts.source_of(tx, version_id, target, kept)


def back(listed: Sequence[Revision], revision: int) -> int | None:
    """The revision before the present one."""
    return next((one.before for one in listed if one.number == revision), None) or None


def after(listed: Sequence[Revision], revision: int) -> int | None:
    """The newest revision that was made on the present one."""
    return next((one.number for one in listed if one.before == revision), None)


def data_of(source: str) -> Data:
    """A text as data; DefinitionInvalid when it is not a mapping that can be read."""
    try:
        data = document_of(source).data
    except YamlInvalid as fault:
        finding = Finding("error", "yaml", None, fault.line, fault.column, fault.zh, fault.en)
        raise DefinitionInvalid([finding]) from None
    if not isinstance(data, dict):
        raise DefinitionInvalid([Finding("error", "yaml", None, 1, 1, "应为键值对", "not a mapping")])
    return data
