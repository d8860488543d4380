"""UI designer: what a click or an entry does to the draft, as a change of its data with words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain import sop_document as document
from domain.action_catalogue import CATALOGUE
from domain.errors import NotFound
from domain.sop_definition import STEP_KINDS, Text
from domain.sop_document import Data, NoSuchPlace, path_of, place_of, value_at
from domain.sop_renaming import rename_step
from domain.submissions import printable
from domain.yaml_text import Path
from services.sop_editing import Edit
from ui.designer import starters
from ui.designer.fields import UNIT
from ui.designer.values import entered
from ui.translation import mark, translations

EITHER_OR = ({"wait/for", "wait/until", "wait/event"}, {"decide/table", "decide/value"})
"""Values of a step of which one excludes the others."""
WAIT_FOR_EVENT = ("key", "data", "keep", "timeout")
LONG = 200


@dataclass(frozen=True)
class Asked:
    """A command as it was posted: its place and parameters, and the fields that came with it."""

    place: str
    query: Mapping[str, str]
    fields: Mapping[str, Sequence[str]]

    def first(self, name: str) -> str:
        given = self.fields.get(name) or [self.query.get(name, "")]
        return str(printable(given[-1])).strip()


@dataclass(frozen=True)
class Command:
    """What it does, in words and to the data; `opens` is the card that is open afterwards, if another one."""

    what: Text
    edit: Edit
    opens: Callable[[Data], str] | None = None


def command_of(name: str, asked: Asked, data: Data) -> Command:
    """The command of a name; NotFound for one that there is not."""
    made = COMMANDS.get(name)
    if made is None:
        raise NotFound(what=f"操作 / command {name}")
    if not asked.place and name != "section":
        raise NoSuchPlace(place="")
    return made(asked, data)


def words(label: str, title: Text | None = None) -> Text:
    """A change in both languages: the card, and what of it."""
    zh, en = (translations(language).gettext(label) for language in ("zh", "en"))
    if title is None:
        return Text(zh=zh[:LONG], en=en[:LONG])
    return Text(zh=f"{title.zh}：{zh}"[:LONG], en=f"{title.in_language('en')}: {en}"[:LONG])


def title_at(data: Data, place: str) -> Text | None:
    """What the step around a place is called; None for the procedure as a whole."""
    step = value_at(data, document.step_around(data, path_of(data, place)))
    return _called(step) if isinstance(step, dict) else None


def _called(step: Data) -> Text | None:
    title = step.get("title")
    named = title if isinstance(title, dict) else {}
    zh = str(named.get("zh") or named.get("en") or step.get("id") or "")
    return Text(zh=zh, en=str(named.get("en") or "")) if zh else None


def post_of(data: Data) -> str:
    owner = data.get("owner")
    return str(owner.get("post", "")) if isinstance(owner, dict) else ""


def put(asked: Asked, data: Data) -> Command:
    """One value."""
    widget, path = asked.query.get("widget", "line"), path_of(data, asked.place)
    if widget in {"words", "prose"}:
        texts = {one: asked.first(f"{asked.place}/{one}") for one in ("zh", "en")}
        value: Any = {one: text for one, text in texts.items() if text} or None
    else:
        value = entered(widget, asked.fields.get(asked.place, ()), asked.first(asked.place + UNIT))
    if value is None and path[-1:] and path[-1] in STEP_KINDS:
        value = ""  # the step keeps its kind

    def edit(found: Data) -> Data:
        made = document.put(found, path, value)
        return _followed(_alone(made, path), path, value) if value is not None else made

    return Command(words(asked.query.get("label") or str(path[-1]), title_at(data, asked.place)), edit)


def _followed(data: Data, path: Path, value: Any) -> Data:
    """What goes without saying: a chosen action gives its title, a reason that must be given its field."""
    untitled = path[-1] == "action" and value_at(data, (*path[:-1], "title")) == starters.NEW_ACTION
    if untitled and (spec := CATALOGUE.get(str(value))):
        return document.put(data, (*path[:-1], "title"), spec.title.model_dump())
    if path[-1] == "reason" and value == "required" and path[-4:-2] == ("lines", "outcomes"):
        field = (*path[:-3], "form", "reason")
        return data if value_at(data, field) else document.put(data, field, starters.REASON)
    return data


def _alone(data: Data, path: Path) -> Data:
    step = document.step_around(data, path)
    inside = place_of(path[len(step) :])
    for group in EITHER_OR:
        for other in group - {inside} if inside in group else ():
            data = document.put(data, (*step, *other.split("/")), None)
            if other == "wait/event":
                for name in WAIT_FOR_EVENT:
                    data = document.put(data, (*step, "wait", name), None)
    return data


def add(asked: Asked, data: Data) -> Command:
    """A new part: an entry of a mapping or list, or one that was not there."""
    path, shape = path_of(data, asked.place), asked.query.get("shape", "keyed")
    name = asked.query.get("part", "")
    if name not in {*starters.PARTS, "escalation", "branch", "work_list"}:
        raise NotFound(what=f"部分 / part {name}")
    key, value = starters.part(name, data, post_of(data), path)
    said = words(mark("added"), title_at(data, asked.place))
    if shape == "optional":
        return Command(said, lambda found: document.put(found, path, value))
    return Command(said, lambda found: document.add(found, path, value, key=key if shape == "keyed" else ""))


def remove(asked: Asked, data: Data) -> Command:
    """Without a part or a step; an emptied mapping or list goes with its last entry."""
    path = path_of(data, asked.place)
    around = value_at(data, path[:-1])
    last = isinstance(around, dict | list) and len(around) == 1 and path[-2:-1] != ("parallel",)

    def edit(found: Data) -> Data:
        steps = isinstance(around, list) and path[-2] == "steps"
        return document.remove(found, path[:-1] if last and not steps else path)

    is_step = any(p == path for p, _ in document.steps(data))
    said = words(mark("taken away"), title_at(data, asked.place))
    return Command(said, edit, (lambda _: "") if is_step or path[:1] == ("sections",) else None)


def shift(asked: Asked, data: Data) -> Command:
    """Up or down among its neighbours."""
    path, by = path_of(data, asked.place), -1 if asked.query.get("by") == "-1" else 1

    def opens(made: Data) -> str:
        step = value_at(data, path)
        return next((place_of(p) for p, one in document.steps(made) if one == step), "")

    is_step = any(p == path for p, _ in document.steps(data))
    said = words(mark("moved"), title_at(data, asked.place))
    return Command(said, lambda found: document.shift(found, path, by), opens if is_step else None)


def move(asked: Asked, data: Data) -> Command:
    """A step to another place, as it was dragged or chosen."""
    path, to = path_of(data, asked.place), path_of(data, asked.first("to"))
    if not to:
        raise NoSuchPlace(place="")
    step = value_at(data, path)

    def opens(made: Data) -> str:
        return next((place_of(p) for p, one in document.steps(made) if one == step), "")

    said = words(mark("moved"), title_at(data, asked.place))
    return Command(said, lambda found: document.move_step(found, path, to), opens)


def copy(asked: Asked, data: Data) -> Command:
    """A step once more."""
    path = path_of(data, asked.place)
    behind = place_of((*path[:-1], _index(path) + 1))
    said = words(mark("copied"), title_at(data, asked.place))
    return Command(said, lambda found: document.copy_step(found, path), lambda _: behind)


def insert(asked: Asked, data: Data) -> Command:
    """A new step at a place of a list of steps."""
    path, kind = path_of(data, asked.place), asked.first("kind")
    if kind not in starters.KINDS or not path:
        raise NotFound(what=f"步骤类型 / kind of step {kind}")
    new = starters.step(kind, data, post_of(data), path)
    at = _index(path)
    said = words(mark("step inserted"), _called(new) or Text(zh=kind, en=kind))
    return Command(said, lambda found: document.add(found, path[:-1], new, at=at), lambda _: place_of(path))


def _index(path: Path) -> int:
    """Which one of its list a step is."""
    if not path or not isinstance(path[-1], int):
        raise NoSuchPlace(place=place_of(path))
    return path[-1]


def section(_asked: Asked, data: Data) -> Command:
    """A new section, which is reached only by what leads there."""
    task = starters.step("human", data, post_of(data))
    body = [task, starters.step("end", data, post_of(data))]
    sections = data.get("sections")
    key = document.free_key("section", sections if isinstance(sections, dict) else {})
    said = words(mark("section added"))
    return Command(
        said, lambda found: document.add(found, ("sections",), body, key=key), lambda _: f"sections/{key}/0"
    )


def rename(asked: Asked, data: Data) -> Command:
    """Another key of an entry, or another name of a step."""
    path, key = path_of(data, asked.place), asked.first("key")
    said = words(mark("renamed"), title_at(data, asked.place))
    if any(p == path for p, _ in document.steps(data)):
        return Command(said, lambda found: rename_step(found, path, key))
    return Command(said, lambda found: document.rename(found, path, key))


COMMANDS: dict[str, Callable[[Asked, Data], Command]] = {
    "put": put,
    "add": add,
    "remove": remove,
    "shift": shift,
    "move": move,
    "copy": copy,
    "insert": insert,
    "section": section,
    "rename": rename,
}
