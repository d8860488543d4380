"""UI designer: its addresses - the page, each change of a draft, taking back, the YAML, a new procedure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from domain.sop_document import free_key, place_of
from domain.sop_findings import DefinitionInvalid, Finding
from services import sop_catalogue, sop_editing
from services.permissions import Permission
from services.sop_catalogue import WrongState
from services.sop_editing import DraftView, RevisionMoved
from ui.answers import PageRoute, status_of
from ui.contexts.designer import (
    DesignChange,
    DesignPage,
    DesignRegion,
    DesignState,
    DesignText,
    InsertKind,
    Remark,
)
from ui.contexts.parts import Action, Field, Option
from ui.contexts.records import FormPage
from ui.designer import starters
from ui.designer.cards import head_card, lists_of
from ui.designer.commands import Asked, command_of
from ui.designer.desk import TONES, Desk, address_of, desk_of
from ui.designer.editor import editor_of
from ui.designer.step_specs import PURPOSES
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import identity
from ui.pages.names import read_names
from ui.pages.sop_reading import KINDS
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
ONE = "/sops/{key}/versions/{ref}/design"
KEPT = re.compile(r"^[a-z][a-z0-9_]{1,62}$")


@router.get("/sops/begin")
async def new_procedure(view: Drafter) -> Response:
    """What a new procedure is called and whose it is."""
    return view.page(await _begin_page(view, {}))


@router.post("/sops/begin")
async def begin_procedure(view: Drafter) -> Response:
    """A procedure with one task, open in the designer."""
    _, fields = view.words.gettext, await view.fields()
    zh, en = fields.get("title_zh", ""), fields.get("title_en", "")
    known = {row.key for row in await sop_catalogue.list_sops(view.platform, actor=view.person)}
    key = fields.get("key") or re.sub(r"[^a-z0-9]+", "_", en.lower()).strip("_")
    key = key or free_key("procedure", dict.fromkeys(known))
    problems = {}
    if not zh:
        problems["title_zh"] = _("Say what it is called in Chinese.")
    if not KEPT.match(key):
        problems["key"] = _("Lower-case letters, digits and _, a letter first; may be left empty.")
    for name in ("department", "post"):
        if not fields.get(name):
            problems[name] = _("Choose one.")
    if problems:
        return view.page(await _begin_page(view, fields, Problems(problems)), 422)
    if key in known:
        taken = Problems({"key": _("There is a procedure of this key: open it, or choose another key.")})
        return view.page(await _begin_page(view, fields, taken), 409)
    text = starters.procedure(key, zh, en, fields["department"], fields["post"])
    row = await sop_editing.begin(view.platform, text, actor=view.person, request_id=view.request_id)
    return view.go(address_of(row), _("The draft is kept. Every change is kept at once."))


async def _begin_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    names = await read_names(view, "department", "post")
    departments = [Option(code, name) for code, name in names.known.get("department", {}).items()]
    posts = [Option(code, name) for code, name in names.known.get("post", {}).items()]
    fields = [
        Field("title_zh", _("Title in Chinese"), required=True, autofocus=True, max_length=100),
        Field("title_en", _("Title in English"), max_length=100),
        Field(
            "key",
            _("Key"),
            help=_("For addresses and interfaces; given by the system if left empty."),
            max_length=63,
        ),
        Field(
            "department", _("Owner: department"), "choice", required=True, options=departments, compact=True
        ),
        Field("post", _("Owner: post"), "choice", required=True, options=posts, compact=True),
    ]
    made = form("/sops/begin", _("Begin"), fields, values, problems, cancel_href="/sops")
    return FormPage(_("New procedure"), made, back=Action(_("Procedures"), "/sops"))


@router.post(ONE)
async def begin_from(key: str, ref: str, view: Drafter) -> Response:
    """A draft of one's own that begins as a copy of a version."""
    number: Any = int(ref) if ref.isdigit() and len(ref) < 7 else identity(ref, "规程版本 / version")  # noqa: PLR2004
    found = await sop_catalogue.get_version(view.platform, key, number, actor=view.person)
    row = await sop_editing.begin(
        view.platform, found.source, actor=view.person, based_on=found.row.id, request_id=view.request_id
    )
    return view.go(address_of(row), view.words.gettext("The draft is kept. Every change is kept at once."))


@router.get(ONE)
async def show(key: str, ref: str, view: Drafter) -> Response:
    """The page that answers whether this says what I mean; what has left the draft is read instead."""
    try:
        draft = await sop_editing.read_draft(view.platform, identity(ref, "草稿 / draft"), actor=view.person)
    except WrongState as refusal:
        return view.go(f"/sops/{key}/versions/{ref}", refusal.message(view.language), "info")
    desk = await desk_of(view, draft, view.query("card"))
    return view.page(_region(DesignRegion if view.swaps else DesignPage, desk))


@router.get(ONE + "/text")
async def show_text(ref: str, view: Drafter) -> Response:
    """The draft as YAML, to be read, changed, or replaced by another one."""
    draft = await sop_editing.read_draft(view.platform, identity(ref, "草稿 / draft"), actor=view.person)
    return view.page(_text_page(view, draft, draft.source, draft.findings))


@router.post(ONE + "/text")
async def replace_text(ref: str, view: Drafter) -> Response:
    """Keeps another text; one that is no definition is refused with its places and stays in the field."""
    fields, version_id = await view.fields(), identity(ref, "草稿 / draft")
    text = str((await view.posted()).get("source", "")).replace("\r\n", "\n").strip("\n") + "\n"
    try:
        draft = await sop_editing.replace_text(
            view.platform,
            version_id,
            text,
            revision=number_in(fields.get("revision", "")),
            actor=view.person,
            request_id=view.request_id,
        )
    except (DefinitionInvalid, RevisionMoved) as refusal:
        draft = await sop_editing.read_draft(view.platform, version_id, actor=view.person)
        told = refusal.findings if isinstance(refusal, DefinitionInvalid) else []
        page = _text_page(view, draft, text, told, "" if told else refusal.message(view.language))
        return view.page(page, status_of(refusal))
    return view.go(address_of(draft.row), view.words.gettext("The text is kept."))


@router.post(ONE + "/undo")
async def undo(ref: str, view: Drafter) -> Response:
    """Takes the last change back."""
    return await _stepped(view, ref, again=False)


@router.post(ONE + "/redo")
async def redo(ref: str, view: Drafter) -> Response:
    """Does again what was taken back."""
    return await _stepped(view, ref, again=True)


async def _stepped(view: View, ref: str, *, again: bool) -> Response:
    version_id, fields = identity(ref, "草稿 / draft"), await view.fields()
    problem, status = "", 200
    try:
        draft = await sop_editing.step_back(
            view.platform,
            version_id,
            again=again,
            revision=number_in(fields.get("revision", "")),
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        problem, status = refusal.message(view.language), status_of(refusal)
        draft = await sop_editing.read_draft(view.platform, version_id, actor=view.person)
    desk = await desk_of(view, draft, fields.get("card", ""))
    here = {"HX-Replace-Url": f"{desk.base}?card={place_of(desk.path)}"}
    return view.page(_region(DesignRegion, desk, problem), status, here)


@router.post(ONE + "/{command}")
async def change(ref: str, command: str, view: Drafter) -> Response:
    """One change, kept at once: a value around its field, all else with the whole region."""
    version_id, posted = identity(ref, "草稿 / draft"), await view.posted()
    fields = {name: [str(one) for one in posted.getlist(name)] for name in posted}
    query = dict(view.request.query_params)
    asked = Asked(query.get("at") or str(posted.get("at", "")), query, fields)
    card, problem, status = asked.first("card"), "", 200
    whole = command != "put" or query.get("redraws") == "1"
    try:
        before = await sop_editing.read_draft(view.platform, version_id, actor=view.person)
        made = command_of(command, asked, before.data)
        draft = await sop_editing.change(
            view.platform,
            version_id,
            made.edit,
            what=made.what,
            revision=number_in(asked.first("revision")),
            actor=view.person,
            request_id=view.request_id,
        )
        card = made.opens(draft.data) if made.opens else card
    except Refusal as refusal:
        problem, status = refusal.message(view.language), status_of(refusal)
        draft = await sop_editing.read_draft(view.platform, version_id, actor=view.person)
    desk = await desk_of(view, draft, card)
    here = {"HX-Replace-Url": f"{desk.base}?card={place_of(desk.path)}"} if whole else {}
    return view.page(_region(DesignRegion if whole else DesignChange, desk, problem), status, here)


def number_in(text: str) -> int:
    """A revision as it was posted, 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0  # noqa: PLR2004


def _region(kind: type[DesignPage], desk: Desk, problem: str = "") -> DesignPage:
    view, draft = desk.view, desk.draft
    _ = view.words.gettext
    severities = [one.severity for one in draft.findings]
    last = ""
    if draft.last:
        what = view.words.pick({"zh": draft.last.what_zh, "en": draft.last.what_en})
        last = f"{what} · {draft.last.person}"
    state = DesignState(
        desk.base,
        place_of(desk.path),
        draft.revision,
        last,
        draft.can_undo,
        draft.can_redo,
        severities.count("error"),
        severities.count("warning"),
        next((desk.remark(one).href for one in desk.findings if one.finding.severity == "error"), ""),
        next((desk.remark(one).href for one in desk.findings if one.finding.severity == "warning"), ""),
    )
    version = f"/sops/{draft.row.key}/versions/{draft.row.id}"
    return kind(
        title=desk.pick(desk.data.get("title")) or draft.row.key,
        eyebrow=_("Designer"),
        back=Action(_("Draft: read, submit"), version),
        state=state,
        top=head_card(desk),
        lists=lists_of(desk),
        editor=editor_of(desk),
        kinds=[InsertKind(one, _(KINDS[one][0]), _(PURPOSES[one])) for one in starters.KINDS],
        actions=[
            Action(_("Flowchart"), f"{version}/flowchart", "route"),
            Action(_("Certain on every path"), f"{version}/proofs", "check"),
            Action(_("Cases"), f"{version}/cases", "list"),
            Action(_("What changed"), f"{version}/changes", "pen"),
            Action("YAML", f"{desk.base}/text", "document"),
        ],
        problem=problem,
        starts=json.dumps(starters.STARTS, ensure_ascii=False),
    )


def _text_page(
    view: View, draft: DraftView, text: str, findings: list[Finding], problem: str = ""
) -> DesignText:
    said = [Remark(f"{f.line}:{f.column} {f.message(view.language)}", TONES[f.severity]) for f in findings]
    remarks = [*([Remark(problem)] if problem else []), *said]
    title = view.words.pick({"zh": draft.row.title_zh, "en": draft.row.title_en})
    back = Action(view.words.gettext("Designer"), address_of(draft.row))
    return DesignText(title, "YAML", back, f"{address_of(draft.row)}/text", draft.revision, text, remarks)
