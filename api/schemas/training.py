"""Room `api`: the shapes of training - what is needed, and the answers with a signature."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.base import Answer, Instant, Request, SignatureIn


class TrainingNeedOut(Answer):
    """A version by which a person's posts work; `trained_on` is null until the person is trained on it.

    `since` is when it comes, or came, into force where the person works; null: no date yet. `how` is `read`
    (signed by the person) or `recorded`.
    """

    person_id: UUID
    username: str
    name: str
    sop: str
    version: int
    title_zh: str
    title_en: str
    since: Instant | None
    trained_on: date | None
    how: str | None


class ReadIn(Request):
    """Read and understood: the answers by question, and the signature."""

    answers: Annotated[dict[str, str], Field(max_length=200)] = {}
    signature: SignatureIn
