"""Room `api`: the shapes of people. A password goes in and never comes out."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from api.schemas.base import Answer, Changed, Instant
from domain.master_data import PersonChanges


class HeldPostOut(Answer):
    """A post held at a site (all when null) in a department, from and to."""

    post: str
    post_name_zh: str
    post_name_en: str
    site: str | None
    department: str | None
    valid_from: Instant
    valid_to: Instant | None


class TrainingOut(Answer):
    """Training passed on a version of a procedure."""

    sop: str
    version: int
    trained_on: date


class PersonOut(Answer):
    """A person (or machine account) with posts and training."""

    id: UUID
    username: str
    name: str
    kind: str
    language: str
    active: bool
    has_password: bool
    posts: list[HeldPostOut]
    trained: list[TrainingOut]


class PersonChange(Changed):
    """Changes to a person and why."""

    changes: PersonChanges
