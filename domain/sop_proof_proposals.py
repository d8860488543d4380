"""Domain: proofs that a definition could promise - what is usually asked before its deeds, and what holds.

For whoever writes a procedure: each is a sentence to tick. What is usual is offered even where it fails,
because then something is missing; the rest only where it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from domain.sop_deeds import DEEDS, deeds_of
from domain.sop_definition import Step
from domain.sop_proof import Event, Evidence, Proof, Target
from domain.sop_proofs import Prover, Result, apart, certain_signers


def proposals(prover: Prover) -> list[Result]:
    """Sentences for the deeds of a definition that it does not have yet, the usual ones first."""
    known = list(prover.definition.proofs)
    usual: list[Result] = []
    more: list[Result] = []
    for deed in deeds_of(prover.definition):
        target = Target(deed=deed)
        wanted = (Proof(never=target, without=evidence) for evidence in DEEDS[deed].usual)
        usual += (r for r in map(prover.prove, wanted) if r.verdict != "idle")
        more += (r for r in _possible(prover, target) if r.verdict == "holds")
    return [result for result in (*usual, *more) if result.proof not in known]


def _possible(prover: Prover, target: Target) -> Iterator[Result]:
    people = [step for step in prover.definition.walk() if step.human]
    evidence: list[Evidence] = []
    for step in people:
        signers = certain_signers(step)
        if signers:
            evidence.append(Evidence(persons=[step.id]) if signers > 1 else Evidence(signed=step.id))
    for one, other in combinations(people, 2):
        if apart(one, other):
            evidence.append(Evidence(persons=[one.id, other.id]))
    yield from (prover.prove(Proof(never=target, without=wanted)) for wanted in evidence)
    for step in people:
        yield from _by_outcome(prover, step, target)


def _by_outcome(prover: Prover, step: Step, target: Target) -> Iterator[Result]:
    """What an answer decides: after some answers the deed may follow, after others it never does."""
    assert step.human is not None
    events = [Event(step=step.id, outcome=outcome) for outcome in step.human.outcomes]
    found = [prover.prove(Proof(never=target, after=event)) for event in events]
    if len({result.verdict for result in found}) > 1:
        yield from found
        for event in events:
            evidence = Evidence(done=event.step, outcome=event.outcome)
            yield prover.prove(Proof(never=target, without=evidence))
