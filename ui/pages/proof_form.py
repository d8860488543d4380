"""UI pages: a sentence put together of its parts - after what, what, without what. Everything is a choice."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from domain.errors import FieldProblem, Invalid
from domain.sop_calls import ends_of
from domain.sop_deeds import DEEDS, deeds_of
from domain.sop_definition import SopDefinition, Step, end_title
from domain.sop_proof import Event, Evidence, Proof
from domain.sop_proof_words import Names, event_words, target_words, without_words
from domain.sop_proofs import apart, certain_posts, certain_signers
from ui.contexts.parts import Field, Form, Option
from ui.pages.filling import NONE, Problems, form
from ui.view import View

SIGN = "|"


def proof_of(fields: Mapping[str, str]) -> Proof:
    """The sentence that was chosen; ValidationError when it is none."""
    kind, _, what = fields.get("says", "").partition(SIGN)
    data: dict[str, Any] = {"ends": [what]} if kind == "ends" else {"never": {kind: what}} if kind else {}
    if after := fields.get("after"):
        step, _, outcome = after.partition(SIGN)
        data["after"] = {"step": step, **({"outcome": outcome} if outcome else {})}
    if (without := fields.get("without")) and kind == "ends":
        zh, en = (
            "“每条路径都以…结束”不能再加“而没有”，请清空此项",
            "“every path ends with” has no “without”: leave this empty",
        )
        raise Invalid([FieldProblem("without", "not_with_ends", zh, en)])
    if without:
        data["without"] = _evidence(*without.split(SIGN))
    return Proof.model_validate(data)


def _evidence(kind: str, *names: str) -> dict[str, Any]:
    if kind == "persons":
        return {"persons": "any" if names == ("any",) else list(names)}
    if kind == "done":
        return {"done": names[0], **({"outcome": names[1]} if len(names) > 1 else {})}
    return {kind: names[0] if names else ""}


def proof_form(
    view: View,
    action: str,
    definition: SopDefinition,
    names: Names,
    values: Mapping[str, Any],
    problems: Problems | None,
) -> Form:
    """The three choices, of what there is in the definition."""
    _, pick = view.words.gettext, view.words.pick
    after = [
        Option(
            SIGN.join(filter(None, (event.step, event.outcome))), pick(event_words(event, definition, names))
        )
        for event in _events(definition)
    ]
    without = [
        Option(_key(one), pick(without_words(one, definition, names))) for one in _evidences(definition)
    ]
    says = _says(view, definition, names)
    fields = [
        Field("after", _("Once this has happened"), "choice", options=after, help=_("None: on every path.")),
        Field(
            "says",
            _("No path, or every path"),
            "choice",
            required=True,
            options=says,
        ),
        Field(
            "without",
            _("Without"),
            "choice",
            options=without,
            help=_("None: never at all, once that has happened."),
        ),
    ]
    return form(action, _("Add"), fields, values, problems or NONE)


def _says(view: View, definition: SopDefinition, names: Names) -> list[Option]:
    _, pick = view.words.gettext, view.words.pick
    deeds = [
        Option(f"deed{SIGN}{key}", _("No path %(does)s", does=pick(DEEDS[key].words)))
        for key in deeds_of(definition)
    ]
    calls = [
        Option(
            f"step{SIGN}{step.id}", _("No path %(does)s", does=pick(target_words(step.id, definition, names)))
        )
        for step in definition.walk()
        if step.call
    ]
    ends = []
    for end in ends_of(definition):
        title = end_title(definition, end) or names.ends.get(end)
        said = _("Every path ends with “%(end)s”", end=pick(title) if title else end)
        ends.append(Option(f"ends{SIGN}{end}", said))
    return [*deeds, *calls, *ends]


def _events(definition: SopDefinition) -> Iterator[Event]:
    for step in definition.walk():
        answers = list(step.human.outcomes) if step.human else list(step.routes)
        if len(answers) > 1:
            yield from (Event(step=step.id, outcome=answer) for answer in answers)


def _evidences(definition: SopDefinition) -> Iterator[Evidence]:
    people: list[Step] = [step for step in definition.walk() if step.human]
    yield Evidence(persons="any")
    yield from (Evidence(signed=step.id) for step in people if certain_signers(step))
    yield from (Evidence(signed_by=post) for post in sorted({p for s in people for p in certain_posts(s)}))
    yield from (Evidence(persons=[step.id]) for step in people if certain_signers(step) > 1)
    yield from (Evidence(persons=[a.id, b.id]) for a, b in combinations(people, 2) if apart(a, b))
    yield from (Evidence(done=event.step, outcome=event.outcome) for event in _events(definition))
    yield from (Evidence(done=step.id) for step in people)


def _key(one: Evidence) -> str:
    if one.persons is not None:
        return SIGN.join(("persons", *(["any"] if one.persons == "any" else one.persons)))
    if one.done is not None:
        return SIGN.join(filter(None, ("done", one.done, one.outcome)))
    kind, name = ("signed", one.signed) if one.signed else ("signed_by", one.signed_by)
    return f"{kind}{SIGN}{name}"
