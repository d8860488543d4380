"""UI designer: a task as staff will see it before there is a run, made of the definition alone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound
from domain.sop_definition import Human, Input, SopDefinition, Step
from domain.sop_document import path_of, value_at
from services import sop_editing
from services.permissions import Permission
from services.sop_names import readable
from ui.answers import HEADERS, PageRoute
from ui.contexts.parts import Action, Cell, Chip, Fact, Form, Group, Section
from ui.contexts.work import OutcomeButton, TaskPage, WorkProgress
from ui.definition_forms import field_views, read_form
from ui.designer.desk import address_of
from ui.pages.listing import identity
from ui.pages.names import read_names
from ui.pages.sop_reading import Reader
from ui.pages.task_parts import outcome_buttons
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
FRAMED = {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""The designer shows it in a frame as wide as a handheld."""
LINES = 3
SAMPLES = {
    "batch": "240513",
    "boolean": mark("Yes"),
    "date": "2027-11-30",
    "document": "SH-20270105-01",
    "integer": "1",
    "line_set": mark("3 lines"),
    "party": mark("a partner"),
    "site": mark("a site"),
    "text": mark("as it was entered"),
}
"""What a run may have been started with, as somebody would write it."""
ADDRESS = "/sops/{key}/versions/{ref}/design/preview"


@router.get(ADDRESS)
async def preview(ref: str, view: Drafter) -> Response:
    """The task page of a step, what is unfinished left out; NotFound for another step."""
    draft = await sop_editing.read_draft(view.platform, identity(ref, "草稿 / draft"), actor=view.person)
    definition = readable(draft.source)
    raw = value_at(draft.data, path_of(draft.data, view.query("card")))
    named = str(raw.get("id", "")) if isinstance(raw, dict) else ""
    walked = definition.walk() if definition else ()
    step = next((one for one in walked if one.id == named and one.human), None)
    if definition is None or step is None or step.human is None:
        raise NotFound(what=f"人员步骤 / step of a person {named}")
    sites = (await read_names(view, "site")).known.get("site", {})
    site = next(iter(sites.values()), "")
    page = _page(view, definition, step, step.human, address_of(draft.row), site)
    return view.page(page, headers=FRAMED)


def _page(view: View, definition: SopDefinition, step: Step, human: Human, back: str, site: str) -> TaskPage:
    _, pick = view.words.gettext, view.words.pick
    reader = Reader(view.words, {}, definition)
    due = _("Due within %(time)s.", time=reader.duration(human.due)) if human.due is not None else ""
    return TaskPage(
        title=pick(step.title) if step.title else step.id,
        eyebrow=f"{pick(definition.title)} · {_('Preview')}",
        object="",
        chips=[Chip(_("Preview"), "info", "info")],
        due_tone="calm",
        due=due or _("no deadline"),
        instruction=pick(human.instruction),
        data=[_inputs(view, definition, site)],
        before=[],
        run=Action(_("Designer"), back),
        address=back,
        epoch=0,
        draft=False,
        form=_form(view, human),
        outcomes=_outcomes(view, human),
        signers=[],
        may_claim=False,
        may_release=False,
        may_complete=True,
        may_sign=False,
        submission_id="",
        lines=WorkProgress(0, LINES, ["open"] * LINES) if human.lines else None,
        lines_href="#task-form",
        lines_label=_("Scan and record line by line"),
    )


def _inputs(view: View, definition: SopDefinition, site: str) -> Section:
    """What a run is started with, as an example."""
    facts = [
        Fact(view.words.pick(one.label) if one.label else name, Cell(_sample(view, one, site)))
        for name, one in definition.inputs.items()
    ]
    return Section(view.words.gettext("Data"), facts=facts)


def _sample(view: View, one: Input, site: str) -> str:
    """What may stand there; of sites one of the house."""
    if one.type == "site" and site:
        return site
    if one.options:
        return view.words.pick(next(iter(one.options.values())))
    return view.words.gettext(SAMPLES.get(one.type, "…"))


def _form(view: View, human: Human) -> Form | None:
    """The fields of the task; of a work list those of one line."""
    form = human.lines.form if human.lines else human.form
    stored: dict[str, Any] = {name: one.model_dump(mode="json") for name, one in form.items()}
    fields = field_views(read_form(stored), {}, view.words)
    legend = view.words.gettext("Recorded for each line") if human.lines else ""
    return Form("", "", [Group(fields, legend)]) if fields else None


def _outcomes(view: View, human: Human) -> list[OutcomeButton]:
    listed = human.lines.outcomes if human.lines and not human.outcomes else human.outcomes
    shown = {name: one.model_dump(mode="json") for name, one in listed.items()}
    return outcome_buttons(
        view,
        shown or {"done": {"label": {"zh": "完成", "en": "Done"}, "reason": None}},
        signs=bool(human.signature_rules),
    )
