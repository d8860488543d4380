"""UI pages: what can be done next with a version - submit, approve, send back, put in force, retire."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services import sop_catalogue
from services.permissions import Permission
from services.signatures import SignatureGiven
from services.sop_catalogue import VersionRow
from ui.contexts.parts import Field, Form
from ui.formats import zone_of
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import site_options, to_options
from ui.view import View

Attempt = tuple[str, Mapping[str, Any], Problems]


async def control_forms(view: View, row: VersionRow, attempt: Attempt | None) -> list[tuple[str, str, Form]]:
    """What can be done next with the version, by its state and the person's posts."""
    _ = view.words.gettext
    password = Field(
        "password", _("Your password, again"), "password", required=True, autocomplete="current-password"
    )
    comment = Field("comment", _("Comment"), "textarea", max_length=500)
    reason = Field("reason", _("Reason"), "textarea", required=True, max_length=500)
    offered: list[tuple[str, str, Permission, list[Field], str]] = []
    if row.state == "draft":
        offered.append(("submit", _("Submit for review"), Permission.SOP_DRAFT, [comment], ""))
    if row.state == "in_review":
        hint = _("Approved by a second person; the author may not approve.")
        offered.append(("approve", _("Approve and sign"), Permission.SOP_APPROVE, [comment, password], hint))
        offered.append(("reject", _("Send back to the author"), Permission.SOP_APPROVE, [reason], ""))
    if row.state in {"approved", "effective"}:
        fields = [
            Field(
                "site",
                _("Site"),
                "choice",
                options=to_options(await site_options(view)),
                help=_("None: at all sites."),
            ),
            Field("effective_from", _("In force from"), "datetime", help=_("Empty: at once.")),
            password,
        ]
        if not await _in_force_everywhere(view, row):
            offered.append(("publish", _("Put in force and sign"), Permission.SOP_PUBLISH, fields, ""))
        offered.append(("retire", _("Retire and sign"), Permission.SOP_PUBLISH, [reason, password], ""))
    made = []
    for kind, label, permission, fields, hint in offered:
        if view.may(permission):
            entered, problems = (attempt[1], attempt[2]) if attempt and attempt[0] == kind else ({}, NONE)
            action = f"/sops/{row.key}/versions/{row.id}/{kind}"
            made.append((kind, label, form(action, label, fields, entered, problems, hint=hint)))
    return made


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
        comment = fields.get("comment")
        await sop_catalogue.approve(view.platform, version, signature=signature, comment=comment, **who)
    elif kind == "publish":
        site, since = fields.get("site") or None, _since(view, fields.get("effective_from", ""))
        await sop_catalogue.publish(
            view.platform, version, signature=signature, site=site, effective_from=since, **who
        )
    elif kind == "retire":
        reason = fields.get("reason", "")
        await sop_catalogue.retire(view.platform, version, signature=signature, reason=reason, **who)


def _since(view: View, text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone_of(view.zone))).astimezone(UTC)
