"""Domain: what is submitted - the hashes that bind a person's command to its content - and why it is refused.

Codes are the same at every door, and the same as those of the interpreter's validators. It knows no table
and no engine.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from domain.canonical import sha256_of
from domain.errors import Invalid, Kind, Refusal
from domain.sop_progress import refusals


def signed_content(
    *,
    task_content: str,
    epoch: int,
    outcome: str,
    data: Mapping[str, Any],
    lines_root: str | None,
    reason: str | None,
) -> str:
    """The hash of what a completion says: all that was shown and all that was answered.

    Signatures are given over this hash (21 CFR 11.70: bound so that they cannot be moved to another record).
    """
    return sha256_of(
        "signed_content",
        1,
        task_content=task_content,
        epoch=epoch,
        outcome=outcome,
        data=dict(data),
        lines_root=lines_root,
        reason=reason,
    )


def signing_content(*, content_hash: str, epoch: int, rule: int, actor: str) -> str:
    """The hash of a second or later signature's submission."""
    return sha256_of("signing", 1, content_hash=content_hash, epoch=epoch, rule=rule, actor=actor)


def command_content(
    *, kind: str, run: str, actor: str, reason: str, to: str | None, task_path: str | None
) -> str:
    """The hash of a run command: suspend, resume, cancel or send back."""
    return sha256_of("run_command", 1, kind=kind, run=run, actor=actor, reason=reason, to=to, task=task_path)


def task_command_content(
    *, kind: str, task: str, epoch: int, actor: str, data: Mapping[str, Any], reason: str | None
) -> str:
    """The hash of what is done with a task besides answering it."""
    return sha256_of(
        "task_command", 1, kind=kind, task=task, epoch=epoch, actor=actor, data=dict(data), reason=reason
    )


def printable(value: Any) -> Any:
    """A value without characters that cannot be printed or kept: control characters and half surrogates."""
    if isinstance(value, str):
        return "".join(
            sign for sign in value if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"}
        )
    if isinstance(value, Mapping):
        return {printable(str(key)): printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    return value


REOPENED = "reopened"
"""The result of a line whose last scan was undone: it has none again."""
REFUSAL_KINDS: Mapping[str, Kind] = {
    refusal.code: refusal.kind for refusal in refusals.CommandRefused.__subclasses__()
}
"""Which sort of refusal a code of the interpreter is."""


class SubmissionRefused(Refusal):
    """The run's own verdict on a submission; `code` and `kind` of the instance are the verdict's."""

    code = "submission_refused"
    zh = "{zh}"
    en = "{en}"

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code = code  # type: ignore[misc] # the verdict's own code, one class for all
        self.kind = REFUSAL_KINDS.get(code, "conflict")  # type: ignore[misc]
        super().__init__(zh=zh, en=en or zh)


class SubmissionMismatch(Refusal):
    """The same submission id came again with other content."""

    code = "submission_mismatch"
    zh = "同一提交编号的内容前后不一致"
    en = "The same submission id came with other content"


class SubmissionPending(Refusal):
    """Somebody's submission on this task has no verdict yet: nothing may change under it."""

    code = "submission_pending"
    zh = "该任务有一个提交正在处理，请稍候"
    en = "A submission on this task is being processed; wait a moment"


class AlreadyClaimed(Refusal):
    """Two people claimed; this names who won."""

    code = "already_claimed"
    zh = "任务已被{winner}领取"
    en = "The task has been claimed by {winner}"


class NotClaimed(Refusal):
    code = "not_claimed"
    zh = "请先领取任务"
    en = "Claim the task first"


class NotYourPost(Refusal):
    """The task belongs to a post that the person does not hold at that site and department."""

    code = "not_your_post"
    kind = "forbidden"
    zh = "该任务属于岗位“{post}”，您不在此岗位"
    en = 'The task belongs to the post "{post}", which you do not hold here'


class NotTrained(Refusal):
    """Only people trained on the run's version of the SOP get its tasks (T8; GSP 31-36)."""

    code = "not_trained"
    kind = "forbidden"
    zh = "您尚未完成该规程第{version}版的培训，请在“培训”页阅读、答题并签名"
    en = (
        "You are not trained on version {version} of this procedure:"
        " read it under Training, answer its questions and sign"
    )


class PersonNotEligible(Refusal):
    """Somebody was chosen for a task who may not have it: post, training or segregation."""

    code = "person_not_eligible"
    kind = "forbidden"
    zh = "{name}不能接手：{why_zh}"
    en = "{name} cannot take this: {why_en}"


class NothingToWithdraw(Refusal):
    """The task was never completed."""

    code = "nothing_to_withdraw"
    zh = "该任务还没有提交，无需撤回"
    en = "The task is not completed; there is nothing to withdraw"


class PostNotHeld(Invalid):
    """Nobody holds the post that is to sign."""

    code = "post_not_held"
    zh = "该岗位在此处无人任职"
    en = "Nobody holds that post here"


class LineAnswered(Refusal):
    """A line has another result than was shown, or nobody said that it is to be replaced."""

    code = "line_answered"
    kind = "conflict"
    zh = "第{line}行已有结果，尚未更改：请核对已记录的内容，确需更改的勾选“更改已记录的结果”"
    en = (
        "Line {line} has a result, which was kept: look at what is recorded,"
        " and tick “Change the recorded result” to change it"
    )


class LinesOpen(Refusal):
    """A work list is complete when all its lines have a result."""

    code = "lines_open"
    zh = "还有{open}行没有结果"
    en = "Lines without a result: {open}"
