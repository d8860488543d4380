"""Room `api`: the shapes of what people do with tasks besides answering them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from api.schemas.base import Answer, BothLanguages, Epoch, IdOrCode, Reason, Request
from domain.plain_text import Moment


class HandOverIn(Request):
    """Gives a claimed task to another person (username or id), with a reason."""

    epoch: Epoch
    person: IdOrCode
    reason: Reason


class DelegateIn(HandOverIn):
    """Lends a claimed task until an instant; then it comes back by itself."""

    until: Moment


class AddSignerIn(Request):
    """Asks a person (username or id) or the holders of a post (code) to sign as well."""

    epoch: Epoch
    person: IdOrCode | None = None
    post: IdOrCode | None = None
    order: Literal["before", "after"] = "after"
    reason: Reason


class WithReasonIn(Request):
    """Takes a completion back, or refuses to sign one: a reason and the epoch that was seen."""

    epoch: Epoch
    reason: Reason


class RemindIn(Request):
    """Reminds whom the task waits for; a word to them may be left out."""

    reason: Annotated[str, StringConstraints(max_length=500)] | None = None


class CandidateOut(Answer):
    """A person who could be chosen; `in_post` says that the person holds the task's post."""

    id: UUID
    username: str
    name: str
    in_post: bool


class PostChoiceOut(Answer):
    """A post that could be asked to sign."""

    code: str
    name: BothLanguages


class CandidatesOut(Answer):
    """Who could get the task, and who could be asked to sign it as well."""

    task: list[CandidateOut]
    signature: list[CandidateOut]
    posts: list[PostChoiceOut]
