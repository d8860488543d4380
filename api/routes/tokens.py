"""Room `api`: log-in for programs that act as a person."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import RequestId, ThePlatform, public
from api.route import ApiRoute
from api.schemas.tokens import TokenIn, TokenOut
from services import auth

router = APIRouter(route_class=ApiRoute, tags=["auth"])


@router.post("/auth/token", dependencies=[public])
async def issue_token(body: TokenIn, platform: ThePlatform, request_id: RequestId) -> TokenOut:
    """A bearer token for a person; wrong passwords count and lock."""
    made = await auth.issue_token(
        platform, body.username, body.password.get_secret_value(), request_id=request_id
    )
    return TokenOut.model_validate(made)
