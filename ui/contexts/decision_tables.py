"""UI contexts: decision tables - the grid to read and to edit, its tests, what is to be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.designer import DesignState, EntryGroup, Remark
from ui.contexts.parts import Action, Chip, Fact, Form, Option, Table
from ui.contexts.sop_changes import ChangesPart


@dataclass(frozen=True)
class GridHead:
    """A column: what it is called, its kind in words, whether it is an answer."""

    label: str
    kind: str
    answer: bool = False


@dataclass(frozen=True)
class GridCell:
    """A cell. In the editor `place` is where it is kept; with `options` it is chosen, else typed."""

    value: str
    place: str = ""
    label: str = ""
    options: Sequence[Option] = ()
    remarks: Sequence[Remark] = ()
    answer: bool = False
    quiet: bool = False

    @property
    def id(self) -> str:
        """The element id of the cell."""
        return "c-" + self.place.replace("/", "-")


@dataclass(frozen=True)
class GridLine:
    """A row or a test; `result` is what a test gives."""

    number: int
    place: str
    cells: Sequence[GridCell]
    result: Chip | None = None


@dataclass(frozen=True)
class Grid:
    """Rows or tests with their columns; `verdicts` when every line has a result."""

    id: str
    caption: str
    heads: Sequence[GridHead]
    lines: Sequence[GridLine]
    verdicts: bool = False
    add: str = ""
    """What the button says that adds a line, in the editor."""


@dataclass(frozen=True)
class DecisionTablePage(Context):
    """The page that answers: what does this table say, is it right, who uses it."""

    template = "decision_tables/page.html"
    title: str
    eyebrow: str
    back: Action
    chips: Sequence[Chip]
    facts: Sequence[Fact]
    policy: str
    rows: Grid
    tests: Grid
    remarks: Sequence[Remark]
    versions: Table
    uses: Table
    approvals: Table
    yaml: str
    actions: Sequence[Action] = ()
    forms: Sequence[tuple[str, str, Form]] = ()
    opened: str = ""
    changes: ChangesPart | None = None


@dataclass(frozen=True)
class TableEditorPage(Context):
    """The editor of a draft."""

    template = "decision_tables/edit.html"
    title: str
    eyebrow: str
    back: Action
    state: DesignState
    rows: Grid
    tests: Grid
    remarks: Sequence[Remark]
    parts: Sequence[EntryGroup]
    ways: Sequence[tuple[str, str]]
    """What can stand in a cell, and what it means."""
    policy: str = ""
    actions: Sequence[Action] = ()
    problem: str = ""
    focus: str = ""
    """The row or test whose first cell has the focus, as it was added or moved."""


@dataclass(frozen=True)
class TableEditorRegion(TableEditorPage):
    """All of it again after a change of its shape."""

    template = "decision_tables/_editor.html"


@dataclass(frozen=True)
class TableEditorChange(TableEditorPage):
    """What a change of one cell changes around it."""

    template = "decision_tables/_change.html"
