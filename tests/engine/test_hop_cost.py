"""What one hop from person to person costs in the history: counted, not timed."""

from __future__ import annotations

from itertools import pairwise

from temporalio.client import WorkflowHistory

from engine.client import connect
from tests.engine.running import stage_on
from tests.procedures import definition, human
from tests.saying import completion
from tests.servers import TemporalServer

MOST_EVENTS = 15
MOST_BYTES = 6 * 1024
FULL = {
    "due": "PT4H",
    "remind": ["PT2H"],
    "escalate": {"after": "PT6H", "to": {"post": "warehouse_manager"}},
    "form": {
        "mode": {"type": "text", "label": {"zh": "方式", "en": "mode"}, "required": True},
        "temperature": {"type": "decimal", "label": {"zh": "温度", "en": "temperature"}, "unit": "celsius"},
    },
}


async def test_a_hop_is_one_activity_and_few_small_events(temporal_server: TemporalServer) -> None:
    client = await connect(temporal_server.address, temporal_server.namespace)
    async with stage_on(client) as stage:
        people = [human(f"s{n}", "receiver", **FULL) for n in range(12)]
        playing = await stage.start(definition(*people, {"end": "completed"}))
        sizes: list[tuple[int, int, int]] = []
        for n in range(11):
            await playing.open(f"s{n}#1")
            history: WorkflowHistory = await playing.handle.fetch_history()
            activities = sum(e.HasField("activity_task_scheduled_event_attributes") for e in history.events)
            sizes.append((len(history.events), sum(e.ByteSize() for e in history.events), activities))
            data = {"mode": "refrigerated truck", "temperature": "5.5"}
            assert await playing.say(completion(f"s{n}#1", f"p{n}", data=data)) == "done"
        timers = [e for e in history.events if e.HasField("timer_started_event_attributes")]
        assert len(timers) == 1, "people are faster than deadlines: the first timer stays"
        for before, after in pairwise(sizes[1:]):
            assert after[2] - before[2] == 1
            assert after[0] - before[0] <= MOST_EVENTS
            assert after[1] - before[1] <= MOST_BYTES
