"""Room `api`: what-if - what becomes of past runs by a version."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import ThePlatform, permission
from api.route import ApiRoute
from api.routes.sops import ONE, SopKey, Version, known_version
from api.schemas.base import BothLanguages
from api.schemas.sop_whatif import NoteOfRunOut, SideOut, WhatIfOut, WhatIfRunOut
from domain.sop_whatif import NoteOut
from services import sop_whatif
from services.permissions import Permission
from services.platform import Actor
from services.sop_whatif import PastRun, Wanted

router = APIRouter(route_class=ApiRoute, tags=["sops"])
Reader = Annotated[Actor, permission(Permission.SOP_READ)]
Few = Annotated[int, Query(ge=1, le=100, description="Runs of this batch")]


@router.get(ONE + "/what-if")
async def get_what_if(
    key: SopKey,
    version: Version,
    actor: Reader,
    platform: ThePlatform,
    site: Annotated[str | None, Query(max_length=64)] = None,
    since: Annotated[date | None, Query(description="Ended on this day or later")] = None,
    until: Annotated[date | None, Query(description="Ended on this day or earlier")] = None,
    after: Annotated[UUID | None, Query(description="`next` of the batch before")] = None,
    limit: Few = 20,
) -> WhatIfOut:
    """Finished runs of the procedure, played again by this version; needs `run.read` as well."""
    wanted = Wanted(site=site, since=since, until=until, most=sop_whatif.MOST)
    looked = await sop_whatif.look(
        platform, key, known_version(version), wanted, actor=actor, after=after, limit=limit
    )
    return WhatIfOut(
        sha256=looked.sha256,
        found=looked.found,
        items=[_run(run) for run in looked.runs],
        next=str(looked.after) if looked.after else None,
    )


def _run(run: PastRun) -> WhatIfRunOut:
    result = run.result
    return WhatIfRunOut(
        run=run.run_id,
        site=run.row["site"],
        ended_at=run.row["ended_at"],
        verdict=result.verdict,
        parting_step=result.parts_at,
        before=SideOut.model_validate(result.before),
        after=SideOut.model_validate(result.after),
        why=result.why,
        at=result.at,
        code=result.code,
        assumed=[_note(one) for one in result.assumed],
        refused=[_note(one) for one in result.refused],
    )


def _note(note: NoteOut) -> NoteOfRunOut:
    rule = BothLanguages(zh=note.zh, en=note.en)
    return NoteOfRunOut(kind=note.kind, step=note.step, what=note.what, code=note.code, rule=rule)
