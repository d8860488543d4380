"""Services: the action `recall.open` and its undo - the scope of a notice against the books. Knows no engine.

Everything that the text says becomes a line that a person judges: batches found, terms that name none of
ours, and words that were not understood. None of them is left out (药品管理法 82; GSP 117).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.queries import documents, recalls
from db.queries.documents import DocumentRef
from db.queries.recalls import BookedBatch
from domain.recall import RecallSealed
from domain.recall_matching import Matched, match_scope
from domain.recall_numbers import LotRange
from domain.recall_parts import Part
from domain.recall_scope import read_scope
from services import line_sets
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.recall_lines import is_drill, same_mode
from services.receiving_lines import day

Line = tuple[str, dict[str, Any]]


async def open_recall(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Open the recall of a notice, or take up again one that new evidence has opened."""
    notice = await documents.locked(ctx.tx, UUID(inputs["recall"]["id"]), "recall")
    if notice is None or notice.state == "cancelled":
        raise ActionRefused("recall_closed", inputs["recall"]["number"])
    drill = is_drill(ctx, inputs)
    known = await recalls.one(ctx.tx, notice.id)
    if known is not None and known.state == "closed":
        raise ActionRefused("recall_closed", notice.number)
    if known is not None:
        same_mode(ctx, inputs, known)
    await _take(ctx, notice, drill=drill)
    reopened = known is not None and known.state == "reopened"
    lines = [] if reopened else await _lines(ctx, notice)
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "recall_scope", lines, _aggregates(lines))
    await ctx.tx.audit(
        "open.recall",
        "document",
        str(notice.id),
        run_id=ctx.run.id,
        after={"number": notice.number, "lines": len(lines), "drill": drill, "reopened": reopened},
    )
    return ActionOutcome({"lines": made.model_dump(mode="json"), "reopened": reopened})


async def withdraw(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo of `recall.open`: the notice waits again; refused once its batches are sealed."""
    del outputs
    found = await recalls.one(ctx.tx, UUID(inputs["recall"]["id"]))
    if found is None:
        return
    if found.sealed_at is not None:
        raise RecallSealed
    await documents.change_state(ctx.tx, found.document_id, "open")
    await ctx.tx.audit("withdraw.recall", "document", str(found.document_id), run_id=ctx.run.id)


async def _take(ctx: ActionContext, notice: DocumentRef, *, drill: bool) -> None:
    c = t.recall.c
    row = {
        "document_id": notice.id,
        "run_id": ctx.run.id,
        "class_name": notice.header["class_name"],
        "profile": notice.header["profile"],
        "drill": drill,
        "opened_at": ctx.now,
    }
    made = insert(t.recall).values(**row)
    await ctx.tx.execute(
        made.on_conflict_do_update(index_elements=[c.document_id], set_={"run_id": made.excluded.run_id})
    )
    said = {"drill": True} if drill else None
    await documents.change_state(ctx.tx, notice.id, "in_process", run_id=ctx.run.id, header=said)


async def _lines(ctx: ActionContext, notice: DocumentRef) -> list[Line]:
    wanted = {line.material_id for line in await documents.lines_of(ctx.tx, notice.id)}
    booked = await recalls.booked_batches(ctx.tx, wanted)
    matched = match_scope(read_scope(str(notice.header["scope"])), [batch.known for batch in booked])
    return [*_found(matched, {batch.id: batch for batch in booked}), *_beside(matched)]


def _found(matched: Matched, booked: Mapping[UUID, BookedBatch]) -> Iterator[Line]:
    for hit in matched.found:
        batch = booked[hit.batch.id]
        data = _blank("batch", hit.part.text, hit.because) | {
            "certain": hit.certain,
            "batch_id": str(batch.id),
            "batch_id_given": True,
            "batch_number": batch.number,
            "material": batch.material,
            "material_name": batch.material_name,
            "specification": batch.specification,
            "unit": batch.unit,
            "special_control": batch.special_control,
            "expires_on_given": batch.expires_on is not None,
            "quantity": batch.on_hand,
            "shipped": batch.shipped,
        }
        if batch.expires_on is not None:
            data["expires_on"] = day(batch.expires_on)
        yield f"{batch.material}:{batch.number}:{batch.id}", data


def _beside(matched: Matched) -> Iterator[Line]:
    """One line for all that is not in our books, one for each stretch that was not understood."""
    if matched.absent:
        yield "absent", _blank("absent", _joined(matched.absent), "not_in_our_books")
    for number, part in enumerate(matched.unread, 1):
        yield f"unread:{number}", _blank("unread", part.text.strip() or part.text, part.doubt or part.kind)


def _joined(parts: Sequence[Part]) -> str:
    return "、".join(part.text.strip() for part in parts)[:2000]


def _blank(kind: str, text: str, because: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "text": text[:2000],
        "because": because,
        "certain": False,
        "batch_id": "",
        "batch_id_given": False,
        "batch_number": "",
        "material": "",
        "material_name": "",
        "specification": "",
        "unit": "",
        "special_control": False,
        "expires_on_given": False,
        "quantity": 0,
        "shipped": 0,
    }


def _aggregates(lines: Iterable[Line]) -> dict[str, Any]:
    data = [line for _, line in lines]
    return {
        "count_batches": sum(line["kind"] == "batch" for line in data),
        "count_doubtful": sum(line["kind"] == "batch" and not line["certain"] for line in data),
        "count_unread": sum(line["kind"] == "unread" for line in data),
        "any_special_control": any(line["special_control"] for line in data),
    }


async def named_batches(
    ctx: ActionContext, document_id: UUID, numbers: Collection[str], spans: Collection[LotRange]
) -> list[tuple[str, UUID]]:
    """Number and batch: those of the notice's materials that have one of the numbers or lie in a range.

    A range is compared with the books and never counted out: a slip of the hand names a thousand million.
    """
    wanted = {line.material_id for line in await documents.lines_of(ctx.tx, document_id)}
    c = t.batch.c
    rows = await ctx.tx.rows(sa.select(c.number, c.id).where(c.material_id.in_(wanted)).order_by(c.id))
    known = [(row["number"], row["id"]) for row in rows]
    return [
        (number, batch_id)
        for number, batch_id in known
        if number in numbers or any(span.holds(number) for span in spans)
    ]
