"""Room `api`: the shapes of procedures, their versions and their change control."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints, model_validator

from api.schemas.base import Answer, BothLanguages, Code, Instant, Reason, Request, SignatureIn
from domain.plain_text import Moment

Comment = Annotated[str, StringConstraints(max_length=1000)]


class InForceOut(Answer):
    """A version's effectivity at a site (all when null)."""

    sop_version_id: UUID
    version: int
    site: str | None
    effective_from: Instant
    effective_to: Instant | None


class Titled(Answer):
    """What has a title in both languages."""

    id: UUID
    key: str
    title: BothLanguages

    @model_validator(mode="before")
    @classmethod
    def _title(cls, row: Any) -> Any:
        if isinstance(row, dict):
            return row
        fields = {name: getattr(row, name) for name in cls.model_fields if name != "title"}
        return {**fields, "title": {"zh": row.title_zh, "en": row.title_en}}


class SopOut(Titled):
    """A procedure in the catalogue, with what of it is in force now or will be."""

    owner_department: str
    owner_post: str
    versions: int
    in_force: list[InForceOut]


class VersionOut(Titled):
    """A version; `version` is its local number, null before approval."""

    version: int | None
    origin: str
    vendor_version: int | None
    state: str
    sha256: str | None
    author_id: UUID
    author: str
    created_at: Instant
    revision: int


class FindingOut(Answer):
    """What the linter says, with line and column in the text."""

    severity: str
    rule: str
    step_id: str | None
    line: int
    column: int
    zh: str
    en: str


class ApprovalOut(Answer):
    """A transition: who did it when, and the meaning that was signed."""

    kind: str
    actor: str
    comment: str | None
    recorded_at: Instant
    signature_id: UUID | None
    printed_name: str | None
    meaning_zh: str | None
    meaning_en: str | None


class VersionDetail(VersionOut):
    """A version in full."""

    definition: dict[str, Any]
    source: str
    bundle: dict[str, Any] | None
    findings: list[FindingOut]
    approvals: list[ApprovalOut]
    in_force: list[InForceOut]


class ChangeOut(Answer):
    """One change: where, what was and what is, a sentence in both languages, its risk and why."""

    step: str | None
    path: str
    kind: str
    before: Any
    after: Any
    risk: str
    where: BothLanguages
    sentence: BothLanguages
    why: BothLanguages


class ChangesOut(Answer):
    """What changed from a version (null: there was none to compare with) to this one."""

    version: VersionOut
    since: VersionOut | None
    risk: str | None
    to_train: list[str]
    changes: list[ChangeOut]


class DraftIn(Request):
    """The YAML text of a definition."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=250_000)]


class DraftOut(VersionOut):
    """The draft that was made, with the linter's warnings."""

    findings: list[FindingOut]


class SubmitIn(Request):
    """Words for the reviewers."""

    comment: Comment | None = None


class RejectIn(Request):
    """Why a version goes back to its author."""

    reason: Reason


class ApproveIn(Request):
    """The approval's signature; `revision` is that of the version as it was read: another is not approved."""

    signature: SignatureIn
    comment: Comment | None = None
    revision: int | None = None


class PublishIn(Request):
    """Where (all sites when null) and from when (now when null) a version is in force, signed."""

    signature: SignatureIn
    site: Code | None = None
    effective_from: Moment | None = None


class WithdrawIn(Request):
    """Which plan is called off - the site (all when null) and the instant of its beginning - and why."""

    signature: SignatureIn
    site: Code | None = None
    effective_from: Moment
    reason: Reason


class CommentIn(Request):
    """What is said of a version in review, or of the step at a place in it."""

    text: Reason
    step: Annotated[str, StringConstraints(max_length=500)] | None = None


class CommentOut(Answer):
    """A comment: of which step (the whole when null), on which text (SHA-256), by whom, when."""

    id: UUID
    step: str | None
    text: str
    source_sha256: str
    actor: str
    recorded_at: Instant
