"""The figures on record in `docs/measurements` are of the full size, and say that the trial was passed."""

import json
from typing import Any

import pytest

from ops.settings import REPOSITORY

MEASUREMENTS = REPOSITORY / "docs" / "measurements"


def figures(name: str) -> Any:
    return json.loads((MEASUREMENTS / f"trial-{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("receiving", lambda f: f["orders"] >= 300),
        ("outbound", lambda f: f["orders"] >= 300 and f["returns"] > 0 and not f["order_lines_wrong"]),
        ("kills", lambda f: len(f["kills"]) >= 20 and len(f["power_cuts"]) >= 1),
        ("delivery", lambda f: f["lines"] >= 10_000),
    ],
)
def test_the_trial_on_record_has_its_full_size_and_was_passed(name: str, size: Any) -> None:
    found = figures(name)
    assert found["ok"] is True
    assert size(found)
    assert not any(found["contradictions"].values())
    histories = found["engine_history" if name == "delivery" else "engine_histories"]
    assert histories["runs"] > 0 and histories["incomplete"] == 0


def test_the_recall_on_record_has_its_full_size_and_its_seal_is_independent_of_serials() -> None:
    found = figures("recall")
    assert found["ok"] is True
    assert (found["consignees"], found["serials"]["many"]) == (1_000, 100_000)
    assert found["serials"]["few"] * 100 == found["serials"]["many"]
    assert found["seal"]["ratio"] <= 2
    assert found["called_runs"] == found["first_tasks"] == 1_000
    assert found["serials_not_recalled"] == 0


def test_the_what_if_on_record_is_of_a_thousand_runs_in_its_time_and_finds_no_difference_where_none_is() -> (
    None
):
    found = figures("whatif")
    assert found["ok"] is True
    assert found["runs"] >= 1_000
    assert not any(found["contradictions"].values())
    asked = found["what_ifs"]
    assert asked["unchanged"]["verdicts"] == {"same": found["runs"]}
    assert all(one["seconds"] <= 300 and one["verdicts"] == one["expected"] for one in asked.values())
    assert asked["stricter_temperature"]["verdicts"]["other"] > 0


def test_every_file_is_explained() -> None:
    told = (MEASUREMENTS / "README.md").read_text(encoding="utf-8")
    for path in MEASUREMENTS.iterdir():
        assert path.name == "README.md" or path.name in told, path.name
