"""Room `api`: what must hold on every path of a version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from api.dependencies import ThePlatform, permission
from api.route import ApiRoute
from api.routes.sops import ONE, SopKey, Version, known_version
from api.schemas.base import BothLanguages
from api.schemas.sop_proofs import PathStepOut, ProofOut, ProofsOut
from services import sop_proofs
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["sops"])
Reader = Annotated[Actor, permission(Permission.SOP_READ)]


@router.get(ONE + "/proofs")
async def get_proofs(key: SopKey, version: Version, actor: Reader, platform: ThePlatform) -> ProofsOut:
    """What must hold on every path of a version: each sentence with whether it does, and a path if not."""
    found = await sop_proofs.book(platform, key, known_version(version), actor=actor)
    shown = []
    for told in sop_proofs.told(found):
        result = told.result
        shown.append(
            ProofOut(
                proof=sop_proofs.as_data(told.proof),
                sentence=BothLanguages(zh=told.sentence.zh, en=told.sentence.en),
                verdict=result.verdict if result else "not_walked",
                states=result.states if result else 0,
                bound=result.bound if result else 0,
                path=[PathStepOut(step=s.step, why=s.why, answer=s.answer) for s in result.path]
                if result
                else [],
            )
        )
    return ProofsOut(proofs=shown)
