"""Services: the lines of a delivery as receiving hands them from step to step. Knows line sets, no engine."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services import line_sets
from services.action_context import ActionContext

CHUNK = 500
"""Lines that one advance works on (a transaction of a second or so)."""


async def all_lines(ctx: ActionContext, reference: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every line of a line set in order, each with its number as `line`."""
    return [line async for line in _stream(ctx, UUID(str(reference["id"])))]


async def chunk_of(ctx: ActionContext, reference: Mapping[str, Any], after: int) -> list[dict[str, Any]]:
    """The next lines after a line number."""
    found = await line_sets.read(ctx.tx, UUID(str(reference["id"])), after, CHUNK)
    return [{**line.data, "line": line.line} for line in found]


async def _stream(ctx: ActionContext, line_set_id: UUID) -> AsyncIterator[dict[str, Any]]:
    after = 0
    while found := await line_sets.read(ctx.tx, line_set_id, after, 10 * CHUNK):
        for line in found:
            yield {**line.data, "line": line.line}
        after = found[-1].line


def span(lines: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """The first and the last line number."""
    return (lines[0]["line"], lines[-1]["line"]) if lines else (0, 0)


def aggregates(lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What an expression may ask of receipt lines."""
    lines = list(lines)
    return {
        "any_special_control": any(line["special_control"] for line in lines),
        "any_cold_chain": any(line["cold_chain"] for line in lines),
        "any_date_mismatch": any(line.get("date_mismatch", False) for line in lines),
        "sum_quantity": sum(line["quantity"] for line in lines),
    }


def day_of(text: str | None) -> date | None:
    """A date of a line, which stands there as text."""
    return date.fromisoformat(text) if text else None


def day(value: date | None) -> str | None:
    """A date as it stands in a line."""
    return value.isoformat() if value is not None else None
