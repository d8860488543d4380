"""The benchmark of called runs in a size for every day: both sides do the same, each child once."""

import pytest

from benchmarks import children
from ops.private_instance import PrivateInstance


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_run_calls_others_beside_children_written_by_hand(instance: PrivateInstance) -> None:
    figures = await children.measure(instance, children=12, pairs=1)
    assert (figures["children"], figures["pairs"]) == (12, 1)
    assert len(figures["seconds"]["ours"]) == len(figures["seconds"]["floor"]) == 1
    assert figures["ratio_median"] > 0
