"""Services: completing and signing a task - one transaction writes the submission, then the run is told.

Everything is checked here (post, training, segregation, epoch, form, password) and again by the interpreter; every
refusal is audited. The password goes no further than the check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter

from db import tables as t
from db.ids import new_id
from db.queries import references
from db.queries import tasks as queries
from domain.errors import FieldProblem
from domain.form_checks import broken
from domain.forms import check_form
from domain.receiving import may_store
from domain.signatures import Rule, check_meaning, rule_for
from domain.sop_definition import Check, Form
from domain.sop_progress.refusals import (
    AlreadySigned,
    NothingToSign,
    ReasonRequired,
    SignatureRequired,
    StaleEpoch,
    UnknownOutcome,
)
from domain.submissions import FormInvalid, SubmissionPending, printable, signed_content, signing_content
from services import audit, deviations, eligibility, line_results, signatures, submissions
from services.advance_settle import RULE_PURPOSE
from services.permissions import Permission, require, require_person
from services.signatures import PasswordProof, SignatureGiven
from services.submissions import CommandAnswer, Pending

if TYPE_CHECKING:
    from contracts.payload import LineSetRef
    from db.queries.tasks import TaskAct
    from db.session import Reader, Transaction
    from services.platform import Actor, Platform

FORMS: TypeAdapter[Form] = TypeAdapter(Form)


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
        proof = await _proof(platform, actor, task_id, signature, request_id)
        async with platform.database.write(actor.ref, request_id) as tx:
            attempt.run_id = await queries.run_of(tx, task_id)
            task = await eligibility.task_for_performance(tx, task_id, actor, epoch)
            chosen = _outcome(task, outcome)
            reason = printable(reason or "").strip() or None
            if chosen.get("reason") == "required" and reason is None:
                raise ReasonRequired
            form, required = task.content["form"], task.content["required"]
            clean = await check_answers(tx, form, data, required, site_id=task.site_id)
            hold_checks(task.content.get("checks"), clean, outcome=outcome)
            rule = _own_rule(task, actor, signature)
            lines = await line_results.collect(tx, task) if task.content["lines"] else None
            made = await _submit(tx, task, actor, outcome, clean, reason, lines, proof, rule, submission_id)
            if task.kind == "deviation":
                await deviations.close(tx, task, made, outcome, reason)
    return await submissions.answer_of(platform, made, request_id=request_id)


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
        proof = await _proof(platform, actor, task_id, signature, request_id)
        assert proof is not None
        async with platform.database.write(actor.ref, request_id) as tx:
            attempt.run_id = await queries.run_of(tx, task_id)
            await queries.hold(tx, task_id)
            task = await eligibility.task_for(tx, task_id, actor)
            rule = rule_to_sign(task, actor, epoch)
            check_meaning(rule, signature.meaning)
            made = await _submit_signature(tx, task, actor, proof, rule, submission_id)
    return await submissions.answer_of(platform, made, request_id=request_id)


async def check_answers(
    tx: Reader,
    form: Mapping[str, Any],
    data: Mapping[str, Any],
    required: list[str],
    *,
    site_id: UUID,
    line: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The answers normalised; FormInvalid with every problem, unknown attachments and locations among them."""
    fields = FORMS.validate_python(form)
    clean, problems = check_form(fields, printable(data), required=lambda name: name in required)
    problems = problems + await _locations(tx, fields, clean, site_id, line or {})
    attached = {
        attachment: name
        for name, field in fields.items()
        if field.type == "attachment"
        for attachment in _as_list(clean.get(name))
    }
    if attached:
        rows = await tx.rows(
            sa.select(t.attachment.c.id).where(t.attachment.c.id.in_([UUID(a) for a in attached]))
        )
        known = {str(row["id"]) for row in rows}
        problems = problems + [
            FieldProblem(name, "attachment_unknown", "附件不存在", "there is no such attachment")
            for attachment, name in attached.items()
            if attachment not in known
        ]
    if problems:
        raise FormInvalid(problems)
    return clean


async def _locations(
    tx: Reader, fields: Form, clean: Mapping[str, Any], site_id: UUID, line: Mapping[str, Any]
) -> list[FieldProblem]:
    """A location is one of the site's, and suits the line's storage class (药品管理法 59; GSP 83)."""
    named = [name for name, field in fields.items() if field.type == "location" and clean.get(name)]
    if not named:
        return []
    places = {place.code: place for place in await references.places(tx, site_id)}
    problems = []
    for name in named:
        code, storage_class = clean[name], line.get("storage_class")
        if code not in places:
            words = (f"本仓库没有货位 {code}", f"this site has no location {code}")
            problems.append(FieldProblem(name, "location_unknown", *words))
        elif storage_class and not may_store(places[code], storage_class):
            words = (
                f"货位 {code} 不适合该药品的储存条件",
                f"location {code} does not suit its storage class",
            )
            problems.append(FieldProblem(name, "location_unsuitable", *words))
    return problems


def hold_checks(
    checks: Mapping[str, Any] | None,
    clean: Mapping[str, Any],
    *,
    outcome: str,
    line: Mapping[str, Any] | None = None,
) -> None:
    """FormInvalid unless the conditions across the fields hold."""
    if checks:
        rules = [Check.model_validate(rule) for rule in checks["rules"]]
        problems = broken(rules, checks["names"], clean, outcome=outcome, line=line)
        if problems:
            raise FormInvalid(problems)


def _as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


async def _proof(
    platform: Platform, actor: Actor, task_id: UUID, signature: SignatureGiven | None, request_id: str
) -> PasswordProof | None:
    if signature is None:
        return None
    return await signatures.check_password_again(
        platform, actor, signature.password, object_type="task", object_id=task_id, request_id=request_id
    )


def _outcome(task: TaskAct, outcome: str) -> Mapping[str, Any]:
    outcomes: Mapping[str, Any] = task.content["outcomes"] or {line_results.DONE: {}}
    if outcome not in outcomes:
        raise UnknownOutcome
    chosen: Mapping[str, Any] = outcomes[outcome]
    return chosen


def _own_rule(task: TaskAct, actor: Actor, signature: SignatureGiven | None) -> Rule | None:
    """The rule that the completing person's signature satisfies; SignatureRequired when one is needed."""
    rules = eligibility.rules_of(task)
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
    if str(actor.person_id) in task.result["signed"].values():
        raise AlreadySigned
    if task.pending:
        raise SubmissionPending
    missing = {rule["index"] for rule in task.result["missing_signatures"]}
    unmet = [rule for rule in eligibility.rules_of(task) if rule.index in missing]
    rule = rule_for(unmet, (), lambda r: eligibility.rule_holder(task, actor, r) is not None)
    if rule is None:
        raise NothingToSign
    return rule


async def _submit(
    tx: Transaction,
    task: TaskAct,
    actor: Actor,
    outcome: str,
    data: dict[str, Any],
    reason: str | None,
    lines: LineSetRef | None,
    proof: PasswordProof | None,
    rule: Rule | None,
    submission_id: UUID | None,
) -> UUID:
    content_hash = signed_content(
        task_content=task.content_sha256,
        epoch=task.epoch,
        outcome=outcome,
        data=data,
        lines_root=lines.root if lines else None,
        reason=reason,
    )
    signature_id = None
    if rule is not None and proof is not None:
        signature_id = await _sign(tx, task, actor, proof, rule, content_hash)
    return await _insert(
        tx,
        task,
        actor,
        submission_id,
        kind="complete",
        outcome=outcome,
        data=data,
        lines=lines.model_dump(mode="json") if lines else None,
        content_hash=content_hash,
        signature_id=signature_id,
        reason=reason,
    )


async def _submit_signature(
    tx: Transaction,
    task: TaskAct,
    actor: Actor,
    proof: PasswordProof,
    rule: Rule,
    submission_id: UUID | None,
) -> UUID:
    assert task.result is not None
    content_hash = task.result["content_hash"]
    signature_id = await _sign(tx, task, actor, proof, rule, content_hash)
    return await _insert(
        tx,
        task,
        actor,
        submission_id,
        kind="sign",
        outcome=task.result["outcome"],
        data={"rule": rule.index, "content_hash": content_hash},
        content_hash=signing_content(
            content_hash=content_hash, epoch=task.epoch, rule=rule.index, actor=str(actor.person_id)
        ),
        signature_id=signature_id,
    )


async def _sign(
    tx: Transaction, task: TaskAct, actor: Actor, proof: PasswordProof, rule: Rule, content_hash: str
) -> UUID:
    return await signatures.sign(
        tx,
        proof,
        actor=actor,
        meaning=rule.meaning,
        content_sha256=content_hash,
        purpose=f"{RULE_PURPOSE}{rule.index}",
        held=eligibility.rule_holder(task, actor, rule),
        task_id=task.id,
        run_id=task.run_id,
        epoch=task.epoch,
    )


async def _insert(
    tx: Transaction, task: TaskAct, actor: Actor, submission_id: UUID | None, **values: Any
) -> UUID:
    """The submission row: the attempt, the idempotency record and the outbox of the command in one."""
    made = submission_id or new_id()
    performers = sorted({*await queries.performers(tx, task.id), actor.person_id})
    await tx.execute(
        sa.insert(t.submission).values(
            id=made,
            run_id=task.run_id,
            task_id=task.id,
            epoch=task.epoch,
            actor_id=actor.person_id,
            performers=performers,
            **values,
        )
    )
    tx.audited_elsewhere("a submission is the audited attempt; its verdict is audited when it is settled")
    return made
