"""Services: settling - the advance re-reads what a command claims, and only then closes the task.

Compared are submission, content hash, outcome, performers, signature and, for a work list, the root over its
line results. What differs is unfounded: a forged Update settles nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert

from contracts.advance import Operation, SettleChangeover, SettleCommand
from contracts.signals import SettleSignal
from contracts.tasks import SettleTask, SettleTaskCommand
from db import tables as t
from db.kept import Call, Kept
from db.queries.tasks import OPEN
from db.session import ActorRef
from domain.answers import answer_hash
from domain.signals import DELIVERY
from services import advance_signals, asked_signatures, changeover_settling, line_results
from services.advance_state import Advance

RULE_PURPOSE = "task.rule."
"""A task's signature names in its purpose which of the task's rules it satisfies."""


Claim = SettleTask | SettleCommand | SettleChangeover | SettleTaskCommand | SettleSignal
KINDS = {SettleSignal: DELIVERY, SettleChangeover: "changeover"}
"""Claims that are of one kind of submission only."""

_ACCEPTED = {"accepted": True, "code": "accepted", "message_zh": "已受理", "message_en": "accepted"}
_GIVEN_VERDICT = ("submission_id", "state", "missing_signatures")
_GIVEN_PERFORMER = ("task_id", "person_id", "how", "run_id", "path", "step_id")


class Unfounded(Exception):
    """Commands that the database does not confirm: why, by submission, and the task paths they are about."""

    def __init__(self, why: Mapping[str, str], paths: Mapping[str, str]) -> None:
        self.why, self.paths = dict(why), dict(paths)
        super().__init__(str(self.why))


def claimed(operations: Sequence[Operation]) -> list[Call]:
    """What reads the submissions that an advance settles; nothing if it settles none."""
    ids = [o.submission for o in operations if isinstance(o, Claim) and _is_id(o.submission)]
    return [(_submission(), {"submission": UUID(submission)}) for submission in ids]


async def confirm(
    advance: Advance, operations: Sequence[Operation], rows: Iterable[Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """The submissions of all settlements in the advance, of the rows; Unfounded unless each is confirmed."""
    claims = [o for o in operations if isinstance(o, Claim)]
    found = {str(row["id"]): row for row in rows}
    why: dict[str, str] = {}
    for claim in claims:
        problem = await _problem(advance, claim, found.get(claim.submission))
        if problem:
            why[claim.submission] = problem
    if why:
        raise Unfounded(why, {claim.submission: getattr(claim, "path", "") for claim in claims})
    return found


@cache
def _submission() -> Kept:
    s, k, g, p = t.submission.c, t.task.c, t.signature.c, t.task_performer.c
    performed = (
        sa.select(sa.func.array_agg(sa.distinct(p.person_id)))
        .where(p.task_id == s.task_id)
        .correlate(t.submission)
        .scalar_subquery()
    )
    return Kept(
        sa.select(
            *(s[name] for name in ("id", "kind", "run_id", "task_id", "epoch", "actor_id", "outcome")),
            *(s[name] for name in ("data", "lines", "performers", "content_hash", "reason", "signature_id")),
            k.path,
            k.step_id,
            k.title_zh,
            k.state.label("task_state"),
            k.kind.label("task_kind"),
            k.content,
            k.result,
            k.added_rules,
            k.line_set_id,
            k.post_id,
            g.person_id.label("signer_id"),
            g.content_sha256.label("signed_sha256"),
            g.purpose,
            performed.label("performed"),
            t.person.c.name.label("actor_name"),
        )
        .select_from(
            t.submission.join(t.person, t.person.c.id == s.actor_id)
            .outerjoin(t.task, k.id == s.task_id)
            .outerjoin(t.signature, g.id == s.signature_id)
        )
        .where(s.id == sa.bindparam("submission"))
    )


async def _problem(advance: Advance, claim: Claim, row: Mapping[str, Any] | None) -> str | None:
    """What is wrong with a claim, None if the database confirms it."""
    if row is None:
        return "there is no such submission"
    same = {
        "run": row["run_id"] == advance.run.id,
        "kind": row["kind"] == (KINDS.get(type(claim)) or getattr(claim, "kind", "")),
        "actor": str(row["actor_id"]) == claim.actor,
        "content hash": row["content_hash"] == claim.hash,
    }
    if isinstance(claim, SettleTask):
        lines_root = (row["lines"] or {}).get("root")
        performers = {str(person) for person in row["performers"]}
        same |= {
            "task": row["path"] == claim.path and row["task_state"] in OPEN,
            "epoch": row["epoch"] == claim.epoch,
            "outcome": claim.kind == "sign" or row["outcome"] == claim.outcome,
            "performers": performers == set(claim.performers)
            and performers == {str(row["actor_id"]), *map(str, row["performed"] or ())},
            "lines": claim.kind == "sign" or lines_root == claim.lines_root,
            "answer": claim.kind == "sign" or _answer(row) == claim.answer,
            "missing signatures": _missing(claim, row) == sorted(claim.missing)
            and claim.state == ("awaiting_signature" if claim.missing else "done"),
            "signature": _signed(claim, row),
        }
    elif isinstance(claim, SettleTaskCommand):
        done = claim.kind == "withdraw" and row["task_state"] == "done"
        same |= {
            "task": row["path"] == claim.path and (row["task_state"] in OPEN or done),
            "epoch": row["epoch"] == claim.of_epoch,
            "answer": _answer(row) == claim.answer,
        }
    elif isinstance(claim, SettleCommand | SettleChangeover):
        same["answer"] = _answer(row) == claim.answer
    problem = next((name for name, good in same.items() if not good), None)
    if problem is None and isinstance(claim, SettleSignal):
        return await advance_signals.problem(advance, claim, row)
    if problem is None and isinstance(claim, SettleChangeover):
        return await changeover_settling.problem(advance, claim)
    if problem is None and row["lines"] and row["kind"] == "complete":
        return await line_results.problem(advance.tx, row)
    return f"{problem} differs" if problem else None


def _on_behalf(advance: Advance, claim: Claim) -> Mapping[str, Any]:
    """The submission; from here on the transaction is on its actor's behalf, in the audit log as well."""
    row = advance.settled[claim.submission]
    advance.actor_id = row["actor_id"]
    advance.tx.actor = ActorRef(row["actor_id"], row["actor_name"])
    return row


def _signed(claim: SettleTask, row: Mapping[str, Any]) -> bool:
    """Whether a signature that the task needs is there, by the actor, over what is settled."""
    if claim.kind == "complete" and not (row["content"] or {}).get("rules"):
        return True
    content = row["content_hash"] if claim.kind == "complete" else row["data"].get("content_hash")
    signed: bool = row["signer_id"] == row["actor_id"] and row["signed_sha256"] == content
    return signed


def _answer(row: Mapping[str, Any]) -> str:
    return answer_hash(
        outcome=row["outcome"] or "", data=row["data"], lines=row["lines"], reason=row["reason"]
    )


def _missing(claim: SettleTask, row: Mapping[str, Any]) -> list[int]:
    """The rules that are unmet after this submission, by the rows alone."""
    stands = row["result"] if claim.kind == "sign" else None
    signed = asked_signatures.given(stands, "signed")
    if row["purpose"] and row["purpose"].startswith(RULE_PURPOSE):
        signed.add(int(row["purpose"].removeprefix(RULE_PURPOSE)))
    return sorted(asked_signatures.missing(row, signed, asked_signatures.given(stands, "refused")))


@cache
def _verdict() -> Insert:
    """The verdict of a submission that is confirmed; the first one stands."""
    given: dict[str, Any] = {name: sa.bindparam(f"verdict_{name}") for name in _GIVEN_VERDICT}
    made = insert(t.submission_verdict).values({**_ACCEPTED, **given})
    return made.on_conflict_do_nothing(index_elements=["submission_id"])


@cache
def _settle(changed: tuple[str, ...], audited: tuple[str, ...]) -> Kept:
    """Verdict, performer, audit event and the task's change in one statement; given are column names."""
    k, a = t.task.c, t.audit_event.c
    given: dict[str, Any] = {name: sa.bindparam(f"performer_{name}") for name in _GIVEN_PERFORMER}
    performed = insert(t.task_performer).values(given).on_conflict_do_nothing()
    event = {name: sa.bindparam(f"event_{name}", type_=a[name].type) for name in audited}
    return Kept(
        sa.update(t.task)
        .where(k.id == sa.bindparam("performer_task_id"))
        .values({k[name]: sa.bindparam(f"task_{name}", type_=k[name].type) for name in changed})
        .add_cte(performed.cte("performed"), _verdict().cte("verdict"))
        .add_cte(insert(t.audit_event).values(event).cte("event"))
    )


def _of_verdict(submission: str, state: str, missing: list[dict[str, Any]]) -> dict[str, Any]:
    given = (UUID(submission), state, missing)
    return {f"verdict_{name}": value for name, value in zip(_GIVEN_VERDICT, given, strict=True)}


async def settle_task(advance: Advance, claim: SettleTask) -> dict[str, Any]:
    """Closes the task (or leaves it awaiting signatures), writes the verdict and who performed."""
    row = _on_behalf(advance, claim)
    tx, now = advance.tx, advance.given.now
    result = _result(claim, row)
    values: dict[str, Any] = {"state": claim.state, "result": result, "outcome": claim.outcome}
    if claim.state == "done":
        values["closed_at"] = now
    how = (row["task_id"], row["actor_id"], claim.kind, advance.run.id, claim.path, row["step_id"])
    event = tx.event(
        f"{claim.kind}.task",
        "task",
        row["task_id"],
        after={"path": claim.path, "outcome": claim.outcome, "state": claim.state, "title": row["title_zh"]},
        reason=row["reason"],
        run_id=advance.run.id,
    )
    await advance.change(
        _settle(tuple(values), tuple(event)),
        {
            **{f"event_{name}": value for name, value in event.items()},
            **{f"performer_{name}": value for name, value in zip(_GIVEN_PERFORMER, how, strict=True)},
            **_of_verdict(claim.submission, claim.state, result["missing_signatures"]),
            **{f"task_{name}": value for name, value in values.items()},
        },
    )
    return {"state": claim.state, "outcome": claim.outcome, "submission": claim.submission}


def _result(claim: SettleTask, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the task keeps of its settlement: the answer, who signed which rule, and what is missing."""
    if claim.kind == "complete":
        kept: dict[str, Any] = {
            "outcome": claim.outcome,
            "data": row["data"],
            "reason": row["reason"],
            "lines": row["lines"],
            "content_hash": claim.hash,
            "submission": claim.submission,
            "completer": claim.actor,
            "signed": {},
        }
    else:
        kept = dict(row["result"] or {})
    if row["purpose"] and row["purpose"].startswith(RULE_PURPOSE):
        index = row["purpose"].removeprefix(RULE_PURPOSE)
        kept["signed"] = {**kept.get("signed", {}), index: str(row["actor_id"])}
    asked_signatures.note_missing(kept, row, claim.missing)
    return kept


async def accept(
    advance: Advance,
    claim: SettleCommand | SettleChangeover | SettleTaskCommand | SettleSignal,
    state: str,
    missing: Sequence[dict[str, Any]] = (),
) -> Mapping[str, Any]:
    """Writes the verdict of what is confirmed, on its actor's behalf; gives the submission."""
    row = _on_behalf(advance, claim)
    await advance.tx.execute(_verdict(), _of_verdict(claim.submission, state, list(missing)))
    return row


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
