"""Services: the undoing of a scan - a reversal is appended, nothing is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from db.queries import kept_scans
from db.queries import scans as queries
from domain.errors import Conflict, NotFound
from domain.submissions import SubmissionMismatch
from services import audit, eligibility, line_answers
from services.scanning import ScanAnswer, answer_of, kept_before

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.platform import Actor, Platform


class NothingToUndo(Conflict):
    code = "nothing_to_undo"
    zh = "该扫描没有匹配明细或已撤销"
    en = "That scan matched no line or is undone already"


async def undo_scan(
    platform: Platform,
    task_id: UUID,
    scan_id: UUID,
    *,
    undo_id: UUID,
    epoch: int,
    actor: Actor,
    request_id: str = "",
) -> ScanAnswer:
    """Appends the reversal of a matched scan; a second undo gives the first one's answer."""
    async with (
        audit.refusals(platform, actor, "undo.scan", "task", task_id, request_id=request_id) as attempt,
        platform.database.write(actor.ref, request_id) as tx,
    ):
        task = await eligibility.task_unless_kept(
            *(tx, task_id, actor, epoch, attempt), lambda: queries.undo(tx, undo_id, scan_id)
        )
        if isinstance(task, eligibility.KeptBefore):
            return await kept_before(tx, task.row, task_id, actor)
        undone = await queries.scan(tx, scan_id)
        if undone is None or undone["task_id"] != task_id:
            raise NotFound(what=f"扫描 / scan {scan_id}")
        if undone["verdict"] != "matched" or undone["undone_by"] is not None:
            raise NothingToUndo
        also = await queries.also_counted(tx, scan_id) if (undone["parsed"] or {}).get("also") else []
        rows = [
            _reversal(undo_id, undone),
            *(_reversal(uuid5(undo_id, str(other["id"])), other) for other in also),
        ]
        lines = [row["line_no"] for row in rows if row["line_no"] is not None]
        results = await line_answers.reopened(tx, task, lines, undo_id=undo_id)
        totals = await kept_scans.keep(tx, task, actor.person_id, rows, results)
        tx.audited_elsewhere("a scan is evidence itself")
        if totals is None:
            raise SubmissionMismatch
    return answer_of(rows[0], totals)


def _reversal(undo_id: UUID, undone: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": undo_id,
        "code": undone["code"],
        "symbology": None,
        "parsed": {"message": {"zh": "已撤销", "en": "Undone"}},
        "verdict": "undo",
        "reason_code": "undone",
        "line_no": undone["line_no"],
        "quantity": undone["quantity"],
        "device_at": None,
        "undoes_id": undone["id"],
    }
