"""Room `api`: the catalogue of procedures and their change control - draft, submit, approve, publish."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from api.commands import submission_of
from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page
from api.schemas.sops import (
    ApprovalOut,
    ApproveIn,
    ChangeOut,
    ChangesOut,
    CommentIn,
    CommentOut,
    DraftIn,
    DraftOut,
    FindingOut,
    InForceOut,
    PublishIn,
    RejectIn,
    SopOut,
    SubmitIn,
    VersionDetail,
    VersionOut,
    WithdrawIn,
)
from domain.errors import FieldProblem, Invalid
from domain.sop_yaml import parse
from services import sop_catalogue, sop_changes, sop_comments
from services.permissions import Permission
from services.platform import Actor, Platform
from services.sop_catalogue import VersionRow

router = APIRouter(route_class=ApiRoute, tags=["sops"])
Reader = Annotated[Actor, permission(Permission.SOP_READ)]
Drafter = Annotated[Actor, permission(Permission.SOP_DRAFT)]
Approver = Annotated[Actor, permission(Permission.SOP_APPROVE, person=True)]
Commenter = Annotated[Actor, permission(Permission.SOP_APPROVE, Permission.SOP_DRAFT, person=True)]
Publisher = Annotated[Actor, permission(Permission.SOP_PUBLISH, person=True)]
SopKey = Annotated[str, Path(max_length=64)]
Key = Annotated[UUID | None, Depends(submission_of)]
Version = Annotated[int | UUID, Path(description="local number, or the version's id (drafts have no number)")]
ONE = "/sops/{key}/versions/{version}"
LARGEST_NUMBER = 2**31 - 1


class KeyMismatch(Invalid):
    """The text names another procedure than the address."""

    code = "sop_key_mismatch"
    zh = "文本与地址所指的规程不同：{what}"
    en = "The text is of another procedure than the address: {what}"


@router.get("/sops")
async def list_sops(actor: Reader, platform: ThePlatform) -> Page[SopOut]:
    """All procedures by key."""
    found = await sop_catalogue.list_sops(platform, actor=actor)
    return Page[SopOut](items=[SopOut.model_validate(row) for row in found])


@router.get("/sops/{key}/versions")
async def list_versions(key: SopKey, actor: Reader, platform: ThePlatform) -> Page[VersionOut]:
    """All versions of a procedure, drafts first, then newest first."""
    found = await sop_catalogue.versions(platform, key, actor=actor)
    return Page[VersionOut](items=[VersionOut.model_validate(row) for row in found])


@router.get(ONE)
async def get_version(key: SopKey, version: Version, actor: Reader, platform: ThePlatform) -> VersionDetail:
    """A version in full: definition, text, bundle, findings, approvals."""
    view = await sop_catalogue.get_version(platform, key, known_version(version), actor=actor)
    return VersionDetail(
        **VersionOut.model_validate(view.row).model_dump(),
        definition=dict(view.definition),
        source=view.source,
        bundle=dict(view.bundle) if view.bundle is not None else None,
        findings=[FindingOut.model_validate(one) for one in view.findings],
        approvals=[ApprovalOut.model_validate(one) for one in view.approvals],
        in_force=[InForceOut.model_validate(one) for one in view.in_force],
    )


@router.get(ONE + "/changes")
async def get_changes(
    key: SopKey,
    version: Version,
    actor: Reader,
    platform: ThePlatform,
    since: Annotated[
        int | UUID | None, Query(alias="from", description="compared with; else what it replaces")
    ] = None,
) -> ChangesOut:
    """What changed from another version (unless named, what is in force), in sentences with their risk."""
    known = None if since is None else known_version(since)
    found = await sop_changes.compare(platform, key, known_version(version), actor=actor, since=known)
    return ChangesOut(
        version=_shown(found.row),
        since=_shown(found.since) if found.since else None,
        risk=found.gravest,
        to_train=list(found.to_train),
        changes=[ChangeOut.model_validate(one.as_json()) for one in found.changes],
    )


@router.post("/sops/{key}/drafts", status_code=201)
async def create_draft(
    key: SopKey, body: DraftIn, actor: Drafter, platform: ThePlatform, request_id: RequestId, as_id: Key
) -> DraftOut:
    """Keep a definition as a draft; one with errors is refused with line and column."""
    if parse(body.source).definition.sop != key:
        raise KeyMismatch([FieldProblem("source", "sop_key", f"规程应为 {key}", f"its sop is not {key}")])
    row, findings = await sop_catalogue.load_draft(
        platform, body.source, actor=actor, as_id=as_id, request_id=request_id
    )
    shown = [FindingOut.model_validate(one) for one in findings]
    return DraftOut(**VersionOut.model_validate(row).model_dump(), findings=shown)


@router.post(ONE + "/submit")
async def submit_version(
    key: SopKey,
    version: Version,
    body: SubmitIn,
    actor: Drafter,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> VersionOut:
    """Hand a draft in for review."""
    version_id = await _id(platform, key, version, actor)
    return _shown(
        await sop_catalogue.submit(
            platform, version_id, actor=actor, comment=body.comment, as_id=as_id, request_id=request_id
        )
    )


@router.post(ONE + "/reject")
async def reject_version(
    key: SopKey,
    version: Version,
    body: RejectIn,
    actor: Approver,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> VersionOut:
    """Send a version in review back to its author."""
    version_id = await _id(platform, key, version, actor)
    return _shown(
        await sop_catalogue.reject(
            platform, version_id, reason=body.reason, actor=actor, as_id=as_id, request_id=request_id
        )
    )


@router.post(ONE + "/approve")
async def approve_version(
    key: SopKey,
    version: Version,
    body: ApproveIn,
    actor: Approver,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> VersionOut:
    """Approve a version that somebody else wrote, signed."""
    version_id = await _id(platform, key, version, actor)
    made = await sop_catalogue.approve(
        platform,
        version_id,
        signature=body.signature.given(),
        actor=actor,
        comment=body.comment,
        revision=body.revision,
        as_id=as_id,
        request_id=request_id,
    )
    return _shown(made)


@router.post(ONE + "/publish")
async def publish_version(
    key: SopKey,
    version: Version,
    body: PublishIn,
    actor: Publisher,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> VersionOut:
    """Bring an approved version into force at a site or at all, signed."""
    version_id = await _id(platform, key, version, actor)
    made = await sop_catalogue.publish(
        platform,
        version_id,
        signature=body.signature.given(),
        actor=actor,
        site=body.site,
        effective_from=body.effective_from,
        as_id=as_id,
        request_id=request_id,
    )
    return _shown(made)


@router.post(ONE + "/withdraw")
async def withdraw_version(
    key: SopKey,
    version: Version,
    body: WithdrawIn,
    actor: Publisher,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> VersionOut:
    """Call off what was to come into force, before it begins, signed; what it was to replace goes on."""
    version_id = await _id(platform, key, version, actor)
    made = await sop_catalogue.withdraw(
        platform,
        version_id,
        site=body.site,
        effective_from=body.effective_from,
        reason=body.reason,
        signature=body.signature.given(),
        actor=actor,
        as_id=as_id,
        request_id=request_id,
    )
    return _shown(made)


@router.get(ONE + "/comments")
async def list_comments(
    key: SopKey, version: Version, actor: Reader, platform: ThePlatform
) -> Page[CommentOut]:
    """What reviewers said of a version, first to last."""
    version_id = await _id(platform, key, version, actor)
    found = await sop_comments.of_version(platform, version_id, actor=actor)
    return Page[CommentOut](items=[CommentOut.model_validate(one) for one in found])


@router.post(ONE + "/comments", status_code=201)
async def add_comment(
    key: SopKey,
    version: Version,
    body: CommentIn,
    actor: Commenter,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> CommentOut:
    """Say something of a version in review, or of one of its steps; it is kept as evidence."""
    version_id = await _id(platform, key, version, actor)
    made = await sop_comments.add(
        platform, version_id, body.text, step=body.step, actor=actor, as_id=as_id, request_id=request_id
    )
    return CommentOut.model_validate(made)


def _shown(row: VersionRow) -> VersionOut:
    return VersionOut.model_validate(row)


def known_version(version: int | UUID) -> int | UUID:
    """A number that no version can have must not reach the database as one."""
    if isinstance(version, int) and not 0 < version <= LARGEST_NUMBER:
        words = "版本号超出范围", "no version has this number"
        raise Invalid([FieldProblem("version", "out_of_range", *words)])
    return version


async def _id(platform: Platform, key: str, version: int | UUID, actor: Actor) -> UUID:
    """The id of a version of this procedure."""
    view = await sop_catalogue.get_version(platform, key, known_version(version), actor=actor)
    return view.row.id
