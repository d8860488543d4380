"""The end of a run stands behind all that its last advance did, whichever instant each carries."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.timeline import timeline
from domain.timeline_entries import RunFacts

ENDED = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def run() -> dict[str, Any]:
    return {
        "started_at": ENDED - timedelta(hours=1),
        "started_by_name": "ERP",
        "title_zh": "效期检查",
        "title_en": "Expiry check",
        "version": 1,
        "inputs": {},
        "sha256": "0" * 64,
        "ended_at": ENDED,
        "state": "completed",
        "outcome": "completed",
    }


def effect(seq: int, at: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        "path": "found#1",
        "kind": "decision",
        "action": None,
        "undoes_path": None,
        "result": {},
    }
    return {**row, "seq": seq, "recorded_at": at}


def test_the_end_is_the_last_line() -> None:
    facts = RunFacts(run=run(), effects=[effect(1000, ENDED + timedelta(milliseconds=20))])
    assert [line.kind for line in timeline(facts)] == ["started", "decision", "ended"]
    assert timeline(facts)[-1].at == ENDED


def test_what_is_said_after_the_end_stands_after_it() -> None:
    late = {
        "action": "claim.task",
        "actor_name": "li",
        "object_id": "x",
        "after": {"message_zh": "已完成", "message_en": "is done"},
        "reason": None,
        "refused": True,
        "recorded_at": ENDED + timedelta(hours=1),
        "path": None,
    }
    facts = RunFacts(run=run(), effects=[effect(1000, ENDED)], audit=[late])
    assert [line.kind for line in timeline(facts)][-2:] == ["ended", "refused_attempt"]
