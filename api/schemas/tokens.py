"""Room `api`: the shapes of log-in by program."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from api.schemas.base import Answer, Instant, Request


class TokenIn(Request):
    """A person's log-in."""

    username: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=500)]


class TokenOut(Answer):
    """A bearer token, shown this once."""

    token: str
    expires_at: Instant
