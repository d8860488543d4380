"""The worker of the hand-written workflow: `python -m benchmarks._engine.worker ADDRESS NAMESPACE URL`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from typing import Any

import psycopg
import uvloop
from psycopg_pool import AsyncConnectionPool
from temporalio import activity
from temporalio.worker import Worker

from benchmarks._engine.handwritten import HOP, QUEUE, Bare, HandWritten, Hop
from engine.client import connect
from engine.plugin import workflow_runner

READ = "SELECT 1 FROM submission WHERE id = %s AND run_id = %s AND actor_id = %s"
VERDICT = """INSERT INTO submission_verdict (submission_id, accepted, code, state)
  VALUES (%s, true, 'ok', 'done') ON CONFLICT DO NOTHING"""
CLOSE = """UPDATE task SET state = 'done', outcome = %s, closed_at = now(), result = %s
  WHERE run_id = %s AND path = %s"""
PERFORMED = """INSERT INTO task_performer (task_id, person_id, how, run_id, path, step_id)
  SELECT id, %s, 'complete', run_id, path, step_id FROM task
  WHERE run_id = %s AND path = %s ON CONFLICT DO NOTHING"""
EARLIER = """SELECT title_zh, title_en, result FROM task
  WHERE run_id = %s AND state = 'done' ORDER BY closed_at DESC LIMIT 12"""
OPEN = """INSERT INTO task (run_id, path, step_id, kind, state, epoch, title_zh, title_en, object, post_id,
  site_id, content, content_sha256, due_at, opened_at)
  SELECT run.id, %s, %s, 'step', 'open', 1, %s, %s, '', post.id, run.site_id, %s, %s, %s, now()
  FROM run, post WHERE run.id = %s AND post.code = 'receiver' ON CONFLICT DO NOTHING"""
RUN = "UPDATE run SET current_steps = %s WHERE id = %s"
AUDIT = """INSERT INTO audit_event (actor_id, actor_name, action, object_type, object_id, after, run_id,
  refused)
  VALUES (%s, 'bench', 'complete.task', 'task', %s, %s, %s, false)"""


LABELS = {"mode": {"zh": "方式", "en": "Mode"}, "temperature": {"zh": "温度", "en": "Temperature"}}
CONTENT: dict[str, Any] = {
    "instruction": {"zh": "核对运输方式与温度。", "en": "Check transport and temperature."},
    "form": {
        "mode": {"type": "text", "label": LABELS["mode"], "required": True},
        "temperature": {"type": "decimal", "label": LABELS["temperature"], "unit": "celsius"},
    },
    "required": ["mode"],
    "outcomes": {},
    "rules": [],
    "lines": None,
}


class Hops:
    """Plain SQL on the product's own tables, one transaction per hop."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    @activity.defn(name=HOP)
    async def hop(self, given: Hop) -> None:
        """Closes one task and opens the next."""
        async with self._pool.connection() as connection, connection.transaction():
            if given.closes is not None:
                path = f"h{given.closes.step}#1"
                actor, data = given.closes.actor, json.dumps(given.closes.data)
                found = await connection.execute(READ, (given.closes.submission, given.run_id, actor))
                assert await found.fetchone() is not None
                await connection.execute(PERFORMED, (actor, given.run_id, path))
                await connection.execute(VERDICT, (given.closes.submission,))
                await connection.execute(CLOSE, (given.closes.outcome, data, given.run_id, path))
                await connection.execute(AUDIT, (actor, path, data, given.run_id))
            if given.opens is not None:
                path = f"h{given.opens}#1"
                earlier = await (await connection.execute(EARLIER, (given.run_id,))).fetchall()
                content = json.dumps({**CONTENT, "data": [a for row in earlier for a in answers(*row)]})
                digest = hashlib.sha256(content.encode()).hexdigest()
                values = (path, path, path, path, content, digest, given.due_at, given.run_id)
                await connection.execute(OPEN, values)
            await connection.execute(RUN, ([f"h{given.opens}#1"], given.run_id))


def answers(zh: str, en: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """What the next task shows of an earlier one."""
    group = {"zh": zh, "en": en}
    return [{"group": group, "label": LABELS[name], "value": value} for name, value in given.items()]


async def main(address: str, namespace: str, url: str) -> None:
    """Serves until it is ended."""
    client = await connect(address, namespace, attempts=20)
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    async with AsyncConnectionPool[psycopg.AsyncConnection[Any]](plain, max_size=10, open=False) as pool:
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[HandWritten, Bare],
            activities=[Hops(pool).hop],
            workflow_runner=workflow_runner(sandboxed=False),
        )
        async with worker:
            print("ready", flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:4]))
