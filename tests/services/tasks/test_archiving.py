"""Runs that ended are archived whole: on the real engine, in spite of what is done to it, once each."""

import asyncio
import gzip
import json
from dataclasses import replace
from datetime import timedelta
from typing import cast
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest, ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from contracts import names
from db import tables as t
from db.queries import run_record
from db.session import Database
from engine.client import connect
from engine.code_version import code_sha256
from engine.gateway import Gateway
from engine.plugin import DATA_CONVERTER, worker_options
from services import archived_runs, runs, sealing, timeline
from services.archived_runs import ArchiveDamaged
from services.archiving import LOST_AFTER, Archiver
from services.evidence_verification import verify_bodies, verify_seals
from tests.servers import TestDatabase
from tests.services.tasks.archiving import archived, begun, ended, opened
from tests.services.tasks.steps import do, started
from tests.stand_in_engine import StandInEngine
from tests.world import World, make_world, two_steps
from workflows.sop_run import SopRun


async def test_a_run_that_ended_is_kept_whole(archiving: World) -> None:
    run = await begun(archiving)
    assert await Archiver(archiving.platform).round() == 0
    await ended(archiving, run)
    header = await archived(archiving, run)
    assert (header["state"], header["outcome"], header["executions"]) == ("completed", "completed", 1)
    assert (header["semantics"], header["anomalies"], header["sop_version"]) == (2, [], 1)
    async with archiving.platform.database.read() as tx:
        [history] = await archived_runs.executions(tx, header)
        kept = await archived_runs.record(tx, header)
        assert await verify_bodies(tx) == ([], len(header["parts"]))
    events = json.loads(history)["events"]
    assert header["events"] == len(events)
    decided = [
        event["workflowTaskCompletedEventAttributes"]
        for event in events
        if "workflowTaskCompletedEventAttributes" in event
    ]
    assert {one["workerVersion"]["buildId"] for one in decided} == {code_sha256()}
    replayer = Replayer(workflows=[SopRun], data_converter=DATA_CONVERTER, **worker_options(sandboxed=False))
    await replayer.replay_workflow(WorkflowHistory.from_json(header["workflow_id"], history))
    rows = kept["rows"]
    assert [row["path"] for row in rows["task"]] == ["one#1", "two#1"]
    assert len(rows["submission"]) == len(rows["submission_verdict"]) == 2
    assert {row["row_hash"] for row in rows["submission"]} and rows["effect"] and rows["run"]
    assert kept["people"][str(archiving.people["li"])]["username"] == "li"
    assert await Archiver(archiving.platform).round() == 0


async def test_archivers_at_once_make_one_archive(archiving: World) -> None:
    some = [await begun(archiving) for _ in range(3)]
    for run in some:
        await ended(archiving, run)
    archivers = [Archiver(archiving.platform) for _ in range(3)]
    for run in some:
        while not await archiving.rows(sa.select(t.archive).where(t.archive.c.run_id == run)):
            await asyncio.gather(*(archiver.round() for archiver in archivers))
    found = await archiving.rows(sa.select(t.archive.c.run_id))
    assert sorted(row["run_id"] for row in found) == sorted(some)
    assert len(await archiving.rows(sa.select(t.archive_body))) == 3 * len(some)


async def test_history_and_time_line_are_read_without_an_engine(archiving: World, client: Client) -> None:
    run = await begun(archiving)
    await ended(archiving, run)
    await archived(archiving, run)
    auditor = await archiving.actor("zheng")
    before = await timeline.run_timeline(archiving.platform, run, actor=auditor)
    namespace = uuid4().hex
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=namespace, workflow_execution_retention_period=Duration(seconds=86400)
        )
    )
    elsewhere = await connect(client.service_client.config.target_host, namespace)
    platform = replace(archiving.platform, gateway=Gateway(elsewhere))
    assert await timeline.run_timeline(platform, run, actor=auditor) == before
    assert any(line.event_ids for line in before)
    assert len(await timeline.raw_history(platform, run, actor=auditor)) > 10


async def test_a_reset_in_the_engine_opens_a_deviation(archiving: World, client: Client) -> None:
    run = await begun(archiving)
    handle = client.get_workflow_handle(names.workflow_id(str(run)))
    described = await handle.describe()
    history = await handle.fetch_history()
    finished = next(
        e.event_id for e in history.events if e.HasField("workflow_task_completed_event_attributes")
    )
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=described.run_id),
            reason="an attack",
            request_id=str(uuid4()),
            workflow_task_finish_event_id=finished,
        )
    )
    await ended(archiving, run)
    header = await archived(archiving, run)
    assert header["anomalies"] == ["reset"]
    assert header["executions"] == 2
    await opened(archiving, run, "deviation/history/reset")
    again = await do(archiving, "zhou", run, "deviation/history/reset", "handled", reason="查明")
    assert getattr(again, "state", None) == "done"


async def test_what_the_engine_lost_is_archived_without_it_after_a_while(db: Database) -> None:
    engine = StandInEngine(db)
    world = await make_world(db, engine)
    run = await started(world, two_steps())
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    await do(world, "wang", run, "two#1")
    engine.runs.clear()
    assert await Archiver(world.platform).round() == 0
    async with db.write() as tx:
        tx.audited_elsewhere("time passes")
        await tx.execute(
            sa.update(t.run).values(ended_at=t.run.c.ended_at - LOST_AFTER - timedelta(minutes=1))
        )
    assert await Archiver(world.platform).round() == 1
    [header] = await world.rows(sa.select(t.archive))
    assert (header["anomalies"], header["executions"]) == (["history_lost"], 0)
    await opened(world, run, "deviation/history/history_lost")


async def test_a_silent_engine_loses_nothing(db: Database) -> None:
    engine = StandInEngine(db)
    world = await make_world(db, engine)
    run = await started(world, two_steps())
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    await do(world, "wang", run, "two#1")
    engine.silent = True
    archiver = Archiver(world.platform)
    assert [await archiver.round() for _ in range(3)] == [0, 0, 0]
    engine.silent = False
    assert sum([await archiver.round() for _ in range(8)]) == 1
    assert (await runs.get(world.platform, run, actor=await world.actor("zheng"))).row.state == "completed"


async def test_a_changed_content_is_found_and_not_read(archiving: World, database: TestDatabase) -> None:
    run = await begun(archiving)
    await ended(archiving, run)
    header = await archived(archiving, run)
    await sealing.seal(archiving.platform)
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("ALTER TABLE archive_body DISABLE TRIGGER USER")
        [content] = cast(
            "tuple[bytes]",
            session.execute("SELECT content FROM archive_body WHERE name = 'history-1.json'").fetchone(),
        )
        forged = gzip.compress(gzip.decompress(content).replace(b'"eventId":"7"', b'"eventId":"8"'))
        session.execute("UPDATE archive_body SET content = %s WHERE name = 'history-1.json'", [forged])
        session.execute("DELETE FROM archive_body WHERE name = 'record.json'")
    async with archiving.platform.database.read() as tx:
        findings, _ = await verify_bodies(tx)
        assert {(finding.code, finding.detail) for finding in findings} == {
            ("body_altered", "history-1.json"),
            ("body_missing", "record.json"),
        }
        assert (await verify_seals(tx)).sound
        with pytest.raises(ArchiveDamaged):
            await archived_runs.executions(tx, header)


def test_a_record_has_all_evidence_of_a_run() -> None:
    covered = {*run_record.TABLES, *run_record.NOT_OF_A_RUN}
    assert {table.name for table in t.EVIDENCE} - covered == set()
