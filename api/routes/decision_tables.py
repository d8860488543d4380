"""Room `api`: decision tables - read, drafted, submitted, approved."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from api.commands import submission_of
from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.routes.sops import known_version
from api.schemas.base import Page
from api.schemas.decision_tables import (
    TableChangesOut,
    TableDetail,
    TableOut,
    TableUseOut,
    TableVersionOut,
)
from api.schemas.sops import (
    ApprovalOut,
    ApproveIn,
    ChangeOut,
    DraftIn,
    FindingOut,
    InForceOut,
    RejectIn,
    SubmitIn,
)
from domain.errors import FieldProblem, Invalid
from domain.sop_yaml import document_of, parse_table
from services import decision_table_approval, decision_table_editing, decision_tables
from services.decision_tables import TableRow, TableView
from services.permissions import Permission
from services.platform import Actor, Platform

router = APIRouter(route_class=ApiRoute, tags=["decision tables"])
Reader = Annotated[Actor, permission(Permission.SOP_READ)]
Drafter = Annotated[Actor, permission(Permission.SOP_DRAFT)]
Approver = Annotated[Actor, permission(Permission.SOP_APPROVE, person=True)]
TableKey = Annotated[str, Path(max_length=64)]
Key = Annotated[UUID | None, Depends(submission_of)]
Version = Annotated[int | UUID, Path(description="number, or the version's id (drafts have no number)")]
ONE = "/decision-tables/{key}/versions/{version}"


class TableKeyMismatch(Invalid):
    """The text is of another table than the address."""

    code = "table_key_mismatch"
    zh = "文本与地址所指的决策表不同：{what}"
    en = "The text is of another decision table than the address: {what}"


@router.get("/decision-tables")
async def list_tables(actor: Reader, platform: ThePlatform) -> Page[TableOut]:
    """All decision tables by key: the newest approved version, who uses it, what waits beside it."""
    found = await decision_tables.list_tables(platform, actor=actor)
    items = [
        TableOut(
            **_shown(one.row).model_dump(),
            used_by=list(one.users),
            waiting=[_shown(row) for row in one.waiting],
        )
        for one in found
    ]
    return Page[TableOut](items=items)


@router.get("/decision-tables/{key}")
async def get_table(key: TableKey, actor: Reader, platform: ThePlatform) -> TableDetail:
    """The newest approved version of a table in full, with where it is used."""
    return await _detail(platform, await decision_tables.get(platform, key, actor=actor), actor)


@router.get("/decision-tables/{key}/versions")
async def list_table_versions(key: TableKey, actor: Reader, platform: ThePlatform) -> Page[TableVersionOut]:
    """All versions of a table, drafts first, then newest first."""
    found = await decision_tables.versions(platform, key, actor=actor)
    return Page[TableVersionOut](items=[_shown(row) for row in found])


@router.get(ONE)
async def get_table_version(
    key: TableKey, version: Version, actor: Reader, platform: ThePlatform
) -> TableDetail:
    """A version of a table in full."""
    found = await decision_tables.get(platform, key, known_version(version), actor=actor)
    return await _detail(platform, found, actor)


@router.get(ONE + "/changes")
async def get_table_changes(
    key: TableKey,
    version: Version,
    actor: Reader,
    platform: ThePlatform,
    since: Annotated[int | None, Query(alias="from", ge=1, le=2**31 - 1)] = None,
) -> TableChangesOut:
    """What changed in a version since another one (unless named, the approved one before it), row by row."""
    found = await decision_tables.difference(platform, key, known_version(version), actor=actor, since=since)
    return TableChangesOut(
        version=_shown(found.row),
        since=_shown(found.since) if found.since else None,
        changes=[ChangeOut.model_validate(one.as_json()) for one in found.changes],
    )


@router.post("/decision-tables/{key}/drafts", status_code=201)
async def create_table_draft(
    key: TableKey, body: DraftIn, actor: Drafter, platform: ThePlatform, request_id: RequestId, as_id: Key
) -> TableVersionOut:
    """Keep a text as a draft of a decision table; what is none is refused with line and column."""
    if parse_table(body.source).table.key != key:
        words = f"决策表应为 {key}", f"its key is not {key}"
        raise TableKeyMismatch([FieldProblem("source", "table_key", *words)])
    return _shown(
        await decision_table_editing.load(
            platform, body.source, actor=actor, as_id=as_id, request_id=request_id
        )
    )


@router.post(ONE + "/submit")
async def submit_table(
    key: TableKey,
    version: Version,
    body: SubmitIn,
    actor: Drafter,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> TableVersionOut:
    """Hand a draft in for review; refused while a test fails, or values have no row or several."""
    version_id = await _id(platform, key, version, actor)
    return _shown(
        await decision_table_approval.submit(
            platform, version_id, actor=actor, comment=body.comment, as_id=as_id, request_id=request_id
        )
    )


@router.post(ONE + "/reject")
async def reject_table(
    key: TableKey,
    version: Version,
    body: RejectIn,
    actor: Approver,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> TableVersionOut:
    """Send a version in review back to its author."""
    version_id = await _id(platform, key, version, actor)
    return _shown(
        await decision_table_approval.reject(
            platform, version_id, reason=body.reason, actor=actor, as_id=as_id, request_id=request_id
        )
    )


@router.post(ONE + "/approve")
async def approve_table(
    key: TableKey,
    version: Version,
    body: ApproveIn,
    actor: Approver,
    platform: ThePlatform,
    request_id: RequestId,
    as_id: Key,
) -> TableVersionOut:
    """Approve a version that somebody else wrote, signed; drafts of procedures decide by it from now on."""
    version_id = await _id(platform, key, version, actor)
    made = await decision_table_approval.approve(
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


def _shown(row: TableRow) -> TableVersionOut:
    return TableVersionOut.model_validate(row)


async def _detail(platform: Platform, found: TableView, actor: Actor) -> TableDetail:
    document = document_of(found.source)
    used = await decision_tables.uses(platform, found.row.key, actor=actor)
    return TableDetail(
        **_shown(found.row).model_dump(),
        table=found.data,
        source=found.source,
        findings=[FindingOut.model_validate(one.finding(document)) for one in found.looked.remarks],
        approvals=[ApprovalOut.model_validate(one) for one in found.approvals],
        uses=[
            TableUseOut(
                sop=use.sop,
                version=use.version,
                sop_version_id=use.sop_version_id,
                state=use.state,
                pinned=use.pinned,
                in_force=[InForceOut.model_validate(one) for one in placed],
            )
            for use, placed in used
        ],
    )


async def _id(platform: Platform, key: str, version: int | UUID, actor: Actor) -> UUID:
    """The id of a version of this table."""
    return (await decision_tables.get(platform, key, known_version(version), actor=actor)).row.id
