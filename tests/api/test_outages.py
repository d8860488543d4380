"""The time line over HTTP: beside its lines, when the system did not answer."""

from datetime import datetime
from typing import Any

import pytest

from tests.api.house_door import Door
from tests.ui import long_runs
from tests.ui.test_outage_bands import late


async def test_a_history_tells_once_when_the_system_did_not_answer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await long_runs.busy(door.house, "AWAY")
    whole = await door.ok("admin", "GET", f"/runs/{run}/history")
    assert whole["outages"] == []
    events = late(datetime.fromisoformat(whole["items"][3]["at"]), 90)

    async def history(*_: Any) -> list[dict[str, Any]]:
        return events

    monkeypatch.setattr(door.engine, "history", history)
    found: list[Any] = []
    address = f"/runs/{run}/history?limit=2"
    after: str | None = ""
    while after is not None:
        page = await door.ok("admin", "GET", address + (f"&after={after}" if after else ""))
        found += page["outages"]
        after = page["next"]
    [one] = found
    assert (one["start"], one["why"]) == (whole["items"][3]["at"], ["no_worker"])
    assert one["end"] > one["start"]
    assert one["text"]["en"] == "The system did not answer for 1 min 30 s: no worker took up the work"
