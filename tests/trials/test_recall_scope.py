"""The measure of scope texts, on texts made for it, and on the published notices where they are."""

from pathlib import Path

import pytest

from ops.trials import recall_scope


def test_the_measure_counts_what_was_read_and_what_is_left_to_a_person() -> None:
    found = recall_scope.measure(["24001-24003、24010", "见附件", "全部批号"])
    assert (found["texts"], found["understood"], found["for_a_person"], found["lost"]) == (3, 2, 1, 0)
    assert found["problems"] == {"empty": 1, "not_understood": 1}
    assert found["parts"] == {"lot": 1, "range": 1, "all": 1, "dates": 0, "unknown": 1}


async def test_every_published_text_is_read_without_a_loss(shared_data: Path) -> None:
    assert shared_data
    found = await recall_scope.run()
    assert found["ok"]
    assert found["tfda_lots"]["lost"] == 0
    assert found["tfda_lots"]["understood_percent"] > 90


async def test_without_the_data_the_trial_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XUNJI_SHARED_DATA", str(tmp_path))
    with pytest.raises(recall_scope.SharedDataMissing):
        await recall_scope.run()
