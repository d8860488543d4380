"""Procedures on which people do something with a task besides answering it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.domain.progress.driving import Driver
from tests.procedures import MONDAY, definition, human, text
from tests.saying import completion, doing, signing

EFFECT = {"id": "act", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"}
NOTED = {"note": {"title": text("note"), "body": text("note")}}
APART = definition(human("one"), human("two", "acceptor", separate_from=["one"]), {"end": "completed"})
TWO = [{"meaning": text("one")}, {"meaning": text("two"), "post": "other"}]
SIGNED = definition(human("accept", "acceptor", signatures=TWO), {"end": "completed"})


def until(**delta: int) -> Any:
    return MONDAY + timedelta(**delta)


def apart() -> Driver:
    """Step two is open; p1 performed step one and is barred from it."""
    d = Driver(APART)
    d.say(completion("one#1", "p1"))
    return d


def epoch(d: Driver, path: str) -> int:
    return d.run.state.nodes[path].epoch


def voting(need: Any, on_refusal: str = "refuse", **more: Any) -> Driver:
    """Completed and signed by `who`; three others of a committee are asked."""
    listed = [{"meaning": text(f"v{n}"), "post": "committee"} for n in (1, 2, 3)]
    policy = {"need": need, "on_refusal": on_refusal}
    step = human(
        "judge", signature={"meaning": text("own")}, signatures=listed, signature_policy=policy, **more
    )
    d = Driver(definition(step, {"end": "completed"}))
    d.say(completion("judge#1", "who", rule=0))
    return d


def vote(d: Driver, who: str, rule: int, *, yes: bool = True) -> str:
    said = signing("judge#1", who, rule) if yes else doing("refuse", "judge#1", who, rule=rule)
    state: str = d.say(said).state
    return state
