"""What a completion costs in statements, over HTTP: counted, not timed."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.house_door import Door
from tests.services.tasks.steps import started
from tests.statements import counted
from tests.ui import long_runs
from tests.ui.house import gs1, line
from tests.world import two_steps


async def test_a_completion_and_the_inbox_after_it_take_few_statements(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await started(door.world, two_steps())
    task = await door.task(run, "one", claimed_by="li")
    send = door.engine.update
    advancing: list[str] = []

    with counted() as sent:

        async def update(*given: Any) -> Any:
            before = len(sent)
            try:
                return await send(*given)
            finally:  # what the advance sends is the worker's; test_advance.py counts it
                advancing.extend(sent[before:])
                del sent[before:]

        monkeypatch.setattr(door.engine, "update", update)
        body = {"outcome": "ok", "data": {"count": 1}, "epoch": 1}
        done = await door.ok("li", "POST", f"/tasks/{task}/complete", body)
        completing = len(sent)
        await door.ok("li", "GET", "/tasks?claimable=true")
    assert done["state"] == "done"
    assert advancing
    # Who acts; task held, task read, submission; its verdict. Then: who acts, the list.
    assert (completing, len(sent)) == (5, 7), sent


async def test_any_scan_is_answered_in_six_statements(door: Door) -> None:
    """Who asks is one of them."""
    number = uuid4().hex[:6]
    run = await door.run(line(1, "M1", f"S-{number}", 5))
    await door.house.arrive(run)
    task = await door.task(run, "acceptance", claimed_by="wang")
    for code in (gs1("M1", f"S-{number}"), f"S-{number}", gs1("M1", "wrong"), "A-01", "nothing"):
        with counted() as sent:
            body = {"scan_id": str(uuid4()), "code": code, "epoch": 1}
            await door.ok("wang", "POST", f"/tasks/{task}/scans", body)
        assert 0 < len(sent) <= 6, (code, sent)


async def test_a_run_and_its_history_take_few_statements_until_it_is_archived(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks, that the history is read, run, lines, tasks, what was sent back, the archive."""
    number = f"H-{uuid4().hex[:6]}"
    run = await long_runs.busy(door.house, number)

    async def costs() -> list[int]:
        found = []
        for who in ("wu", "zheng"):
            for address in (f"/runs/{run}", f"/runs/{run}/history?limit=5"):
                await door.ok(who, "GET", address)
                with counted() as sent:
                    await door.ok(who, "GET", address)
                found.append(len(sent))
        return found

    assert await costs() == [3, 6, 4, 6]
    await long_runs.end(door.house, run)
    assert await costs() == [3, 7, 4, 7]
    await long_runs.archive(door.house, run, 500, monkeypatch)
    assert await costs() == [3, 7, 4, 7]
