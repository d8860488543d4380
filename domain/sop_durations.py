"""Domain: the durations that a definition uses, for what must be frozen with it."""

from __future__ import annotations

from collections.abc import Iterator

from domain.sop_definition import Duration, SopDefinition


def durations_of(definition: SopDefinition) -> Iterator[Duration]:
    """Every deadline, reminder, escalation and wait."""
    for step in definition.walk():
        if step.human:
            yield from ([step.human.due] if step.human.due else [])
            yield from step.human.remind
            yield from ([step.human.escalate.after] if step.human.escalate else [])
        if step.wait and step.wait.for_:
            yield step.wait.for_
        if step.wait and step.wait.timeout:
            yield step.wait.timeout.after
