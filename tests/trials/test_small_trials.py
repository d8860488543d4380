"""The trials `receiving` and `delivery` in a size for every day, with the same code as the full ones."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.private_instance import PrivateInstance
from ops.trials import delivery, receiving
from ops.trials.scms_mapping import plan
from ops.trials.scms_reader import read


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_real_purchase_orders_go_from_documents_to_book_in(
    instance: PrivateInstance, shared_data: Path
) -> None:
    planned = plan(read(shared_data).lines, 12, datetime.now(UTC).date())
    figures = await receiving.play(instance, planned, at_once=4)
    assert figures["quantities_wrong"] == {}
    assert not {what: number for what, number in figures["contradictions"].items() if number}
    assert figures["timelines"]["runs_without"] == figures["engine_histories"]["incomplete"] == 0
    assert figures["ok"], figures


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_delivery_of_five_hundred_lines_keeps_history_and_memory_bounded(
    instance: PrivateInstance,
) -> None:
    figures = await delivery.play(instance, lines=500, lines_at_once=4)
    assert all(figures["bounded"].values()), figures
    assert not {what: number for what, number in figures["contradictions"].items() if number}
    assert figures["ok"], figures
