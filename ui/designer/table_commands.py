"""UI designer: what a click or an entry does to a decision table, as a change of its data with words."""

from __future__ import annotations

from collections.abc import Callable

from domain import decision_table_document as tables
from domain import sop_document as document
from domain.decision_table_document import SIDES, columns
from domain.errors import NotFound
from domain.sop_definition import Text
from domain.sop_document import Data, NoSuchPlace, path_of
from domain.yaml_text import Path
from ui.designer.commands import Asked, Command, words
from ui.designer.values import entered
from ui.translation import mark

HEAD = {"title", "hit_policy", "clauses", "value"}
OF_COLUMN = {"label", "type", "optional", "words"}


def table_command(name: str, asked: Asked, data: Data) -> Command:
    """The command of a name; NotFound for one that there is not."""
    made = COMMANDS.get(name)
    if made is None:
        raise NotFound(what=f"操作 / command {name}")
    path = path_of(data, asked.place)
    if not path:
        raise NoSuchPlace(place=asked.place)
    return made(asked, data, path)


def what(data: Data, path: Path, label: str = "") -> Text:
    """What is changed, in both languages: the row or column, and what of it."""
    number, place = (path[1] if len(path) > 1 else None), str(path[0])
    key = str(path[3]) if len(path) > 3 else str(path[1]) if place in SIDES and len(path) > 1 else ""  # noqa: PLR2004
    found = {**columns(data, "inputs"), **columns(data, "outputs")}.get(key, {}).get("label")
    zh, en = (str(found.get(one) or key) if isinstance(found, dict) else key for one in ("zh", "en"))
    if isinstance(number, int) and place in {"rows", "tests"}:
        row_zh, row_en = ("第 %d 行", "row %d") if place == "rows" else ("验证行 %d", "test row %d")
        zh, en = (
            row_zh % (number + 1) + (f" {zh}" if zh else ""),
            row_en % (number + 1) + (f" {en}" if en else ""),
        )
    if not label:
        return Text(zh=zh or "决策表", en=en or "the table")
    done = words(label)
    return Text(zh=f"{zh}：{done.zh}" if zh else done.zh, en=f"{en}: {done.en}" if en else done.en)


def line_at(name: str, number: int) -> Callable[[Data], str]:
    """The place of a row or test, the last one where there are no so many; -1 is the last."""

    def place(made: Data) -> str:
        last = len(tables.entries(made, name)) - 1
        return f"{name}/{min(number, last) if number >= 0 else last}"

    return place


def beside(path: Path, by: int) -> Callable[[Data], str] | None:
    """Where the focus goes when a row or test is moved, copied or taken away."""
    name, number = str(path[0]), path[1] if len(path) > 1 else None
    if name not in {"rows", "tests"} or not isinstance(number, int):
        return None
    return line_at(name, max(number + by, 0))


def cell(asked: Asked, data: Data, path: Path) -> Command:
    """What was typed or chosen in a cell."""
    text = asked.first("value")
    return Command(what(data, path), lambda found: tables.put_cell(found, path, text))


def put(asked: Asked, data: Data, path: Path) -> Command:
    """One value of the table or of a column."""
    if path[0] not in HEAD and not (path[0] in SIDES and len(path) > 2 and path[2] in OF_COLUMN):  # noqa: PLR2004
        raise NoSuchPlace(place=asked.place)
    widget = asked.query.get("widget", "line")
    said = what(data, path, asked.query.get("label", ""))
    if widget == "words":
        texts = {one: asked.first(f"{asked.place}/{one}") for one in ("zh", "en")}
        value = {one: text for one, text in texts.items() if text} or None
        return Command(said, lambda found: document.put(found, path, value))
    if widget == "type":
        type_ = asked.first(asked.place)
        return Command(said, lambda found: tables.put_type(found, path[:-1], type_))
    given = entered(widget, asked.fields.get(asked.place, ()))
    return Command(said, lambda found: document.put(found, path, given))


def add(asked: Asked, data: Data, path: Path) -> Command:
    """A row, a test, a column, a choice."""
    said = what(data, path, mark("added"))
    match path:
        case ("rows",):
            return Command(said, tables.add_row, line_at("rows", -1))
        case ("tests",):
            return Command(said, tables.add_test, line_at("tests", -1))
        case ("inputs" | "outputs" as side,):
            return Command(said, lambda found: tables.add_column(found, str(side)))
        case (_, _, "options"):
            return Command(said, lambda found: tables.add_option(found, path[:-1]))
    raise NoSuchPlace(place=asked.place)


def remove(_asked: Asked, data: Data, path: Path) -> Command:
    """Without a row, test, column or choice."""
    said = what(data, path, mark("taken away"))
    return Command(said, lambda found: tables.remove(found, path), beside(path, 0))


def shift(asked: Asked, data: Data, path: Path) -> Command:
    """Up or down among its neighbours."""
    by = -1 if asked.query.get("by") == "-1" else 1
    said = what(data, path, mark("moved"))
    return Command(said, lambda found: tables.shift(found, path, by), beside(path, by))


def copy(_asked: Asked, data: Data, path: Path) -> Command:
    """A row or test once more."""
    said = what(data, path, mark("copied"))
    return Command(said, lambda found: tables.copy_entry(found, path), beside(path, 1))


def rename(asked: Asked, data: Data, path: Path) -> Command:
    """Another key of a column, or another code of a choice."""
    key = asked.first("key")
    return Command(what(data, path, mark("renamed")), lambda found: tables.rename(found, path, key))


COMMANDS: dict[str, Callable[[Asked, Data, Path], Command]] = {
    "cell": cell,
    "put": put,
    "add": add,
    "remove": remove,
    "shift": shift,
    "copy": copy,
    "rename": rename,
}
