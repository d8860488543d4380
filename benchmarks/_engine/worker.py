"""The worker of the hand-written workflow: `python -m benchmarks._engine.worker ADDRESS NAMESPACE URL`."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool
from temporalio import activity
from temporalio.worker import Worker

from benchmarks._engine.handwritten import HOP, QUEUE, Bare, HandWritten, Hop
from engine.client import connect
from engine.plugin import workflow_runner

READ = "SELECT 1 FROM submission WHERE id = %s AND run_id = %s AND actor_id = %s"
VERDICT = """INSERT INTO submission_verdict (submission_id, accepted, code, state)
  VALUES (%s, true, 'ok', 'done')"""
CLOSE = """UPDATE task SET state = 'done', outcome = %s, closed_at = now(), result = %s
  WHERE run_id = %s AND path = %s"""
PERFORMED = """INSERT INTO task_performer (task_id, person_id, how, run_id, path, step_id)
  SELECT id, %s, 'complete', run_id, path, step_id FROM task
  WHERE run_id = %s AND path = %s"""
OPEN = """INSERT INTO task (run_id, path, step_id, kind, state, epoch, title_zh, title_en, object, post_id,
  site_id, content, content_sha256, due_at, opened_at)
  SELECT %s, %s, %s, 'step', 'open', 1, %s, %s, '', post_id, site_id, content, content_sha256, %s,
    now()
  FROM task WHERE run_id = %s AND path = 's0#1'"""
RUN = "UPDATE run SET current_steps = %s WHERE id = %s"
AUDIT = """INSERT INTO audit_event (actor_id, actor_name, action, object_type, object_id, after, run_id,
  refused)
  VALUES (%s, 'bench', 'complete.task', 'task', %s, %s, %s, false)"""


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
                values = (given.run_id, path, path, path, path, given.due_at, given.run_id)
                await connection.execute(OPEN, values)
            await connection.execute(RUN, ([f"h{given.opens}#1"], given.run_id))


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
    asyncio.run(main(*sys.argv[1:4]))
