"""Small procedures in which people do something with tasks besides answering them, one per command or policy."""

from __future__ import annotations

from typing import Any

from tests.procedures import definition, human, text

EFFECT = {"id": "act", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}
COMMITTEE = [{"meaning": text(f"vote {n}"), "post": "committee"} for n in (1, 2, 3)]
OWN = {"meaning": text("own")}


def _voted(need: Any, on_refusal: str) -> dict[str, Any]:
    policy = {"need": need, "on_refusal": on_refusal}
    step = human("judge", signature=OWN, signatures=COMMITTEE, signature_policy=policy)
    return definition(step, {"end": "completed"})


TASK_PROCEDURES: dict[str, dict[str, Any]] = {
    "handed_over": definition(
        human("one"), human("two", "acceptor", separate_from=["one"]), {"end": "completed"}
    ),
    "delegated": definition(human("one"), human("two", separate_from=["one"]), {"end": "completed"}),
    "signers_added": definition(
        human("accept", signatures=[OWN, {"meaning": text("two"), "post": "other"}]), {"end": "completed"}
    ),
    "voted_majority": _voted("majority", "continue"),
    "voted_all": _voted("all", "refuse"),
    "withdrawn": definition(
        human("one"), human("two", signatures=COMMITTEE[:2]), EFFECT, human("three"), {"end": "completed"}
    ),
}
