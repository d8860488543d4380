"""UI designer: the addresses of decision tables at work - a new one, its editor, each change, its YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from domain.sop_findings import DefinitionInvalid
from services import decision_table_editing
from services.decision_table_editing import TableDraft
from services.draft_history import RevisionMoved
from services.permissions import Permission
from services.sop_drafts import WrongState
from ui.answers import PageRoute, status_of
from ui.contexts.decision_tables import TableEditorChange, TableEditorPage, TableEditorRegion
from ui.contexts.designer import DesignText, Remark
from ui.contexts.parts import Action, Field
from ui.contexts.records import FormPage
from ui.designer.commands import Asked
from ui.designer.pages import number_in
from ui.designer.table_commands import table_command
from ui.designer.table_editor import address_of, page_of
from ui.pages.decision_table_record import LIST, title_of
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import identity
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
ONE = LIST + "/{key}/versions/{ref}/edit"
WHAT = "草稿 / draft"


@router.get(LIST + "/begin")
async def new_table(view: Drafter) -> Response:
    """What a new table is called."""
    return view.page(_begin_page(view, {}))


@router.post(LIST + "/begin")
async def begin_table(view: Drafter) -> Response:
    """A table with one condition and one result, open in the editor."""
    _, fields = view.words.gettext, await view.fields()
    zh, en = fields.get("title_zh", ""), fields.get("title_en", "")
    key = fields.get("key") or re.sub(r"[^a-z0-9]+", "_", en.lower()).strip("_")
    if not zh:
        problem = Problems({"title_zh": _("Say what it is called in Chinese.")})
        return view.page(_begin_page(view, fields, problem), 422)
    try:
        row = await decision_table_editing.begin(
            view.platform, key, zh, en, actor=view.person, request_id=view.request_id
        )
    except Refusal as refusal:
        told = Problems({"key": refusal.message(view.language)})
        return view.page(_begin_page(view, fields, told), status_of(refusal))
    return view.go(
        f"{LIST}/{row.key}/versions/{row.id}/edit", _("The draft is kept. Every change is kept at once.")
    )


def _begin_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    fields = [
        Field("title_zh", _("Title in Chinese"), required=True, autofocus=True, max_length=100),
        Field("title_en", _("Title in English"), max_length=100),
        Field(
            "key",
            _("Key"),
            help=_("For addresses and interfaces; made of the English title if left empty."),
            max_length=63,
        ),
    ]
    made = form(f"{LIST}/begin", _("Begin"), fields, values, problems, cancel_href=LIST)
    return FormPage(_("New decision table"), made, back=Action(_("Decision tables"), LIST))


@router.get(LIST + "/new")
async def new_text(view: Drafter) -> Response:
    """An empty text."""
    return view.page(_import_page(view, {}))


@router.post(LIST + "/new")
async def load_text(view: Drafter) -> Response:
    """Keeps a text as a draft; every fault is told with its line."""
    text = (await view.fields()).get("source", "").replace("\r\n", "\n").strip("\n") + "\n"
    try:
        row = await decision_table_editing.load(
            view.platform, text, actor=view.person, request_id=view.request_id
        )
    except DefinitionInvalid as invalid:
        said = "\n".join(f"{f.line}:{f.column} {f.message(view.language)}" for f in invalid.findings)
        return view.page(_import_page(view, {"source": text}, Problems({"source": said})), 422)
    return view.go(f"{LIST}/{row.key}/versions/{row.id}", view.words.gettext("The draft is kept."))


def _import_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    help_ = _("As the language reference says.")
    fields = [Field("source", _("Definition (YAML)"), "textarea", required=True, help=help_)]
    made = form(f"{LIST}/new", _("Check and keep as a draft"), fields, values, problems, cancel_href=LIST)
    return FormPage(_("New draft"), made, back=Action(_("Decision tables"), LIST))


@router.post(ONE)
async def begin_from(ref: str, view: Drafter) -> Response:
    """A draft of one's own that begins as a copy of a version."""
    row = await decision_table_editing.begin_from(
        view.platform, identity(ref, WHAT), actor=view.person, request_id=view.request_id
    )
    told = view.words.gettext("The draft is kept. Every change is kept at once.")
    return view.go(f"{LIST}/{row.key}/versions/{row.id}/edit", told)


@router.get(ONE)
async def show(key: str, ref: str, view: Drafter) -> Response:
    """The page that answers whether the table says what I mean; what has left the draft is read instead."""
    try:
        draft = await _draft(view, ref)
    except WrongState as refusal:
        return view.go(f"{LIST}/{key}/versions/{ref}", refusal.message(view.language), "info")
    return view.page(page_of(TableEditorRegion if view.swaps else TableEditorPage, view, draft))


async def _draft(view: View, ref: str) -> TableDraft:
    return await decision_table_editing.read_draft(view.platform, identity(ref, WHAT), actor=view.person)


@router.get(ONE + "/text")
async def show_text(ref: str, view: Drafter) -> Response:
    """The draft as YAML, to be read, changed, or replaced by another one."""
    draft = await _draft(view, ref)
    remarks = [
        Remark(one.message(view.language), "bad" if one.severity == "error" else "warn")
        for one in draft.looked.remarks
    ]
    return view.page(_text_page(view, draft, draft.source, remarks))


@router.post(ONE + "/text")
async def replace_text(ref: str, view: Drafter) -> Response:
    """Keeps another text; one that is no table is refused with its places and stays in the field."""
    fields = await view.fields()
    text = str((await view.posted()).get("source", "")).replace("\r\n", "\n").strip("\n") + "\n"
    try:
        draft = await decision_table_editing.replace_text(
            view.platform,
            identity(ref, WHAT),
            text,
            revision=number_in(fields.get("revision", "")),
            actor=view.person,
            request_id=view.request_id,
        )
    except (DefinitionInvalid, RevisionMoved) as refusal:
        told = [Remark(refusal.message(view.language))]
        if isinstance(refusal, DefinitionInvalid):
            told = [Remark(f"{f.line}:{f.column} {f.message(view.language)}") for f in refusal.findings]
        return view.page(_text_page(view, await _draft(view, ref), text, told), status_of(refusal))
    return view.go(address_of(draft), view.words.gettext("The text is kept."))


def _text_page(view: View, draft: TableDraft, text: str, remarks: list[Remark]) -> DesignText:
    back = Action(view.words.gettext("Edit the table"), address_of(draft))
    title = title_of(view, draft.row)
    return DesignText(title, "YAML", back, f"{address_of(draft)}/text", draft.revision, text, remarks)


@router.post(ONE + "/undo")
async def undo(ref: str, view: Drafter) -> Response:
    """Takes the last change back."""
    return await _stepped(view, ref, again=False)


@router.post(ONE + "/redo")
async def redo(ref: str, view: Drafter) -> Response:
    """Does again what was taken back."""
    return await _stepped(view, ref, again=True)


async def _stepped(view: View, ref: str, *, again: bool) -> Response:
    fields, problem, status = await view.fields(), "", 200
    try:
        draft = await decision_table_editing.step_back(
            view.platform,
            identity(ref, WHAT),
            again=again,
            revision=number_in(fields.get("revision", "")),
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        problem, status = refusal.message(view.language), status_of(refusal)
        draft = await _draft(view, ref)
    return view.page(page_of(TableEditorRegion, view, draft, problem), status)


@router.post(ONE + "/{command}")
async def change(ref: str, command: str, view: Drafter) -> Response:
    """One change, kept at once: a value around its field, all else with the whole region."""
    posted = await view.posted()
    fields = {name: [str(one) for one in posted.getlist(name)] for name in posted}
    query = dict(view.request.query_params)
    asked, problem, status, focus = Asked(query.get("at", ""), query, fields), "", 200, ""
    whole = command not in {"cell", "put"} or query.get("redraws") == "1"
    try:
        before = await _draft(view, ref)
        made = table_command(command, asked, before.data)
        draft = await decision_table_editing.change(
            view.platform,
            before.row.id,
            made.edit,
            what=made.what,
            revision=number_in(asked.first("revision")),
            actor=view.person,
            request_id=view.request_id,
        )
        focus = made.opens(draft.data) if made.opens else ""
    except Refusal as refusal:
        problem, status = refusal.message(view.language), status_of(refusal)
        draft = await _draft(view, ref)
    # What was refused is not kept: the whole stands there again as it is, whoever has changed it meanwhile.
    kind = TableEditorRegion if whole or problem else TableEditorChange
    swapped = {"HX-Retarget": "#design", "HX-Reswap": "outerHTML"} if problem else {}
    return view.page(page_of(kind, view, draft, problem, focus), status, swapped)
