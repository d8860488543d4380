"""Domain: lint rules of proofs - each names what exists, says something of this procedure, and holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.sop_deeds import DEEDS, steps_doing
from domain.sop_definition import Step
from domain.sop_findings import Finding
from domain.sop_lint_context import Lint
from domain.sop_proof import Event, Evidence, Proof
from domain.sop_proof_words import Names, path_words, sentence
from domain.sop_proofs import Prover, Result, apart, certain_signers
from domain.yaml_text import Path

UNSOUND = frozenset({"duplicate_id", "reserved_name", "target", "send_back", "routes", "proof_unknown"})
"""Rules without which the paths of a definition cannot be walked."""
TWO = 2
Fault = tuple[str | None, str, str]
"""The step that it concerns, and the words in both languages."""


def check_proofs(lint: Lint) -> None:
    """Every proof of the definition. Comes last: what it walks must be sound."""
    proofs = lint.definition.proofs
    if not proofs:
        return
    walkable = can_be_walked(lint.findings)
    prover = Prover(lint.definition, lint.catalogue, lint.tables, lint.called, space=lint.moves)
    for index, proof in enumerate(proofs):
        path: Path = ("proofs", index)
        faults = list(_unknown(lint, proof))
        for step, zh, en in faults:
            lint.error("proof_unknown", path, zh, en, step)
        if walkable and not faults:
            _report(lint, path, prover.prove(proof))


def can_be_walked(findings: Iterable[Finding]) -> bool:
    """Whether the paths of a definition with these findings can be walked, so that proofs can be asked."""
    return not any(f.severity == "error" and f.rule in UNSOUND | {"yaml", "schema"} for f in findings)


def _report(lint: Lint, path: Path, result: Result) -> None:
    names = Names(tables=lint.tables)
    said = sentence(result.proof, lint.definition, names)
    if result.verdict == "fails":
        walked, why = path_words(result.path, lint.definition, names), _why(lint, result.proof)
        lint.error(
            "proof",
            path,
            f"不成立：{said.zh}。{why[0]}不符合的路径：{walked.zh}",
            f"Does not hold: {said.en}. {why[1]}It fails on this path: {walked.en}",
            result.path[-1].step,
        )
    elif result.verdict == "undecided":
        zh = f"未能证明：{said.zh}。情形超过 {result.bound} 种，请简化并行步骤"
        en = f"Not proven: {said.en}. There are more than {result.bound} situations; do less at once"
        lint.error("proof", path, zh, en, _place(lint, result.proof))
    elif result.verdict == "idle":
        zh = f"本规程没有这样的步骤，此句没有意义：{said.zh}"
        en = f"No step of this procedure does it, so this says nothing: {said.en}"
        lint.warning("proof_idle", path, zh, en, _place(lint, result.proof))


def _place(lint: Lint, proof: Proof) -> str | None:
    """The step that the proof is about, if there is one."""
    if proof.never is None:
        return proof.after.step if proof.after and proof.after.step in lint.steps else None
    if proof.never.step is not None:
        return proof.never.step if proof.never.step in lint.steps else None
    return next((step.id for step in steps_doing(lint.definition, proof.never.deed or "")), None)


def _why(lint: Lint, proof: Proof) -> tuple[str, str]:
    """What of a step can never be enough for this proof; empty words when it is the path alone."""
    without = proof.without
    if without and without.signed and not certain_signers(lint.steps[without.signed]):
        name = lint.name(without.signed)
        return f"{name.zh}的签名只在满足条件时才要求。", f"{name.en} is signed only under a condition. "
    if without and without.persons and without.persons != "any":
        named = [lint.steps[one] for one in without.persons]
        names = [lint.name(step.id) for step in named]
        if len(named) == 1 and certain_signers(named[0]) < TWO:
            return (
                f"{names[0].zh}并不总要两个人签名。",
                f"{names[0].en} is not always signed by two persons. ",
            )
        if len(named) > 1 and not apart(named[0], named[1]):
            zh = f"没有要求{names[0].zh}与{names[1].zh}由不同的人完成。"
            return zh, f"{names[0].en} and {names[1].en} may be done by the same person. "
    return "", ""


def _unknown(lint: Lint, proof: Proof) -> Iterator[Fault]:
    """What a proof names that does not exist or cannot be."""
    place = _place(lint, proof)
    if proof.never and proof.never.deed is not None and proof.never.deed not in DEEDS:
        yield place, f"没有“{proof.never.deed}”这一行为", f"there is no deed `{proof.never.deed}`"
    if proof.never and proof.never.step is not None:
        yield from _event(lint, Event(step=proof.never.step), place)
    if proof.after is not None:
        yield from _event(lint, proof.after, place)
    ends = {step.end for step in lint.definition.walk() if step.end}
    for end in proof.ends or ():
        if end not in ends:
            yield place, f"没有结局“{end}”", f"no end has the outcome `{end}`"
    if proof.without is not None:
        yield from _unknown_evidence(lint, proof.without, place)


def _unknown_evidence(lint: Lint, without: Evidence, place: str | None) -> Iterator[Fault]:
    if without.done is not None:
        yield from _event(lint, Event(step=without.done, outcome=without.outcome), place)
    if without.signed_by is not None and lint.posts is not None and without.signed_by not in lint.posts:
        yield place, f"没有岗位“{without.signed_by}”", f"there is no post `{without.signed_by}`"
    named = [without.signed] if without.signed else without.persons if without.persons != "any" else []
    for one in named or []:
        step = lint.steps.get(one)
        if step is None:
            yield _missing(one, place)
        elif step.human is None or (without.signed and not step.human.signature_rules):
            name = lint.name(one)
            what = (
                ("没有签名", "has no signature") if step.human else ("不是人工步骤", "is no step of a person")
            )
            yield one, f"{name.zh}{what[0]}", f"{name.en} {what[1]}"


def _event(lint: Lint, event: Event, place: str | None) -> Iterator[Fault]:
    step = lint.steps.get(event.step)
    if step is None:
        yield _missing(event.step, place)
        return
    name = lint.name(event.step)
    if list(step.bodies()) or step.end:
        yield step.id, f"{name.zh}不是可以完成的单个步骤", f"{name.en} is no single step that is done"
    elif event.outcome is not None and event.outcome not in _answers(step):
        zh = f"{name.zh}没有“{event.outcome}”这一结果"
        yield step.id, zh, f"{name.en} never ends with `{event.outcome}`"


def _answers(step: Step) -> set[str]:
    if step.human:
        return set(step.human.outcomes) or {"done"}
    return set(step.routes) or {"done"}


def _missing(step: str, place: str | None) -> Fault:
    return place, f"没有“{step}”这一步骤", f"there is no step `{step}`"
