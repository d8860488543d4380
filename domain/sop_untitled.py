"""Domain: what a step is called that its author gave no title: what it is, and after which one it comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.action_catalogue import CATALOGUE
from domain.sop_definition import SopDefinition, Step, Text

_KINDS: Mapping[str, Text] = {
    "human": Text(zh="任务", en="task"),
    "action": Text(zh="操作", en="action"),
    "decide": Text(zh="判定", en="decision"),
    "parallel": Text(zh="同时进行的步骤", en="steps at the same time"),
    "for_each": Text(zh="逐行步骤", en="steps for each line"),
    "wait": Text(zh="等待", en="wait"),
    "call": Text(zh="所调用的规程", en="other procedure"),
    "notify": Text(zh="消息", en="message"),
    "repeat": Text(zh="重复的步骤", en="repeated steps"),
}


def names(definition: SopDefinition) -> dict[str, Text]:
    """Every step in words, in both languages. An end without a title has its outcome, which others know."""
    found: dict[str, Text] = {}
    for around, steps in _lists(definition):
        before, nth = None, 0
        for step in steps:
            if step.title:
                found[step.id] = Text(zh=step.title.zh, en=step.title.en or step.title.zh)
                before, nth = step.title, 0
            elif step.end:
                found[step.id] = Text(zh=step.end, en=step.end)
            elif (spec := CATALOGUE.get(step.action or "")) is not None:
                found[step.id] = before = spec.title
                nth = 0
            else:
                nth += 1
                found[step.id] = _placed(step, before, found.get(around.id) if around else None, nth)
    return found


def _placed(step: Step, before: Text | None, around: Text | None, nth: int) -> Text:
    """“the decision after …”; with a number where several follow one another without a title."""
    kind = _KINDS[step.kind]
    zh, en = (kind.zh, str(kind.en)) if nth == 1 else (f"第 {nth} 个{kind.zh}", f"{kind.en} {nth}")
    if before is not None:
        return Text(zh=f"“{before.zh}”之后的{zh}", en=f"{en} after “{before.en or before.zh}”")
    if around is not None:
        return Text(zh=f"“{around.zh}”中的{zh}", en=f"{en} within “{around.en or around.zh}”")
    return Text(zh=f"开始处的{zh}", en=f"{en} at the beginning")


def _lists(definition: SopDefinition) -> Iterator[tuple[Step | None, list[Step]]]:
    """Every list of steps with the step around it, outer before inner."""
    yield from ((None, steps) for steps in (definition.steps, *definition.sections.values()))
    for step in definition.walk():
        yield from ((step, body) for _name, body in step.bodies())
