"""Services: deviations - a command that the database does not confirm becomes a task of the SOP's owner.

Written in a transaction of its own, because the advance it came with was rolled back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from contracts.advance import AdvanceInput
from db import tables as t
from db.ids import new_id
from db.queries import runs as run_queries
from domain.canonical import sha256_of
from services.action_context import RunInAdvance
from services.advance_state import Advance
from services.bundles import bundle_of

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Database, Transaction
    from services.advance_settle import Unfounded

TITLE_ZH = "偏差：无据操作"
TITLE_EN = "Deviation: an unfounded command"
OUTCOME = "handled"


async def open_for(database: Database, given: AdvanceInput, unfounded: Unfounded) -> None:
    """One deviation task per unfounded command, and an audit event; delivered twice, once each."""
    async with database.write(request_id=f"{given.workflow_id}/{given.number}") as tx:
        row = await tx.one_or_none(*run_queries.for_advance(UUID(given.run_id)))
        assert row is not None
        run = RunInAdvance(**row)
        bundle = await bundle_of(tx, run.sop_version_id, run.sha256)
        owner = await Advance(tx, given, run, bundle, {}, {}).owner()
        opened = 0
        for submission, why in unfounded.why.items():
            content = _content(submission, unfounded.paths[submission], why)
            made = await tx.one_or_none(
                insert(t.task)
                .values(
                    id=new_id(),
                    run_id=run.id,
                    path=f"deviation/{submission}",
                    step_id="deviation",
                    kind="deviation",
                    title_zh=TITLE_ZH,
                    title_en=TITLE_EN,
                    object=run.summary_zh,
                    post_id=owner.post_id,
                    site_id=run.site_id,
                    department_id=owner.department_id,
                    opened_at=given.now,
                    content=content,
                    content_sha256=sha256_of("task_content", 1, content=content),
                )
                .on_conflict_do_nothing(index_elements=["run_id", "path"])
                .returning(t.task.c.id)
            )
            if made is not None:
                opened += 1
                await tx.audit(
                    "open.deviation",
                    "task",
                    str(made["id"]),
                    after={"submission": submission, "why": why, "path": unfounded.paths[submission]},
                    refused=True,
                    run_id=run.id,
                )
        if not opened:
            tx.audited_elsewhere("the deviation was opened when this was first delivered")


async def close(
    tx: Transaction, task: TaskAct, submission_id: UUID, outcome: str, reason: str | None
) -> None:
    """The owner's answer to a deviation: it is no step of the run, so the verdict is given here."""
    now = await tx.scalar(sa.select(sa.func.clock_now()))
    await tx.execute(
        sa.insert(t.submission_verdict).values(
            submission_id=submission_id,
            accepted=True,
            code="accepted",
            message_zh="已受理",
            message_en="accepted",
            state="done",
            missing_signatures=[],
        )
    )
    await tx.execute(
        sa.update(t.task)
        .where(t.task.c.id == task.id)
        .values(state="done", outcome=outcome, closed_at=now, result={"outcome": outcome, "reason": reason})
    )
    await tx.audit(
        "complete.task",
        "task",
        str(task.id),
        after={"outcome": outcome, "title": task.title_zh},
        reason=reason,
        run_id=task.run_id,
    )


def _content(submission: str, path: str, why: str) -> dict[str, object]:
    return {
        "instruction": {
            "zh": "引擎收到一个数据库中没有依据的操作，未予执行。请查明来源并记录处理结果。",
            "en": "The engine received a command that the database does not confirm. Nothing was done. "
            "Find out where it came from and record what you did about it.",
        },
        "data": [
            {"label": {"zh": "提交编号", "en": "Submission"}, "value": submission[:200]},
            {"label": {"zh": "步骤", "en": "Step"}, "value": path[:200]},
            {"label": {"zh": "不符之处", "en": "What differs"}, "value": why},
        ],
        "form": {},
        "required": [],
        "rules": [],
        "lines": None,
        "outcomes": {
            OUTCOME: {"label": {"zh": "已处理", "en": "Handled"}, "reason": "required", "go": "next"}
        },
    }
