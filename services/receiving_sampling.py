"""Services: the action `receiving.draw_samples` (GSP 76-78, annex 4). Knows tables, no engine.

Which cartons are opened is drawn by the system, per batch, from a seed that nobody can know before; the
seed is kept in the line, so that anybody can draw again and see the same cartons. The further cartons that
are opened when something is abnormal are drawn at once: nobody picks them after having seen something.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from db.queries import references
from domain.receiving import cartons_of
from domain.sampling import PACKS_PER_CARTON, draw_samples
from services import line_sets
from services.action_context import ActionContext, ActionOutcome
from services.receiving_lines import aggregates, all_lines


async def draw(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Draw the cartons to open for each batch and hand the lines on with them."""
    lines = await all_lines(ctx, inputs["lines"])
    materials = await references.materials(ctx.tx, {line["material"] for line in lines})
    drawn = []
    for line in lines:
        cartons = cartons_of(line["quantity"], materials[line["material"]].carton_quantity)
        seed = secrets.token_hex(16)
        numbers = draw_samples(cartons.count, loose=cartons.loose, abnormal=False, seed=seed)
        doubled = draw_samples(cartons.count, loose=cartons.loose, abnormal=True, seed=seed)
        drawn.append(
            {
                **{name: value for name, value in line.items() if name != "line"},
                "cartons": cartons.count,
                "loose_carton": cartons.loose,
                "sample_cartons": list(numbers),
                "further_cartons": [number for number in doubled if number not in numbers],
                "packs_per_carton": PACKS_PER_CARTON,
                "seed": seed,
            }
        )
    reference = await line_sets.create(
        ctx.tx,
        run_id=ctx.run.id,
        path=ctx.path,
        kind="sample_lines",
        lines=[(f"{line['material']}:{line['batch_number']}", line) for line in drawn],
        aggregates=aggregates(drawn),
    )
    return ActionOutcome({"lines": reference.model_dump(mode="json")})
