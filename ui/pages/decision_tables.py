"""UI pages: decision tables - which there are, what a version says, who uses it, what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound, Refusal
from domain.sop_findings import DefinitionInvalid
from services import decision_table_approval, decision_tables
from services.decision_tables import TableInList, TableRow, TableView
from services.permissions import Permission
from services.signatures import SignatureGiven
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.decision_tables import DecisionTablePage
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Row, Table
from ui.contexts.records import ListPage
from ui.pages.approvals import approvals_table
from ui.pages.decision_table_grid import POLICIES, GridMaker
from ui.pages.decision_table_record import (
    LIST,
    Attempt,
    changes_of,
    control_forms,
    facts_of,
    is_written_here,
    title_of,
    uses_table,
    version_href,
    version_name,
    versions_table,
)
from ui.pages.filling import Problems, problems_of
from ui.pages.listing import identity
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Controller = Annotated[View, page_permission(Permission.SOP_APPROVE, Permission.SOP_DRAFT)]
ONE = LIST + "/{key}/versions/{ref}"
IN_FORM = {"wrong_password": "password", "locked_out": "password", "reason_required": "reason"}


@router.get(LIST)
async def list_tables(view: Reader) -> Response:
    """All tables, with what is approved, what waits, and how many procedures use them."""
    _ = view.words.gettext
    found = await decision_tables.list_tables(view.platform, actor=view.person)
    columns = [
        Column(_("Decision table")),
        Column(_("Approved version")),
        Column(_("In work")),
        Column(_("Procedures that use it"), numeric=True),
    ]
    empty = Empty(_("No decision tables"), _("A decision table says which values lead to which result."))
    table = Table("tables", _("Decision tables"), columns, [_row(view, one) for one in found], empty)
    actions = []
    if view.may(Permission.SOP_DRAFT):
        actions = [
            Action(_("New decision table"), LIST + "/begin", "plus", primary=True),
            Action(_("New draft from YAML"), LIST + "/new", "document"),
        ]
    intro = _("Limits and thresholds by which procedures decide: changed here, approved by a second person.")
    back = Action(_("Procedures"), "/sops")
    return view.page(ListPage(_("Decision tables"), intro, table, actions=actions, back=back))


def _row(view: View, one: TableInList) -> Row:
    row = one.row
    approved = version_name(view, row) if row.state == "approved" else ""
    waiting = [
        f"{version_name(view, w)} · {codes.word(codes.VERSION_STATES, w.state, view.words)}"
        for w in one.waiting
    ]
    return Row(
        [
            Cell(title_of(view, row), href=f"{LIST}/{row.key}", sub=row.key),
            Cell(approved),
            Cell(waiting, "lines") if waiting else Cell(""),
            Cell(len(one.users), "quantity"),
        ]
    )


@router.get(LIST + "/{key}")
async def show_table(key: str, view: Reader) -> Response:
    """The approved version of a table, with everything else that there is of it."""
    return view.page(await table_page(view, key, None))


@router.get(ONE)
async def show_version(key: str, ref: str, view: Reader) -> Response:
    """The page that answers: what does this version say."""
    return view.page(await table_page(view, key, ref))


@router.get(ONE + "/export.yaml")
async def export(key: str, ref: str, view: Reader) -> Response:
    """The text of a version, to keep as a file."""
    found = await read(view, key, ref)
    name = f"{key}-v{found.row.number}.yaml" if found.row.number else f"{key}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(found.source, media_type="application/yaml; charset=utf-8", headers=headers)


@router.post(ONE + "/{kind}")
async def control(key: str, ref: str, kind: str, view: Controller) -> Response:
    """Submits, approves or sends back a version."""
    fields = await view.fields()
    password = str((await view.posted()).get("password", ""))
    try:
        row = await _perform(view, ref, kind, fields, password)
    except Refusal as refusal:
        where = IN_FORM.get(refusal.code)
        told = problems_of(view, refusal)
        if isinstance(refusal, DefinitionInvalid):
            told = Problems(whole="; ".join(one.message(view.language) for one in refusal.findings[:3]))
        problems = Problems({where: refusal.message(view.language)}) if where else told
        kept = {name: value for name, value in fields.items() if name != "password"}
        page = await table_page(view, key, ref, (kind, kept, problems))
        return view.page(page, status_of(refusal))
    return view.go(version_href(row), view.words.gettext("It is done and recorded."))


async def _perform(view: View, ref: str, kind: str, fields: Mapping[str, str], password: str) -> TableRow:
    version = identity(ref, "决策表版本 / version of a decision table")
    who: dict[str, Any] = {"actor": view.person, "request_id": view.request_id}
    comment = fields.get("comment") or None
    if kind == "submit":
        return await decision_table_approval.submit(view.platform, version, comment=comment, **who)
    if kind == "reject":
        reason = fields.get("reason", "")
        return await decision_table_approval.reject(view.platform, version, reason=reason, **who)
    if kind != "approve":
        raise NotFound(what=f"操作 / command {kind}")
    read_as = fields.get("revision", "")
    return await decision_table_approval.approve(
        view.platform,
        version,
        signature=SignatureGiven(password),
        comment=comment,
        revision=int(read_as) if read_as.isascii() and read_as.isdigit() else None,
        **who,
    )


async def read(view: View, key: str, ref: str | None) -> TableView:
    """A version by its number or id; the approved one without either."""
    if ref is None:
        return await decision_tables.get(view.platform, key, actor=view.person)
    what = "决策表版本 / version of a decision table"
    named = int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 7 else identity(ref, what)  # noqa: PLR2004
    return await decision_tables.get(view.platform, key, named, actor=view.person)


async def table_page(
    view: View, key: str, ref: str | None, attempt: Attempt | None = None
) -> DecisionTablePage:
    """A version with its grid, tests, uses and versions."""
    _ = view.words.gettext
    found = await read(view, key, ref)
    row, maker = found.row, GridMaker(found.data, found.looked, view.words)
    policy = POLICIES.get(str(found.data.get("hit_policy", "first")))
    chips = [codes.chip(codes.VERSION_STATES, row.state, view.words)]
    if row.state == "approved" and row.number != found.newest:
        chips.append(Chip(_("A newer version is approved: v%(n)s", n=found.newest), "alert", "warn"))
    return DecisionTablePage(
        title=title_of(view, row),
        eyebrow=version_name(view, row),
        back=Action(_("Decision tables"), LIST),
        chips=chips,
        facts=facts_of(view, found),
        policy=_(policy) if policy else "",
        rows=maker.rows(),
        tests=maker.tests(),
        remarks=maker.general(),
        versions=versions_table(view, found),
        uses=await uses_table(view, found),
        approvals=approvals_table(view, found.approvals),
        yaml=found.source,
        actions=_actions(view, row),
        forms=control_forms(view, found, attempt),
        opened=attempt[0] if attempt else "",
        changes=await changes_of(view, found),
    )


def _actions(view: View, row: TableRow) -> list[Action]:
    _ = view.words.gettext
    edit = []
    if is_written_here(view, row):
        edit = [Action(_("Edit the table"), f"{version_href(row)}/edit", "pen", primary=True)]
    return [*edit, Action(_("Export as YAML"), f"{version_href(row)}/export.yaml", "document")]
