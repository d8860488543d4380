"""UI pages: labels of packages, batches and places, in the browser's own viewer, to be printed there."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from services import command_sheet, labels
from services.permissions import Permission
from ui.answers import PageRoute
from ui.pages.printed import pdf
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Worker = Annotated[View, page_permission(Permission.TASK_WORK)]
Reader = Annotated[View, page_permission(Permission.STOCK_READ)]


@router.get("/packages/{sscc}/label")
async def package_label(sscc: str, view: Reader) -> Response:
    """The logistic label of a package."""
    return pdf(
        *await labels.of_package(
            view.platform, sscc[:64], actor=view.person, language=view.language, request_id=view.request_id
        )
    )


@router.get("/batches/{batch}/label")
async def batch_label(batch: str, view: Reader) -> Response:
    """The label of a batch."""
    return pdf(
        *await labels.of_batch(
            view.platform, batch, actor=view.person, language=view.language, request_id=view.request_id
        )
    )


@router.get("/places/{site}/{code}/label")
async def place_label(site: str, code: str, view: Reader) -> Response:
    """The label of a place."""
    return pdf(
        *await labels.of_place(
            view.platform, site, code, actor=view.person, language=view.language, request_id=view.request_id
        )
    )


@router.get("/command-codes")
async def command_codes(view: Worker) -> Response:
    """The sheet of command codes."""
    return pdf(
        *await command_sheet.pdf(
            view.platform, actor=view.person, language=view.language, request_id=view.request_id
        )
    )
