"""Domain: what a step is called - by its title; a decision without one by the step that it comes after."""

from __future__ import annotations

from collections.abc import Iterator

from domain.sop_definition import SopDefinition, Step, Text


def names(definition: SopDefinition) -> dict[str, Text]:
    """Every step in words, in both languages; what else has no title has its id, an end its outcome."""
    found: dict[str, Text] = {}
    for around, steps in _lists(definition):
        before, nth = None, 0
        for step in steps:
            if step.decide and not step.title:
                nth += 1
                found[step.id] = _placed(before, found.get(around.id) if around else None, nth)
                continue
            code = step.end or step.id
            title = step.title or Text(zh=code, en=code)
            found[step.id] = before = Text(zh=title.zh, en=title.en or title.zh)
            nth = 0
    return found


def _placed(before: Text | None, around: Text | None, nth: int) -> Text:
    """“the decision after …”; with a number where several follow one another. It stands in quotes itself."""
    zh, en = ("判定", "decision") if nth == 1 else (f"第 {nth} 个判定", f"decision {nth}")
    if before is not None:
        return Text(zh=f"‘{before.zh}’之后的{zh}", en=f"{en} after ‘{before.en}’")
    if around is not None:
        return Text(zh=f"‘{around.zh}’中的{zh}", en=f"{en} within ‘{around.en}’")
    return Text(zh=f"开始处的{zh}", en=f"{en} at the beginning")


def _lists(definition: SopDefinition) -> Iterator[tuple[Step | None, list[Step]]]:
    """Every list of steps with the step around it, outer before inner."""
    yield from ((None, steps) for steps in (definition.steps, *definition.sections.values()))
    for step in definition.walk():
        yield from ((step, body) for _name, body in step.bodies())
