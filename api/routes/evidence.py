"""Room `api`: evidence - the archive of a run with its contents, and verifications."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.dependencies import RequestId, ThePlatform, permission
from api.printed import pdf
from api.route import ApiRoute
from api.schemas.evidence import ArchiveOut, FindingOut, PlaceOut, VerdictOut, VerifyIn, asked_of
from services import evidence_check, evidence_reading, replay_certificate
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["evidence"])
Reader = Annotated[Actor, permission(Permission.RUN_READ)]
Asker = Annotated[Actor, permission(Permission.RUN_READ, asks=True)]
GIVEN = "heads"
"""Where a head in the request was found."""
PartName = Annotated[str, Path(max_length=80, pattern=r"^[a-z0-9-]+\.json$")]


@router.get("/evidence/{run}")
async def get_archive(run: UUID, actor: Reader, platform: ThePlatform) -> ArchiveOut:
    """The archive of a run that ended: its header, its contents by digest, the block that seals it."""
    found = await evidence_reading.archive_of(platform, run, actor=actor)
    return ArchiveOut.model_validate({**found.header, "block": found.block})


@router.get("/evidence/{run}/certificate", response_class=Response)
async def get_replay_certificate(
    run: UUID,
    actor: Reader,
    platform: ThePlatform,
    request_id: RequestId,
    language: Annotated[Literal["zh", "en"], Query(description="the language of the certificate")] = "zh",
) -> Response:
    """Replay an archived run and print what came of it as a PDF: verdict, levels, findings, code, block."""
    name, content = await replay_certificate.pdf(
        platform, run, actor=actor, language=language, request_id=request_id
    )
    return pdf(name, content)


@router.get("/evidence/{run}/{part}")
async def get_archive_part(run: UUID, part: PartName, actor: Reader, platform: ThePlatform) -> Response:
    """One content of the archive, byte for byte as it was written: a history, the record, a bundle."""
    content = await evidence_reading.part_of(platform, run, part, actor=actor)
    return Response(content, media_type="application/json")


@router.post("/evidence/verify")
async def verify_evidence(
    body: VerifyIn, actor: Asker, platform: ThePlatform, request_id: RequestId
) -> VerdictOut:
    """Verify a run, a batch, a person's or a period's runs, or everything; it takes as long as it takes."""
    scope = await evidence_reading.scope_of(platform, actor=actor, **asked_of(body))
    given = [evidence_check.ExportedHead(one.number, one.hash, GIVEN) for one in body.heads]
    steps = evidence_check.verify(platform, scope, sorted(set(body.levels)), given)
    verdict = [one async for one in steps][-1]
    await evidence_reading.note_verified(platform, scope, verdict, actor=actor, request_id=request_id)
    seals = verdict.seals
    return VerdictOut(
        sound=verdict.sound,
        levels=list(verdict.levels),
        blocks=verdict.blocks,
        rows=verdict.rows,
        contents=verdict.contents,
        runs=verdict.runs,
        events=verdict.events,
        deleted=verdict.deleted,
        not_archived=verdict.not_archived,
        unsealed=seals.unsealed,
        unsealed_since=seals.unsealed_since,
        last_sealed_at=seals.last_sealed_at,
        exported_until=seals.exported_until,
        places=[PlaceOut.model_validate(asdict(place)) for place in seals.places],
        findings=[FindingOut.model_validate(finding.as_data()) for finding in verdict.findings],
    )
