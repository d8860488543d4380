"""Records the histories of the replay gate: `python -m tests.replay.recording` on purpose, never in a test run.

A history is recorded once, when its construct first runs or when a new semantics number is given, and then
stays: it stands for the runs that are under way in the field.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from pathlib import Path

from contracts.payload import SEMANTICS
from engine.client import connect
from ops.embedded_temporal import EmbeddedTemporal
from tests.engine.running import stage_on
from tests.engine.test_constructs_run import SCRIPTS, play

HISTORIES = Path(__file__).parent / "histories"


async def record(address: str, namespace: str, only: set[str]) -> None:
    client = await connect(address, namespace, attempts=20, identity="recording")
    async with stage_on(client) as stage:
        for procedure in sorted(only):
            playing = await play(stage, procedure)
            await playing.result()
            history = await playing.handle.fetch_history()
            folder = HISTORIES / "probe"
            folder.mkdir(parents=True, exist_ok=True)
            events = json.loads(history.to_json())
            target = folder / f"{procedure}.s{SEMANTICS}.json"
            if not target.exists():
                target.write_text(json.dumps({"workflow_id": history.workflow_id, **events}, indent=1) + "\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        server = EmbeddedTemporal(Path(home), in_memory=True)
        server.start()
        server.wait_ready()
        try:
            asyncio.run(record(server.address, server.namespace, set(SCRIPTS)))
        finally:
            server.stop()
    os._exit(0)  # a process that used a Temporal client may crash in its exit


if __name__ == "__main__":
    main()
