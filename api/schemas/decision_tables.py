"""Room `api`: the shapes of decision tables, their versions and where they are used."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.schemas.base import Answer, Instant
from api.schemas.sops import ApprovalOut, ChangeOut, FindingOut, InForceOut, Titled


class TableVersionOut(Titled):
    """A version of a decision table; `number` is given when it is submitted, null in a draft."""

    number: int | None
    origin: str
    vendor_version: int | None
    state: str
    sha256: str | None
    author_id: UUID
    author: str
    created_at: Instant
    revision: int
    approved_by: str | None
    approved_at: Instant | None


class TableOut(TableVersionOut):
    """A table: its newest approved version (else its newest draft), and the procedures that decide by it."""

    used_by: list[str]
    waiting: list[TableVersionOut]


class TableUseOut(Answer):
    """A version of a procedure that decides by the table; `pinned` is the version in its bundle."""

    sop: str
    version: int | None
    sop_version_id: UUID
    state: str
    pinned: int | None
    in_force: list[InForceOut]


class TableDetail(TableVersionOut):
    """A version in full: the table as data, its text, what the check says, who approved it, who uses it."""

    table: dict[str, Any]
    source: str
    findings: list[FindingOut]
    approvals: list[ApprovalOut]
    uses: list[TableUseOut]


class TableChangesOut(Answer):
    """What changed in a version since another one (null: there was none), row by row."""

    version: TableVersionOut
    since: TableVersionOut | None
    changes: list[ChangeOut]
