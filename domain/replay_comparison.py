"""Domain: commands of a history against commands that the code computed, field by field.

A command is plain data here; who reads it off a history or off the engine's protocol stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.replay_findings import ABSENT, ReplayFinding
from domain.sop_definition import Text

_KINDS: Mapping[str, Text] = {
    "activity": Text(zh="系统执行 {key}", en="the activity {key}"),
    "activity_cancel": Text(zh="取消系统执行 {key}", en="the cancellation of the activity {key}"),
    "timer": Text(zh="定时 {key}", en="the timer {key}"),
    "timer_cancel": Text(zh="取消定时 {key}", en="the cancellation of the timer {key}"),
    "update_accepted": Text(zh="接受指令 {key}", en="the acceptance of the update {key}"),
    "update_answer": Text(zh="答复指令 {key}", en="the answer to the update {key}"),
    "marker": Text(zh="标记 {key}", en="the marker {key}"),
    "child": Text(zh="子流程 {key}", en="the child workflow {key}"),
    "signal": Text(zh="向外发出的信号 {key}", en="the signal sent to {key}"),
    "attributes": Text(zh="检索属性", en="the search attributes"),
    "memo": Text(zh="备注", en="the memo"),
    "continue": Text(zh="接续为新的一段", en="the continuation as a new execution"),
    "result": Text(zh="流程结果", en="the result of the run"),
    "failure": Text(zh="流程失败", en="the failure of the run"),
    "cancelled": Text(zh="流程被引擎取消", en="the cancellation of the run"),
}


@dataclass(frozen=True)
class Command:
    """What the code asked the engine for; a recorded one knows its event."""

    kind: str
    key: str
    content: Mapping[str, Any] = field(default_factory=dict)
    event_id: int = 0
    event_type: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        return self.kind, self.key

    @property
    def title(self) -> Text:
        """What it is, in words."""
        words = _KINDS.get(self.kind, Text(zh=self.kind + " {key}", en=self.kind + " {key}"))
        return Text(zh=words.zh.format(key=self.key), en=words.en.format(key=self.key))


@dataclass(frozen=True)
class Difference:
    """A field on both sides; `why` names the known change of the code that explains it."""

    field: str
    recorded: Any
    computed: Any
    why: Text | None = None


Differ = Callable[[Command, Command], Iterable[Difference]]


def plain_differences(command: Command, other: Command) -> Iterator[Difference]:
    """Every difference, none of them explained."""
    for path, one, two in differences(command.content, other.content):
        yield Difference(path, one, two)


def compare(
    recorded: Sequence[Command],
    computed: Sequence[Command],
    execution: int,
    *,
    whole: bool = True,
    differ: Differ = plain_differences,
) -> Iterator[ReplayFinding]:
    """All differences of an execution. Not `whole`: the code stopped early, only what it said is compared.

    A known change is told once, however often it shows.
    """
    theirs = {command.identity: command for command in computed}
    known = {command.identity for command in recorded}
    explained: set[Text] = set()
    for command in recorded:
        other = theirs.get(command.identity)
        if other is not None:
            yield from _differences(command, differ(command, other), explained, execution)
        elif whole:
            yield _at(command, "not_commanded", execution)
    for command in computed:
        if command.identity not in known:
            yield ReplayFinding("not_recorded", execution, what=command.title)
    yield from _order(
        [c for c in recorded if c.identity in theirs], [c for c in computed if c.identity in known], execution
    )
    for sequence in (recorded, computed):
        yield from _twice(sequence, execution)


def differences(recorded: Any, computed: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two JSON values differ: path, then both sides; 1, 1.0 and true are different values."""
    if isinstance(recorded, Mapping) and isinstance(computed, Mapping):
        for key in [*recorded, *(key for key in computed if key not in recorded)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(recorded.get(key, ABSENT), computed.get(key, ABSENT), inner)
    elif isinstance(recorded, list) and isinstance(computed, list):
        for index in range(max(len(recorded), len(computed))):
            one, other = (side[index] if index < len(side) else ABSENT for side in (recorded, computed))
            yield from differences(one, other, f"{path}[{index}]")
    elif type(recorded) is not type(computed) or recorded != computed:
        yield path, recorded, computed


def _differences(
    command: Command, found: Iterable[Difference], explained: set[Text], execution: int
) -> Iterator[ReplayFinding]:
    for one in found:
        given = {"field": one.field, "recorded": one.recorded, "computed": one.computed}
        if one.why is None:
            yield _at(command, "differs", execution, **given)
        elif one.why not in explained:
            explained.add(one.why)
            yield _at(command, "known_change", execution, why=one.why, known=True, **given)


def _order(
    recorded: Sequence[Command], computed: Sequence[Command], execution: int
) -> Iterator[ReplayFinding]:
    """The first place at which the order is another."""
    for one, other in zip(recorded, computed, strict=False):
        if one.identity != other.identity:
            yield _at(one, "order", execution, recorded=one.title, computed=other.title)
            return


def _twice(commands: Sequence[Command], execution: int) -> Iterator[ReplayFinding]:
    seen: set[tuple[str, str]] = set()
    for command in commands:
        if command.identity in seen:
            yield _at(command, "twice", execution, recorded=command.title)
        seen.add(command.identity)


def _at(command: Command, rule: str, execution: int, **more: Any) -> ReplayFinding:
    return ReplayFinding(rule, execution, command.event_id, command.event_type, what=command.title, **more)
