"""UI: the pages, one module per noun. Each route declares its guard; failures are pages, not JSON."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from services.platform import Platform
from ui import static_files
from ui.answers import SecureHeaders, missing, refused, visitor_or_stranger
from ui.contexts.records import DemoPerson
from ui.designer import pages as designer
from ui.designer import preview as designer_preview
from ui.designer import table_pages
from ui.pages import (
    additions,
    administration,
    api_keys,
    attachments,
    audit,
    batches,
    changeover_orders,
    changeovers,
    decision_tables,
    document_entry,
    document_import,
    documents,
    doors,
    drill,
    drill_records,
    engine_events,
    evidence,
    evidence_package,
    flowcharts,
    inbox,
    invoices,
    kept_lines,
    labels,
    materials,
    notifications,
    packages,
    parties,
    patterns,
    persons,
    places,
    recalls,
    retention,
    run_comparison,
    run_start,
    runs,
    scan_list,
    scans,
    schedules,
    search,
    sites,
    sop_cases,
    sop_changes,
    sop_drills,
    sop_export,
    sop_proofs,
    sop_whatif,
    sops,
    stock,
    stocktakes,
    task_commands,
    tasks,
    trace,
    trace_files,
    training,
    uploads,
)

PAGES = (
    *(doors, inbox, tasks, task_commands, scans, kept_lines, scan_list, additions, uploads),
    *(run_start, run_comparison, runs, engine_events, stocktakes, drill),
    *(
        document_entry,
        document_import,
        invoices,
        documents,
        attachments,
        stock,
        batches,
        packages,
        trace,
        trace_files,
        recalls,
        designer_preview,
        designer,
        flowcharts,
        sop_cases,
        sop_changes,
        sop_drills,
        drill_records,
        sop_export,
        sop_proofs,
        sop_whatif,
        changeovers,
        changeover_orders,
        sops,
        training,
    ),
    *(table_pages, decision_tables, places, labels),
    *(
        administration,
        persons,
        api_keys,
        schedules,
        sites,
        parties,
        materials,
        audit,
        evidence_package,
        retention,
        evidence,
        search,
        notifications,
        patterns,
    ),
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


async def _no_such_method(request: Request, _error: Exception) -> Response:
    """An address that only takes forms leads to the page above it: a reload or *Forward* may ask for it."""
    if request.method == "GET":
        return RedirectResponse(page_above(request), 303)
    view = await visitor_or_stranger(request)
    return await refused(request, view.words.gettext("This address does not do that."), WRONG_METHOD)


def page_above(request: Request) -> str:
    """The nearest page above an address; `/` if there is none."""
    path = request.url.path
    while path := path.rpartition("/")[0]:
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            return path
    return "/"
