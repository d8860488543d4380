"""Domain: a fact and its rule made into a sentence - names and values put in, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.action_catalogue import CATALOGUE
from domain.both_languages import half
from domain.sop_changes.rules_whole import line_of
from domain.sop_changes.shape import Change, Fact, Rule
from domain.sop_changes.values import CODES, NO, YES, Names, as_it_is, full, plain, value, without_places
from domain.sop_definition import SopDefinition, Step, Text
from domain.sop_diff import ORDER, content, head, steps_by_place
from domain.sop_proof_words import Names as Named
from domain.sop_proof_words import sentence

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NUMERALS = "一二三四五六七八九十"
LANGUAGES = {
    "zh": ("（只改了中文）", " (Chinese words only)"),
    "en": ("（只改了英文）", " (English words only)"),
}
LONGEST = 160
"""Characters of a value that a sentence quotes; the texts stand beside it in full."""


def told(fact: Fact, rule: Rule, names: Names) -> Change:
    """The sentence for a fact."""
    where = names.step(fact.step)
    if fact.step is not None and not fact.keys:
        return _whole(fact, where, names)
    said = {
        "name": _name(fact, names),
        "before": value(fact, fact.before, names),
        "after": value(fact, fact.after, names),
        "path": as_it_is(" › ".join(fact.keys)),
    }
    if fact.keys[:1] == ("messages",):
        said = {name: without_places(text) for name, text in said.items()}
    zh, en = LANGUAGES.get(fact.keys[-1] if fact.op == "changed" else "", ("", ""))
    words = _filled(rule.zh + zh, rule.en + en, said)
    return Change(fact.step, where, words, rule.risk, rule.why, fact, rule.pattern)


def _whole(fact: Fact, where: Text, names: Names) -> Change:
    assert fact.step is not None
    side = names.old if fact.op == "removed" else names.new
    step = steps_by_place(side)[fact.step]
    risk, why, zh, en = line_of(fact.op, step.kind)
    said = {"detail": _detail(step, names)}
    return Change(fact.step, where, _filled(zh, en, said), risk, why, fact, f"{step.kind} {fact.op}")


def _detail(step: Step, names: Names) -> Text:
    """What is worth saying of a step that comes or goes."""
    if step.human:
        signed = len(step.human.signature_rules)
        post = names.post(step.human.post)
        if not signed:
            return post
        return Text(
            zh=f"{post.zh}（{signed}个签名）",
            en=f"{post.in_language('en')} with {signed} signature{'s' * (signed != 1)}",
        )
    if step.action:
        return _effects(step.action)
    if step.notify:
        return names.post(step.notify.to.post)
    if step.end:
        return full(step.title) if step.title else as_it_is(step.end)
    return as_it_is(step.call.sop if step.call else step.id)


def _effects(name: str) -> Text:
    """An action by its title, with what it does."""
    spec = CATALOGUE.get(name)
    if spec is None:
        return as_it_is(name)
    about = full(spec.description)
    title = full(spec.title)
    return Text(zh=f"{title.zh}：{about.zh.rstrip('。')}", en=f"{title.en}: {about.en.rstrip('.')}")


def _filled(zh: str, en: str, said: dict[str, Text]) -> Text:
    chinese = {key: _cut(text.zh) for key, text in said.items()}
    english = {key: _cut(text.in_language("en")) for key, text in said.items()}
    words = en.format(**english)
    return Text(zh=zh.format(**chinese), en=words[:1].upper() + words[1:])


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _name(fact: Fact, names: Names) -> Text:
    """What the part is called that the fact is about: a field by its label, a step by its title."""
    keys = fact.keys
    if keys[:2] == ("human", "signature") and keys[-1] != ORDER:
        return _signature(int(keys[2]))
    if keys[:2] in {("human", "separate_from"), ("human", "send_back")}:
        return names.target(keys[-1])
    by_key = BY_KEY.get(keys[0]) if len(keys) > 1 and keys[1] != ORDER else None
    return by_key(fact, names) if by_key else _labelled(fact, names)


def _case(fact: Fact, _names: Names) -> Text:
    return Text(zh=half(fact.keys[1], "zh"), en=half(fact.keys[1], "en"))


def _route(fact: Fact, _names: Names) -> Text:
    return {"true": YES, "false": NO}.get(fact.keys[1], as_it_is(fact.keys[1]))


def _proof(fact: Fact, names: Names) -> Text:
    """A requirement in its own sentence: the new one where there is a new one at this place."""
    number = int(fact.keys[1])
    side = names.old if fact.op == "removed" and len(fact.keys) == 2 else names.new  # noqa: PLR2004
    if number > len(side.proofs):
        return as_it_is(number)
    return full(sentence(side.proofs[number - 1], side, Named(names.posts)))


def _signature(number: int) -> Text:
    if number > len(ORDINALS):
        return Text(zh=f"第{number}个签名", en=f"signature {number}")
    return Text(zh=f"第{NUMERALS[number - 1]}个签名", en=f"{ORDINALS[number - 1]} signature")


def _refusal(fact: Fact, names: Names) -> Text:
    steps = (steps_by_place(side).get(fact.step or "") for side in (names.new, names.old))
    specs = (CATALOGUE.get(step.action or "") for step in steps if step)
    found = next(
        (spec.refusals[fact.keys[1]] for spec in specs if spec and fact.keys[1] in spec.refusals), None
    )
    return full(found) if found else as_it_is(fact.keys[1])


def _labelled(fact: Fact, names: Names) -> Text:
    """The words of the innermost part around the fact that has some; the part's key where none has."""
    best: Text | None = None
    for side in (names.old, names.new):
        here: Any = _content(side, fact.step)
        for key in fact.keys[:-1] if len(fact.keys) > 1 and not _has_words(fact) else fact.keys:
            here = _inside(here, key)
            if isinstance(here, dict) and any(
                isinstance(here.get(k), dict) for k in ("label", "title", "message")
            ):
                best = plain(here, names)
    if best is not None:
        return best
    last = next((key for key in reversed(fact.keys) if key != ORDER), "")
    return CODES.get(last) or as_it_is(last)


def _has_words(fact: Fact) -> bool:
    return any(isinstance(side, dict) for side in (fact.before, fact.after))


def _inside(here: Any, key: str) -> Any:
    if isinstance(here, dict):
        return here.get(key)
    if isinstance(here, list) and key.isdigit() and int(key) <= len(here):
        return here[int(key) - 1]
    return None


def _content(side: SopDefinition, step: str | None) -> Any:
    if step is None:
        return head(side)
    found = steps_by_place(side).get(step)
    return content(found) if found else None


BY_KEY: Mapping[str, Callable[[Fact, Names], Text]] = {
    "refusals": _refusal,
    "routes": _route,
    "cases": _case,
    "proofs": _proof,
}
"""What has words of its own is found by the first name of its path."""
