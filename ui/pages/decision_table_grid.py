"""UI pages: the rows and tests of a decision table as grids - in words to read, as fields to edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from pydantic import ValidationError

from domain.decision_table import Column
from domain.decision_table_cells import ANY, NOT_GIVEN, text_of, words_of
from domain.decision_table_check import Looked
from domain.decision_table_check import Remark as Said
from domain.decision_table_document import SIDES, columns, entries
from domain.sop_document import Data
from ui.contexts.decision_tables import Grid, GridCell, GridHead, GridLine
from ui.contexts.designer import Remark
from ui.contexts.parts import Chip, Option
from ui.translation import Translations, mark

KINDS = {
    "string": mark("Text"),
    "int": mark("Whole number"),
    "decimal": mark("Number with decimals"),
    "bool": mark("Yes or no"),
    "date": mark("Date"),
}
POLICIES = {
    "first": mark("The first row from the top whose conditions hold is the one that counts."),
    "unique": mark("Exactly one row may apply, whatever the values; the order of rows does not matter."),
}
FEW, SEVERAL = 3, 4
"""Of so many choices all their combinations are offered as well."""


@dataclass(frozen=True)
class GridMaker:
    """A table as data with what the check says of it, in one language; `edits` makes fields of its cells."""

    data: Data
    looked: Looked
    words: Translations
    edits: bool = False

    def rows(self) -> Grid:
        """The rows: conditions, then answers."""
        _ = self.words.gettext
        lines = [self.line("rows", number, row, 0) for number, row in enumerate(entries(self.data, "rows"))]
        return Grid("rows", _("Rows"), self.heads(), lines, add=_("Add a row") if self.edits else "")

    def tests(self) -> Grid:
        """The test rows: what is given, what must come of it, and what does."""
        _ = self.words.gettext
        listed = enumerate(entries(self.data, "tests"))
        lines = [self.line("tests", number, test, 1) for number, test in listed]
        add = _("Add a test row") if self.edits else ""
        return Grid("tests", _("Test rows"), self.heads(), lines, verdicts=True, add=add)

    def heads(self) -> list[GridHead]:
        _ = self.words.gettext
        found = []
        for side in SIDES:
            for key, raw in columns(self.data, side).items():
                kind = _("Choice") if raw.get("options") else _(KINDS.get(str(raw.get("type")), ""))
                if raw.get("optional") is True:
                    kind = _("%(kind)s, may be missing", kind=kind)
                found.append(GridHead(self.label(raw, key), kind, side == "outputs"))
        return found

    def label(self, raw: Data, key: str) -> str:
        """What a column is called in the person's language."""
        said = raw.get("label")
        told = {one: str(said.get(one) or "") for one in ("zh", "en")} if isinstance(said, dict) else {}
        return self.words.pick(told) if any(told.values()) else key

    def line(self, name: str, number: int, entry: Data, part: int) -> GridLine:
        place = f"{name}/{number}"
        cells = [
            self.cell(f"{place}/{parts[part]}/{key}", key, raw, entry.get(parts[part]), number)
            for side, parts in SIDES.items()
            for key, raw in columns(self.data, side).items()
        ]
        result = self.result(number) if name == "tests" else None
        return GridLine(number + 1, place, cells, result)

    def cell(self, place: str, key: str, raw: Data, cells: Any, number: int) -> GridCell:
        part = place.split("/")[2]
        answer = part in {"then", "expect"}
        absent = not isinstance(cells, Mapping) or key not in cells
        value = None if absent else cells[key]
        if not self.edits:
            return self.told(raw, value, part, answer=answer, absent=absent)
        _ = self.words.gettext
        label = _("Row %(n)s: %(column)s", n=number + 1, column=self.label(raw, key))
        shown = "" if absent else text_of(value, absent=NOT_GIVEN)
        options = self.options(raw, part, shown)
        return GridCell(shown, place, label, options, self.remarks(place), answer)

    def told(self, raw: Data, value: Any, part: str, *, answer: bool, absent: bool) -> GridCell:
        """A cell in words, to be read."""
        if absent:
            words = {"when": "–", "given": self.words.gettext("not given")}
            return GridCell(words.get(part, ""), answer=answer, quiet=True)
        try:
            said = words_of(Column.model_validate(raw), value)
        except ValidationError:
            return GridCell(text_of(value), answer=answer)
        return GridCell(self.words.pick(said), answer=answer)

    def options(self, raw: Data, part: str, shown: str) -> list[Option]:
        """What a cell can be chosen from; nothing where it is typed."""
        _ = self.words.gettext
        named = self.named(raw)
        if not named:
            return []
        first = {"when": _("not asked"), "given": _("not given")}.get(part, _("Choose…"))
        found = [Option("", first), *(Option(value, word) for value, word in named.items())]
        if part == "when":
            several = named if len(named) in {FEW, SEVERAL} else {}
            for size in range(2, len(several)):
                for few in combinations(several, size):
                    said = _(" or ").join(several[one] for one in few)
                    found.append(Option("; ".join(few), said))
            if raw.get("optional") is True:
                found += [Option(ANY, _("any value")), Option(NOT_GIVEN, _("not given"))]
        if shown not in {one.value for one in found}:
            found.append(Option(shown, shown))
        return found

    def named(self, raw: Data) -> dict[str, str]:
        """The choices of a column with their words."""
        _ = self.words.gettext
        if raw.get("type") == "bool":
            return {"true": _("Yes"), "false": _("No")}
        options, words = raw.get("options"), raw.get("words")
        said = words if isinstance(words, dict) else {}
        listed = [str(one) for one in options] if isinstance(options, list) else []
        return {one: self.label({"label": said.get(one)}, one) for one in listed}

    def result(self, number: int) -> Chip:
        """What a test gives."""
        _ = self.words.gettext
        if number >= len(self.looked.tried):
            return Chip(_("Not tried yet"), "pause")
        one = self.looked.tried[number]
        if one.instead is not None:
            return Chip(self.words.pick(one.instead), "alert", "bad")
        if one.passes:
            return Chip(_("As expected, by row %(n)s", n=one.row), "check", "good")
        table = self.looked.table
        assert table is not None
        got = [self.words.pick(words_of(table.outputs[key], value)) for key, value in one.outputs.items()]
        return Chip(_("Row %(row)s gives %(what)s", row=one.row, what=_(", ").join(got)), "alert", "bad")

    def remarks(self, place: str) -> list[Remark]:
        """What is said at a place."""
        return [self.remark(one) for one in self.looked.remarks if one.place == place and one.rule != "test"]

    def general(self) -> list[Remark]:
        """What is said above the grid, all of it."""
        return [self.placed(one) for one in self.looked.remarks]

    def placed(self, one: Said) -> Remark:
        """A remark; of a cell with its row and column, because the cell may be out of sight."""
        said = self.remark(one)
        parts = one.place.split("/")
        if one.rule != "cell" or len(parts) != len(("rows", "2", "when", "arrival")):
            return said
        side = next(side for side, named in SIDES.items() if parts[2] in named)
        label = self.label(columns(self.data, side).get(parts[3], {}), parts[3])
        _, number = self.words.gettext, int(parts[1]) + 1
        if parts[0] == "rows":
            return replace(
                said, text=_("Row %(n)s, %(column)s: %(what)s", n=number, column=label, what=said.text)
            )
        return replace(
            said, text=_("Test row %(n)s, %(column)s: %(what)s", n=number, column=label, what=said.text)
        )

    def remark(self, one: Said) -> Remark:
        """A remark in the person's language."""
        return Remark(one.message(self.words.language), "bad" if one.severity == "error" else "warn")


def ways(words: Translations) -> Sequence[tuple[str, str]]:
    """What can stand in a cell, and what it means."""
    _ = words.gettext
    return [
        (_("empty"), _("is not asked")),
        ("8.0", _("exactly this value")),
        (">= 2.0", _("at least; also > < <=")),
        ("2.0..8.0", _("from … to, both included")),
        ("1; 3; 5..9", _("one of these")),
        ("-", _("any value, but there must be one")),
        ("''", _("no value was given")),
    ]
