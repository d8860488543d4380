"""Domain: the sentences of the time line, in both languages. Data for `timeline`, no rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.sop_definition import Text

_SENTENCES: Mapping[str, Text] = {
    "started": Text(zh="启动《{sop}》第{version}版", en="Started {sop}, version {version}"),
    "complete": Text(zh="完成“{step}”，结果：{outcome}", en="Completed {step}: {outcome}"),
    "complete_list": Text(zh="完成“{step}”", en="Completed {step}"),
    "answered": Text(
        zh="填写“{step}”，结果：{outcome}；等待另一人签名",
        en="Answered {step}: {outcome}; it waits for another signature",
    ),
    "answered_list": Text(
        zh="填写“{step}”；等待另一人签名", en="Answered {step}; it waits for another signature"
    ),
    "sign_last": Text(zh="签署“{step}”，签名齐全，任务完成", en="Signed {step}, which completes it"),
    "sign": Text(zh="签署“{step}”", en="Signed {step}"),
    "suspend": Text(zh="暂停流程，原因：{reason}", en="Suspended the run: {reason}"),
    "resume": Text(zh="恢复流程，原因：{reason}", en="Resumed the run: {reason}"),
    "cancel": Text(zh="取消流程，原因：{reason}", en="Cancelled the run: {reason}"),
    "send_back": Text(zh="退回到“{outcome}”，原因：{reason}", en="Sent back to {outcome}: {reason}"),
    "changeover": Text(
        zh="流程由第{before}版转到第{after}版，提出人：{proposer}，原因：{reason}",
        en="Moved from version {before} to version {after}, proposed by {proposer}: {reason}",
    ),
    "signal": Text(zh="收到外部事件“{step}”", en="The event of {step} came"),
    "task_delegate": Text(
        zh="将“{step}”委派给{whom}，限时办理，原因：{reason}",
        en="Delegated {step} to {whom} for a time: {reason}",
    ),
    "task_hand_over": Text(
        zh="将“{step}”转给{whom}，原因：{reason}", en="Handed {step} over to {whom}: {reason}"
    ),
    "task_add_signer": Text(
        zh="请{whom}加签“{step}”，原因：{reason}", en="Asked {whom} to sign {step} as well: {reason}"
    ),
    "task_refuse": Text(zh="拒签“{step}”，原因：{reason}", en="Refused to sign {step}: {reason}"),
    "task_withdraw": Text(
        zh="撤回自己对“{step}”的提交，原因：{reason}", en="Withdrew the own completion of {step}: {reason}"
    ),
    "task_remind": Text(zh="催办“{step}”", en="Reminded of {step}"),
    "return": Text(zh="委派到期，“{step}”回到委派人", en="{step} is back with who delegated it"),
    "command": Text(zh="对“{step}”的操作", en="A command on {step}"),
    "task": Text(zh="生成任务“{step}”", en="Opened the task {step}"),
    "decision": Text(zh="判断“{step}”", en="Decided {step}"),
    "action": Text(zh="系统执行“{step}”", en="The system performed {step}"),
    "chunk": Text(zh="系统继续执行“{step}”", en="The system went on with {step}"),
    "action_refused": Text(zh="系统执行“{step}”未成：{problem}", en="{step} was not performed: {problem}"),
    "notify": Text(zh="发出通知“{step}”", en="Sent the message {step}"),
    "remind": Text(zh="提醒“{step}”", en="Reminded of {step}"),
    "escalate": Text(zh="“{step}”逾期，已上报", en="{step} is late and was escalated"),
    "incident": Text(zh="“{step}”出现异常，等待处理", en="{step} has an incident and waits"),
    "call": Text(zh="“{step}”发起 {count} 个流程", en="{step}: runs called, {count}"),
    "call_refused": Text(
        zh="“{step}”未能发起流程：{problem}", en="{step} could not call its runs: {problem}"
    ),
    "calls_ended": Text(
        zh="“{step}”发起的流程全部结束（{count} 个）", en="All runs called by {step} have ended ({count})"
    ),
    "undo": Text(zh="撤销“{undone}”", en="Undid {undone}"),
    "wait": Text(zh="等待外部事件“{step}”", en="Waits for the event of {step}"),
    "wait_found": Text(zh="外部事件“{step}”已先到", en="The event of {step} had come before"),
    "wait_over": Text(zh="不再等待外部事件“{step}”", en="Waits for the event of {step} no more"),
    "wait_timed_out": Text(zh="外部事件“{step}”逾时未到", en="The event of {step} did not come in time"),
    "withdraw": Text(zh="收回任务“{step}”", en="Withdrew the task {step}"),
    "claimed": Text(zh="领取“{step}”", en="Claimed {step}"),
    "released": Text(zh="放回“{step}”", en="Released {step}"),
    "deviation": Text(
        zh="发现无据操作，已开出偏差“{step}”", en="An unfounded command opened the deviation {step}"
    ),
    "vacant": Text(zh="“{step}”的岗位无人担任", en="Nobody holds the post of {step}"),
    "not_undone": Text(zh="“{step}”无法撤销", en="{step} could not be undone"),
    "refused_attempt": Text(
        zh="尝试“{action}”（{step}）被拒绝：{problem}",
        en="The attempt to {action} ({step}) was refused: {problem}",
    ),
}

ATTEMPTS: Mapping[str, Text] = {
    "answer.line": Text(zh="记录明细行", en="record a line"),
    "cancel.run": Text(zh="取消流程", en="cancel the run"),
    "changeover.run": Text(zh="转到新版", en="move the run to a newer version"),
    "add_signer.task": Text(zh="加签", en="add a signer"),
    "claim.task": Text(zh="领取任务", en="claim the task"),
    "complete.task": Text(zh="完成任务", en="complete the task"),
    "delegate.task": Text(zh="委派任务", en="delegate the task"),
    "hand_over.task": Text(zh="转交任务", en="hand the task over"),
    "refuse.task": Text(zh="拒签", en="refuse to sign"),
    "release.task": Text(zh="放回任务", en="release the task"),
    "remind.task": Text(zh="催办", en="remind of the task"),
    "withdraw.task": Text(zh="撤回提交", en="withdraw the completion"),
    "resume.run": Text(zh="恢复流程", en="resume the run"),
    "save.draft": Text(zh="暂存填写内容", en="keep entries"),
    "scan.line": Text(zh="扫描", en="scan"),
    "send_back.run": Text(zh="退回", en="send the work back"),
    "sign.task": Text(zh="签名", en="sign"),
    "suspend.run": Text(zh="暂停流程", en="suspend the run"),
    "undo.scan": Text(zh="撤销扫描", en="undo a scan"),
    "add.attachment": Text(zh="添加附件", en="add a file"),
}
"""Audit actions that people try and that may be refused; another one shows itself."""

COMMANDS = frozenset(
    {
        *("complete", "sign", "suspend", "resume", "cancel", "send_back", "signal", "changeover"),
        *("delegate", "hand_over", "add_signer", "refuse", "withdraw", "remind"),
    }
)
"""Kinds of submissions that have a sentence of their own."""

CHANGEOVER = "changeover"
"""The submission by which a run goes over to another version."""

TASK_COMMANDS = frozenset({"delegate", "hand_over", "add_signer", "refuse", "withdraw", "remind"})
"""What people do with a task besides answering it."""

CALLS = frozenset({"call", "call_read"})
"""Kinds of effects that tell of called runs."""

EFFECTS = frozenset(
    {
        *("task", "decision", "action", "chunk", "notify", "remind", "escalate", "incident", "undo"),
        *CALLS,
        *("withdraw", "wait", "wait_over", "return"),
    }
)
"""Kinds of effects that are shown; settlements are shown by their submissions."""

ACTS: Mapping[str, str] = {
    "claim.task": "claimed",
    "release.task": "released",
    "open.deviation": "deviation",
    "find_vacant.post": "vacant",
    "leave.effect": "not_undone",
}
"""Audit actions of a run that are shown, and under which kind."""

ENDINGS: Mapping[str, Text] = {
    "completed": Text(zh="流程结束", en="The run ended"),
    "cancelled": Text(zh="流程已取消", en="The run was cancelled"),
    "failed": Text(zh="流程因系统故障中止", en="The run failed"),
}


def words(kind: str, **given: Any) -> Text:
    """The sentence of a kind; a pair stands for the Chinese and the English form of a parameter."""
    template = _SENTENCES[kind]
    zh = {key: value[0] if isinstance(value, tuple) else value for key, value in given.items()}
    en = {key: value[1] if isinstance(value, tuple) else value for key, value in given.items()}
    return Text(zh=template.zh.format(**zh), en=template.en.format(**en))
