"""Services: the actions `stocktake.compare` and `stocktake.assess` (GSP 88). Knows tables, no engine.

Each count is compared with what the books held at its own moment. What a second counter gets is the sheet of
what differs, without the books and without the first count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from db.queries import references
from domain.canonical import instant
from domain.stocktake import accuracy, total_value, value_of
from services import line_sets
from services.action_context import ActionContext, ActionOutcome
from services.line_sets import SetLine
from services.receiving_lines import all_lines
from services.stocktake_lines import JudgedLine, counted, judged, key_of, moments, sheet_of, special


async def compare(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The sheet for the second count: the positions at which the first one differs from the books."""
    lines = await all_lines(ctx, inputs["lines"])
    found = await counted(ctx, lines, await moments(ctx.tx, lines))
    again = [line for line in lines if found[key_of(line)].variance]
    reference = await line_sets.create_numbered(
        ctx.tx,
        run_id=ctx.run.id,
        path=ctx.path,
        kind="recount_sheet",
        lines=[SetLine(line["line"], key_of(line), sheet_of(line)) for line in again],
        aggregates={"any_special_control": special(again)},
    )
    return ActionOutcome({"lines": reference.model_dump(mode="json")})


async def assess(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The differences that stand, the dearest first, with what they are worth together."""
    found = await judged(ctx, inputs)
    values = await _unit_values(ctx, found)
    counted_lines = [_judged_line(one, values) for one in found]
    differing = [line for line in counted_lines if line["variance"]]
    differing.sort(key=lambda line: (-abs(Decimal(line.get("value", "0"))), line["number"]))
    lines = [{**line, "number": number} for number, line in enumerate(differing, 1)]
    right = sum(one.judgement.first.variance == 0 for one in found)
    return ActionOutcome(
        {
            "lines": await _kept(ctx, "variances", lines),
            "counted": await _kept(ctx, "counted", counted_lines),
            "special_control": special(lines),
            "value": total_value(line.get("value") for line in lines),
            "unvalued": sum("value" not in line for line in lines),
            "accuracy": accuracy(right, len(found)),
        }
    )


async def _kept(ctx: ActionContext, kind: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    reference = await line_sets.create(
        ctx.tx,
        run_id=ctx.run.id,
        path=ctx.path,
        kind=kind,
        lines=[(key_of(line), line) for line in lines],
        aggregates={"any_special_control": special(lines)},
    )
    return reference.model_dump(mode="json")


async def _unit_values(ctx: ActionContext, found: list[JudgedLine]) -> dict[str, str | None]:
    """What a unit of each material is worth now, by its code."""
    known = await references.materials(ctx.tx, {one.first["material"] for one in found})
    return {code: material.unit_value for code, material in known.items()}


def _judged_line(one: JudgedLine, values: Mapping[str, str | None]) -> dict[str, Any]:
    """A position with all that its counts say, as the reviewer and the record see it."""
    judgement = one.judgement
    value = value_of(judgement.variance, values[one.first["material"]])
    second = {}
    if judgement.second and one.second:
        second = {"second_counted": judgement.second.quantity, "second_counter": one.second["actor"]}
    return {
        **sheet_of(one.first),
        "expected": judgement.standing.expected,
        "counted": judgement.standing.quantity,
        "first_counted": judgement.first.quantity,
        **second,
        "variance": judgement.variance,
        "agreed": judgement.agreed,
        "moved": one.moved,
        **({} if value is None else {"value": value}),
        "counted_at": instant(one.counted_at),
        "counted_result_id": one.standing["result_id"],
        "first_counter": one.first["actor"],
        "added": one.first.get("added", False),
    }
