"""UI pages: runs under way by older versions - what speaks against each, orders, what came of them."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from services import changeover_proposals, changeovers
from services.changeovers import Candidate, Running
from services.permissions import Permission
from services.sop_catalogue import VersionRow
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.changeovers import RunLine, RunningPage
from ui.contexts.parts import Action, Cell, Column, Empty, Row, Table
from ui.formats import instant
from ui.pages.filling import NONE, Problems, filled, problems_of
from ui.pages.listing import identity
from ui.pages.reasons import reason_field
from ui.pages.sop_placing import version_named
from ui.pages.sop_training import untrained_of
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
RunReader = Annotated[View, page_permission(Permission.RUN_READ)]
Proposer = Annotated[View, page_permission(Permission.SOP_DRAFT)]


@router.get("/sops/{key}/versions/{ref}/running")
async def show_running(key: str, ref: str, view: RunReader) -> Response:
    """Every run by an older version, with what speaks against moving it now."""
    found = await changeovers.running(view.platform, key, version_named(ref), actor=view.person)
    return view.page(await _running_page(view, ref, found))


@router.post("/sops/{key}/versions/{ref}/running")
async def propose(key: str, ref: str, view: Proposer) -> Response:
    """Proposes that the chosen runs go over."""
    chosen = [str(one) for one in (await view.posted()).getlist("runs")]
    fields = await view.fields()
    try:
        made = await changeover_proposals.propose(
            view.platform,
            key,
            version_named(ref),
            [identity(one, "流程 / run") for one in chosen],
            reason=fields.get("reason", ""),
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        found = await changeovers.running(view.platform, key, version_named(ref), actor=view.person)
        problems = problems_of(view, refusal)
        page = await _running_page(view, ref, found, (fields, problems, chosen))
        return view.page(page, status_of(refusal))
    said = view.words.gettext("It is proposed. A second person decides.")
    return view.go(f"/changeovers/{made.row.id}", said)


async def _running_page(
    view: View,
    ref: str,
    found: Running,
    attempt: tuple[dict[str, str], Problems, list[str]] | None = None,
) -> RunningPage:
    _ = view.words.gettext
    values, problems, chosen = attempt or ({}, NONE, None)
    row = found.version
    (reason,) = filled([reason_field(view)], values, problems)
    more = ""
    if found.total > len(found.candidates):
        more = _(
            "Runs by older versions: %(n)s. The oldest %(shown)s are looked at here.",
            n=found.total,
            shown=len(found.candidates),
        )
    runs = problems.by_field.get("runs", "")
    return RunningPage(
        title=view.words.pick({"zh": row.title_zh, "en": row.title_en}),
        eyebrow=_("Runs by versions before v%(n)s", n=row.version),
        intro=_(
            "A run keeps the version with which it started. It goes over only when all that it has done and"
            " all that is open fits the new version; deadlines and open tasks stay as they are."
        ),
        back=Action(_("v%(n)s", n=row.version), f"/sops/{row.key}/versions/{ref}"),
        address=f"/sops/{row.key}/versions/{ref}/running",
        fitting=[_line(view, one, chosen) for one in found.candidates if one.fits],
        unfit=_unfit(view, [one for one in found.candidates if not one.fits]),
        orders=await _orders(view, row.id),
        more=more,
        untrained=await untrained_of(view, row) if view.may(Permission.SOP_READ) else "",
        reason=reason if view.may(Permission.SOP_DRAFT) else None,
        problem=problems.whole or runs,
    )


async def to_running(view: View, row: VersionRow) -> list[Action]:
    """From a version in force to the runs that go by older ones, with how many there are."""
    if row.state not in {"approved", "effective"} or not view.may(Permission.RUN_READ):
        return []
    number = await changeovers.count(view.platform, row, actor=view.person)
    if not number and not await changeovers.list_orders(view.platform, row.id, actor=view.person):
        return []
    label = view.words.gettext("Runs by older versions: %(n)s", n=number)
    return [Action(label, f"/sops/{row.key}/versions/{row.version}/running", "play")]


def _line(view: View, one: Candidate, chosen: Sequence[str] | None) -> RunLine:
    return RunLine(
        id=str(one.run.id),
        title=name_of(view, one.run),
        sub=_where(view, one),
        href=f"/runs/{one.run.id}",
        chosen=chosen is None or str(one.run.id) in chosen,
    )


def _where(view: View, one: Candidate) -> str:
    run = one.run
    since = instant(run.started_at, run.time_zone)
    site = view.words.pick({"zh": run.site_zh, "en": run.site_en})
    return view.words.gettext("v%(n)s · %(site)s · since %(at)s", n=run.version, site=site, at=since)


def _unfit(view: View, found: Sequence[Candidate]) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(name_of(view, one.run), href=f"/runs/{one.run.id}", sub=_where(view, one)),
                Cell(codes.chip(codes.RUN_STATES, one.run.state, view.words), "chip"),
                Cell([said[view.language] for said in one.obstacles], "lines"),
            ],
            "warn",
        )
        for one in found
    ]
    labels = [_("Run"), _("State"), _("Why not")]
    return Table(
        "unfit", _("These cannot go over"), [Column(label) for label in labels], rows, Empty(_("No runs"))
    )


def name_of(view: View, run: Any) -> str:
    """What people call a run."""
    title = view.words.pick({"zh": run.summary_zh, "en": run.summary_en})
    return title or run.business_key or str(getattr(run, "run_id", None) or run.id)


async def _orders(view: View, version_id: UUID) -> Table:
    _ = view.words.gettext
    found = []
    if view.may(Permission.SOP_READ):
        found = await changeovers.list_orders(view.platform, version_id, actor=view.person)
    rows = [
        Row(
            [
                Cell(one.reason, href=f"/changeovers/{one.id}"),
                Cell(codes.chip(codes.ORDER_STATES, one.state, view.words), "chip"),
                Cell(one.proposer),
                Cell(one.proposed_at, "instant"),
            ]
        )
        for one in found
    ]
    labels = [_("Reason"), _("State"), _("Proposed by"), _("When")]
    empty = Empty(_("No orders"), _("Nobody has proposed to move runs to this version."))
    return Table("orders", _("Orders"), [Column(label) for label in labels], rows, empty)
