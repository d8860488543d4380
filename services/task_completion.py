"""Services: completing and signing a task - one transaction writes the submission, then the run is told.

Everything is checked here (post, training, segregation, epoch, form, password) and again by the interpreter;
every refusal is audited. The password goes no further than the check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.sign_policy import asked_of
from domain.signatures import Rule, check_meaning, rule_for
from domain.sop_progress.refusals import (
    AlreadySigned,
    NothingToSign,
    NotYourTurn,
    ReasonRequired,
    SignatureRequired,
    StaleEpoch,
    UnknownOutcome,
)
from domain.submissions import SubmissionPending, printable
from services import audit, deviations, eligibility, line_results, other_batches, signatures, submissions
from services.asked_signatures import given
from services.permissions import Permission, require, require_person
from services.signatures import PasswordProof, SignatureGiven
from services.submissions import CommandAnswer, Pending
from services.task_answers import check_answers, hold_checks
from services.task_submission import Answer, submit, submit_signature

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from services.platform import Actor, Platform


async def complete(
    platform: Platform,
    task_id: UUID,
    *,
    outcome: str,
    data: Mapping[str, Any],
    epoch: int,
    actor: Actor,
    signature: SignatureGiven | None = None,
    reason: str | None = None,
    submission_id: UUID | None = None,
    request_id: str = "",
) -> CommandAnswer | Pending:
    """Completes a task with an outcome; the same submission id again gives the first final answer."""
    again = await submissions.repeated(
        platform, submission_id, actor=actor, kind="complete", outcome=outcome, task_id=task_id,
        request_id=request_id,
    )  # fmt: skip
    if again is not None:
        return again
    async with audit.refusals(
        platform, actor, "complete.task", "task", task_id, request_id=request_id
    ) as attempt:
        require_person(actor)
        proof = await _proof(platform, actor, signature)
        async with platform.database.write(actor.ref, request_id) as tx:
            task = await eligibility.task_for_performance(tx, task_id, actor, epoch, attempt)
            chosen = _outcome(task, outcome)
            reason = printable(reason or "").strip() or None
            if chosen.get("reason") == "required" and reason is None:
                raise ReasonRequired
            form, required = task.content["form"], task.content["required"]
            clean = await check_answers(tx, form, data, required, site_id=task.site_id)
            hold_checks(task.content, clean, outcome=outcome)
            await other_batches.check_decision(tx, task, outcome)
            rule = _own_rule(task, actor, signature)
            lines = await line_results.collect(tx, task) if task.content["lines"] else None
            answer = Answer(outcome, clean, reason, lines)
            made = await submit(
                tx, task, answer, actor=actor, proof=proof, rule=rule, submission_id=submission_id
            )
            if task.kind == "deviation":
                await deviations.close(tx, task, made.id, outcome, reason)
    submission = made.id if task.kind == "deviation" else made  # a deviation has its verdict at once
    return await submissions.answer_of(platform, submission, request_id=request_id)


async def sign(
    platform: Platform,
    task_id: UUID,
    *,
    epoch: int,
    signature: SignatureGiven,
    actor: Actor,
    submission_id: UUID | None = None,
    request_id: str = "",
) -> CommandAnswer | Pending:
    """The second or a later signature, by another person, over the content that was completed."""
    again = await submissions.repeated(
        platform, submission_id, actor=actor, kind="sign", task_id=task_id, request_id=request_id
    )
    if again is not None:
        return again
    async with audit.refusals(
        platform, actor, "sign.task", "task", task_id, request_id=request_id
    ) as attempt:
        require_person(actor)
        proof = await _proof(platform, actor, signature)
        assert proof is not None
        async with platform.database.write(actor.ref, request_id) as tx:
            task = await eligibility.task_for(tx, task_id, actor, attempt, held=True)
            rule = rule_to_sign(task, actor, epoch)
            check_meaning(rule, signature.meaning)
            made = await submit_signature(
                tx, task, actor=actor, proof=proof, rule=rule, submission_id=submission_id
            )
    return await submissions.answer_of(platform, made, request_id=request_id)


async def _proof(platform: Platform, actor: Actor, signature: SignatureGiven | None) -> PasswordProof | None:
    if signature is None:
        return None
    return await signatures.check_password_again(platform, actor, signature)


def _outcome(task: TaskAct, outcome: str) -> Mapping[str, Any]:
    outcomes: Mapping[str, Any] = task.content["outcomes"] or {line_results.DONE: {}}
    if outcome not in outcomes:
        raise UnknownOutcome
    chosen: Mapping[str, Any] = outcomes[outcome]
    return chosen


def _own_rule(task: TaskAct, actor: Actor, signature: SignatureGiven | None) -> Rule | None:
    """The rule that the completing person's signature satisfies; SignatureRequired when one is needed."""
    if str(actor.person_id) in {stored["person_id"] for stored in task.added_rules}:
        raise AlreadySigned
    rules = eligibility.own_rules(task)
    if not rules:
        return None
    rule = rule_for(rules, (), lambda r: eligibility.rule_holder(task, actor, r) is not None)
    if signature is None or rule is None:
        raise SignatureRequired
    check_meaning(rule, signature.meaning)
    return rule


def rule_to_sign(task: TaskAct, actor: Actor, epoch: int) -> Rule:
    """The first unmet rule whose post the actor holds; every refusal that can apply to a signer."""
    eligibility.check_open(task)
    require(actor, Permission.TASK_WORK, task.site_id)
    eligibility.check_person(task)
    if task.epoch != epoch:
        raise StaleEpoch
    if task.state != "awaiting_signature" or task.result is None:
        raise NothingToSign
    if str(actor.person_id) in _spoken(task):
        raise AlreadySigned
    if task.pending:
        raise SubmissionPending
    return _rule_in_turn(task, actor)


def _spoken(task: TaskAct) -> set[str]:
    """Who has signed or refused this content, or had it in hand: nobody speaks on it twice."""
    result = task.result or {}
    return {*result.get("signed", {}).values(), *result.get("refused", {}).values(), *eligibility.hands(task)}


def _rule_in_turn(task: TaskAct, actor: Actor) -> Rule:
    """The actor's own signature whose turn it is; NotYourTurn when another comes first."""
    asked = asked_of(task.content, task.added_rules)
    signed, refused = given(task.result, "signed"), given(task.result, "refused")
    own = [r for r in eligibility.rules_of(task) if eligibility.rule_holder(task, actor, r) is not None]
    own.sort(key=lambda rule: rule.person_id is None)  # who was asked in person signs as that person
    missing, turn = asked.missing(signed, refused), asked.turn(signed, refused)
    found = next((rule for rule in own if rule.index in turn), None)
    if found is None:
        raise NotYourTurn if any(rule.index in missing for rule in own) else NothingToSign
    return found
