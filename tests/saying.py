"""What people say to a run, with a submission id of its own each time."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from contracts.commands import ChangeOver, CommandRun, CommandTask, CompleteTask, SignTask, TakeSignal
from domain.sop_bundle import Bundle

_NUMBERS = iter(range(1, 1_000_000))


def submission() -> str:
    return hashlib.sha256(str(next(_NUMBERS)).encode()).hexdigest()[:32]


def completion(path: str, actor: str = "p1", outcome: str = "done", **more: Any) -> CompleteTask:
    return CompleteTask(
        submission=more.pop("submission", None) or submission(),
        path=path,
        epoch=more.pop("epoch", 1),
        actor=actor,
        outcome=outcome,
        hash=more.pop("hash", "h"),
        performers=more.pop("performers", []),
        data=more.pop("data", {}),
        **more,
    )


def signing(path: str, actor: str, rule: int, **more: Any) -> SignTask:
    return SignTask(
        submission=submission(),
        path=path,
        epoch=more.get("epoch", 1),
        actor=actor,
        performers=[],
        hash="s",
        content_hash=more.get("content_hash", "h"),
        rule=rule,
    )


def ordering(
    kind: Any, to: str | None = None, actor: str = "boss", reason: str = "because", path: str | None = None
) -> CommandRun:
    return CommandRun(
        submission=submission(), kind=kind, actor=actor, hash="c", reason=reason, to=to, path=path
    )


def doing(kind: Any, path: str, actor: str = "p1", **more: Any) -> CommandTask:
    return CommandTask(
        submission=submission(),
        kind=kind,
        path=path,
        epoch=more.pop("epoch", 1),
        actor=actor,
        hash="t",
        reason=more.pop("reason", "because"),
        **more,
    )


def moving(old: Bundle, new: Bundle, **more: Any) -> ChangeOver:
    """The order that a run goes over from one version to another."""
    given: dict[str, Any] = {
        "submission": submission(),
        "actor": "head",
        "hash": "m",
        "reason": "because",
        "order": "o1",
        "version": 2,
        "of": old.sha256,
        "sha256": new.sha256,
        "bundle": new.to_json(),
    }
    return ChangeOver(**{**given, **more})


COME_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def event(path: str, name: str = "erp_answer", key: str = "PO-1", **data: Any) -> TakeSignal:
    return TakeSignal(
        submission=submission(),
        path=path,
        event=name,
        key=key,
        signal=submission(),
        at=COME_AT,
        data=data or {"count": 3},
        actor="erp",
        hash="e",
    )
