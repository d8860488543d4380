"""Services: the action `stocktake.plan` and its undo (GSP 88). Knows tables, no engine.

The sheet lists positions and says nothing of quantities: whoever counts cannot copy what the books say. A
random part is drawn from a seed that is recorded, so that anybody can draw it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from db.queries import documents, stocktakes
from db.queries.stocktakes import CountPosition
from domain.canonical import instant
from domain.stocktake import PLAN_KINDS, Due, drawn, due
from services import line_sets
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.stocktake_lines import key_of, sheet_line, special

CYCLE_DAYS = {"A": "days_a", "B": "days_b", "C": "days_c"}
HEADER = ("kind", "since", "abc_class", "size", *CYCLE_DAYS.values())


async def plan(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """List what is to be counted and open the stocktake."""
    chosen, seed = await _chosen(ctx, inputs)
    if not chosen:
        raise ActionRefused("nothing_to_count", "没有需要盘点的库存 / there is nothing to count")
    lines = [sheet_line(position, number) for number, position in enumerate(chosen, 1)]
    reference = await line_sets.create(
        ctx.tx,
        run_id=ctx.run.id,
        path=ctx.path,
        kind="count_sheet",
        lines=[(key_of(line), line) for line in lines],
        aggregates={"any_special_control": special(lines)},
    )
    header: dict[str, Any] = {name: inputs[name] for name in HEADER if inputs.get(name) is not None}
    header |= {"positions": len(lines), "sheet": reference.id, "planned_at": instant(ctx.now)}
    document = await _open(ctx, {**header, **({"seed": seed} if seed else {})})
    return ActionOutcome(
        {
            "lines": reference.model_dump(mode="json"),
            "stocktake": str(document),
            "special_control": special(lines),
        }
    )


async def cancel_plan(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the stocktake is cancelled, its sheet stays as evidence."""
    del inputs
    document = await documents.locked(ctx.tx, UUID(outputs["stocktake"]), stocktakes.STOCKTAKE)
    if document is None or document.state == "cancelled":
        return
    await documents.change_state(ctx.tx, document.id, "cancelled")
    await ctx.tx.audit("cancel.stocktake", "document", str(document.id), run_id=ctx.run.id)


async def _chosen(ctx: ActionContext, inputs: Mapping[str, Any]) -> tuple[Sequence[CountPosition], str]:
    """The positions of this plan, and the seed where chance chose them."""
    kind, size = inputs["kind"], inputs.get("size")
    if kind not in PLAN_KINDS:
        raise _incomplete(f"没有盘点方式 {kind}", f"there is no kind of count {kind}")
    zone = ZoneInfo(ctx.run.time_zone)
    since: datetime | None = None
    if kind == "movement":
        if not inputs.get("since"):
            raise _incomplete("动碰盘点须填写起始日期", "a count after movement needs its first day")
        since = datetime.combine(date.fromisoformat(inputs["since"]), time(), zone)
    found = await stocktakes.positions(
        ctx.tx, ctx.run.site_id, moved_since=since, abc_class=inputs.get("abc_class")
    )
    if kind == "random":
        if not size or size < 1:
            raise _incomplete("随机盘点须填写抽取的行数", "a random count needs the number of positions")
        seed = secrets.token_hex(16)
        return drawn(found, size, seed), seed
    if kind == "cycle":
        return _of_the_cycle(found, inputs, ctx.now.astimezone(zone).date()), ""
    return found, ""


def _of_the_cycle(
    found: Sequence[CountPosition], inputs: Mapping[str, Any], today: date
) -> Sequence[CountPosition]:
    """What is due by its class, the longest waiting first up to the size of a day, in walking order."""
    days = {letter: inputs.get(name) for letter, name in CYCLE_DAYS.items()}
    if any(every is None or every < 1 for every in days.values()):
        raise _incomplete("循环盘点须有各类天数", "a cycle count needs the days of each class")
    named = {f"{p.location_id}:{p.batch_id}:{p.status}:{p.owner_id}": p for p in found}
    waiting = [Due(key, p.abc_class, p.counted_on) for key, p in named.items()]
    size = inputs.get("size")
    chosen = set(due(waiting, today, days)[: size if size and size > 0 else None])  # type: ignore[arg-type]
    return [position for key, position in named.items() if key in chosen]


def _incomplete(zh: str, en: str) -> ActionRefused:
    return ActionRefused("plan_incomplete", f"{zh} / {en}")


async def _open(ctx: ActionContext, header: Mapping[str, Any]) -> UUID:
    """The stocktake's document, numbered by site and day."""
    day = ctx.now.astimezone(ZoneInfo(ctx.run.time_zone)).date()
    prefix = f"PD-{ctx.run.site}-{day:%Y%m%d}-"
    number = f"{prefix}{await stocktakes.numbered_so_far(ctx.tx, prefix) + 1}"
    document = await stocktakes.open_stocktake(
        ctx.tx,
        number=number,
        site_id=ctx.run.site_id,
        owner_id=ctx.run.legal_entity_id,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        at=ctx.now,
        header=header,
    )
    await ctx.tx.audit(
        "open.stocktake",
        "document",
        str(document),
        run_id=ctx.run.id,
        after={"number": number, "kind": header["kind"], "positions": header["positions"]},
    )
    return document
