"""Random procedures with every kind of step inside every other, as the linter would let them pass."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.procedures import ERRANDS, EVENT, LINES, definition, human, text

YES_NO = {"ok": {"label": text("ok")}, "no": {"label": text("no"), "reason": "required"}}
CONDITIONS = ("true", "true", "false", "run.now == run.now")
MOST_STEPS = 14


@dataclass
class _Writer:
    """Writes one procedure: numbers its steps, knows which people's steps came before."""

    random: Random
    steps: int = 0
    people: list[str] = field(default_factory=list)

    def name(self, kind: str) -> str:
        self.steps += 1
        return f"{kind}{self.steps}"

    def any_of(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def body(self, depth: int, most: int = 3) -> list[dict[str, Any]]:
        steps = [self.step(depth) for _ in range(self.random.randint(1, most))]
        if depth and self.random.randint(0, 9) == 0:
            steps.append({"id": self.name("end"), "end": "early"})
        return steps

    def step(self, depth: int) -> dict[str, Any]:
        if depth < 3 and self.steps < MOST_STEPS and self.random.randint(0, 3) == 0:
            return self.nested(depth)
        kind = self.any_of(
            *("person", "person", "person", "effect", "effect", "effect", "refuse", "decide", "wait"),
            *("notify", "call"),
        )
        step: dict[str, Any] = getattr(self, f"_{kind}")(depth)
        if kind in {"effect", "person", "notify"} and self.random.randint(0, 5) == 0:
            step["when"] = self.any_of(*CONDITIONS)
        return step

    def nested(self, depth: int) -> dict[str, Any]:
        """A step that has steps inside."""
        step: dict[str, Any] = getattr(self, self.any_of("_parallel", "_for_each", "_repeat"))(depth)
        return step

    def _person(self, depth: int) -> dict[str, Any]:
        more: dict[str, Any] = {"outcomes": YES_NO}
        if depth == 0 and self.any_of(True, False):
            more["outcomes"] = {**YES_NO, "out": {"label": text("out"), "go": "side"}}
        if self.people and self.any_of(True, True, False):
            more["separate_from"] = [self.any_of(*self.people[-3:])]
            more["across"] = self.any_of("line", "line", "all")
        if self.random.randint(0, 3) == 0:
            more["signatures"] = [{"meaning": text("one")}, {"meaning": text("two"), "post": "other"}]
            if self.any_of(True, False):
                more["signatures"].append({"meaning": text("three"), "post": "other"})
                need, refusal = self.any_of("all", "any", "majority", 2), self.any_of("refuse", "continue")
                more["signature_policy"] = {"need": need, "on_refusal": refusal}
                if need == "any":  # beside the completer's own, or that alone would be enough
                    more["signature"] = {"meaning": text("own")}
        if self.any_of(True, False):
            more |= {"remind": ["PT1H"], "escalate": {"after": "PT9H", "to": {"post": "manager"}}}
        name = self.name("h")
        self.people.append(name)
        return human(name, **more)

    def _effect(self, depth: int) -> dict[str, Any]:
        step = {"id": self.name("e"), "action": "probe.effect", "with": {"text": "'x'"}}
        if self.random.randint(0, 5) == 0:
            return {**step, "irreversible": text("it has left")}
        return {**step, "undo": "probe.undo_effect"}

    def _refuse(self, depth: int) -> dict[str, Any]:
        step = {"id": self.name("r"), "action": "probe.refuse"}
        if self.any_of(True, False):
            return {**step, "refusals": {"not_today": "side" if depth == 0 else "next"}}
        return step

    def _decide(self, depth: int) -> dict[str, Any]:
        value = self.any_of("true", "run.now != run.now", "nowhere.value == 1")
        return {"id": self.name("d"), "decide": {"value": value}, "routes": {"true": "next", "false": "next"}}

    def _wait(self, depth: int) -> dict[str, Any]:
        event = {"event": "erp_answer", "key": "'PO-1'", "data": EVENT["wait"]["data"]}
        late = {**event, "timeout": {"after": "PT6H"}}
        return {"id": self.name("w"), "wait": self.any_of({"for": "PT2H"}, {"until": "run.now"}, event, late)}

    def _call(self, depth: int) -> dict[str, Any]:
        mode = {"mode": self.any_of("wait", "wait", "wait", "detach")}
        one = {"sop": "errand", "with": {"number": "7"}}
        name = self.name("c")
        self.people.append(name)  # whose performers a later step may be kept apart from
        return {"id": name, "call": self.any_of(one | mode, ERRANDS | mode)}

    def _notify(self, depth: int) -> dict[str, Any]:
        return {"id": self.name("n"), "notify": {"to": {"post": "buyer"}, "template": "note"}}

    def _parallel(self, depth: int) -> dict[str, Any]:
        names = ["l", "r", "z"][: self.random.randint(1, 3)]
        return {
            "id": self.name("p"),
            "parallel": {
                "wait_for": self.any_of("all", "any", min(2, len(names))),
                "branches": {name: self.body(depth + 1) for name in names},
            },
        }

    def _for_each(self, depth: int) -> dict[str, Any]:
        name = self.name("f")
        checked = [self._person(depth + 1), self._person(depth + 1)] if self.any_of(True, False) else []
        loop = {
            "lines": "make.lines",
            "as": f"line_{name}",
            "mode": self.any_of("serial", "concurrent"),
            "limit": self.any_of(1, 2, 4),
            "chunk": self.any_of(1, 2, 5),
            "steps": checked or self.body(depth + 1, most=2),
        }
        return {"id": name, "for_each": loop}

    def _repeat(self, depth: int) -> dict[str, Any]:
        name = self.name("again")
        first = self._person(depth + 1)
        until = self.any_of(f"{first['id']}.outcome == 'ok'", "true", "false")
        steps = [first, *self.body(depth + 1, most=2)]
        return {"id": name, "repeat": {"limit": self.any_of(1, 3), "until": until, "steps": steps}}


def procedure(random: Random) -> dict[str, Any]:
    """A procedure of some twenty steps at most: its list, and a section that people and refusals lead to."""
    writer = _Writer(random)
    first = [LINES, writer._person(0), *writer.body(0, most=3)]
    nested = [writer.nested(0) for _ in range(random.randint(0, 2))]
    return definition(
        *first,
        *nested,
        writer._person(0),
        {"end": "completed"},
        sections={"side": [writer.step(1), {"end": "aside"}]},
        messages={"note": {"title": text("note"), "body": text("note")}},
    )


def changed(raw: dict[str, Any], random: Random) -> dict[str, Any]:
    """The procedure with one to three things changed anywhere; not every linter would let it pass."""
    new = deepcopy(raw)
    new["title"] = text(f"changed {random.random()}")
    for number in range(random.randint(1, 3)):
        body = random.choice(_bodies(new))
        at = random.randrange(len(body))
        people = [step["human"] for step in body if "human" in step]
        if people and random.random() < 0.5:
            _change_work(random.choice(people), body, random)
        else:
            random.choice((_insert, _insert, _drop, _swap, _condition))(body, at, random, number)
    return new


def _bodies(raw: dict[str, Any]) -> list[list[dict[str, Any]]]:
    outer = [raw["steps"], *raw.get("sections", {}).values()]
    return [*outer, *(inner for body in outer for step in body for inner in _inside(step))]


def _inside(step: dict[str, Any]) -> list[list[dict[str, Any]]]:
    bodies = [*step.get("parallel", {}).get("branches", {}).values()]
    bodies += [step[kind]["steps"] for kind in ("for_each", "repeat") if kind in step]
    return bodies + [deeper for body in bodies for one in body for deeper in _inside(one)]


def _insert(body: list[dict[str, Any]], at: int, random: Random, number: int) -> None:
    body.insert(at, _Writer(random, steps=100 + 20 * number).step(2))


def _drop(body: list[dict[str, Any]], at: int, _random: Random, _number: int) -> None:
    if len(body) > 1 and "end" not in body[at]:
        del body[at]


def _swap(body: list[dict[str, Any]], at: int, _random: Random, _number: int) -> None:
    if at + 1 < len(body) and "end" not in body[at + 1]:
        body[at], body[at + 1] = body[at + 1], body[at]


def _condition(body: list[dict[str, Any]], at: int, random: Random, _number: int) -> None:
    if "end" not in body[at]:
        body[at]["when"] = random.choice(("true", "false"))


def _change_work(work: dict[str, Any], body: list[dict[str, Any]], random: Random) -> None:
    first = next(step for step in body if "human" in step)
    needed = random.random() < 0.3
    work |= random.choice(
        (
            {"post": "somebody"},
            {"form": {"x": {"type": "text", "label": text("x"), "required": needed}}},
            {"outcomes": {**work["outcomes"], "more": {"label": text("more")}}},
            {"due": "P3D"},
            {"separate_from": [] if first["human"] is work else [first["id"]]},
        )
    )
