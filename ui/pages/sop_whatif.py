"""UI pages: what-if - past runs played by a version, batch by batch, and one of them on the flowcharts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from domain.errors import FieldProblem, Invalid, Refusal
from domain.sop_findings import DefinitionInvalid
from domain.sop_whatif_tally import Tally
from services import sop_whatif
from services.permissions import Permission
from services.sop_whatif import Looked, Wanted
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Action, Field, Form, Option
from ui.contexts.sop_whatif import SopWhatIfPage, SopWhatIfRunPage, WhatIf, WhatIfPart
from ui.pages.filling import form
from ui.pages.listing import identity, site_options
from ui.pages.names import read_names
from ui.pages.sop_placing import version_named
from ui.pages.whatif_parts import both_pictures, facts_of, found_so_far, line_of
from ui.pages.whatif_words import WhatIfWords
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Asker = Annotated[View, page_permission(Permission.SOP_READ, asks=True)]
ONE = "/sops/{key}/versions/{ref}/what-if"
NUMBERS = (20, 50, 200, 500, 1000)


@router.get(ONE)
async def show(key: str, ref: str, view: Reader) -> Response:
    """Which runs are to be played; with a number chosen, the first batch of them."""
    begun, note, status = None, "", 200
    try:
        wanted = _wanted(view)
        if view.query("most"):
            begun = await _next(view, key, ref, wanted, {})
    except DefinitionInvalid:
        note = view.words.gettext(
            "The draft has findings of the check: it can be tried when they are put right."
        )
    except Refusal as refusal:
        note, status = refusal.message(view.language), status_of(refusal)
    return view.page(await _page(view, key, ref, begun, note), status)


@router.post(ONE)
async def go_on(key: str, ref: str, view: Asker) -> Response:
    """The next batch; what came before is in the form."""
    fields = await view.fields()
    try:
        found = await _next(view, key, ref, _wanted_of(fields), fields)
    except Refusal as refusal:
        page = await _page(view, key, ref, None, refusal.message(view.language))
        return view.page(page, status_of(refusal))
    if view.swaps:
        return view.page(WhatIfPart(found))
    return view.page(await _page(view, key, ref, found, ""))


@router.get(ONE + "/runs/{run_id}")
async def show_run(key: str, ref: str, run_id: str, view: Reader) -> Response:
    """One run by both definitions, on both flowcharts."""
    _ = view.words.gettext
    looked, before = await sop_whatif.one(
        view.platform, key, version_named(ref), identity(run_id, "流程 / run"), actor=view.person
    )
    words = await _words(view, looked)
    [run] = looked.runs
    line = line_of(view, words, run, _address(key, ref), before)
    return view.page(
        SopWhatIfRunPage(
            title=line.name,
            eyebrow=_("One run"),
            intro=_("The recorded run, and how it would have gone by this version."),
            back=Action(_("What-if"), _address(key, ref)),
            line=line,
            facts=facts_of(view, words, run),
            flowcharts=both_pictures(view, words, run, before),
        )
    )


def what_if_of(view: View, version: str) -> list[Action]:
    """The way to the what-if of a version, for who may read runs."""
    if not view.may(Permission.RUN_READ):
        return []
    return [Action(view.words.gettext("What-if"), f"{version}/what-if", "undo")]


def _address(key: str, ref: str) -> str:
    return f"/sops/{key}/versions/{ref}/what-if"


def _wanted(view: View) -> Wanted:
    return _wanted_of({name: view.query(name) for name in ("site", "since", "until", "most")})


def _wanted_of(fields: Mapping[str, str]) -> Wanted:
    """What was chosen; Invalid for what is no date."""
    most = fields.get("most", "")
    chosen = int(most) if most.isascii() and most.isdigit() and len(most) < 6 else 200  # noqa: PLR2004
    return Wanted(
        site=fields.get("site") or None,
        since=_day("since", fields.get("since", "")),
        until=_day("until", fields.get("until", "")),
        most=max(1, min(chosen, sop_whatif.MOST)),
    )


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        words = "应为日期（如 2027-11-30）", "not a date such as 2027-11-30"
        raise Invalid([FieldProblem(name, "not_a_date", *words)]) from None


async def _next(view: View, key: str, ref: str, wanted: Wanted, fields: Mapping[str, str]) -> WhatIf:
    tally, after = _state(fields)
    looked = await sop_whatif.look(
        view.platform,
        key,
        version_named(ref),
        wanted,
        actor=view.person,
        after=after,
        had=tally.runs,
        sha256=fields.get("sha256") or None,
    )
    tally = tally.and_([run.result for run in looked.runs])
    words = await _words(view, looked)
    return found_so_far(view, words, looked, tally, wanted, _address(key, ref))


def _state(fields: Mapping[str, str]) -> tuple[Tally, UUID | None]:
    """What came before, as the page posts it back; anything else begins anew."""
    try:
        tally = Tally.model_validate_json(fields["tally"])
        return tally, UUID(fields["after"])
    except (KeyError, ValueError, ValidationError):
        return Tally(), None


async def _words(view: View, looked: Looked) -> WhatIfWords:
    posts = (await read_names(view, "post")).known["post"]
    return WhatIfWords(view.words, looked.definition, looked.tables, posts)


async def _page(view: View, key: str, ref: str, found: WhatIf | None, note: str) -> SopWhatIfPage:
    _ = view.words.gettext
    row, definition = await sop_whatif.version_of(view.platform, key, version_named(ref), actor=view.person)
    return SopWhatIfPage(
        title=view.words.pick(definition.title),
        eyebrow=_("What-if"),
        intro=_("Past runs are played again by this version. Nothing that is recorded changes."),
        back=Action(_("v%(n)s", n=row.version) if row.version else _("Draft"), f"/sops/{key}/versions/{ref}"),
        choice=await _choice(view),
        found=found,
        note=note,
    )


async def _choice(view: View) -> Form:
    _ = view.words.gettext
    sites = [Option(code, name) for code, name in await site_options(view, Permission.RUN_READ)]
    numbers = [Option(str(n), str(n)) for n in NUMBERS]
    fields = [
        Field("site", _("Site"), "choice", view.query("site"), options=sites),
        Field("since", _("Ended from"), "date", view.query("since")),
        Field("until", _("Ended until"), "date", view.query("until")),
        Field(
            "most",
            _("Newest runs"),
            "choice",
            view.query("most", "50"),
            options=numbers,
            required=True,
            compact=True,
        ),
    ]
    return form("", _("Try it out"), fields)
