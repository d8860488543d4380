"""UI pages: what can be done next with a version - submit, approve, send back, put in force, retire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.errors import FieldProblem, Invalid
from domain.sop_definition import SopDefinition
from services import sop_catalogue, sop_comments
from services.permissions import Permission
from services.signatures import SignatureGiven
from services.sop_catalogue import InForce, VersionRow, VersionView
from ui.contexts.parts import Field, Form, Option
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import site_options, to_options
from ui.pages.names import read_names
from ui.pages.reasons import reason_field
from ui.pages.sop_comments import comment_fields
from ui.pages.sop_placing import placed, planned
from ui.pages.sop_training import untrained_of
from ui.view import View

EVERYWHERE = "*"
Attempt = tuple[str, Mapping[str, Any], Problems]


async def control_forms(
    view: View, found: VersionView, definition: SopDefinition, attempt: Attempt | None
) -> list[tuple[str, str, Form]]:
    """What can be done next with the version, by its state and the person's posts."""
    _, row = view.words.gettext, found.row
    password = Field(
        "password", _("Your password, again"), "password", required=True, autocomplete="current-password"
    )
    comment = Field("comment", _("Comment"), "textarea", max_length=500)
    reason = reason_field(view)
    offered: list[tuple[str, str, Permission, list[Field], str]] = []
    if row.state == "draft":
        offered.append(("submit", _("Submit for review"), Permission.SOP_DRAFT, [comment], ""))
    if row.state == "in_review":
        hint = _("Approved by a second person; the author may not approve.")
        read = Field("revision", "", "hidden", value=str(row.revision))
        if view.person.person_id not in found.authors or (attempt and attempt[0] == "approve"):
            offered.append(
                ("approve", _("Approve and sign"), Permission.SOP_APPROVE, [read, comment, password], hint)
            )
        offered.append(("reject", _("Send back to the author"), Permission.SOP_APPROVE, [reason], ""))
        asked = Permission.SOP_APPROVE if view.may(Permission.SOP_APPROVE) else Permission.SOP_DRAFT
        offered.append(("comment", _("Leave a comment"), asked, comment_fields(view, definition), ""))
    if row.state in {"approved", "effective"}:
        fields = [
            Field(
                "site",
                _("Where"),
                "choice",
                required=True,
                options=[Option(EVERYWHERE, _("all sites")), *to_options(await site_options(view))],
            ),
            Field("effective_from", _("In force from"), "datetime", help=await _clock(view)),
            password,
        ]
        if not await _in_force_everywhere(view, row):
            warned = await untrained_of(view, row)
            offered.append(("publish", _("Put in force and sign"), Permission.SOP_PUBLISH, fields, warned))
        plans = [one for one in found.in_force if planned(view, one)]
        if plans:
            fields = [await _plan_field(view, plans), reason, password]
            hint = _("What it was to replace goes on as if nothing had been planned.")
            offered.append(("withdraw", _("Call off and sign"), Permission.SOP_PUBLISH, fields, hint))
        offered.append(("retire", _("Retire and sign"), Permission.SOP_PUBLISH, [reason, password], ""))
    made = []
    for kind, label, permission, fields, hint in offered:
        if view.may(permission):
            entered, problems = (attempt[1], attempt[2]) if attempt and attempt[0] == kind else ({}, NONE)
            action = f"/sops/{row.key}/versions/{row.id}/{kind}"
            made.append((kind, label, form(action, label, fields, entered, problems, hint=hint)))
    return made


async def _clock(view: View) -> str:
    """On whose clock the date counts."""
    _ = view.words.gettext
    zone = await sop_catalogue.clock_of(view.platform, None)
    return _("On the clock of the site; for all sites on that of %(zone)s. Empty: at once.", zone=zone)


async def _plan_field(view: View, plans: Sequence[InForce]) -> Field:
    """What is planned, to choose from."""
    names = await read_names(view, "site")
    options = [Option(_plan(one), placed(view, one, names)) for one in plans]
    return Field("plan", view.words.gettext("What is planned"), "choice", options=options, required=True)


def _place(chosen: str) -> str | None:
    """The site where a version comes into force, None for all: what is not chosen is never all."""
    if not chosen:
        raise Invalid([FieldProblem("site", "required", "请选择生效的仓库", "choose where")])
    return None if chosen == EVERYWHERE else chosen


def _plan(one: InForce) -> str:
    return f"{one.site or ''}|{one.effective_from.isoformat()}"


def _planned(text: str) -> tuple[str | None, datetime]:
    """The site (None: all) and the beginning of the plan that was chosen."""
    site, _bar, start = text.partition("|")
    at = _since(start)
    if at is None:
        raise Invalid([FieldProblem("plan", "required", "请选择一项安排", "choose a plan")])
    return site or None, at


async def _in_force_everywhere(view: View, row: VersionRow) -> bool:
    """Whether this version alone is in force, at all sites: nothing is left to put in force."""
    sops = await sop_catalogue.list_sops(view.platform, actor=view.person)
    placed = [one for sop in sops if sop.key == row.key for one in sop.in_force]
    return (
        len(placed) == 1
        and placed[0].sop_version_id == row.id
        and placed[0].site is None
        and placed[0].effective_from <= view.now
        and placed[0].effective_to is None
    )


async def perform(view: View, version: Any, kind: str, fields: Mapping[str, str], password: str) -> None:
    who: dict[str, Any] = {"actor": view.person, "request_id": view.request_id}
    signature = SignatureGiven(password)
    if kind == "submit":
        await sop_catalogue.submit(view.platform, version, comment=fields.get("comment"), **who)
    elif kind == "reject":
        await sop_catalogue.reject(view.platform, version, reason=fields.get("reason", ""), **who)
    elif kind == "approve":
        read, comment = fields.get("revision", ""), fields.get("comment")
        revision = int(read) if read.isdigit() else None
        await sop_catalogue.approve(
            view.platform, version, signature=signature, comment=comment, revision=revision, **who
        )
    elif kind == "publish":
        site, since = _place(fields.get("site", "")), _since(fields.get("effective_from", ""))
        await sop_catalogue.publish(
            view.platform, version, signature=signature, site=site, effective_from=since, **who
        )
    elif kind == "withdraw":
        site, start = _planned(fields.get("plan", ""))
        reason = fields.get("reason", "")
        await sop_catalogue.withdraw(
            view.platform,
            version,
            site=site,
            effective_from=start,
            reason=reason,
            signature=signature,
            **who,
        )
    elif kind == "comment":
        text, step = fields.get("reason", ""), fields.get("step") or None
        await sop_comments.add(view.platform, version, text, step=step, **who)
    elif kind == "retire":
        reason = fields.get("reason", "")
        await sop_catalogue.retire(view.platform, version, signature=signature, reason=reason, **who)


def _since(text: str) -> datetime | None:
    """An instant, or a date and time on the clock of the site; None for nothing, Invalid for neither."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        words = "不是日期时间", "not a date and time"
        raise Invalid([FieldProblem("effective_from", "wrong_format", *words)]) from None
