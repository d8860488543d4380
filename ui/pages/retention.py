"""UI pages: retention - what may be deleted, legal holds set and lifted, and what was deleted by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services import retention
from services.permissions import Permission
from services.retention import HoldKind
from ui.answers import PageRoute
from ui.contexts.parts import Action, Field, Option, Section
from ui.contexts.records import FormPage, RecordPage
from ui.pages import retention_tables as tables
from ui.pages.filling import NONE, Problems, form, tried
from ui.pages.listing import after
from ui.pages.reasons import reason_field, reason_page, refused_for
from ui.session import page_permission
from ui.view import View

PLACE = "/evidence/retention"
router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.AUDIT_READ)]
Holder = Annotated[View, page_permission(Permission.EVIDENCE_HOLD)]


def to_retention(view: View) -> list[Action]:
    """The link from the evidence page."""
    return [Action(view.words.gettext("Retention and legal holds"), PLACE, "lock")]


@router.get(PLACE)
async def show(view: Reader) -> Response:
    """What is due, the holds, what was deleted."""
    return view.page(await _page(view))


@router.post(f"{PLACE}/holds")
async def set_hold(view: Holder) -> Response:
    """Sets a hold."""
    fields = await view.fields()
    kind = cast("HoldKind", fields.get("kind") if fields.get("kind") in tables.kinds(view) else "run")
    made = await tried(
        view,
        retention.set_hold(
            view.platform,
            kind,
            fields.get("about", ""),
            reason=fields.get("reason", ""),
            actor=view.person,
            request_id=view.request_id,
        ),
    )
    if isinstance(made, Problems):
        return view.page(await _page(view, fields, made), made.status)
    return view.go(PLACE, view.words.gettext("The hold is in force: nothing that it covers is deleted."))


@router.get(f"{PLACE}/holds/{{hold}}")
async def ask_to_lift(hold: UUID, view: Holder) -> Response:
    """Why it is lifted."""
    return view.page(_lift_page(view, hold))


@router.post(f"{PLACE}/holds/{{hold}}")
async def lift(hold: UUID, view: Holder) -> Response:
    """Lifts a hold."""
    refused = await refused_for(view, retention.lift_hold, hold)
    if refused:
        return view.page(_lift_page(view, hold, await view.fields(), refused), refused.status)
    return view.go(PLACE, view.words.gettext("The hold is lifted."))


async def _page(view: View, values: Mapping[str, Any] | None = None, problems: Problems = NONE) -> RecordPage:
    _ = view.words.gettext
    found = await retention.standing(view.platform, actor=view.person, after=after(view))
    may_hold = view.may(Permission.EVIDENCE_HOLD)
    sections: Sequence[Section] = [
        Section(
            _("May be deleted now"),
            table=tables.due_table(view, found),
            note=_(
                "The longest of all rules is over and no legal hold covers them. They are deleted by the "
                "procedure for it alone: asked for, approved and witnessed by three persons."
            ),
        ),
        Section(_("Legal holds in force"), table=tables.holds_table(view, found, may_lift=may_hold)),
        *([Section(_("Set a legal hold"), form=_hold_form(view, values, problems))] if may_hold else []),
        Section(
            _("Deleted under retention"),
            table=tables.tombstones_table(view, found),
            note=_("Header and tombstone stay for ever, sealed like all evidence."),
        ),
        *(
            [Section(_("Holds that were lifted"), table=tables.lifted_table(view, found))]
            if found.lifted
            else []
        ),
        Section(_("Kept still, what ends first comes first"), table=tables.kept_table(view, found)),
    ]
    start = Action(_("Destroy records"), "/runs/new?sop=record_destruction", "trash")
    return RecordPage(
        _("Retention and legal holds"),
        "",
        sections,
        subtitle=_("How long the archived contents of runs are kept, and what may not be deleted."),
        actions=[start] if (found.due or found.more) and view.may(Permission.RUN_START) else [],
        back=Action(_("Evidence"), "/evidence"),
    )


def _hold_form(view: View, values: Mapping[str, Any] | None, problems: Problems) -> Any:
    _ = view.words.gettext
    options = [Option(kind, label) for kind, label in tables.kinds(view).items()]
    fields = [
        Field("kind", _("Covers"), "choice", "run", required=True, options=options),
        Field(
            "about",
            _("Which one"),
            help=_("Number of the run, the batch as material:number, or the key of the procedure"),
            max_length=200,
        ),
        reason_field(view),
    ]
    return form(f"{PLACE}/holds", _("Set the hold"), fields, values, problems)


def _lift_page(
    view: View, hold: UUID, values: Mapping[str, Any] | None = None, problems: Problems = NONE
) -> FormPage:
    _ = view.words.gettext
    return reason_page(
        view,
        f"{PLACE}/holds/{hold}",
        _("Lift the hold"),
        _("Lift a legal hold"),
        _("What it covered may be deleted again when its retention is over. That the hold was there stays."),
        Action(_("Retention and legal holds"), PLACE),
        values,
        problems,
    )
