"""The benchmark of the trace in a size for every day: what is counted holds, what is timed is there."""

import pytest

from benchmarks import trace


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_what_a_trace_costs() -> None:
    figures = await trace.run(moves=16_000)
    first, last = figures["sizes"].values()
    assert first["moves"] < 11_000 and last["moves"] > 15_000
    for size in (first, last):
        for kind in ("together", "scattered"):
            one = size[kind]
            assert (one["rows"], one["at_customers"], one["difference"]) == (21, 200, 0)
            assert one["blocks"] <= one["bound"] == 218
            assert one["answer_ms"] > 0
        assert set(size["starts_ms"]) == {"supplier", "customer", "document", "person"}
