"""UI: the pages, one module per noun. Each route declares its guard; failures are pages, not JSON."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.platform import Platform
from ui import static_files
from ui.answers import SecureHeaders, missing, refused
from ui.contexts.records import DemoPerson
from ui.pages import (
    administration,
    attachments,
    audit,
    document_entry,
    document_import,
    documents,
    doors,
    inbox,
    materials,
    notifications,
    parties,
    patterns,
    persons,
    run_start,
    runs,
    scans,
    sites,
    sops,
    stock,
    tasks,
    uploads,
)

PAGES = (
    *(doors, inbox, tasks, scans, uploads, run_start, runs, document_entry, document_import, documents),
    *(attachments, stock, sops, administration, persons, sites, parties, materials, audit, notifications),
    patterns,
)
"""In the order in which addresses are looked up: `/documents/new/…` before `/documents/{ref}`."""
NOT_FOUND, WRONG_METHOD = 404, 405


def install(app: FastAPI, platform: Platform, *, demo_people: Sequence[DemoPerson] = ()) -> None:
    """Adds every page, the static files and the security headers to an application.

    `demo_people` are the log-ins that the log-in page offers, in demo mode only.
    """
    app.state.ui_platform = platform
    app.state.ui_demo_people = tuple(demo_people)
    app.include_router(static_files.router)
    app.mount("/static", static_files.own_files(), name="static")
    for page in PAGES:
        app.include_router(page.router)
    app.add_exception_handler(NOT_FOUND, _no_such_page)
    app.add_exception_handler(WRONG_METHOD, _no_such_method)
    app.add_middleware(SecureHeaders)


async def _no_such_page(request: Request, _error: Exception) -> Response:
    return await missing(request)


async def _no_such_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return await refused(request, str(error.detail), WRONG_METHOD)
