"""UI pages: an evidence package - chosen, looked at before it is made, and taken along as a ZIP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from domain.errors import Refusal
from services import evidence_package, evidence_package_stream, evidence_reading
from services.evidence_check import EvidenceScope
from services.evidence_package import BuiltPackage, Progress
from services.evidence_package_scope import MOST_MOVES
from services.permissions import Permission
from ui.answers import PageRoute, status_of
from ui.contexts.evidence_package import EvidencePackagePage
from ui.contexts.parts import Action, Cell, Fact, Field, Form, Group, Option
from ui.formats import zone_of
from ui.pages import evidence_parts
from ui.pages.evidence_parts import Asked
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.AUDIT_READ)]
Asker = Annotated[View, page_permission(Permission.AUDIT_READ, asks=True)]
ADDRESS = "/evidence/package"
NAMES = ("of", "ref", "since", "until")


def to_package(view: View, of: str = "", ref: str = "", since: str = "", until: str = "") -> list[Action]:
    """The way there from another page, with what to choose, for who may read the audit log."""
    if not view.may(Permission.AUDIT_READ):
        return []
    asked = {name: text for name, text in zip(NAMES, (of, ref, since, until), strict=True) if text}
    query = f"?{urlencode(asked)}" if asked else ""
    return [Action(view.words.gettext("Evidence package"), ADDRESS + query, "shield")]


@router.get(ADDRESS)
async def show(view: Reader) -> Response:
    """What is chosen and how many runs that is; nothing is made yet."""
    asked = _asked({name: view.query(name) for name in NAMES})
    if not view.query("of"):
        return view.page(_page(view, asked))
    try:
        scope = await _scope(view, asked)
        facts = await evidence_package.facts_of(view.platform, scope, actor=view.person)
    except Refusal as refusal:
        return view.page(_page(view, asked, note=refusal.message(view.language)), status_of(refusal))
    return view.page(_page(view, asked, facts))


@router.post(ADDRESS)
async def make(view: Asker) -> Response:
    """The package as a file; a script of ours is told meanwhile how far it is."""
    asked = _asked(await view.fields())
    try:
        scope = await _scope(view, asked)
        if view.request.headers.get("X-Progress"):
            headers = {"Cache-Control": "private, no-store"}
            return StreamingResponse(
                _told(view, scope), media_type="application/octet-stream", headers=headers
            )
        made = await _build(view, scope)
    except Refusal as refusal:
        return view.page(_page(view, asked, note=refusal.message(view.language)), status_of(refusal))
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Content-Length": str(made.size),
        "Cache-Control": "private, no-store",
    }
    parts = evidence_package_stream.parts(made)
    return StreamingResponse(parts, media_type="application/zip", headers=headers)


async def _told(view: View, scope: EvidenceScope) -> AsyncIterator[bytes]:
    """Lines about how far it is, the file's name, and the file."""
    try:
        async for step in evidence_package_stream.with_progress(
            lambda progress: _build(view, scope, progress)
        ):
            if isinstance(step, BuiltPackage):
                yield f"file {step.name}\n".encode()
                async for part in evidence_package_stream.parts(step):
                    yield part
            else:
                yield f"run {step[0]} {step[1]}\n".encode()
    except Refusal as refusal:
        yield f"refused {refusal.message(view.language)}\n".encode()


async def _build(view: View, scope: EvidenceScope, progress: Progress | None = None) -> BuiltPackage:
    return await evidence_package.build(
        view.platform,
        scope,
        actor=view.person,
        language=view.language,
        request_id=view.request_id,
        progress=progress,
    )


def _asked(fields: Mapping[str, str]) -> Asked:
    found = evidence_parts.asked(fields)
    return found if found.of in {"run", "batch", "person"} else Asked("period", "", found.since, found.until)


async def _scope(view: View, asked: Asked) -> EvidenceScope:
    """NotFound, NotPermitted, AmbiguousBatch."""
    run = None
    if asked.of == "run":
        run = await evidence_reading.run_named(view.platform, asked.ref, actor=view.person)
    period = asked.of == "period"
    return await evidence_reading.scope_of(
        view.platform,
        actor=view.person,
        run=run,
        batch=asked.ref if asked.of == "batch" else None,
        person=asked.ref if asked.of == "person" else None,
        since=_instant(view, asked.since) if period else None,
        until=_instant(view, asked.until, timedelta(days=1)) if period else None,
    )


def _instant(view: View, day: date | None, later: timedelta = timedelta()) -> datetime | None:
    """The beginning of a day (or of the next) in the page's zone."""
    if day is None:
        return None
    return (datetime.combine(day, time(), zone_of(view.zone)) + later).astimezone(UTC)


def _page(
    view: View, asked: Asked, found: evidence_package.ScopeFacts | None = None, note: str = ""
) -> EvidencePackagePage:
    _, ngettext = view.words.gettext, view.words.ngettext
    facts = []
    if found is not None:
        runs = ngettext("%(n)s run", "%(n)s runs", found.runs, n=found.runs)
        facts = [
            Fact(_("Scope"), Cell(view.words.pick(found.words))),
            Fact(_("Runs"), Cell(runs)),
        ]
        if found.moves:
            facts.append(Fact(_("Stock moves of no run"), Cell(_moves(view, found.moves))))
        if found.elsewhere:
            facts.append(Fact(_("At sites that you may not see"), Cell(str(found.elsewhere))))
        if found.empty:
            note = evidence_package.ScopeEmpty().message(view.language)
    fields = [Field(name, "", "hidden", asked.fields[name]) for name in NAMES]
    return EvidencePackagePage(
        title=_("Evidence package"),
        intro=_(
            "One ZIP for an inspector: everything about a run, batch, person or period, verified without this"
            " product."
        ),
        choice=_choice(view, asked),
        facts=facts,
        form=Form(ADDRESS, _("Make the package"), [Group(fields)]) if found and not found.empty else None,
        note=note,
        back=Action(_("Evidence"), "/evidence"),
    )


def _moves(view: View, count: int) -> str:
    """How many go along; of too many none does."""
    if count <= MOST_MOVES:
        return str(count)
    return view.words.gettext("more than %(n)s: they do not go along; choose a smaller scope", n=MOST_MOVES)


def _choice(view: View, asked: Asked) -> Form:
    _ = view.words.gettext
    of = [
        Option("run", _("A run")),
        Option("batch", _("A batch")),
        Option("person", _("A person")),
        Option("period", _("A period")),
    ]
    which = _("Number of the business or run, batch number, user name")
    fields = [
        Field("of", _("What"), "choice", asked.of, options=of, required=True, compact=True),
        Field("ref", _("Which one"), "text", asked.ref, help=which),
        Field("since", _("Ended from"), "date", asked.fields["since"]),
        Field("until", _("Ended until"), "date", asked.fields["until"]),
    ]
    return Form(ADDRESS, _("Choose"), [Group(fields)])
