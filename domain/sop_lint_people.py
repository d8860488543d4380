"""Domain: lint rules of people - posts, deadlines, segregation and dual control that somebody can satisfy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from domain.calendars import Calendar
from domain.durations import instant_after
from domain.sign_policy import Asked
from domain.sop_definition import Duration, Human, Limit, Step
from domain.sop_lint_context import Lint, located
from domain.yaml_text import Path

_START = datetime(2026, 6, 1, tzinfo=UTC)


def check_people(lint: Lint) -> None:
    """Posts exist and are held; deadlines are there and in order; nobody must be two persons."""
    _check_post(lint, ("owner", "post"), lint.definition.owner.post, None)
    for path, step in located(lint.definition):
        for place, post in _posts(path, step):
            _check_post(lint, place, post, step)
        if step.human:
            _check_deadlines(lint, (*path, "human"), step, step.human)
            _check_segregation(lint, (*path, "human"), step, step.human)
            _check_policy(lint, (*path, "human"), step, step.human)
            _check_signers(lint, (*path, "human"), step, step.human)
            _check_commands(lint, (*path, "human"), step, step.human)


def _posts(path: Path, step: Step) -> Iterator[tuple[Path, str]]:
    if step.human:
        yield (*path, "human", "post"), step.human.post
        if step.human.escalate:
            yield (*path, "human", "escalate", "to", "post"), step.human.escalate.to.post
        if step.human.signature and step.human.signature.post:
            yield (*path, "human", "signature", "post"), step.human.signature.post
        for index, rule in enumerate(step.human.signatures):
            if rule.post:
                yield (*path, "human", "signatures", index, "post"), rule.post
    if step.notify:
        yield (*path, "notify", "to", "post"), step.notify.to.post


def _check_post(lint: Lint, path: Path, post: str, step: Step | None) -> None:
    id_ = step.id if step else None
    if lint.posts is not None and post not in lint.posts:
        lint.error("post_unknown", path, f"没有岗位“{post}”", f"there is no post `{post}`", id_)
    elif lint.people is not None and not lint.people.get(post):
        lint.error("post_vacant", path, f"无人任职“{post}”", f"nobody holds the post `{post}`", id_)


def _check_deadlines(lint: Lint, path: Path, step: Step, human: Human) -> None:
    if human.due is None:
        lint.warning("deadline", path, "没有办理时限", "there is no deadline", step.id)
        return
    due = _instant(human.due)
    for index, remind in enumerate(human.remind):
        at = _instant(remind)
        if due and at and at >= due:
            lint.warning(
                "remind",
                (*path, "remind", index),
                "提醒不早于期限",
                "the reminder is not before the deadline",
                step.id,
            )
    to = human.escalate.to if human.escalate else None
    if to and (to.post, to.site, to.department) == (human.post, human.site, human.department):
        zh, en = "逾期升级给了本岗位自己", "late tasks are escalated to the post that has them anyway"
        lint.warning("escalate", (*path, "escalate", "to"), zh, en, step.id)
    after = _instant(human.escalate.after) if human.escalate else None
    if due and after and after < due:
        lint.warning(
            "escalate",
            (*path, "escalate", "after"),
            "升级早于期限",
            "the escalation is before the deadline",
            step.id,
        )


def _instant(duration: Duration) -> datetime | None:
    if isinstance(duration, Limit):
        return None  # data, not known here
    return instant_after(duration, start=_START, time_zone="Asia/Shanghai", calendar=Calendar(), limits={})


def _check_segregation(lint: Lint, path: Path, step: Step, human: Human) -> None:
    before = lint.flow.before.get(step.id)
    for index, other in enumerate(human.separate_from):
        here: Path = (*path, "separate_from", index)
        named = lint.steps.get(other)
        if other == step.id:
            zh, en = "不能与自身分离", "a step cannot be separate from itself"
        elif named is None or (named.human is None and named.call is None):
            name = lint.name(other)
            zh, en = f"{name.zh}不是人工步骤或调用", f"{name.en} is neither a step of a person nor a call"
        elif before is not None and not _may_precede(lint, other, step.id):
            name = lint.name(other)
            zh, en = f"{name.zh}不在此步骤之前", f"{name.en} does not come before this step"
        elif named.human and _same_single_person(lint, human.post, named.human.post):
            name = lint.name(other)
            zh = f"无法与{name.zh}分离：两个岗位只有同一人任职"
            en = f"cannot be separate from {name.en}: both posts are held by one and the same person"
        else:
            continue
        lint.error("separate_from", here, zh, en, step.id)


def _may_precede(lint: Lint, other: str, step: str) -> bool:
    """Whether `other`, or the step that it is inside, can have been done before the step."""
    before = lint.flow.before[step].maybe
    return other in before or any(outer in before for outer in lint.flow.enclosing(other))


def _same_single_person(lint: Lint, one: str, other: str) -> bool:
    if lint.people is None:
        return False
    return len(lint.people.get(one, set())) == 1 and lint.people.get(one) == lint.people.get(other)


def _check_signers(lint: Lint, path: Path, step: Step, human: Human) -> None:
    """Signatures of one task are given by different persons."""
    rules = human.signature_rules
    if lint.people is None or not rules:
        return
    persons = set().union(*(lint.people.get(rule.post or human.post, set()) for rule in rules))
    needed = _asked(human).needed(())
    if 0 < len(persons) < needed:
        lint.error(
            "signers",
            (*path, "signatures"),
            f"需要 {needed} 人签名，仅有 {len(persons)} 人任职",
            f"{needed} signers are needed, {len(persons)} hold the posts",
            step.id,
        )


def _asked(human: Human) -> Asked:
    """All that a task of the step can ask for: every rule applies."""
    policy = human.signature_policy
    return Asked(
        rules=tuple(range(len(human.signature_rules))),
        counted=frozenset(human.counted_rules),
        need=policy.need if policy else "all",
    )


def _check_policy(lint: Lint, path: Path, step: Step, human: Human) -> None:
    """A policy counts signatures that are there, and is met neither by nobody nor by the completer alone."""
    policy, listed = human.signature_policy, len(human.signatures)
    if policy is None:
        return
    here: Path = (*path, "signature_policy")
    if not listed:
        zh, en = "没有列出签名（signatures）", "there are no `signatures` to count"
        lint.error("signature_policy", here, zh, en, step.id)
        return
    if isinstance(policy.need, int) and policy.need > listed:
        zh, en = f"要求 {policy.need} 人，仅列出 {listed} 项", f"{policy.need} needed, {listed} listed"
        lint.error("signature_policy", (*here, "need"), zh, en, step.id)
    certain = sum(rule.when is None for rule in human.signatures)
    if isinstance(policy.need, int) and certain < policy.need <= listed:
        zh = f"无条件的签名只有 {certain} 项，可能凑不足 {policy.need} 人"
        en = f"only {certain} signatures are without a condition: there may be fewer than {policy.need}"
        lint.warning("signature_policy", (*here, "need"), zh, en, step.id)
    if human.signature is None and _asked(human).wanted == 1:
        zh = "提交人自己的签名即可满足；请用 signature 列出提交人的签名"
        en = "the completer's own signature is enough; give that as `signature` and list the others"
        lint.warning("signature_policy", here, zh, en, step.id)


def _check_commands(lint: Lint, path: Path, step: Step, human: Human) -> None:
    """What people may do with the task is listed once each."""
    named = human.commands or []
    for index, command in enumerate(named):
        if command in named[:index]:
            zh, en = f"重复：{command}", f"`{command}` is there twice"
            lint.error("commands", (*path, "commands", index), zh, en, step.id)
