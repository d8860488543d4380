"""Domain: what cases, the ways they walk and what they found are called, in both languages. No rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain import sop_untitled
from domain.action_catalogue import CATALOGUE
from domain.action_spec import ActionSpec
from domain.decision_table import DecisionTable
from domain.sop_case import CaseFinding, Way
from domain.sop_chart_words import ENDS, Labels, end_words
from domain.sop_definition import Form, SopDefinition, Text, end_title
from domain.sop_flow import Jump

NO_END = Text(zh="没有到结束", en="no end")
NOBODY = Text(zh="无人", en="nobody")


class CaseWords:
    """The words of one definition; `posts` and `ends` are names by code that people know them by."""

    def __init__(
        self,
        definition: SopDefinition,
        *,
        tables: Mapping[str, DecisionTable] | None = None,
        catalogue: Mapping[str, ActionSpec] = CATALOGUE,
        posts: Mapping[str, Text] | None = None,
        ends: Mapping[str, Text] | None = None,
    ) -> None:
        self.definition = definition
        self.steps = {step.id: step for step in definition.walk()}
        self.titles = sop_untitled.names(definition)
        self.catalogue = catalogue
        self.labels = Labels(definition, catalogue, tables or {})
        self.posts, self.ends = posts or {}, ends or {}

    def step(self, id_: str) -> Text:
        """What a step is called: its title, an end by how it ends, else what it comes after."""
        step = self.steps.get(id_)
        if step is None:
            return Text(zh=id_, en=id_)
        if step.end:
            return step.title or self.ends.get(step.end) or end_words(self.definition, step)
        return self.titles[id_]

    def way(self, way: Way) -> Text:
        """A way without its step: the words of the outcome, the route, the refusal."""
        step = self.steps.get(way.step)
        said = self.labels.of(step, Jump(way.by, way.label, "")) if step else None
        return said or Text(zh=way.label, en=way.label)

    def end(self, outcome: str | None) -> Text:
        """How a run ends."""
        if outcome is None:
            return NO_END
        named = end_title(self.definition, outcome) or self.ends.get(outcome)
        return named or ENDS.get(outcome) or Text(zh=outcome, en=outcome)

    def refusal(self, code: str) -> Text:
        """What a refusal of some action of the definition says."""
        actions = sorted({step.action for step in self.steps.values() if step.action})
        known = (self.catalogue[one].refusals for one in actions if one in self.catalogue)
        return next((one[code] for one in known if code in one), Text(zh=code, en=code))

    def path(self, steps: Sequence[str]) -> Text:
        """Steps one after another."""
        said = [self.step(one) for one in steps]
        return Text(
            zh=" → ".join(one.zh for one in said) or "–",
            en=" → ".join(one.in_language("en") for one in said) or "–",
        )

    def finding(self, found: CaseFinding) -> Text:
        """A difference as a sentence."""
        told = {
            "outcome": self._outcome,
            "path": self._path,
            "notified": self._notified,
            "signatures": self._signatures,
            "incident": self._incident,
            "answer": self._answer,
        }.get(found.what)
        return told(found) if told else Text(zh=found.zh, en=found.en)

    def _outcome(self, found: CaseFinding) -> Text:
        return _differs("结局", "End", self.end(found.wanted), self.end(found.got))

    def _notified(self, found: CaseFinding) -> Text:
        return _differs("通知的岗位", "Told", self._posts(found.wanted), self._posts(found.got))

    def _signatures(self, found: CaseFinding) -> Text:
        return _differs("签名", "Signatures", self._signed(found.wanted), self._signed(found.got))

    def _path(self, found: CaseFinding) -> Text:
        """Where the two paths part."""
        wanted, got = list(found.wanted or []), list(found.got)
        at = next((n for n, pair in enumerate(zip(wanted, got, strict=False)) if pair[0] != pair[1]), None)
        at = min(len(wanted), len(got)) if at is None else at
        before = self.step(wanted[at - 1]) if at else Text(zh="开始", en="the start")
        to, came = (self.step(one[at]) if at < len(one) else NO_MORE for one in (wanted, got))
        return Text(
            zh=f"路径：在“{before.zh}”之后应为“{to.zh}”，实为“{came.zh}”",
            en=f"Path: after “{before.in_language('en')}” “{to.in_language('en')}” was expected, "
            f"“{came.in_language('en')}” came",
        )

    def _answer(self, found: CaseFinding) -> Text:
        """An answer that the form of a step does not take."""
        (step, name), problem = found.wanted, found.got
        title, field = self.step(step), self.fields(step).get(name)
        label = field.label if field else Text(zh=name, en=name)
        return Text(
            zh=f"“{title.zh}”的“{label.zh}”：{problem.zh}",
            en=f"“{label.in_language('en')}” of “{title.in_language('en')}”: {problem.in_language('en')}",
        )

    def fields(self, id_: str) -> Form:
        """The form of a step: of its task, its work list, or of the event that it waits for."""
        step = self.steps.get(id_)
        if step and step.human:
            return step.human.lines.form if step.human.lines else step.human.form
        return step.wait.data if step and step.wait else {}

    def _posts(self, posts: Any) -> Text:
        said = [self.posts.get(str(one), Text(zh=str(one), en=str(one))) for one in posts or []]
        if not said:
            return NOBODY
        return Text(zh="、".join(one.zh for one in said), en=", ".join(one.in_language("en") for one in said))

    def _signed(self, counts: Any) -> Text:
        if not isinstance(counts, Mapping) or not counts:
            return Text(zh="无", en="none")
        said = [(self.step(str(step)), number or 0) for step, number in counts.items()]
        return Text(
            zh="、".join(f"{step.zh} {number} 个" for step, number in said),
            en=", ".join(f"{step.in_language('en')} {number}" for step, number in said),
        )

    def _incident(self, found: CaseFinding) -> Text:
        got = self.refusal(str(found.got)) if found.got else Text(zh="没有异常", en="no incident")
        if found.wanted is None:
            return Text(
                zh=f"流程停在异常：{got.zh}", en=f"The run stops at an incident: {got.in_language('en')}"
            )
        return _differs("异常", "Incident", self.refusal(str(found.wanted)), got)


NO_MORE = Text(zh="结束", en="the end")


def _differs(zh: str, en: str, wanted: Text, got: Text) -> Text:
    return Text(
        zh=f"{zh}：应为“{wanted.zh}”，实为“{got.zh}”",
        en=f"{en}: “{wanted.in_language('en')}” was expected, “{got.in_language('en')}” came",
    )
