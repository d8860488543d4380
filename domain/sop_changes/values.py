"""Domain: the values of a definition in words of both languages - posts, steps, times, choices."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.action_catalogue import CATALOGUE
from domain.durations import DurationInvalid, split
from domain.sop_changes.shape import Fact, matches
from domain.sop_definition import SopDefinition, Step, Text
from domain.sop_diff import steps_by_place

PLACE = re.compile(r"{\w+}")
NONE = Text(zh="无", en="none")
HEAD = Text(zh="规程整体", en="The procedure")
CODES: Mapping[str, Text] = {
    "text": Text(zh="文字", en="text"),
    "integer": Text(zh="整数", en="a whole number"),
    "decimal": Text(zh="小数", en="a decimal number"),
    "choice": Text(zh="单选", en="a choice"),
    "boolean": Text(zh="是否", en="yes or no"),
    "date": Text(zh="日期", en="a date"),
    "attachment": Text(zh="附件", en="a file"),
    "location": Text(zh="货位", en="a location"),
    "required": Text(zh="必须", en="required"),
    "optional": Text(zh="可选", en="optional"),
    "all": Text(zh="全部", en="all"),
    "any": Text(zh="任一", en="any"),
    "majority": Text(zh="多数", en="a majority"),
    "line": Text(zh="同一行内", en="within a line"),
    "refuse": Text(zh="退回完成人", en="it goes back"),
    "continue": Text(zh="视为缺一个签名", en="it goes on with one signature less"),
    "serial": Text(zh="逐行", en="one after another"),
    "concurrent": Text(zh="同时", en="at the same time"),
    "wait": Text(zh="等待其结束", en="it waits"),
    "detach": Text(zh="不等待", en="it does not wait"),
    "delegate": Text(zh="委派", en="delegate"),
    "hand_over": Text(zh="转办", en="hand over"),
    "add_signer": Text(zh="加签", en="add a signer"),
    "withdraw": Text(zh="撤回", en="withdraw"),
    "remind": Text(zh="催办", en="remind"),
}
CODED = (
    *("human.form.*.type", "human.lines.form.*.type", "wait.data.*.type", "inputs.*.type"),
    *(
        "human.lines.scan",
        "human.lines.complete_when",
        "human.outcomes.*.reason",
        "human.lines.outcomes.*.reason",
    ),
    *("human.signature_policy.**", "human.across", "human.commands", "parallel.wait_for", "for_each.mode"),
    "call.mode",
)
DEFAULTS: Mapping[str, Any] = {
    "human.lines.complete_when": "all",
    "human.lines.reveal": "all",
    "human.commands": "all",
    "human.across": "line",
    "human.signature_policy.need": "all",
    "human.signature_policy.on_refusal": "refuse",
    "parallel.wait_for": "all",
    "for_each.mode": "serial",
    "for_each.as": "line",
    "for_each.limit": 10,
    "for_each.chunk": 50,
    "call.as": "line",
    "call.mode": "wait",
    "wait.keep": "P7D",
    "retention": "P5Y",
    "jurisdiction": "CN",
    **{f"{form}.*.min_length": 0 for form in ("human.form", "human.lines.form", "wait.data")},
    "human.form.*.max_length": 500,
    "human.lines.form.*.max_length": 500,
    "wait.data.*.max_length": 500,
    **dict.fromkeys(("go", "human.outcomes.*.go", "human.lines.outcomes.*.go", "wait.timeout.go"), "next"),
}
"""What counts when nothing is said."""
TIMES = (
    *("human.due", "human.remind", "human.escalate.after", "wait.for", "wait.timeout.after", "wait.keep"),
    *("human.remind.*",),
)
POSTS = (*("owner.post", "human.post", "human.signature.*.post", "human.escalate.to.post", "notify.to.post"),)
TARGETS = (
    "go",
    "routes.*",
    "refusals.*",
    "human.outcomes.*.go",
    "human.lines.outcomes.*.go",
    "wait.timeout.go",
)
YES = Text(zh="是", en="yes")
NO = Text(zh="否", en="no")


@dataclass(frozen=True)
class Names:
    """What codes are called: steps as both versions call them, posts as the company does."""

    old: SopDefinition
    new: SopDefinition
    posts: Mapping[str, Text] = field(default_factory=dict)

    def post(self, code: str) -> Text:
        """A post's name, its code where it has none."""
        return self.posts.get(code) or as_it_is(code)

    def step(self, place: str | None) -> Text:
        """The title of the step at a place, in the newer version where it is there."""
        if place is None:
            return HEAD
        step = steps_by_place(self.new).get(place) or steps_by_place(self.old).get(place)
        return title_of(step) if step else as_it_is(place)

    def target(self, key: str) -> Text:
        """Where something leads: a step by its title, a section by that of its first step."""
        if key == "next":
            return Text(zh="下一步", en="the next step")
        for definition in (self.new, self.old):
            if steps := definition.sections.get(key) or [s for s in definition.walk() if s.id == key]:
                return title_of(steps[0])
        return as_it_is(key)


def title_of(step: Step) -> Text:
    """What a step is called: its title, else the action's, else its key."""
    if step.title:
        return full(step.title)
    if step.action and step.action in CATALOGUE:
        return full(CATALOGUE[step.action].title)
    if step.end:
        return Text(zh=f"结束（{step.end}）", en=f"end ({step.end})")
    return as_it_is(step.id)


def as_it_is(text: Any) -> Text:
    """The same in both languages."""
    said = str(text) or "–"
    return Text(zh=said, en=said)


def full(text: Text) -> Text:
    """A text with both languages; the Chinese where there is no English."""
    return Text(zh=text.zh, en=text.en or text.zh)


def without_places(text: Text) -> Text:
    """A message without the names of what is put into it."""
    return Text(zh=PLACE.sub("…", text.zh), en=PLACE.sub("…", text.en))


def joined(parts: Sequence[Text]) -> Text:
    """Several values, one after another."""
    if not parts:
        return NONE
    return Text(zh="、".join(p.zh for p in parts), en=", ".join(p.in_language("en") for p in parts))


def value(fact: Fact, given: Any, names: Names) -> Text:
    """One side of a fact in words."""
    if given is None:
        given = next((d for pattern, d in DEFAULTS.items() if matches(pattern.split("."), fact.keys)), None)
    if given is None:
        return NONE
    said = next((say for patterns, say in KINDS if _any(patterns, fact.keys)), plain)
    return said(given, names)


def _any(patterns: Sequence[str], keys: Sequence[str]) -> bool:
    return any(matches(pattern.split("."), keys) for pattern in patterns)


def _coded(given: Any, _names: Names) -> Text:
    if isinstance(given, bool):
        return YES if given else NO
    if isinstance(given, list | dict):
        return joined([_coded(one, _names) for one in (given if isinstance(given, list) else given.values())])
    return CODES.get(str(given)) or as_it_is(given)


def _times(given: Any, _names: Names) -> Text:
    return joined([duration(one) for one in given]) if isinstance(given, list) else duration(given)


def _scanning(given: Any, _names: Names) -> Text:
    required = given == "required"
    return Text(zh="必须扫码" if required else "可以扫码", en="required" if required else "possible")


def _years(given: Any, _names: Names) -> Text:
    years = str(given).strip("PY")
    return Text(zh=f"{years}年", en=f"{years} years")


def _action(given: Any, _names: Names) -> Text:
    spec = CATALOGUE.get(str(given))
    return full(spec.title) if spec else as_it_is(given)


def _message(given: Any, names: Names) -> Text:
    message = names.new.messages.get(str(given)) or names.old.messages.get(str(given))
    return without_places(full(message.title)) if message else as_it_is(given)


def plain(given: Any, names: Names) -> Text:
    """Any value: a text in its languages, what holds one by that, lists one after another."""
    if isinstance(given, bool):
        return YES if given else NO
    if isinstance(given, list):
        return joined([plain(one, names) for one in given])
    if isinstance(given, dict):
        return _whole(given, names)
    return as_it_is(given)


def _whole(given: Mapping[str, Any], names: Names) -> Text:
    """Something with several parts: by its own words, else part by part."""
    if "zh" in given:
        return Text(zh=str(given["zh"]), en=str(given.get("en") or given["zh"]))
    if set(given) == {"working_days"} or "limit" in given:
        return duration(given)
    for key in ("label", "title", "meaning", "message"):
        if isinstance(given.get(key), Mapping):
            return _whole(given[key], names)
    if "after" in given and set(given) <= {"after", "to", "go"}:
        who = [names.post(str(given["to"]["post"]))] if "to" in given else []
        where = [names.target(str(given["go"]))] if "go" in given else []
        return joined([duration(given["after"]), *who, *where])
    parts = [(key, plain(one, names)) for key, one in given.items()]
    shown = (Text(zh=f"{key} {text.zh}", en=f"{key} {text.in_language('en')}") for key, text in parts)
    return joined(list(shown))


def duration(given: Any) -> Text:
    """A duration of the language in words: `PT4H` is 4 hours."""
    if isinstance(given, Mapping):
        if "working_days" in given:
            n = int(given["working_days"])
            return Text(zh=f"{n}个工作日", en=f"{n} working day{'s' * (n != 1)}")
        if "limit" in given:
            name = f"{given.get('profile')} {given['limit']}"
            return Text(zh=f"法定时限 {name}", en=f"the statutory limit {name}")
    try:
        days, rest = split(str(given))
    except DurationInvalid:
        return as_it_is(given)
    minutes, seconds = divmod(int(rest.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    units = (
        (days, "天", "day"),
        (hours, "小时", "hour"),
        (minutes, "分钟", "minute"),
        (seconds, "秒", "second"),
    )
    told = [(n, zh, en) for n, zh, en in units if n] or [(0, "分钟", "minute")]
    return Text(
        zh="".join(f"{n}{zh}" for n, zh, _ in told),
        en=" ".join(f"{n} {en}{'s' * (n != 1)}" for n, _, en in told),
    )


KINDS: tuple[tuple[Sequence[str], Callable[[Any, Names], Text]], ...] = (
    (TIMES, _times),
    (POSTS, lambda given, names: names.post(str(given))),
    (TARGETS, lambda given, names: names.target(str(given))),
    (("retention",), _years),
    (("action", "undo"), _action),
    (("notify.template",), _message),
    (("human.lines.scan",), _scanning),
    (CODED, _coded),
)
"""How the value of a part is said; everything else by `plain`."""
