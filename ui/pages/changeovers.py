"""UI pages: runs under way by older versions - what speaks against each, orders, what came of them."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from services import changeover_orders, changeovers
from services.changeovers import Candidate, Order, OrderedRun, OrderRow, Running
from services.permissions import Permission
from services.signatures import SignatureGiven
from services.sop_catalogue import VersionRow
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.changeovers import ChangeoverPage, RunLine, RunningPage
from ui.contexts.parts import Action, Cell, Column, Empty, Fact, Field, Form, Row, Section, Table
from ui.formats import instant
from ui.pages.filling import NONE, Problems, filled, form, problems_of
from ui.pages.listing import identity
from ui.pages.sop_placing import version_named
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
RunReader = Annotated[View, page_permission(Permission.RUN_READ)]
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Proposer = Annotated[View, page_permission(Permission.SOP_PUBLISH)]
Decider = Annotated[View, page_permission(Permission.SOP_APPROVE, Permission.SOP_PUBLISH)]
IN_FORM = {"wrong_password": "password", "locked_out": "password", "reason_required": "reason"}
WHAT = "转版单 / changeover"


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
        made = await changeover_orders.propose(
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
    (reason,) = filled(
        [Field("reason", _("Reason"), "textarea", required=True, max_length=500)], values, problems
    )
    more = ""
    if found.total > len(found.candidates):
        more = _(
            "%(n)s runs go by older versions; the oldest %(shown)s are looked at here.",
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
        reason=reason if view.may(Permission.SOP_PUBLISH) else None,
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
        title=_name(view, one.run),
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
                Cell(_name(view, one.run), href=f"/runs/{one.run.id}", sub=_where(view, one)),
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


def _name(view: View, run: Any) -> str:
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


@router.get("/changeovers/{order}")
async def show_order(order: str, view: Reader) -> Response:
    """What an order says, what was decided, and what became of each run."""
    found = await changeovers.order(view.platform, identity(order, WHAT), actor=view.person)
    return view.page(_order_page(view, found))


@router.post("/changeovers/{order}/{verb}")
async def decide(order: str, verb: str, view: Decider) -> Response:
    """Approves with a signature, or declines."""
    order_id, fields = identity(order, WHAT), await view.fields()
    who: dict[str, Any] = {"actor": view.person, "request_id": view.request_id}
    try:
        if verb == "approve":
            password = str((await view.posted()).get("password", ""))
            await changeover_orders.approve(
                view.platform,
                order_id,
                signature=SignatureGiven(password, content_sha256=fields.get("digest") or None),
                comment=fields.get("comment"),
                **who,
            )
        else:
            await changeover_orders.decline(view.platform, order_id, reason=fields.get("reason", ""), **who)
    except Refusal as refusal:
        found = await changeovers.order(view.platform, order_id, actor=view.person)
        where = IN_FORM.get(refusal.code)
        told = problems_of(view, refusal)
        problems = Problems({where: refusal.message(view.language)}) if where else told
        kept = {name: value for name, value in fields.items() if name != "password"}
        return view.page(_order_page(view, found, (verb, kept, problems)), status_of(refusal))
    return view.go(f"/changeovers/{order}", view.words.gettext("It is done and recorded."))


def _order_page(
    view: View, found: Order, attempt: tuple[str, dict[str, str], Problems] | None = None
) -> ChangeoverPage:
    _, row = view.words.gettext, found.row
    facts = [
        Fact(_("Goes over to"), Cell(_("v%(n)s", n=row.version), href=_version_href(row))),
        Fact(_("Reason"), Cell(row.reason)),
        Fact(_("Proposed by"), Cell(row.proposer)),
        Fact(_("Proposed"), Cell(row.proposed_at, "evidence")),
    ]
    if row.decider:
        word = _("Approved by") if row.state == "approved" else _("Declined by")
        facts += [
            Fact(word, Cell(row.decider, sub=row.comment or "")),
            Fact(_("Decided"), Cell(row.decided_at, "evidence")),
        ]
    for left in sorted({one.from_version for one in found.runs}):
        href = f"{_version_href(row)}/changes?from={left}"
        facts.append(
            Fact(_("What changed"), Cell(_("from v%(a)s to v%(b)s", a=left, b=row.version), href=href))
        )
    facts.append(Fact(_("What is signed (SHA-256)"), Cell(row.content_hash, "hash")))
    return ChangeoverPage(
        title=view.words.pick({"zh": row.title_zh, "en": row.title_en}),
        eyebrow=_("Changeover of runs under way"),
        back=Action(_("Runs by older versions"), f"{_version_href(row)}/running"),
        chips=[codes.chip(codes.ORDER_STATES, row.state, view.words)],
        sections=[Section(_("Record"), facts=facts), _results(view, found)],
        address=f"/changeovers/{row.id}",
        filling=found.open > 0,
        forms=_forms(view, row, attempt) if row.state == "proposed" else [],
        opened=attempt[0] if attempt else "",
    )


def _version_href(row: OrderRow) -> str:
    return f"/sops/{row.sop}/versions/{row.version}"


def _results(view: View, found: Order) -> Section:
    _ = view.words.gettext
    labels = [_("Run"), _("Site"), _("Leaves"), _("Result"), _("When")]
    rows = [_result_row(view, one, found.row) for one in found.runs]
    note = ""
    if found.open:
        note = _("%(n)s runs have not answered yet; this page fills itself.", n=found.open)
    empty = Empty(_("No runs"), _("None of its runs is at a site that you may see."))
    columns = [Column(label) for label in labels]
    return Section(_("Runs"), table=Table("runs", _("Runs"), columns, rows, empty), note=note)


def _result_row(view: View, one: OrderedRun, row: OrderRow) -> Row:
    state = one.result or ("waiting" if row.state == "approved" else "none")
    chip = codes.chip(codes.CHANGEOVER_RESULTS, state, view.words)
    reason = view.words.pick({"zh": one.reason_zh, "en": one.reason_en})
    return Row(
        [
            Cell(_name(view, one), href=f"/runs/{one.run_id}"),
            Cell(view.words.pick({"zh": one.site_zh, "en": one.site_en})),
            Cell(view.words.gettext("v%(n)s", n=one.from_version)),
            Cell(chip, "chip", sub=reason),
            Cell(one.settled_at, "evidence"),
        ],
        chip.tone if chip.tone in {"bad", "warn"} else "neutral",
    )


def _forms(
    view: View, row: OrderRow, attempt: tuple[str, dict[str, str], Problems] | None
) -> list[tuple[str, str, Form]]:
    _ = view.words.gettext
    own = row.proposed_by == view.person.person_id
    password = Field(
        "password", _("Your password, again"), "password", required=True, autocomplete="current-password"
    )
    digest = Field("digest", "", "hidden", value=row.content_hash)
    comment = Field("comment", _("Comment"), "textarea", max_length=500)
    reason = Field("reason", _("Reason"), "textarea", required=True, max_length=500)
    offered = []
    if view.may(Permission.SOP_APPROVE) and not own:
        hint = _("You sign that these runs go over to this version. They are asked at once.")
        offered.append(("approve", _("Approve and sign"), [digest, comment, password], hint))
    if own or view.may(Permission.SOP_APPROVE):
        word = _("Take the order back") if own else _("Decline")
        offered.append(("decline", word, [reason], ""))
    made = []
    for verb, label, fields, hint in offered:
        entered, problems = (attempt[1], attempt[2]) if attempt and attempt[0] == verb else ({}, NONE)
        action = f"/changeovers/{row.id}/{verb}"
        made.append((verb, label, form(action, label, fields, entered, problems, hint=hint)))
    return made
