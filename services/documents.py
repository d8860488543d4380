"""Services: documents - entered, corrected, imported, read. One door for all callers; knows no HTTP.

The rules are in `documents_entry`, `documents_correction` and `document_import`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from db.queries import acceptance_signatures, given_up, recall_seals, record_names, transfer_goods
from db.queries import documents_read as queries
from db.queries._paging import Page
from db.queries.documents_read import DocumentChange, DocumentFilter, DocumentLine, DocumentRow
from db.queries.given_up import GivenUp
from db.queries.recall_seals import RecallSeal, SealedStock
from db.queries.record_names import SignatureOfRecord
from db.queries.transfer_goods import TransferredBatch
from db.session import Reader
from domain.documents import EnteredDocument
from domain.errors import NotFound, Refusal
from services import audit
from services.document_import import ImportReport, import_csv
from services.documents_correction import DocumentNotCorrectable, VersionChanged, cancel, correct
from services.documents_entry import DocumentExists, enter
from services.permissions import Permission, visible_sites
from services.platform import Actor, Platform

__all__ = [
    "AmbiguousDocument",
    "DocumentChange",
    "DocumentExists",
    "DocumentFilter",
    "DocumentLine",
    "DocumentNotCorrectable",
    "DocumentRow",
    "DocumentView",
    "GivenUp",
    "ImportReport",
    "RecallSeal",
    "SealedStock",
    "SignatureOfRecord",
    "TransferredBatch",
    "VersionChanged",
    "cancel",
    "correct",
    "get",
    "import_csv",
    "lines",
    "list_documents",
    "post",
]

LINES_SHOWN = 100


class AmbiguousDocument(Refusal):
    """Several partners use this number: name the document by its id."""

    code = "ambiguous_document"
    kind = "conflict"
    zh = "编号 {number} 对应多张单据：{ids}"
    en = "The number {number} stands for several documents: {ids}"


PEOPLE = ("actor", "executor", "first_counter", "second_counter", "reviewer", "picker", "keeper", "inspector")
FILES = ("inspection_report", "photo", "photos", "temperature_record")
"""The columns of records in which lines name people and files by id."""
PLACES = ("location", "from_location", "settled_location")
"""The columns of records in which lines name locations by code."""
HEAD_PEOPLE, HEAD_FILES = ("receiver", "witness"), ("temperature_record",)
"""People and files in the heads of records."""


@dataclass(frozen=True)
class DocumentView:
    """A document in full: its head, a page of lines, corrections, and the documents that follow from it.

    A record of the system has the signatures that it rests on; `people` and `files` give the names behind
    the ids in its head and lines, `zones` what the zones of the locations in its lines are for. A transfer
    names the site that it goes to, in Chinese and English, and says what it carried batch by batch and what
    came back from the road; a recall says what it has sealed.
    """

    document: DocumentRow
    lines: Page[DocumentLine]
    changes: list[DocumentChange]
    followed_by: list[DocumentRow]
    signatures: list[SignatureOfRecord] = field(default_factory=list)
    people: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    to_site: tuple[str, str] | None = None
    transferred: list[TransferredBatch] = field(default_factory=list)
    zones: Mapping[str, str] = field(default_factory=dict)
    seal: RecallSeal | None = None
    given_up: list[GivenUp] = field(default_factory=list)


async def post(
    platform: Platform,
    body: EnteredDocument,
    *,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
    loaded: bool = False,
) -> DocumentView:
    """Enter a document; its shape says which kind. `as_id` is the new one's id: again, it gives the first.

    `loaded`: it belongs to loaded history, which only comes in while the owner's window is open.
    """
    async with (
        audit.refusals(platform, actor, "create.document", "document", body.number, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        if as_id and await queries.one(tx, as_id, None, None):
            document_id = as_id
        else:
            document_id = await enter(tx, body, actor=actor, as_id=as_id, loaded=loaded)
    async with platform.database.read() as tx:
        (row,) = await queries.one(tx, document_id, None, None)
        return await _view(tx, row, after=None, limit=LINES_SHOWN)


async def list_documents(
    platform: Platform,
    *,
    actor: Actor,
    kind: str | None = None,
    state: str | None = None,
    party: str | None = None,
    site: str | None = None,
    run_id: UUID | None = None,
    batch_id: UUID | None = None,
    text: str | None = None,
    waiting: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> Page[DocumentRow]:
    """Documents that the actor may see, newest first; `waiting`: only those that a run can begin with."""
    wanted = DocumentFilter(
        kind=kind,
        state=state,
        party=party,
        site=site,
        run_id=run_id,
        batch_id=batch_id,
        text=text,
        waiting=waiting,
        sites=visible_sites(actor, Permission.DOCUMENT_READ),
    )
    async with platform.database.read() as tx:
        return await queries.page(tx, wanted, after=after, limit=limit)


async def get(
    platform: Platform,
    ref: str | UUID,
    *,
    actor: Actor,
    kind: str | None = None,
    after: str | None = None,
    limit: int = LINES_SHOWN,
) -> DocumentView:
    """A document by id or number; NotFound also for one that the actor may not see."""
    async with platform.database.read() as tx:
        return await _view(tx, await _one(tx, ref, actor, kind), after=after, limit=limit)


async def lines(
    platform: Platform, ref: str | UUID, *, actor: Actor, after: str | None = None, limit: int = LINES_SHOWN
) -> Page[DocumentLine]:
    """A page of a document's lines."""
    async with platform.database.read() as tx:
        row = await _one(tx, ref, actor, None)
        return await queries.lines(tx, row.id, after=after, limit=limit)


async def _view(tx: Reader, row: DocumentRow, *, after: str | None, limit: int) -> DocumentView:
    followed = await queries.page(tx, DocumentFilter(source_id=row.id), after=None, limit=LINES_SHOWN)
    lines = await queries.lines(tx, row.id, after=after, limit=limit)
    head, data = row.header, [line.data for line in lines.items]
    people = [*(head.get(name) for name in HEAD_PEOPLE), *(one.get(name) for one in data for name in PEOPLE)]
    files = [ref for name in HEAD_FILES for ref in head.get(name) or ()]
    places = {str(one[name]) for one in data for name in PLACES if one.get(name)}
    files += [ref for one in data for name in FILES for ref in one.get(name) or ()]
    return DocumentView(
        row,
        lines,
        await queries.changes(tx, row.id),
        list(followed.items),
        await record_names.signatures(tx, _ids(await _signed(tx, row))),
        await record_names.people(tx, _ids(people)),
        await record_names.files(tx, _ids(files)),
        await record_names.site(tx, head.get("to_site_id")),
        await transfer_goods.transferred(tx, row.id) if row.kind == "transfer" else [],
        await record_names.zones(tx, row.id, places),
        await recall_seals.of_recall(tx, row.id) if row.kind == "recall" else None,
        await given_up.of_transfer(tx, row.id) if row.kind == "transfer" else [],
    )


async def _signed(tx: Reader, row: DocumentRow) -> list[Any]:
    """The signatures that a record rests on.

    A transfer's run goes on while its note is under way; why a shipment was stopped is examined later.
    """
    given = row.header.get("signatures") or ()
    stopped = row.kind == "shipment" and row.state == "cancelled"
    if (row.kind == "transfer" or stopped) and row.run_id:
        given = await acceptance_signatures.signatures_of_run(tx, row.run_id)
    return [one.get("signature") for one in given]


def _ids(found: Iterable[Any]) -> set[UUID]:
    """What of it is an id; a line taken over from elsewhere may name people in its own way."""
    ids = set()
    for one in found:
        try:
            ids.add(UUID(str(one)))
        except ValueError:
            continue
    return ids


async def _one(tx: Reader, ref: str | UUID, actor: Actor, kind: str | None) -> DocumentRow:
    found = await queries.one(tx, ref, visible_sites(actor, Permission.DOCUMENT_READ), kind)
    if not found:
        raise NotFound(what=f"单据 / document {ref}")
    if len(found) > 1:
        raise AmbiguousDocument(number=str(ref), ids=", ".join(str(row.id) for row in found))
    return found[0]
