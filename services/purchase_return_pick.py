"""Services: what was picked of a return to the supplier, and what was not found - `list_missing`, `withdraw`.

What is not found stays in the books where it should be: a count corrects them, not the return. No engine.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from db.queries import documents
from services import line_sets
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_lines import all_lines

KIND = "purchase_return"
ROW = ("outcome", "actor", "result_id", "line", "reason", "picked_quantity", "remark")
"""What the pick adds to its lines and the list of what is missing does not take over."""
Line = Mapping[str, Any]


def _picked(line: Line) -> int:
    """How many of a line were picked: all of it unless it is short."""
    if line.get("outcome") != "short":
        return int(line["quantity"])
    given = int(line.get("picked_quantity") or 0)
    if not 0 <= given < line["quantity"]:
        raise ActionRefused("stock_changed", f"{line['batch_number']}: {given} / {line['quantity']}")
    return given


def picked_lines(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The lines of which something was picked, with that quantity; `approved` is what was to go back."""
    found = [{**line, "approved": line["quantity"], "quantity": _picked(line)} for line in lines]
    return [line for line in found if line["quantity"]]


def missing_of(lines: Sequence[Line]) -> int:
    """How many were approved and not found."""
    return sum(line["quantity"] - _picked(line) for line in lines)


async def list_missing(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """What was not found, line by line, with what the picker said of it."""
    lines = []
    for line in await all_lines(ctx, inputs["lines"]):
        missing = line["quantity"] - _picked(line)
        if missing:
            kept = {name: value for name, value in line.items() if name not in ROW}
            said = {"quantity": missing, "finding": line.get("reason") or ""}
            lines.append((f"{line['location']}/{line['batch_number']}/{line['status']}", {**kept, **said}))
    totals = {
        "any_special_control": any(line["special_control"] for _, line in lines),
        "sum_quantity": sum(line["quantity"] for _, line in lines),
    }
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "positions", lines, totals)
    return ActionOutcome({"lines": made.model_dump(mode="json"), "missing": totals["sum_quantity"]})


async def withdraw(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Cancel a return of which nothing was found."""
    missing = missing_of(await all_lines(ctx, inputs["lines"]))
    document = await documents.of_run(ctx.tx, ctx.run.id, KIND)
    assert document is not None
    await cancelled(ctx, document.id, {"missing": missing}, header={"not_found": missing})
    return ActionOutcome({"missing": missing})


async def cancelled(
    ctx: ActionContext,
    document_id: UUID,
    after: Mapping[str, Any],
    header: Mapping[str, Any] | None = None,
) -> None:
    """Cancel the return, audited with why."""
    await documents.change_state(ctx.tx, document_id, "cancelled", header=header)
    await ctx.tx.audit(
        "cancel.purchase_return", "document", str(document_id), run_id=ctx.run.id, after=dict(after)
    )
