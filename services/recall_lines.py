"""Services: what the steps of a recall share - the recall of a run, and lines of what was consigned."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from db.queries import recalls, references
from db.queries.recalls import ConsignedRow, RecallRow
from domain.errors import NotFound
from services import line_sets
from services.action_context import ActionContext, ActionRefused


async def recall_of(ctx: ActionContext, inputs: Mapping[str, Any]) -> RecallRow:
    """The recall of the notice that the run was given."""
    found = await recalls.one(ctx.tx, UUID(inputs["recall"]["id"]))
    if found is None:
        raise NotFound(what=f"召回 / recall {inputs['recall']['number']}")
    return found


def same_mode(ctx: ActionContext, inputs: Mapping[str, Any], recall: RecallRow) -> RecallRow:
    """The recall; ActionRefused `mode_differs` when just one of run and recall is a drill."""
    if is_drill(ctx, inputs) != recall.drill:
        zh = "召回演练" if recall.drill else "真实召回"
        en = "a drill" if recall.drill else "a real recall"
        number = recall.number
        words = f"{number} 已作为{zh}开立，请另行登记通知 / {number} was begun as {en}: enter another notice"
        raise ActionRefused("mode_differs", words)
    return recall


async def party_id(ctx: ActionContext, inputs: Mapping[str, Any]) -> UUID:
    """The consignee of a child run."""
    found = await references.party(ctx.tx, inputs["party"])
    if found is None:
        raise NotFound(what=f"购货单位 / consignee {inputs['party']}")
    return found.id


def is_drill(ctx: ActionContext, inputs: Mapping[str, Any]) -> bool:
    """A drill by its input, or because everything here is one."""
    return bool(inputs.get("drill")) or ctx.run.mode == "drill"


def consigned_line(row: ConsignedRow) -> tuple[str, dict[str, Any]]:
    """A balance as a line of a set: its key and its columns."""
    data = {
        "batch_id": str(row.batch_id),
        "batch_number": row.batch_number,
        "material": row.material,
        "material_name": row.material_name,
        "specification": row.specification,
        "unit": row.unit,
        "storage_class": row.storage_class,
        "special_control": row.special_control,
        "party": row.party,
        "party_name": row.party_name,
        "documents": "、".join(sorted(row.documents)[:50]),
        "quantity": row.shipped,
        "recovered": row.recovered,
        "unaccounted": row.consigned.unaccounted,
    }
    return f"{row.material}:{row.batch_number}:{row.party}", data


async def consigned_set(
    ctx: ActionContext, rows: Sequence[ConsignedRow], kind: str, on_hand: Mapping[UUID, int] | None = None
) -> dict[str, Any]:
    """Balances as a line set; with what the consignee says is still there of each batch."""
    lines = [consigned_line(row) for row in rows]
    if on_hand is not None:
        lines = [
            (key, {**data, "on_hand": on_hand[row.batch_id]})
            for (key, data), row in zip(lines, rows, strict=True)
        ]
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, kind, lines, _totals(rows))
    return made.model_dump(mode="json")


def _totals(rows: Sequence[ConsignedRow]) -> dict[str, Any]:
    lines = [row.consigned for row in rows]
    return {
        "any_special_control": any(row.special_control for row in rows),
        "sum_quantity": sum(line.shipped for line in lines),
        "sum_unaccounted": sum(line.unaccounted for line in lines),
    }
