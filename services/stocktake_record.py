"""Services: the action `stocktake.record` (GSP 88). Knows tables, no engine.

The record has every counted position, the right ones too: what the books held at the moment of the count,
both counts, the difference with cause and value, and whether the books were changed. It takes figures as they
were assessed and approved: the adjustment itself has changed what the books say of that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from db.queries import documents, references, stocktakes
from db.queries.acceptance_signatures import signatures_of_run
from db.queries.references import MaterialRef
from domain.canonical import instant
from domain.stocktake import total_value
from services.action_context import ActionContext, ActionOutcome
from services.receiving_lines import all_lines
from services.stocktake_adjust import ADJUST
from services.stocktake_lines import Line, key_of

FIGURES = ("expected", "counted", "first_counted", "second_counted", "variance", "value", "agreed", "moved")
FACTS = ("location", "status", "special_control", "counted_at", "first_counter", "second_counter", "added")
REVIEW = ("cause", "reason", "photo", "outcome")


async def record(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write the lines and close the stocktake."""
    lines = await all_lines(ctx, inputs["lines"])
    reviewed = await all_lines(ctx, inputs["reviewed"]) if inputs.get("reviewed") else []
    reviews = {key_of(line): line for line in reviewed}
    materials = await references.materials(ctx.tx, {line["material"] for line in lines})
    document = await documents.of_run(ctx.tx, ctx.run.id, stocktakes.STOCKTAKE)
    assert document is not None
    rows = [
        _row(line, reviews.get(key_of(line)), materials[line["material"]], adjusted=inputs["adjusted"])
        for line in lines
    ]
    await documents.add_lines(ctx.tx, document.id, rows)
    summary = {**_summary(rows), "accuracy": inputs["accuracy"]}
    signatures = await signatures_of_run(ctx.tx, ctx.run.id)
    header = {**summary, "recorded_at": instant(ctx.now), "signatures": signatures}
    await documents.change_state(ctx.tx, document.id, "closed", header=header)
    await ctx.tx.audit("record.stocktake", "document", str(document.id), run_id=ctx.run.id, after=summary)
    return ActionOutcome({"record": str(document.id)})


def _row(line: Line, review: Line | None, material: MaterialRef, *, adjusted: bool) -> dict[str, Any]:
    expires = line.get("expires_on")
    said = {name: review[name] for name in REVIEW if name in review} if review else {}
    return {
        "line_no": line["line"],
        "material_id": material.id,
        "batch_number": line["batch_number"],
        "expires_on": date.fromisoformat(expires) if expires else None,
        "quantity": line["counted"],
        "entered_unit": material.base_unit,
        "batch_id": UUID(line["batch_id"]),
        "data": {
            "key": key_of(line),
            **{name: line[name] for name in (*FIGURES, *FACTS) if name in line},
            "unit_value": material.unit_value,
            **said,
            **({"reviewer": review["actor"]} if review else {}),
            "adjusted": bool(adjusted and review and review["outcome"] == ADJUST),
        },
    }


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How the count came out: positions, differences, what was adjusted, and what they are worth."""
    differing = [row["data"] for row in rows if row["data"]["variance"]]
    return {
        "counted": len(rows),
        "differing": len(differing),
        "adjusted": sum(data["adjusted"] for data in differing),
        "value": total_value(data.get("value") for data in differing),
    }
