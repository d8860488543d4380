"""Any procedure, changed anyhow under a run: what is accepted never meets what it does not know.

That a run goes over to its own version in other words, whatever happens to it, is in `test_properties`.
"""

from __future__ import annotations

from random import Random
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, given, settings
from pydantic import ValidationError

from contracts.tasks import OpenIncident
from domain.errors import Refusal
from domain.expression_errors import ExpressionInvalid
from domain.sop_bundle import Bundle
from domain.sop_changeover import obstacles
from domain.sop_progress import CommandRefused
from tests.domain.progress.changing import change_over
from tests.domain.progress.driving import Driver
from tests.domain.progress.random_procedures import changed, procedure
from tests.procedures import bundle_of
from tests.saying import completion, ordering

ALLOWED = {"not_segregated", "form_invalid", "already_signed"}


def built(raw: dict[str, Any]) -> Bundle | None:
    """The bundle, None of what no linter would let pass."""
    try:
        bundle = bundle_of(raw)
        for step in bundle.definition.walk():
            if step.repeat:
                bundle.evaluator.types(step.id, {"until": step.repeat.until})
    except (Refusal, ValidationError, ExpressionInvalid, KeyError):
        return None
    return bundle


def work(d: Driver, random: Random) -> None:
    """Somebody answers a task, a called run ends, or time passes."""
    for path in list(d.effects.called):
        if random.random() < 0.5:
            d.effects.end_call(path, "done")
            d.word(path)
    nodes = [node for node in d.run.state.nodes.values() if node.status == "open"]
    if not nodes or random.random() < 0.3:
        d.pass_time(hours=random.randint(1, 7))
        return
    node = random.choice(nodes)
    human = d.run.plan.steps[node.step].human
    outcomes = ["retry"] if node.kind == "incident" or human is None else [*(human.outcomes or ("done",))]
    rule = node.rules[0] if node.rules else None
    person = f"p{random.randint(1, 4)}"
    answer = completion(
        node.path, person, random.choice(outcomes), data={}, reason="because", rule=rule, epoch=node.epoch
    )
    try:
        d.say(answer)
    except CommandRefused as refusal:
        if refusal.code not in ALLOWED:
            raise


def end(d: Driver) -> None:
    """Whatever has happened, the run can be ended."""
    if not d.run.over:
        d.say(ordering("cancel"))
        for path in list(d.effects.called):
            d.effects.end_call(path, "cancelled")
            d.word(path)
    assert d.run.over


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(), before=st.integers(0, 10))
def test_what_is_accepted_never_meets_what_it_does_not_know(random: Random, before: int) -> None:
    raw = procedure(random)
    d = Driver(raw)
    for _ in range(before):
        work(d, random)
    new = built(changed(raw, random))
    assume(new is not None and not obstacles(d.run, new, d.now))
    assert new is not None
    opened, known = set(d.open), len(d.effects.operations)
    change_over(d, new)
    assert opened <= set(d.open) or d.run.over
    for _ in range(8):
        if not d.run.over:
            work(d, random)
    for one in d.effects.operations[known:]:
        if isinstance(one, OpenIncident) and one.code.startswith("expression"):
            assert one.step.startswith("d")  # the procedures decide by a name that nothing gives
    end(d)
