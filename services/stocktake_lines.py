"""Services: the lines of a stocktake - positions as sheets show them, what their counts say. No engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import documents, stocktake_books, stocktakes
from db.queries.stocktake_books import Asked
from db.queries.stocktakes import CountPosition
from domain.stocktake import Counted, Judgement, moment_of
from domain.stocktake_actions import SHEET_COLUMNS
from services.receiving_lines import all_lines

if TYPE_CHECKING:
    from db.session import Reader
    from services.action_context import ActionContext

Line = Mapping[str, Any]
COUNTED = "counted_quantity"
"""The field of a count's form that holds what was counted."""


@dataclass(frozen=True)
class JudgedLine:
    """A position with its counts: the first line, the second one where there is one, and their moments."""

    first: Line
    second: Line | None
    judgement: Judgement
    counted_at: datetime
    moved: int
    """What came and went between the plan and the count that stands."""

    @property
    def standing(self) -> Line:
        return self.second or self.first


def key_of(line: Line) -> str:
    """What tells a position: place, batch, state and owner."""
    return f"{line['location_id']}:{line['batch_id']}:{line['status']}:{line['owner_id']}"


def sheet_line(position: CountPosition, number: int) -> dict[str, Any]:
    """A position as a line of a sheet."""
    return {
        "number": number,
        "location": position.location,
        "location_id": str(position.location_id),
        "material": position.material,
        "material_name": position.material_name,
        "specification": position.specification,
        "unit": position.unit,
        "storage_class": position.storage_class,
        "special_control": position.special_control,
        "batch_id": str(position.batch_id),
        "batch_number": position.batch_number,
        **({"expires_on": position.expires_on.isoformat()} if position.expires_on else {}),
        "status": position.status,
        "owner_id": str(position.owner_id),
    }


def sheet_of(line: Line) -> dict[str, Any]:
    """The part of a counted line that a next counter may know."""
    return {name: line[name] for name in SHEET_COLUMNS if name in line}


def special(lines: Sequence[Line]) -> bool:
    """Whether special-control goods are among the lines."""
    return any(line["special_control"] for line in lines)


def question(line: Line, number: int, at: datetime) -> Asked:
    """What the books held of a line's position at a moment."""
    return Asked(
        number, UUID(line["location_id"]), UUID(line["batch_id"]), line["status"], UUID(line["owner_id"]), at
    )


async def moments(tx: Reader, lines: Sequence[Line]) -> dict[str, datetime]:
    """When the quantity of each line was counted, by the id of its result: the database's clock."""
    found = await stocktakes.results(tx, {UUID(line["result_id"]) for line in lines}, COUNTED)
    return {str(result): moment_of(counts) for result, counts in found.items()}


async def counted(
    ctx: ActionContext, lines: Sequence[Line], at: Mapping[str, datetime]
) -> dict[str, Counted]:
    """What was counted of each position and what the books held at that moment, by key."""
    asked = [question(line, number, at[line["result_id"]]) for number, line in enumerate(lines)]
    held = await stocktake_books.books_at(ctx.tx, ctx.run.site_id, asked)
    return {key_of(line): Counted(line[COUNTED], held[number]) for number, line in enumerate(lines)}


async def _planned_at(ctx: ActionContext) -> datetime:
    """When the run's sheet was made."""
    document = await documents.of_run(ctx.tx, ctx.run.id, stocktakes.STOCKTAKE)
    assert document is not None
    return await stocktakes.planned_at(ctx.tx, UUID(document.header["sheet"]))


async def judged(ctx: ActionContext, inputs: Mapping[str, Any]) -> list[JudgedLine]:
    """All counted positions of a stocktake; the second count stands where there is one."""
    first = await all_lines(ctx, inputs["first"])
    second = await all_lines(ctx, inputs["second"]) if inputs.get("second") else []
    at = await moments(ctx.tx, [*first, *second])
    firsts, seconds = await counted(ctx, first, at), await counted(ctx, second, at)
    again = {key_of(line): line for line in second}
    planned = await _planned_at(ctx)
    asked = [question(line, number, planned) for number, line in enumerate(first)]
    before = await stocktake_books.books_at(ctx.tx, ctx.run.site_id, asked)
    found = []
    for number, line in enumerate(first):
        key = key_of(line)
        judgement = Judgement(firsts[key], seconds.get(key))
        standing = again.get(key, line)
        moved = judgement.standing.expected - before[number]
        found.append(JudgedLine(line, again.get(key), judgement, at[standing["result_id"]], moved))
    return found
