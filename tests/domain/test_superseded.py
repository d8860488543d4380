"""What a send-back takes back of what was signed, and what stands."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.superseded import Done, SentBack, Superseded, superseded


def at(minute: int) -> datetime:
    return datetime(2026, 11, 28, 9, minute, tzinfo=UTC)


def task(seq: int, path: str) -> Done:
    """A task that was done a minute after it was opened."""
    return Done(seq, path, task=True, over_at=at(seq + 1))


def test_everything_from_the_named_step_on_is_taken_back() -> None:
    done = [
        task(1, "count#1"),
        Done(2, "compare#1"),
        task(3, "second_count#1"),
        task(4, "review#1"),
        Done(5, "approval#1", task=True),
        task(7, "second_count#2"),
    ]
    found = superseded(done, [SentBack(6, at(6), "second_count", "approval#1")])
    assert found == {
        "second_count#1": Superseded(at(6), at(8)),
        "review#1": Superseded(at(6)),
        "approval#1": Superseded(at(6)),
    }


def test_an_action_that_is_entered_again_takes_the_tasks_behind_it_along() -> None:
    done = [
        task(1, "arrival#1"),
        Done(2, "sample#1"),
        task(3, "check#1"),
        Done(5, "sample#2"),
        task(6, "check#2"),
    ]
    found = superseded(done, [SentBack(4, at(4), "sample")])
    assert found == {"check#1": Superseded(at(4), at(7))}


def test_only_the_line_that_was_sent_back_and_only_its_last_pass() -> None:
    done = [
        *(task(seq, f"each#1[{line}].look#1") for seq, line in ((1, "1"), (2, "2"))),
        task(3, "each#1[1].judge#1"),
        task(4, "each#1[2].judge#1"),
        task(6, "each#1[1].look#2"),
        task(8, "each#1[1].look#3"),
    ]
    backs = [SentBack(seq, at(seq), "look", "each#1[1].judge#1") for seq in (5, 7)]
    found = superseded(done, backs)
    assert found == {
        "each#1[1].look#1": Superseded(at(5), at(9)),
        "each#1[1].judge#1": Superseded(at(5)),
        "each#1[1].look#2": Superseded(at(7), at(9)),
    }


def test_what_lies_inside_a_step_that_is_done_again_goes_with_it() -> None:
    done = [task(1, "both#1.left.pack#1"), task(2, "both#1.right.label#1"), task(3, "load#1")]
    found = superseded(done, [SentBack(4, at(4), "both", "load#1")])
    assert set(found) == {"both#1.left.pack#1", "both#1.right.label#1", "load#1"}


def test_a_step_that_was_never_come_to_takes_nothing_back() -> None:
    assert superseded([task(1, "pick#1")], [SentBack(2, at(2), "load")]) == {}
    assert superseded([task(1, "pick#1")], []) == {}
