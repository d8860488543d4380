"""Domain: what a replay of a finished run found, level by level, in both languages.

`sdk` is the engine's own replay: do the same things follow in the same order? `strict` compares what each
command said with what the history says. A verdict knows no table and no engine, so that pages may show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.sop_definition import Text

_WORDS: Mapping[str, Text] = {
    "unreadable": Text(zh="历史无法读取：{why}", en="The history cannot be read: {why}"),
    "nondeterminism": Text(
        zh="现在的程序不会走出同样的历史：{why}", en="The present code does not lead to this history: {why}"
    ),
    "failed": Text(zh="重放没有走完：{why}", en="The replay did not come to its end: {why}"),
    "not_replayable": Text(
        zh="历史没有启动事件、没有任何任务，或有事件没有编号或类型，无法重放",
        en="The history has no start, no workflow task, or an event without number or type: no replay",
    ),
    "silent": Text(zh="重放在 {why} 秒内没有答复", en="The replay gave no answer within {why} seconds"),
    "not_replayed": Text(
        zh="引擎重放未通过，其后的内容没有逐项比对",
        en="The engine's replay did not pass; what comes after it was not compared",
    ),
    "differs": Text(
        zh="“{what}”的 {field} 不一致：历史为 {recorded}，程序算出 {computed}",
        en="{what}, {field}: the history says {recorded}, the code says {computed}",
    ),
    "not_commanded": Text(
        zh="历史中有“{what}”，程序没有发出", en="The history has {what}, which the code does not command"
    ),
    "not_recorded": Text(
        zh="程序发出“{what}”，历史中没有", en="The code commands {what}, which the history does not have"
    ),
    "order": Text(
        zh="次序不一致：历史此处为“{recorded}”，程序为“{computed}”",
        en="Another order: here the history has {recorded}, the code {computed}",
    ),
    "known_change": Text(
        zh="程序后来的已知变更，不影响流程走向：{why}",
        en="A known later change of the code that leads nowhere else: {why}",
    ),
    "empty": Text(zh="没有任何事件", en="There is no event"),
    "first": Text(zh="第一个事件不是流程启动", en="The first event is not the start of a run"),
    "last": Text(zh="最后一个事件不是流程结束", en="The last event is not the end of a run"),
    "after_end": Text(zh="流程结束之后还有事件", en="There are events after the end"),
    "number": Text(
        zh="事件编号应为 {computed}，实为 {recorded}",
        en="The event should have number {computed}, not {recorded}",
    ),
    "attributes": Text(zh="事件内容与事件类型不符", en="What the event holds is not what its type says"),
    "reference": Text(
        zh="{field} 指向第 {recorded} 号事件，该处不是所指的事件",
        en="{field} points to event {recorded}, which is not what it has to be",
    ),
    "twice": Text(zh="“{recorded}”在同一段历史中出现两次", en="{recorded} stands twice in one execution"),
    "update_id": Text(
        zh="指令编号 {recorded} 与其中的提交编号 {computed} 不同",
        en="The update has id {recorded}, the submission in it {computed}",
    ),
    "workflow_id": Text(
        zh="历史属于 {recorded}，而不是 {computed}", en="The history is of {recorded}, not of {computed}"
    ),
    "run_id": Text(
        zh="启动内容中的流程编号 {recorded} 与 {computed} 不符",
        en="The run in the start's input is {recorded}, which is not that of {computed}",
    ),
    "bundle": Text(
        zh="固定的定义与其摘要 {recorded} 不符，实际为 {computed}",
        en="The pinned definition does not have the hash {recorded} but {computed}",
    ),
    "chain": Text(
        zh="与上一段历史接不上：{field} 应为 {computed}，实为 {recorded}",
        en="It does not follow from the execution before: {field} should be {computed}, not {recorded}",
    ),
}

NOT_NOTICED: Mapping[str, Text] = {
    "identity": Text(zh="哪个进程办理的", en="which process did it"),
    "event_time": Text(
        zh="流程启动和任务开始以外的事件时间",
        en="the time of an event, except that of the start and of a workflow task that was started",
    ),
    "request_id": Text(zh="引擎的请求号和任务号", en="the engine's request and task numbers"),
    "worker_version": Text(zh="程序版本标记", en="marks of the worker's and the SDK's version"),
    "history_size": Text(zh="引擎记下的历史大小", en="the size of the history as the engine noted it"),
    "attempt": Text(zh="第几次尝试", en="how often something was tried"),
    "stack_trace": Text(zh="错误的调用栈", en="where in the code an error arose"),
    "unused_input": Text(
        zh="启动内容或指令内容中流程没有用到的部分",
        en="what a start or command brought and the run never used",
    ),
    "unused_result": Text(
        zh="系统执行结果中流程没有用到的部分", en="the part of an action's result that the run never used"
    ),
    "summary": Text(zh="引擎中显示的标题", en="the title that the engine shows"),
    "spelling": Text(
        zh="同一内容的另一种写法（空格、键的次序）",
        en="another spelling of the same value: spaces, order of keys",
    ),
    "empty_field": Text(zh="数据中省略的空字段", en="a field of a payload left out whose value is empty"),
    "known_change": Text(
        zh="早期流程中已登记的程序变更所涉及的次序和字段",
        en="in early runs, orders and fields that a registered change of the code explains",
    ),
    "unknown_key": Text(zh="本版本不认识的事件字段", en="a key of an event that this version does not know"),
}
"""What neither level can notice, because no command follows from it. The archive's hash covers it."""


@dataclass(frozen=True)
class ReplayFinding:
    """One thing found: in which execution (from 1), at which event (0: at none), history against code.

    A `known` one is no fault: the code says it otherwise since a change that is on the register.
    """

    rule: str
    execution: int
    event_id: int = 0
    event_type: str = ""
    field: str = ""
    recorded: Any = None
    computed: Any = None
    what: Text | None = None
    why: Text | str = ""
    known: bool = False

    @property
    def text(self) -> Text:
        """The finding in a sentence."""
        words = _WORDS[self.rule]
        return Text(zh=self._filled(words.zh, "zh"), en=self._filled(words.en, "en"))

    def _filled(self, template: str, language: str) -> str:
        why = self.why.in_language(language) if isinstance(self.why, Text) else self.why
        what = self.what.in_language(language) if self.what else self.event_type
        return template.format(
            why=why,
            what=what,
            field=self.field,
            recorded=_shown(self.recorded, language),
            computed=_shown(self.computed, language),
        )


@dataclass(frozen=True)
class LevelVerdict:
    """What one level found; known changes of the code do not fail it."""

    level: str
    findings: tuple[ReplayFinding, ...] = ()

    @property
    def ok(self) -> bool:
        return all(finding.known for finding in self.findings)


@dataclass(frozen=True)
class ReplayVerdict:
    """Both levels of one run, and how much was replayed."""

    workflow_id: str
    executions: int
    events: int
    commands: int
    semantics: int | None
    sdk: LevelVerdict
    strict: LevelVerdict

    @property
    def ok(self) -> bool:
        return self.sdk.ok and self.strict.ok

    @property
    def findings(self) -> tuple[ReplayFinding, ...]:
        return self.sdk.findings + self.strict.findings


def _shown(value: Any, language: str) -> str:
    """A value in a sentence: not longer than a line."""
    if value is ABSENT:
        return "没有" if language == "zh" else "nothing"
    text = value.in_language(language) if isinstance(value, Text) else str(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


class _Absent:
    """Stands where one side has nothing; None is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
SHOWN = 120
