"""UI pages: an order to move runs - what it says, who decides with a signature, what became of each run."""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from services import changeover_orders, changeovers, sop_catalogue
from services.changeovers import Order, OrderedRun, OrderRow
from services.permissions import Permission
from services.signatures import SignatureGiven
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.changeovers import ChangeoverPage
from ui.contexts.parts import Action, Cell, Column, Empty, Fact, Field, Form, Row, Section, Table
from ui.pages.changeovers import name_of
from ui.pages.filling import NONE, Problems, form, problems_of
from ui.pages.listing import identity
from ui.pages.reasons import reason_field
from ui.pages.sop_training import untrained_of
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Decider = Annotated[View, page_permission(Permission.SOP_APPROVE, Permission.SOP_DRAFT)]
IN_FORM = {"wrong_password": "password", "locked_out": "password", "reason_required": "reason"}
WHAT = "转版单 / changeover"


@router.get("/changeovers/{order}")
async def show_order(order: str, view: Reader) -> Response:
    """What an order says, what was decided, and what became of each run."""
    found = await changeovers.order(view.platform, identity(order, WHAT), actor=view.person)
    return view.page(await _order_page(view, found))


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
        return view.page(await _order_page(view, found, (verb, kept, problems)), status_of(refusal))
    return view.go(f"/changeovers/{order}", view.words.gettext("It is done and recorded."))


async def _order_page(
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
        untrained=await _untrained(view, row) if row.state == "proposed" else "",
        forms=_forms(view, found, attempt) if row.state == "proposed" else [],
        opened=attempt[0] if attempt else "",
    )


async def _untrained(view: View, row: OrderRow) -> str:
    """Who could not go on with the work that is open."""
    version = await sop_catalogue.get_version(view.platform, row.sop, row.sop_version_id, actor=view.person)
    return await untrained_of(view, version.row)


def _version_href(row: OrderRow) -> str:
    return f"/sops/{row.sop}/versions/{row.version}"


def _results(view: View, found: Order) -> Section:
    _ = view.words.gettext
    labels = [_("Run"), _("Site"), _("Leaves"), _("Result"), _("When")]
    rows = [_result_row(view, one, found.row) for one in found.runs]
    note = ""
    if found.open:
        note = view.words.ngettext(
            "%(n)s run has not answered yet; this page fills itself.",
            "%(n)s runs have not answered yet; this page fills itself.",
            found.open,
        )
    empty = Empty(_("No runs"), _("None of its runs is at a site that you may see."))
    columns = [Column(label) for label in labels]
    return Section(_("Runs"), table=Table("runs", _("Runs"), columns, rows, empty), note=note)


def _result_row(view: View, one: OrderedRun, row: OrderRow) -> Row:
    state = one.result or ("waiting" if row.state == "approved" else "none")
    chip = codes.chip(codes.CHANGEOVER_RESULTS, state, view.words)
    reason = view.words.pick({"zh": one.reason_zh, "en": one.reason_en})
    return Row(
        [
            Cell(name_of(view, one), href=f"/runs/{one.run_id}"),
            Cell(view.words.pick({"zh": one.site_zh, "en": one.site_en})),
            Cell(view.words.gettext("v%(n)s", n=one.from_version)),
            Cell(chip, "chip", sub=reason),
            Cell(one.settled_at, "evidence"),
        ],
        chip.tone if chip.tone in {"bad", "warn"} else "neutral",
    )


def _forms(
    view: View, found: Order, attempt: tuple[str, dict[str, str], Problems] | None
) -> list[tuple[str, str, Form]]:
    _, row = view.words.gettext, found.row
    own = row.proposed_by == view.person.person_id
    password = Field(
        "password", _("Your password, again"), "password", required=True, autocomplete="current-password"
    )
    digest = Field("digest", "", "hidden", value=row.content_hash)
    comment = Field("comment", _("Comment"), "textarea", max_length=500)
    reason = reason_field(view)
    offered = []
    if view.may(Permission.SOP_APPROVE) and not own:
        hint = view.words.ngettext(
            "You sign that %(n)s run goes over to v%(to)s, at once. Reason: %(reason)s",
            "You sign that %(n)s runs go over to v%(to)s, at once. Reason: %(reason)s",
            found.total,
            to=row.version,
            reason=row.reason,
        )
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
