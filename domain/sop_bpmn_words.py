"""Domain: what the BPMN export says of a step beyond its name, and the conditions of its ways. No rule."""

from __future__ import annotations

from collections.abc import Mapping

from domain import sop_untitled
from domain.action_catalogue import CATALOGUE
from domain.sop_chart import Edge, Node
from domain.sop_definition import Duration, Limit, SopDefinition, Step, Text, WorkingDays


def duration(value: Duration) -> str:
    """A duration as BPMN writes it (ISO 8601), or the name of the limit that it is."""
    if isinstance(value, WorkingDays):
        return f"{value.working_days} working days"
    if isinstance(value, Limit):
        return f"limit {value.limit} of {value.profile} for {value.class_}"
    return value


def described(step: Step, definition: SopDefinition, language: str, posts: Mapping[str, str]) -> str:
    """Instruction, performer, signatures and deadline of a person's step; what an action or message is."""

    def say(zh: str, en: str) -> str:
        return en if language == "en" else zh

    told: list[str] = []
    if step.human:
        human = step.human
        told.append(human.instruction.in_language(language).strip())
        told.append(say("执行岗位：", "Done by: ") + posts.get(human.post, human.post))
        told += [
            say("签名：", "Signed: ") + rule.meaning.in_language(language) for rule in human.signature_rules
        ]
        if human.due:
            told.append(say("时限：", "Due: ") + duration(human.due))
        if human.separate_from:
            named = [_title(definition, one).in_language(language) for one in human.separate_from]
            told.append(
                say("执行人不得为以下步骤的执行人：", "Not by whoever did: ") + say("、", ", ").join(named)
            )
    if step.action:
        spec = CATALOGUE.get(step.action)
        told.append(spec.description.in_language(language) if spec else step.action)
    if step.irreversible:
        told.append(say("不可撤销：", "Cannot be undone: ") + step.irreversible.in_language(language))
    if step.notify:
        message = definition.messages.get(step.notify.template)
        told.append(message.title.in_language(language) if message else step.notify.template)
    if step.decide:
        told.append(step.decide.value or say("决策表：", "Decision table: ") + str(step.decide.table))
    return "\n".join(told)


def _title(definition: SopDefinition, step_id: str) -> Text:
    return sop_untitled.names(definition).get(step_id) or Text(zh=step_id, en=step_id)


def condition(edge: Edge, known: Mapping[str, Node], steps: Mapping[str, Step]) -> str:
    """The condition of a way out of a gateway; empty where there is none."""
    source = known[edge.source]
    step = steps.get(source.step)
    if source.kind != "gateway" or step is None or edge.by == "skip":
        return ""
    if source.id.endswith(".when") and edge.target == step.id:
        return step.when or ""
    if edge.by == "send_back":
        return f"{step.id}.sent_back"
    named = "value" if step.decide else "outcome"
    return " || ".join(f"{step.id}.{named} == '{jump.label}'" for _, jump in edge.jumps if jump.label)
