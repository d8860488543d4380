"""The trial `recall` in a size for every day: everybody is called, every serial is moved. Times are not judged."""

import pytest

from ops.private_instance import private_instance
from ops.trials import recall


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_twenty_consignees_are_called_and_a_thousand_serials_are_recalled() -> None:
    with private_instance() as own:  # the demo beside it would meet the trial's serials on its shelves
        figures = await recall.play(own, consignees=20, serials=1_000, repeats=2)
    assert figures["called_runs"] == figures["first_tasks"] == figures["consignee_lines"] == 20
    assert figures["serials_not_recalled"] == 0
    assert figures["seal"]["ms_median"].keys() == {"few", "many"}
