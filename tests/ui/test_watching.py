"""Watching a run: what happens while its page is being made is shown by the next look."""

import re
from typing import Any

import pytest

from services import runs
from tests.ui.house import House


async def test_what_happens_between_the_reads_of_a_page_is_not_missed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await house.run("RACE-1")
    read = runs.get
    begun = False

    async def and_then_somebody_works(*args: Any, **more: Any) -> Any:
        nonlocal begun
        found = await read(*args, **more)
        if not begun:
            begun = True
            await house.arrive(run)
        return found

    monkeypatch.setattr(runs, "get", and_then_somebody_works)
    async with house.as_person("wu") as client:
        page = (await client.get(f"/runs/{run}")).text
        known = re.search(r"/live\?after=(\d+)", page)
        assert known
        again = await client.get(f"/runs/{run}/live", params={"after": known.group(1)})
    assert again.status_code == 200
    assert "完成“到货检查”" in again.text
    assert "逐批验收" in again.text
