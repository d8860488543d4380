"""A drill whose clock is moved, with the code of the trial: the days go by before anybody answers."""

import pytest

from ops.trials import drill


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_two_days_of_a_recall_are_drilled() -> None:
    figures = await drill.run(days=2)
    assert figures["outcome"] == "completed"
    assert figures["reminders"] > 0
    assert figures["runs_that_lagged"] == 0
