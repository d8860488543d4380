"""Room `api`: what all shapes share - strict requests, answers read from the services' views, pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, StringConstraints

from domain.plain_text import Code, Reason
from services.signatures import SignatureGiven


class Request(BaseModel):
    """Base of request bodies: unknown members are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    """Base of answers, read from a service's view by attribute."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Instant = Annotated[datetime, PlainSerializer(_rfc3339, when_used="json")]
"""An instant in UTC, `2027-11-30T08:00:00.000000Z`."""
Epoch = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
Outcome = Annotated[str, StringConstraints(min_length=1, max_length=64)]
FormData = dict[str, Any]
IdOrCode = Annotated[str, StringConstraints(min_length=1, max_length=200)]

Item = TypeVar("Item", bound=BaseModel)
Made = TypeVar("Made", bound=Answer)


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next` is the cursor of the next one, null on the last."""

    items: list[Item]
    next: str | None = None


class ServicePage(Protocol):
    """A page as services give it."""

    @property
    def items(self) -> Iterable[Any]: ...

    @property
    def next(self) -> str | None: ...


def page(shape: type[Made], found: ServicePage) -> Page[Made]:
    """A service's page in the shape of the API."""
    return Page[shape](  # type: ignore[valid-type] # a generic model made at run time
        items=[shape.model_validate(item) for item in found.items], next=found.next
    )


class SupersededOut(Answer):
    """What was signed has been sent back since: when, and when it was done again (null: it was not)."""

    sent_back_at: Instant
    again_at: Instant | None


class BothLanguages(Answer):
    """A text in Chinese and English."""

    zh: str
    en: str = ""


def both_names(cls: type[BaseModel], row: Any) -> Any:
    """For answers whose view keeps `name_zh` and `name_en` apart: one member `name` of both."""
    if isinstance(row, dict | BaseModel):
        return row
    names = {"name": {"zh": row.name_zh, "en": row.name_en}}
    return {**{field: getattr(row, field) for field in cls.model_fields if field != "name"}, **names}


class Changed(Request):
    """Base of changes to master data: the reason is asked for (GSP 40)."""

    reason: Reason


class SignatureIn(Request):
    """An electronic signature: the password again, the meaning and the digest as they were shown.

    `content_sha256` may be left out; one that is not that of what is signed is refused (`content_changed`).
    """

    password: Annotated[SecretStr, Field(min_length=1, max_length=500)]
    meaning: Annotated[str, StringConstraints(max_length=200)] | None = None
    content_sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] | None = None

    def given(self) -> SignatureGiven:
        """For the services; the password stays out of every representation."""
        return SignatureGiven(self.password.get_secret_value(), self.meaning, self.content_sha256)


__all__ = [
    "Answer",
    "BothLanguages",
    "Changed",
    "Code",
    "Epoch",
    "FormData",
    "IdOrCode",
    "Instant",
    "Item",
    "Made",
    "Outcome",
    "Page",
    "Reason",
    "Request",
    "SignatureIn",
    "both_names",
    "page",
]
