"""Domain: what the ways and ends of a chart are called, in both languages. No rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from domain.action_spec import ActionSpec
from domain.decision_table import DecisionTable
from domain.sop_definition import SopDefinition, Step, Text, end_title
from domain.sop_flow import Jump

YES_NO = {"true": Text(zh="是", en="Yes"), "false": Text(zh="否", en="No")}
START = Text(zh="开始", en="Start")
END = Text(zh="结束", en="End")
SKIP = Text(zh="不满足则跳过", en="If not, skipped")
MET = Text(zh="满足条件", en="If so")
BACK = Text(zh="退回", en="Sent back")
LATE = Text(zh="逾期未到", en="Not in time")
ESCALATED = Text(zh="逾期上报", en="Escalated when late")
MISSING = Text(zh="去向不存在", en="Leads nowhere")
NO_END = Text(zh="没有结束", en="No end")
ENDS = {"completed": Text(zh="完成", en="Completed"), "cancelled": Text(zh="已取消", en="Cancelled")}
BRANCHES = {
    "all": Text(zh="同时进行，全部完成后继续", en="At the same time; goes on when all are done"),
    "any": Text(zh="同时进行，任一完成即继续", en="At the same time; goes on when any is done"),
}
_FIELD = re.compile(r"^([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)$")


def end_words(definition: SopDefinition, step: Step) -> Text:
    """What an end is called: by its title, or that of another end with the same outcome."""
    outcome = step.end or ""
    named = step.title or end_title(definition, outcome) or ENDS.get(outcome)
    return named or Text(zh=outcome, en=outcome)


def and_more(labels: Sequence[Text]) -> Text:
    """The first of several words, and how many more there are."""
    first, n = labels[0], len(labels) - 1
    return Text(zh=f"{first.zh}，另有 {n} 种情况", en=f"{first.en or first.zh} and {n} more")


def group_note(step: Step) -> Text:
    """How often, and when, the steps inside a step are done."""
    if step.parallel:
        wait = step.parallel.wait_for
        how = BRANCHES.get(str(wait)) or Text(
            zh=f"同时进行，{wait} 支完成即继续", en=f"At the same time; goes on when {wait} are done"
        )
    elif step.for_each:
        mode, most = step.for_each.mode, step.for_each.limit
        how = Text(zh="逐行依次进行", en="For each line, one after another")
        if mode == "concurrent":
            how = Text(zh=f"逐行进行，同时至多 {most} 行", en=f"For each line, up to {most} at once")
    else:
        most = step.repeat.limit if step.repeat else 0
        how = Text(zh=f"重复至满足条件，至多 {most} 次", en=f"Repeated until done, at most {most} times")
    return how


class Labels:
    """The words of ways: of outcomes, routes and refusals, as the definition and the catalogue name them."""

    def __init__(
        self,
        definition: SopDefinition,
        catalogue: Mapping[str, ActionSpec],
        tables: Mapping[str, DecisionTable],
    ) -> None:
        self.steps = {step.id: step for step in definition.walk()}
        self.catalogue = catalogue
        self.tables = tables

    def of(self, step: Step, jump: Jump) -> Text | None:
        """What a way is called; None for one that needs no word."""
        if jump.by == "outcome" and step.human:
            return step.human.outcomes[jump.label].label
        if jump.by == "refusal":
            spec = self.catalogue.get(step.action or "")
            return spec.refusals.get(jump.label) if spec else None
        if jump.by == "route":
            return self._route(step, jump.label)
        return {"timeout": LATE, "skip": SKIP, "send_back": BACK}.get(jump.by)

    def _route(self, step: Step, value: str) -> Text:
        """A value of a decision in words: yes and no, the label of an option or an outcome."""
        found = self._options(step.decide.value or "").get(value) if step.decide else None
        if step.decide and step.decide.table:
            table = self.tables.get(step.decide.table)
            first = next(iter(table.outputs.values()), None) if table else None
            found = first.words.get(value) if first else None
        return found or YES_NO.get(value) or Text(zh=value, en=value)

    def _options(self, expression: str) -> Mapping[str, Text]:
        named = _FIELD.match(expression.strip())
        step = self.steps.get(named[1]) if named else None
        if named is None or step is None or step.human is None:
            return {}
        if named[2] == "outcome":
            return {name: outcome.label for name, outcome in step.human.outcomes.items()}
        asked = step.human.form.get(named[2])
        return asked.options if asked else {}
