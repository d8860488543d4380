"""Db: the guards' SQL states, mapped once to the refusals of the domain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from domain.batches import BatchNotIssuable, IdentityIsImmutable, MovementNotAllowed
from domain.evidence import (
    ApprovedBySecondPerson,
    EvidenceIsImmutable,
    EvidenceNotCanonical,
    LoadingClosed,
    VersionIsFrozen,
)
from domain.stock import InsufficientStock, PostingNotWhole, SerialElsewhere, SerialsIncomplete

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

    from domain.errors import Refusal

STATES: dict[str, type[Refusal]] = {
    "XJ001": InsufficientStock,
    "XJ002": MovementNotAllowed,
    "XJ003": BatchNotIssuable,
    "XJ004": EvidenceIsImmutable,
    "XJ005": PostingNotWhole,
    "XJ006": SerialElsewhere,
    "XJ007": IdentityIsImmutable,
    "XJ008": VersionIsFrozen,
    "XJ009": ApprovedBySecondPerson,
    "XJ010": EvidenceNotCanonical,
    "XJ011": LoadingClosed,
    "XJ012": SerialsIncomplete,
}


def refusal_of(error: DBAPIError) -> Refusal | None:
    """The refusal behind a database error; None when no guard spoke."""
    state = getattr(error.orig, "sqlstate", None)
    kind = STATES.get(state or "")
    if kind is None:
        return None
    return kind(**_detail(error))


def _detail(error: DBAPIError) -> dict[str, Any]:
    diagnostic = getattr(error.orig, "diag", None)
    text = getattr(diagnostic, "message_detail", None) or "{}"
    found = json.loads(text)
    return found if isinstance(found, dict) else {}
