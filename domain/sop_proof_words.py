"""Domain: proofs in words - the sentence that a QA head reads and ticks, and a path as it would be told.

The sentences are made from the kind of the proof and the titles of the steps, in both languages, so that they
follow the procedure when its steps are renamed. It knows no verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain import sop_untitled
from domain.action_catalogue import CATALOGUE
from domain.decision_table import DecisionTable
from domain.sop_deeds import DEEDS
from domain.sop_definition import SopDefinition, Step, Text, end_title
from domain.sop_moves import Guard
from domain.sop_proof import Event, Evidence, Proof, Target
from domain.sop_proofs import PathStep

_REFUSED = Text(zh="被拒绝", en="refused")
_TIMED_OUT = Text(zh="超时无人答复", en="nobody answered in time")
_SKIPPED = Text(zh="跳过", en="skipped")
_YES_NO = {"true": Text(zh="是", en="yes"), "false": Text(zh="否", en="no")}


@dataclass(frozen=True)
class Names:
    """What codes are called: posts and ends without a title of their own; tables have words for values."""

    posts: Mapping[str, Text] = field(default_factory=dict)
    ends: Mapping[str, Text] = field(default_factory=dict)
    tables: Mapping[str, DecisionTable] = field(default_factory=dict)


PLAIN = Names()


def sentence(proof: Proof, definition: SopDefinition, names: Names = PLAIN) -> Text:
    """The proof as a sentence, in both languages."""
    words = _Words(definition, names)
    if proof.ends is not None:
        zh = "、".join(f"“{words.end(one).zh}”" for one in proof.ends)
        en = " or ".join(f"“{words.end(one).en}”" for one in proof.ends)
        said = Text(zh=f"任何路径都以{zh}结束", en=f"every path ends with {en}")
    else:
        assert proof.never is not None
        deed = words.deed(proof.never)
        said = _never(words, deed, proof.without)
    if proof.after is not None:
        after = words.event(proof.after)
        return Text(zh=f"{after.zh}之后，{said.zh}", en=f"After {after.en}, {said.en}")
    return Text(zh=said.zh, en=said.en[0].upper() + said.en[1:])


def _never(words: _Words, deed: Text, without: Evidence | None) -> Text:
    if without is None:
        return Text(zh=f"任何路径都不会{deed.zh}", en=f"no path {deed.en}")
    said = _without(words, without)
    return Text(zh=f"{said.zh}，任何路径都不会{deed.zh}", en=f"no path {deed.en} {said.en}")


def without_words(without: Evidence, definition: SopDefinition, names: Names = PLAIN) -> Text:
    """What must stand before a deed, as a part of a sentence."""
    return _without(_Words(definition, names), without)


def target_words(step: str, definition: SopDefinition, names: Names = PLAIN) -> Text:
    """That a step is performed, as a part of a sentence."""
    return _Words(definition, names).deed(Target(step=step))


def event_words(event: Event, definition: SopDefinition, names: Names = PLAIN) -> Text:
    """What happened at a step, as a part of a sentence."""
    return _Words(definition, names).event(event)


def _without(words: _Words, without: Evidence) -> Text:
    if without.signed is not None:
        step = words.step(without.signed)
        zh, en = f"没有“{step.zh}”的签名", f"without a signature on “{step.en}”"
    elif without.signed_by is not None:
        post = words.post(without.signed_by)
        zh, en = f"没有“{post.zh}”岗位的签名", f"without a signature by the post “{post.en}”"
    elif without.done is not None:
        event = Event(step=without.done, outcome=without.outcome)
        zh, en = f"{words.event(event, other=True).zh}时", f"unless {words.event(event).en}"
    elif without.persons == "any":
        zh, en = "没有第二人签名或复核", "without a second person"
    else:
        assert without.persons is not None
        named = [words.step(one) for one in without.persons]
        both = "与".join(f"“{one.zh}”" for one in named), " and ".join(f"“{one.en}”" for one in named)
        zh = f"{both[0]}没有两个不同的人{'签名' if len(named) == 1 else '分别完成'}"
        en = f"unless two different persons {'signed' if len(named) == 1 else 'did'} {both[1]}"
    return Text(zh=zh, en=en)


def path_words(path: Sequence[PathStep], definition: SopDefinition, names: Names = PLAIN) -> Text:
    """A path as its steps with what was answered, one after another."""
    words = _Words(definition, names)
    told = [words.passed(one) for one in path if one.why != "entered"]
    return Text(zh=" → ".join(one.zh for one in told), en=" → ".join(one.en for one in told))


def ruled_out_words(closed: Sequence[tuple[str, Guard]], definition: SopDefinition) -> list[Text]:
    """Which ways no run can take, each with the condition that closes it."""
    words = _Words(definition, PLAIN)
    told = []
    for step, guard in dict.fromkeys(closed):
        name, value = words.step(step), _YES_NO.get(guard.value, Text(zh=guard.value, en=guard.value))
        zh = f"“{name.zh}”：有的路径上，{guard.source} 不会是“{value.zh}”"
        told.append(Text(zh=zh, en=f"“{name.en}”: on some paths {guard.source} is never “{value.en}”"))
    return told


def answer_words(step: Step, answer: str, tables: Mapping[str, DecisionTable] | None = None) -> Text:
    """What an outcome, a route or a refusal of a step is called."""
    table = (tables or {}).get(step.decide.table or "") if step.decide else None
    named = table.outputs[table.deciding_output].words.get(answer) if table else None
    if named is not None:
        return Text(zh=named.zh, en=named.en or named.zh)
    if step.human and answer in step.human.outcomes:
        label = step.human.outcomes[answer].label
        return Text(zh=label.zh, en=label.en or label.zh)
    spec = CATALOGUE.get(step.action or "")
    if spec and answer in spec.refusals:
        return spec.refusals[answer]
    return _YES_NO.get(answer, Text(zh=answer, en=answer))


class _Words:
    def __init__(self, definition: SopDefinition, names: Names) -> None:
        self._definition, self._names = definition, names
        self._steps = {step.id: step for step in definition.walk()}
        self._titles = sop_untitled.names(definition)

    def step(self, id_: str) -> Text:
        step = self._steps.get(id_)
        if step is not None and step.end and not step.title:
            return self.end(step.end)
        return self._titles.get(id_) or Text(zh=id_, en=id_)

    def post(self, code: str) -> Text:
        named = self._names.posts.get(code)
        return Text(zh=named.zh, en=named.en or named.zh) if named else Text(zh=code, en=code)

    def end(self, outcome: str) -> Text:
        title = end_title(self._definition, outcome) or self._names.ends.get(outcome)
        return Text(zh=title.zh, en=title.en or title.zh) if title else Text(zh=outcome, en=outcome)

    def deed(self, target: Target) -> Text:
        if target.deed is not None:
            return DEEDS[target.deed].words if target.deed in DEEDS else Text(zh=target.deed, en=target.deed)
        step = self.step(target.step or "")
        return Text(zh=f"执行“{step.zh}”", en=f"performs “{step.en}”")

    def event(self, event: Event, *, other: bool = False) -> Text:
        """What happened; in Chinese also that anything other did."""
        name, step = self.step(event.step), self._steps.get(event.step)
        if event.outcome is None:
            return Text(zh=f"“{name.zh}”{'未' if other else ''}完成", en=f"“{name.en}” was done")
        said = (
            answer_words(step, event.outcome, self._names.tables)
            if step
            else Text(zh=event.outcome, en=event.outcome)
        )
        is_ = "不是" if other else "为"
        return Text(zh=f"“{name.zh}”结果{is_}“{said.zh}”", en=f"“{name.en}” ended with “{said.en}”")

    def passed(self, one: PathStep) -> Text:
        name = self.step(one.step)
        step = self._steps[one.step]
        if one.why == "skipped":
            more: Text | None = _SKIPPED
        elif one.why == "refused":
            said = answer_words(step, one.answer or "")
            more = Text(zh=f"{_REFUSED.zh}：{said.zh}", en=f"{_REFUSED.en}: {said.en}")
        elif one.why == "timed_out":
            more = _TIMED_OUT
        elif one.why == "ended" or one.answer is None:
            more = None
        else:
            more = answer_words(step, one.answer, self._names.tables)
        if more is None:
            return name
        return Text(zh=f"{name.zh}（{more.zh}）", en=f"{name.en} ({more.en})")
