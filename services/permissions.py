"""Services: what a person or machine may do. One enumeration, one policy, used by lists and details alike.

Posts carry permissions, an assignment gives a post at a site (or at all). It knows no route and no HTTP.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import Refusal

if TYPE_CHECKING:
    from services.platform import Actor


class Permission(StrEnum):
    """Alphabetical; every entry is described in docs/reference/permissions.md."""

    ADMIN_PEOPLE = "admin.people"
    ADMIN_SCHEDULES = "admin.schedules"
    ADMIN_SITES = "admin.sites"
    ATTACHMENT_ADD = "attachment.add"
    ATTACHMENT_READ = "attachment.read"
    AUDIT_READ = "audit.read"
    DOCUMENT_READ = "document.read"
    DOCUMENT_WRITE = "document.write"
    EVIDENCE_HOLD = "evidence.hold"
    HOLD_CLOSE = "hold.close"
    HOLD_OPEN = "hold.open"
    MASTER_READ = "master.read"
    MASTER_WRITE = "master.write"
    RUN_CANCEL = "run.cancel"
    RUN_READ = "run.read"
    RUN_SEND_BACK = "run.send_back"
    RUN_START = "run.start"
    RUN_SUSPEND = "run.suspend"
    SIGNAL_SEND = "signal.send"
    SOP_APPROVE = "sop.approve"
    SOP_DRAFT = "sop.draft"
    SOP_PUBLISH = "sop.publish"
    SOP_READ = "sop.read"
    STOCK_MOVE = "stock.move"
    STOCK_READ = "stock.read"
    TASK_READ = "task.read"
    TASK_WORK = "task.work"


READING = ".read"
"""How the permissions end that let nobody change anything."""


class NotPermitted(Refusal):
    """The actor's posts (or the key's scopes) do not carry the permission at that site."""

    code = "not_permitted"
    kind = "forbidden"
    zh = "您的岗位没有此权限（{permission}）"
    en = "Your posts do not carry this permission ({permission})"


class NotPermittedThere(NotPermitted):
    """The posts carry the permission, but not at the site that the command is about: it is named."""

    zh = "您的岗位在“{site_zh}”没有此权限（{permission}）"
    en = "Your posts do not carry this permission at {site_en} ({permission})"


class PersonRequired(Refusal):
    """An API key is a machine: it never claims, completes, scans or signs a person's task."""

    code = "person_required"
    kind = "forbidden"
    zh = "此操作必须由人员本人完成，接口密钥不能代办"
    en = "This must be done by a person; an API key cannot stand in for one"


class ReadsOnly(Refusal):
    """All that the actor's posts allow is to read: an auditor changes nothing, whatever is asked for (E7)."""

    code = "reads_only"
    kind = "forbidden"
    zh = "您的岗位只能查阅，不能做任何变更"
    en = "Your posts are for reading: you can change nothing"


def require(actor: Actor, permission: Permission, site_id: UUID | None = None) -> None:
    """NotPermitted unless the actor has the permission (at the site, where one is named)."""
    if not actor.may(permission, site_id):
        raise NotPermitted(permission=permission.value)


def require_more_than_reading(actor: Actor) -> None:
    """ReadsOnly for who may read, and nothing else."""
    if actor.permissions and all(permission.value.endswith(READING) for permission in actor.permissions):
        raise ReadsOnly


def require_person(actor: Actor) -> None:
    """PersonRequired for a machine."""
    if actor.kind != "person":
        raise PersonRequired


def visible_sites(actor: Actor, permission: Permission) -> frozenset[UUID] | None:
    """The row scope: the sites whose rows the permission shows, None for all. Empty: none."""
    if permission not in actor.permissions:
        return frozenset()
    if actor.kind == "machine":
        return None
    sites: set[UUID] = set()
    for assignment in actor.assignments:
        if permission in assignment.permissions:
            if assignment.site_id is None:
                return None
            sites.add(assignment.site_id)
    return frozenset(sites)
