"""The benchmark of the warehouse in a size for every day: what is counted holds, what is timed is there."""

import pytest

from benchmarks import warehouse


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_what_the_warehouse_costs() -> None:
    figures = await warehouse.run(moves=14_000, pairs=8)
    for one in figures["trace"]["sizes"].values():
        assert one["rows"] == 21
        assert one["blocks"] <= one["bound"] == 218
    allocation = figures["allocation"]
    assert (allocation["lost"], allocation["refused_when_empty"], allocation["reserved"]) == (0, 1, 200)
    assert figures["scan"]["ratio"] > 0
    assert figures["receipt"]["ratio"] > 0
