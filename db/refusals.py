"""Db: what a guard in the database refused, as the domain's refusal. Knows SQL states, no caller."""

import json
from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from domain.batches import BatchNotIssuable, IdentityIsImmutable, MovementNotAllowed
from domain.errors import Refusal
from domain.evidence import (
    ApprovedBySecondPerson,
    ChangeoverFixed,
    EvidenceIsImmutable,
    EvidenceNotCanonical,
    InForceBySignature,
    InForceInThePast,
    LoadingClosed,
    NotADrill,
    RunKeepsItsVersion,
    SealNotNext,
    VersionIsFrozen,
)
from domain.packages import PackageInItself, PackageNotOpen, SerialPacked, SsccNotValid
from domain.recall_reconciliation import BatchUnderRecall, RecallNotBalanced, RecallNotInOrder
from domain.reservations import StockReserved
from domain.retention import (
    ArchiveNotWhole,
    DeletionNotWitnessed,
    HoldNotInForce,
    RetentionNotOver,
    UnderLegalHold,
)
from domain.returns import ReturnExceedsDelivery, ReturnExceedsSale, SerialNotDelivered, SerialNotSold
from domain.sop_calls import CallerNotOpen
from domain.stock import InsufficientStock, PostingNotWhole, SerialElsewhere, SerialsIncomplete
from domain.stock_scans import TakenMeanwhile
from domain.transfers import NotInTransit

REFUSALS: Mapping[str, type[Refusal]] = {
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
    "XJ013": InForceBySignature,
    "XJ014": InForceInThePast,
    "XJ015": SealNotNext,
    "XJ016": TakenMeanwhile,
    "XJ070": StockReserved,
    "XJ071": NotInTransit,
    "XJ080": CallerNotOpen,
    "XJ130": ReturnExceedsSale,
    "XJ131": SerialNotSold,
    "XJ132": ReturnExceedsDelivery,
    "XJ133": SerialNotDelivered,
    "XJ120": RecallNotBalanced,
    "XJ121": RecallNotInOrder,
    "XJ122": BatchUnderRecall,
    "XJ140": PackageNotOpen,
    "XJ141": PackageInItself,
    "XJ142": SerialPacked,
    "XJ143": SsccNotValid,
    "XJ150": RunKeepsItsVersion,
    "XJ151": ChangeoverFixed,
    "XJ160": NotADrill,
    "XJ170": RetentionNotOver,
    "XJ171": UnderLegalHold,
    "XJ172": DeletionNotWitnessed,
    "XJ173": ArchiveNotWhole,
    "XJ174": HoldNotInForce,
}
"""The states that `refuse()` raises in SQL (db/migrations/sql)."""


def refusal_of(error: BaseException) -> Refusal | None:
    """The domain's refusal behind a driver's error, or None when it is no guard of ours."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(origin, psycopg.Error) or origin.sqlstate is None or origin.sqlstate not in REFUSALS:
        return None
    params: dict[str, Any] = json.loads(origin.diag.message_detail or "{}")
    if origin.sqlstate == "XJ005":
        params["why"] = origin.diag.message_primary
    return REFUSALS[origin.sqlstate](**params)


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be spoken to: nothing is wrong with what was asked; ask again."""
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def violated(error: BaseException) -> str | None:
    """The name of the constraint that a driver's error names (`uq_material_code`), or None."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return origin.diag.constraint_name if isinstance(origin, psycopg.Error) else None
