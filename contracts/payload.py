"""Contracts: the base of everything that crosses the engine. Its shape is stored in histories for years.

Rules: frozen; one payload class per message; new fields have a default; nothing is ever renamed. The
converter leaves unset fields out, so that a hop stays small in the history.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

SEMANTICS = 2
"""The interpreter's semantics number, decided once at the start of a run and carried in its input."""
FIRST_SEMANTICS = 1
"""That of a run whose input does not say: the first runs were started without the number."""


class Payload(BaseModel):
    """A frozen message; keys unknown to this code version are ignored, so that rolling updates work."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class OperationPayload(Payload):
    """Base of an advance's operations: `op` tells them apart and is always written, default or not."""

    def model_post_init(self, _context: Any, /) -> None:
        """Marks `op` as set, because the converter leaves unset fields out."""
        self.__pydantic_fields_set__.add("op")


class AddedSigner(Payload):
    """A signature that somebody asked for by hand: of one person (id), or of a post by code.

    `rule` is its index among the task's signatures, from `ADDED_FROM` on; `order` says whether the others
    wait for it or it waits for them; `by` asked for it.
    """

    rule: int
    by: str
    person: str | None = None
    post: str | None = None
    site: str | None = None
    department: str | None = None
    order: Literal["before", "after"] = "after"


ADDED_FROM = 100
"""Signatures of the definition have lower indexes."""


class LineSetRef(Payload):
    """A document's lines live in PostgreSQL; the history holds id, count, root hash and aggregates."""

    id: str
    count: int
    root: str
    aggregates: dict[str, Any] = {}
