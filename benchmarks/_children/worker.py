"""The worker of the hand-written children: `python -m benchmarks._children.worker ADDRESS NAMESPACE URL`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from datetime import timedelta
from typing import Any

import psycopg
import uvloop
from psycopg_pool import AsyncConnectionPool
from temporalio import activity
from temporalio.worker import Worker

from benchmarks._children.handwritten import OPEN, QUEUE, HandWrittenChild, HandWrittenParent, Opened
from benchmarks._engine.worker import CONTENT
from engine.client import connect
from engine.plugin import workflow_runner

RUN = """INSERT INTO run (id, workflow_id, sop_id, sop_version_id, sha256, site_id, department_id, inputs,
  started_by, current_steps, start_hash, engine_started_at, called_by, call_path, called_line)
  SELECT %(run)s::uuid, 'floor/' || %(run)s::text, sop_id, sop_version_id, sha256, site_id, department_id,
    '{}', started_by, '{look#1}', ''::bytea, now(), id, 'floor#1', %(line)s
  FROM run WHERE id = %(caller)s::uuid ON CONFLICT DO NOTHING"""
TASK = """INSERT INTO task (run_id, path, step_id, kind, state, epoch, title_zh, title_en, object, post_id,
  site_id, content, content_sha256, due_at, opened_at)
  SELECT run.id, 'look#1', 'look', 'step', 'open', 1, 'look', 'look', '', post.id, run.site_id, %(content)s,
    %(digest)s, %(due)s, now()
  FROM run, post WHERE run.id = %(run)s::uuid AND post.code = 'receiver' ON CONFLICT DO NOTHING"""
AUDIT = """INSERT INTO audit_event (actor_name, action, object_type, object_id, after, run_id, refused)
  VALUES ('bench', 'start.run', 'run', %(run)s::text, %(after)s, %(run)s::uuid, false)"""


class Openings:
    """Plain SQL on the product's own tables, one transaction per child."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    @activity.defn(name=OPEN)
    async def open(self, given: Opened) -> None:
        """A run, its audit event and its first task."""
        child = given.child
        content = json.dumps({**CONTENT, "data": []})
        values = {
            "run": child.run_id,
            "caller": child.caller,
            "line": child.line,
            "due": given.due_at,
            "content": content,
            "digest": hashlib.sha256(content.encode()).hexdigest(),
            "after": json.dumps({"called_by": child.caller, "line": child.line}),
        }
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(RUN, values)
            await connection.execute(AUDIT, values)
            await connection.execute(TASK, values)


async def main(address: str, namespace: str, url: str) -> None:
    """Serves until it is ended."""
    client = await connect(address, namespace, attempts=20)
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    async with AsyncConnectionPool[psycopg.AsyncConnection[Any]](plain, max_size=20, open=False) as pool:
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[HandWrittenParent, HandWrittenChild],
            activities=[Openings(pool).open],
            workflow_runner=workflow_runner(sandboxed=False),
            max_cached_workflows=500,
            max_concurrent_workflow_tasks=50,
            max_concurrent_activities=50,
            graceful_shutdown_timeout=timedelta(seconds=1),
        )
        async with worker:
            print("ready", flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:4]))
