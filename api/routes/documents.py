"""Room `api`: the documents that people and programs enter - posted, listed, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.commands import submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.documents import (
    DocumentChangeOut,
    DocumentDetail,
    DocumentLineOut,
    DocumentOut,
    DocumentSignatureOut,
    DocumentState,
    GivenUpOut,
    TransferredBatchOut,
)
from domain.documents import (
    DispatchAdviceIn,
    DocumentKind,
    EnteredKind,
    PurchaseOrderIn,
    SalesOrderIn,
    TransferIn,
)
from services import documents
from services.documents import DocumentView
from services.permissions import Permission
from services.platform import Actor, Platform

router = APIRouter(route_class=ApiRoute, tags=["documents"])
Key = Annotated[UUID | None, Depends(submission_of)]
Reader = Annotated[Actor, permission(Permission.DOCUMENT_READ)]
Writer = Annotated[Actor, permission(Permission.DOCUMENT_WRITE)]
State = Annotated[DocumentState | None, Query()]
Code = Annotated[str | None, Query(max_length=64)]
Text = Annotated[str | None, Query(max_length=200, description="part of a number")]


@dataclass(frozen=True)
class Listing:
    """Which documents of a kind are wanted, and from where on."""

    state: DocumentState | None
    site: str | None
    text: str | None
    after: str | None
    limit: int


async def listing(
    state: State = None, site: Code = None, text: Text = None, after: After = None, limit: Limit = 50
) -> Listing:
    """What every list of documents may be asked."""
    return Listing(state, site, text, after, limit)


Wanted = Annotated[Listing, Depends(listing)]


@router.post("/documents/purchase-orders", status_code=201)
async def post_purchase_order(
    body: PurchaseOrderIn, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> DocumentDetail:
    """Enter a purchase order."""
    return detail(await documents.post(platform, body, actor=actor, as_id=key, request_id=request_id))


@router.post("/documents/dispatch-advices", status_code=201)
async def post_dispatch_advice(
    body: DispatchAdviceIn, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> DocumentDetail:
    """Enter a supplier's notice of a delivery."""
    return detail(await documents.post(platform, body, actor=actor, as_id=key, request_id=request_id))


@router.post("/documents/sales-orders", status_code=201)
async def post_sales_order(
    body: SalesOrderIn, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> DocumentDetail:
    """Enter a customer's order."""
    return detail(await documents.post(platform, body, actor=actor, as_id=key, request_id=request_id))


@router.post("/documents/transfers", status_code=201)
async def post_transfer(
    body: TransferIn, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> DocumentDetail:
    """Enter an order to move goods to another site."""
    return detail(await documents.post(platform, body, actor=actor, as_id=key, request_id=request_id))


@router.get("/documents")
async def list_documents(
    actor: Reader,
    platform: ThePlatform,
    wanted: Wanted,
    kind: DocumentKind | None = None,
    party: Code = None,
    run: Annotated[UUID | None, Query(description="the run that works with them or wrote them")] = None,
) -> Page[DocumentOut]:
    """Documents of every kind, newest first: orders, and the records that procedures write."""
    return await _listed(platform, actor, kind, wanted, party, run)


@router.get("/documents/purchase-orders")
async def list_purchase_orders(
    actor: Reader, platform: ThePlatform, wanted: Wanted, supplier: Code = None
) -> Page[DocumentOut]:
    """Purchase orders, newest first."""
    return await _listed(platform, actor, "purchase_order", wanted, supplier)


@router.get("/documents/dispatch-advices")
async def list_dispatch_advices(
    actor: Reader, platform: ThePlatform, wanted: Wanted, supplier: Code = None
) -> Page[DocumentOut]:
    """Dispatch advices, newest first."""
    return await _listed(platform, actor, "dispatch_advice", wanted, supplier)


@router.get("/documents/sales-orders")
async def list_sales_orders(
    actor: Reader, platform: ThePlatform, wanted: Wanted, customer: Code = None
) -> Page[DocumentOut]:
    """Sales orders, newest first."""
    return await _listed(platform, actor, "sales_order", wanted, customer)


@router.get("/documents/transfers")
async def list_transfers(actor: Reader, platform: ThePlatform, wanted: Wanted) -> Page[DocumentOut]:
    """Transfers between sites, newest first; both sites see them."""
    return await _listed(platform, actor, "transfer", wanted)


@router.get("/documents/purchase-orders/{document}")
async def get_purchase_order(
    document: str, actor: Reader, platform: ThePlatform, after: After = None, limit: Limit = 100
) -> DocumentDetail:
    """A purchase order by id or number, with a page of its lines."""
    return await _one(platform, document, actor, "purchase_order", after, limit)


@router.get("/documents/dispatch-advices/{document}")
async def get_dispatch_advice(
    document: str, actor: Reader, platform: ThePlatform, after: After = None, limit: Limit = 100
) -> DocumentDetail:
    """A dispatch advice by id or number, with a page of its lines."""
    return await _one(platform, document, actor, "dispatch_advice", after, limit)


@router.get("/documents/sales-orders/{document}")
async def get_sales_order(
    document: str, actor: Reader, platform: ThePlatform, after: After = None, limit: Limit = 100
) -> DocumentDetail:
    """A sales order by id or number, with a page of its lines."""
    return await _one(platform, document, actor, "sales_order", after, limit)


@router.get("/documents/transfers/{document}")
async def get_transfer(
    document: str, actor: Reader, platform: ThePlatform, after: After = None, limit: Limit = 100
) -> DocumentDetail:
    """A transfer by id or number, with a page of its lines."""
    return await _one(platform, document, actor, "transfer", after, limit)


async def _listed(
    platform: Platform,
    actor: Actor,
    kind: DocumentKind | None,
    wanted: Listing,
    party: str | None = None,
    run_id: UUID | None = None,
) -> Page[DocumentOut]:
    found = await documents.list_documents(
        platform,
        actor=actor,
        kind=kind,
        state=wanted.state,
        party=party,
        site=wanted.site,
        run_id=run_id,
        text=wanted.text,
        after=wanted.after,
        limit=wanted.limit,
    )
    return page(DocumentOut, found)


async def _one(
    platform: Platform, document: str, actor: Actor, kind: EnteredKind, after: str | None, limit: int
) -> DocumentDetail:
    return detail(await documents.get(platform, document, actor=actor, kind=kind, after=after, limit=limit))


def detail(view: DocumentView) -> DocumentDetail:
    """A document in full."""
    head: dict[str, Any] = DocumentOut.model_validate(view.document).model_dump()
    return DocumentDetail(
        **head,
        lines=page(DocumentLineOut, view.lines),
        changes=[DocumentChangeOut.model_validate(change) for change in view.changes],
        followed_by=[DocumentOut.model_validate(row) for row in view.followed_by],
        signatures=[DocumentSignatureOut.model_validate(one) for one in view.signatures],
        people=dict(view.people),
        files=dict(view.files),
        transferred=[TransferredBatchOut.model_validate(one) for one in view.transferred],
        given_up=[GivenUpOut.model_validate(one) for one in view.given_up],
    )
