"""Room `api`: the shapes of lines that are added to a work list."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from api.schemas.base import Answer, Epoch, FormData, Instant, Request


class AdditionIn(Request):
    """What was found beside the list; `addition_id` is the device's own, so that a repeated one counts once.

    `goods` is a scanned code with a batch, `material:batch`, or a batch number that only one batch has.
    """

    addition_id: UUID
    location: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    goods: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    data: FormData = {}
    epoch: Epoch


class AdditionOut(Answer):
    """A line beside the list with what was entered; a blind list shows no more than it reveals."""

    id: UUID
    line: int
    data: dict[str, Any]
    answer: dict[str, Any]
    added_by: str
    added_at: Instant


class AdditionsOut(Answer):
    """The added lines, in order."""

    items: list[AdditionOut]
