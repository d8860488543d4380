"""Services: the printable note of a document, by its kind - read within the row scope, printed, audited.

Printing takes a record out of the house: who did it, and when, is in the audit log (E6). Knows no HTTP.
"""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from db.session import Reader
from domain.errors import NotFound
from services import documents, print_notes, shipping_note
from services.documents import DocumentRow, DocumentView
from services.permissions import Permission
from services.platform import Actor, Platform
from services.print_notes import Note

Builder = Callable[[Reader, DocumentView, str], Awaitable[Note]]
NOTES: Mapping[str, Builder] = {"shipment": shipping_note.build}
"""The kinds of documents that have a note."""
MOST_LINES = 5000


async def of_run(platform: Platform, run_id: UUID, *, actor: Actor) -> list[DocumentRow]:
    """The documents of a run that have a note, newest first; none for who may not read documents."""
    if not actor.may(Permission.DOCUMENT_READ):
        return []
    found = [
        row
        for kind in NOTES
        for row in (await documents.list_documents(platform, actor=actor, kind=kind, run_id=run_id)).items
    ]
    return sorted(found, key=lambda row: row.created_at, reverse=True)


def printable(row: DocumentRow) -> bool:
    """Whether the note has all it needs: how the goods travel stands on it."""
    return row.kind in NOTES and bool(row.header.get("loaded_at"))


async def pdf(
    platform: Platform, ref: str | UUID, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> tuple[str, bytes]:
    """File name and PDF of a document's note; NotFound for a document that has none."""
    found = await documents.get(platform, ref, actor=actor, limit=MOST_LINES)
    build = NOTES.get(found.document.kind)
    if build is None:
        raise NotFound(what=f"打印单 / note of {found.document.number}")
    async with platform.database.read() as tx:
        note = await build(tx, found, language)
    made = await print_notes.pdf(note)
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit("print.document", "document", str(found.document.id), after={"language": language})
    return f"{found.document.number}.pdf", made
