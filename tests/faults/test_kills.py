"""Worker, Temporal and PostgreSQL die in the middle of runs; then the power goes. With the code of the trial."""

import pytest

from ops.trials import kills


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_kills_and_a_power_cut_lose_nothing_and_do_nothing_twice() -> None:
    figures = await kills.run(kills=3, under_way=2, power_cuts=1, victims="worker,temporal,postgres")
    assert not {what: number for what, number in figures["contradictions"].items() if number}
    assert figures["quantities_wrong"] == {}
    assert figures["engine_histories"]["incomplete"] == 0
    assert figures["evidence"]["findings"] == []
    assert figures["evidence"]["runs"] == figures["engine_histories"]["runs"]
    assert [kill["victim"] for kill in figures["kills"]] == ["worker", "temporal", "postgres"]
    assert figures["ok"], figures
