"""Deadlines and waits on an engine whose time can be skipped, and the drill's own clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateStage
from temporalio.testing import WorkflowEnvironment

from contracts import names
from contracts.commands import AdvanceClock, CommandResult
from engine.client import connect
from engine.plugin import DATA_CONVERTER
from tests.engine.running import stage_on
from tests.saying import completion
from tests.servers import TemporalServer


def with_our_converter(client: Client) -> Client:
    config = client.config()
    config["data_converter"] = DATA_CONVERTER
    return Client(**config)


async def test_reminder_lateness_and_escalation_come_in_their_order(
    time_skipping_env: WorkflowEnvironment,
) -> None:
    async with stage_on(with_our_converter(time_skipping_env.client)) as stage:
        playing = await stage.start("deadlines")
        await playing.open("slow#1")
        seen = []
        for hours in (0.9, 0.2, 1.0, 1.0):
            await time_skipping_env.sleep(timedelta(hours=hours))
            kinds = playing.effects.kinds()
            seen.append((kinds["remind"], kinds["escalate"]))
        assert seen == [(0, 0), (1, 0), (2, 0), (2, 1)]
        command = completion("slow#1")
        update = await playing.handle.start_update(
            names.COMPLETE_TASK,
            command,
            id=command.submission,
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            result_type=CommandResult,
        )
        assert (await update.result()).state == "done"


async def test_a_wait_is_durable(time_skipping_env: WorkflowEnvironment) -> None:
    async with stage_on(with_our_converter(time_skipping_env.client), cached_runs=0) as stage:
        playing = await stage.start("wait")
        await time_skipping_env.sleep(timedelta(hours=1, minutes=59))
        assert playing.effects.open == {}
        await time_skipping_env.sleep(timedelta(minutes=2))
        await playing.open("after#1")


async def test_only_a_drill_moves_its_clock_and_only_forward(temporal_server: TemporalServer) -> None:
    client = await connect(temporal_server.address, temporal_server.namespace)
    async with stage_on(client) as stage:
        drill = await stage.start("wait", mode="drill")
        async with asyncio.timeout(20):
            while (await drill.handle.query(names.STATE_QUERY))["current"] != ["pause#1"]:
                await asyncio.sleep(0.01)
            await drill.handle.execute_update(names.ADVANCE_CLOCK, AdvanceClock(seconds=7200))
        await drill.open("after#1")
        with pytest.raises(WorkflowUpdateFailedError):
            await drill.handle.execute_update(names.ADVANCE_CLOCK, AdvanceClock(seconds=-1))
        live = await stage.start("wait")
        with pytest.raises(WorkflowUpdateFailedError):
            await live.handle.execute_update(names.ADVANCE_CLOCK, AdvanceClock(seconds=7200))
