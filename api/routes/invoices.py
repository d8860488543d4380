"""Room `api`: invoices for what was shipped, documents of every kind to read, and their printable notes."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.commands import submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.printed import pdf
from api.route import ApiRoute
from api.routes.documents import detail
from api.schemas.documents import DocumentDetail
from domain.invoices import InvoiceIn
from services import document_notes, documents, invoices
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["documents"])
Key = Annotated[UUID | None, Depends(submission_of)]
Reader = Annotated[Actor, permission(Permission.DOCUMENT_READ)]
Writer = Annotated[Actor, permission(Permission.DOCUMENT_WRITE)]
NOTE_LANGUAGE = Query(description="the language of the note")


@router.post("/documents/invoices", status_code=201)
async def post_invoice(
    body: InvoiceIn, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> DocumentDetail:
    """Enter an invoice for lines of a shipment; every difference from what left is refused with its line."""
    return detail(await invoices.post(platform, body, actor=actor, as_id=key, request_id=request_id))


@router.get("/documents/{document}")
async def get_document(
    document: str, actor: Reader, platform: ThePlatform, after: After = None, limit: Limit = 100
) -> DocumentDetail:
    """A document of any kind by id or number, with a page of its lines: shipments, counts, recalls."""
    return detail(await documents.get(platform, document, actor=actor, after=after, limit=limit))


@router.get("/documents/{document}/note", response_class=Response)
async def get_note(
    document: str,
    actor: Reader,
    platform: ThePlatform,
    request_id: RequestId,
    language: Annotated[Literal["zh", "en"], NOTE_LANGUAGE] = "zh",
) -> Response:
    """The printable note of a document of any kind as a PDF: the shipping note, the acceptance record."""
    name, content = await document_notes.pdf(
        platform, document, actor=actor, language=language, request_id=request_id
    )
    return pdf(name, content)
