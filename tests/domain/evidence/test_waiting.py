"""How long a run waited, and for whom, from its tasks alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.sop_definition import Text
from domain.waiting import Band, Waited, bands

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def task(opened: float, claimed: float | None, closed: float | None, **more: Any) -> dict[str, Any]:
    return {
        "kind": "step",
        "title_zh": "验收",
        "title_en": "Acceptance",
        "post_zh": "验收员",
        "post_en": "Acceptor",
        "assignee": "WANG" if claimed is not None else None,
        "opened_at": at(opened),
        "claimed_at": at(claimed) if claimed is not None else None,
        "closed_at": at(closed) if closed is not None else None,
        **more,
    }


def waited(holder: str | None) -> Waited:
    return Waited(Text(zh="验收", en="Acceptance"), Text(zh="验收员", en="Acceptor"), holder)


def test_it_waits_for_the_post_until_somebody_claims_and_then_it_is_in_hand() -> None:
    found = bands([at(0), at(60), at(90)], [task(0, 60, 90)])
    assert found == [
        Band(at(0), at(60), (waited(None),)),
        Band(at(60), at(90), (waited("WANG"),)),
    ]
    assert [band.lasted for band in found] == [timedelta(hours=1), timedelta(minutes=30)]


def test_what_is_short_is_no_wait_and_the_order_of_the_instants_does_not_matter() -> None:
    assert bands([at(0.5), at(0)], [task(0, None, None)]) == []
    assert bands([at(9), at(0)], []) == [Band(at(0), at(9), ())]


def test_without_an_open_task_nobody_was_waited_for() -> None:
    for one in (task(5, None, 9), task(0, 1, 5), task(0, None, None, kind="notice")):
        assert bands([at(0), at(10)], [one]) == [Band(at(0), at(10), ())]


def test_a_run_that_still_waits_has_waited_until_now() -> None:
    assert bands([at(0)], [task(0, None, None)], at(200)) == [Band(at(0), at(200), (waited(None),))]
