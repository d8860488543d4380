"""Services: how master data changes - with a reason, audited with before and after (GSP 40, annex 2)."""

from collections.abc import Awaitable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid, NotFound, Refusal
from domain.sop_progress.refusals import ReasonRequired

Made = TypeVar("Made")


class CodeTaken(Refusal):
    """Another record has this code."""

    code = "code_taken"
    kind = "conflict"
    zh = "编码已被使用：{value}"
    en = "The code is taken: {value}"


async def made_before(look: Awaitable[Made]) -> Made | None:
    """What an earlier try has made under the id that was given to it, None if there is nothing."""
    try:
        return await look
    except NotFound:
        return None


async def done_before(tx: Reader, as_id: UUID | None) -> bool:
    """Whether an earlier try has made the change that was audited under this id."""
    return as_id is not None and bool(
        await tx.scalar(sa.select(sa.exists().where(t.audit_event.c.id == as_id)))
    )


def reason_of(reason: str) -> str:
    """The reason, trimmed; ReasonRequired when there is none."""
    if not reason.strip():
        raise ReasonRequired
    return reason.strip()[:1000]


def unknown(field: str, zh: str, en: str) -> Invalid:
    """A field that names something that does not exist."""
    return Invalid([FieldProblem(field, "unknown", zh, en)])


def as_json(row: Any) -> dict[str, Any]:
    """A read model as it stands in the audit log."""
    fields = asdict(row) if is_dataclass(row) and not isinstance(row, type) else dict(row)
    return {name: _plain(value) for name, value in fields.items()}


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs: how it was and how it is."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}


async def hold(tx: Transaction, table: sa.Table, row_id: UUID) -> None:
    """Who changes a row takes it before looking at what stands there: a second one waits, and looks then."""
    await tx.execute(sa.select(table.c.id).where(table.c.id == row_id).with_for_update())


def refuse_unchanged(after: Mapping[str, Any]) -> None:
    """Invalid when a change changes nothing."""
    if not after:
        raise Invalid([FieldProblem("changes", "unchanged", "与现有内容相同", "nothing differs")])


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, UUID | date):
        return str(value)
    return value
