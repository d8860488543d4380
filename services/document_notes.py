"""Services: the printable note of a document, by its kind - read within the row scope, printed, audited.

Printing takes a record out of the house: who did it, and when, is in the audit log (E6). Knows no HTTP.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from uuid import UUID

from db.session import Reader
from services import documents, print_notes, record_note, shipping_note
from services.documents import DocumentRow, DocumentView
from services.permissions import Permission
from services.platform import Actor, Platform
from services.print_notes import Note
from services.record_words import TITLES

Builder = Callable[[Reader, DocumentView, str], Awaitable[Note]]
NOTES: Mapping[str, Builder] = {**dict.fromkeys(TITLES, record_note.build), "shipment": shipping_note.build}
"""How the note of each kind of document is made."""
TRAVELS = frozenset({"shipment", "purchase_return", "transfer"})
"""Kinds whose note goes with the goods; the others are for the file."""
MOST_LINES = 5000
CUT: Mapping[str, str] = {
    "zh": "仅打印前 {most} 行；其余各行见系统中的本单据。",
    "en": "Only the first {most} lines are printed; the others stand in the document in the system.",
}


async def of_run(platform: Platform, run_id: UUID, *, actor: Actor) -> list[DocumentRow]:
    """The documents of a run that travel with its goods, newest first; none for who may not read them."""
    if not actor.may(Permission.DOCUMENT_READ):
        return []
    found = await documents.list_documents(platform, actor=actor, run_id=run_id)
    return [row for row in found.items if row.kind in TRAVELS]


def printable(row: DocumentRow) -> bool:
    """Whether the note of goods under way has all it needs: who carries them stands on it."""
    return bool(row.header.get("carrier"))


async def pdf(
    platform: Platform, ref: str | UUID, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> tuple[str, bytes]:
    """File name and PDF of a document's note; NotFound as for reading it."""
    found = await documents.get(platform, ref, actor=actor, limit=MOST_LINES)
    async with platform.database.read() as tx:
        note = await NOTES[found.document.kind](tx, found, language)
    if found.lines.next is not None:
        note = replace(note, remarks=[*note.remarks, CUT[language].format(most=MOST_LINES)])
    made = await print_notes.pdf(note)
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit("print.document", "document", str(found.document.id), after={"language": language})
    return f"{found.document.number}.pdf", made
