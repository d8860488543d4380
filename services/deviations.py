"""Services: deviations - what happened past the doors becomes a task of the SOP's owner.

A command that the database does not confirm, and a run that somebody ended in the engine itself.
Written in a transaction of its own, because the advance it came with was rolled back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from contracts import names
from contracts.advance import AdvanceInput
from db import tables as t
from db.ids import new_id
from db.queries import runs as run_queries
from db.queries.tasks import OPEN
from db.tables import OPEN_STATES
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
ASTRAY_ZH = "偏差：流程在引擎中被终止"
ASTRAY_EN = "Deviation: the run was ended in the engine"
ENGINE = "engine"
"""What the deviation of a run is about that the engine has ended."""
TAMPERED_ZH = "偏差：引擎中的流程历史不完整"
TAMPERED_EN = "Deviation: the engine's history of the run is not whole"
ANOMALIES = {
    "reset": ("有人在引擎中重置了流程", "Somebody reset the run in the engine"),
    "terminated": ("有人在引擎中终止了流程", "Somebody terminated the run in the engine"),
    "failed_in_engine": ("流程在引擎中失败", "The run failed in the engine"),
    "timed_out_in_engine": ("流程在引擎中超时", "The run timed out in the engine"),
    "cancelled_in_engine": ("有人在引擎中取消了流程", "Somebody cancelled the run in the engine"),
    "execution_lost": ("引擎中缺少一段历史", "The engine lacks a part of the history"),
    "history_lost": ("引擎中没有该流程的历史", "The engine has no history of the run"),
}
"""What the archiver found (`engine.histories`), in words."""
ENDED_THERE = {"terminated", "failed_in_engine", "timed_out_in_engine", "cancelled_in_engine"}
OUTCOME = "handled"


async def open_for(database: Database, given: AdvanceInput, unfounded: Unfounded) -> None:
    """One deviation task per unfounded command, and an audit event; delivered twice, once each."""
    async with database.write(request_id=f"{given.workflow_id}/{given.number}") as tx:
        opened = 0
        for submission, why in unfounded.why.items():
            path = unfounded.paths[submission]
            content = _content(submission, path, why)
            noted = {"submission": submission, "why": why, "path": path}
            opened += await _open(tx, given, submission, (TITLE_ZH, TITLE_EN), content, noted)
        if not opened:
            tx.audited_elsewhere("the deviation was opened when this was first delivered")


async def open_astray(database: Database, run_id: UUID) -> bool:
    """A deviation for a run that somebody ended in the engine, past the doors; whether it is a new one."""
    async with database.write(request_id=f"astray/{run_id}") as tx:
        now = await tx.scalar(sa.select(sa.func.clock_now()))
        given = AdvanceInput(
            workflow_id=names.workflow_id(str(run_id)), run_id=str(run_id), number=0, now=now, state="failed"
        )
        noted = {"why": "ended in the engine"}
        opened = await _open(tx, given, ENGINE, (ASTRAY_ZH, ASTRAY_EN), _astray_content(), noted)
        if not opened:
            tx.audited_elsewhere("the deviation is open already")
        return opened


async def open_tampered(database: Database, run_id: UUID, anomaly: str) -> bool:
    """A deviation for a history that is not whole at archiving; whether it is a new one.

    What the sweeps have told already (the run was ended in the engine) is not told twice.
    """
    async with database.write(request_id=f"archive/{run_id}") as tx:
        now = await tx.scalar(sa.select(sa.func.clock_now()))
        told = sa.select(t.task.c.id).where(t.task.c.run_id == run_id, t.task.c.path == f"deviation/{ENGINE}")
        if anomaly in ENDED_THERE and await tx.scalar(told):
            tx.audited_elsewhere("the deviation was opened while the run was open")
            return False
        given = AdvanceInput(
            workflow_id=names.workflow_id(str(run_id)), run_id=str(run_id), number=0, now=now, state="failed"
        )
        zh, en = ANOMALIES[anomaly]
        content = _to_handle(
            f"{zh}，没有经过本系统的任何操作。本系统的记录与签名不受影响，该流程已按现有历史归档。"
            "请查明由谁、为何这样做，核对库存与记录，并写明处理结果。",
            f"{en}, by no command of this system. Its own records and signatures stand, and the run is "
            "archived with the history there is. Find out who did it and why, check stock and records, and "
            "write down what you did about it.",
        )
        opened = await _open(
            tx, given, f"history/{anomaly}", (TAMPERED_ZH, TAMPERED_EN), content, {"why": anomaly}
        )
        if not opened:
            tx.audited_elsewhere("the deviation is open already")
        return opened


async def _open(
    tx: Transaction,
    given: AdvanceInput,
    about: str,
    title: tuple[str, str],
    content: dict[str, object],
    noted: Mapping[str, object],
) -> bool:
    """A task for the procedure's owner, once for the run and what it is about."""
    row = await tx.one_or_none(*run_queries.for_advance(UUID(given.run_id)))
    assert row is not None
    run = RunInAdvance(**row)
    bundle = await bundle_of(tx, run.sop_version_id, run.sha256)
    owner = await Advance(tx, given, run, bundle, {}, {}).owner()
    made = await tx.one_or_none(
        insert(t.task)
        .values(
            id=new_id(),
            run_id=run.id,
            path=f"deviation/{about}",
            step_id="deviation",
            kind="deviation",
            title_zh=title[0],
            title_en=title[1],
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
    if made is None:
        return False
    await tx.audit("open.deviation", "task", str(made["id"]), after=dict(noted), refused=True, run_id=run.id)
    return True


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
    if task.path == f"deviation/{ENGINE}":
        await _end_failed(tx, task.run_id)
    await tx.audit(
        "complete.task",
        "task",
        str(task.id),
        after={"outcome": outcome, "title": task.title_zh},
        reason=reason,
        run_id=task.run_id,
    )


async def _end_failed(tx: Transaction, run_id: UUID) -> None:
    """What the engine has ended goes no further: the run has failed, what was open of it is taken back."""
    r, k, now = t.run.c, t.task.c, sa.func.clock_now()
    await tx.execute(
        sa.update(t.run)
        .where(r.id == run_id, r.state.in_(OPEN_STATES))
        .values(state="failed", ended_at=now, current_steps=[])
    )
    await tx.execute(
        sa.update(t.run).where(r.id == run_id).values(engine_closed_at=sa.func.clock_timestamp())
    )
    await tx.execute(
        sa.update(t.task)
        .where(k.run_id == run_id, k.state.in_(OPEN), k.kind != "deviation")
        .values(state="withdrawn", closed_at=now)
    )


def _astray_content() -> dict[str, object]:
    return _to_handle(
        "该流程在引擎中被强行结束，没有经过本系统的任何操作，不会再继续。请查明由谁、为何结束，"
        "核对已执行的步骤与库存，必要时重新启动流程。记录处理结果后，该流程按失败结案，未完成的任务收回。",
        "Somebody ended this run in the engine, by no command of this system; it goes no further. "
        "Find out who did it and why, check what was performed and the stock, start the procedure again "
        "if need be. When you have recorded what you did, the run is closed as failed and its open tasks "
        "are taken back.",
    )


def _to_handle(zh: str, en: str, data: Sequence[Mapping[str, object]] = ()) -> dict[str, object]:
    """The content of a deviation: what happened, and one answer that wants a reason."""
    return {
        "instruction": {"zh": zh, "en": en},
        "data": list(data),
        "form": {},
        "required": [],
        "rules": [],
        "lines": None,
        "outcomes": {
            OUTCOME: {"label": {"zh": "已处理", "en": "Handled"}, "reason": "required", "go": "next"}
        },
    }


def _content(submission: str, path: str, why: str) -> dict[str, object]:
    return _to_handle(
        "引擎收到一个数据库中没有依据的操作，未予执行。请查明来源并记录处理结果。",
        "The engine received a command that the database does not confirm. Nothing was done. "
        "Find out where it came from and record what you did about it.",
        [
            {"label": {"zh": "提交编号", "en": "Submission"}, "value": submission[:200]},
            {"label": {"zh": "步骤", "en": "Step"}, "value": path[:200]},
            {"label": {"zh": "不符之处", "en": "What differs"}, "value": why},
        ],
    )
