"""Room `api`: training - what the caller has to read, reading it, and who is trained on what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page
from api.schemas.training import ReadIn, TrainingNeedOut
from services import training
from services.permissions import Permission
from services.platform import Actor
from services.training import TrainingNeed

router = APIRouter(route_class=ApiRoute, tags=["training"])
Person = Annotated[Actor, permission(Permission.TASK_WORK, Permission.SOP_READ, person=True)]
Reader = Annotated[Actor, permission(Permission.MASTER_READ)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
SopKey = Annotated[str, Path(max_length=64)]


@router.get("/training")
async def list_own_training(actor: Person, platform: ThePlatform) -> Page[TrainingNeedOut]:
    """The versions that the caller's posts work by, with what is on record."""
    return _page(await training.mine(platform, actor=actor))


@router.get("/training/register")
async def list_training(actor: Reader, platform: ThePlatform) -> Page[TrainingNeedOut]:
    """Who needs which training, of all people."""
    return _page(await training.register(platform, actor=actor))


@router.post("/training/{sop}/{version}")
async def read_version(
    sop: SopKey, version: Number, body: ReadIn, actor: Person, platform: ThePlatform, request_id: RequestId
) -> Page[TrainingNeedOut]:
    """The caller has read and understood a version: answers and signature; gives the caller's training.

    Again, it changes nothing. 422 when an answer is wrong, by question.
    """
    await training.read(
        platform,
        sop,
        version,
        body.answers,
        signature=body.signature.given(),
        actor=actor,
        request_id=request_id,
    )
    return _page(await training.mine(platform, actor=actor))


def _page(found: list[TrainingNeed]) -> Page[TrainingNeedOut]:
    return Page[TrainingNeedOut](items=[TrainingNeedOut.model_validate(one) for one in found])
