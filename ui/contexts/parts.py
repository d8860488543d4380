"""UI contexts: the small parts that most pages are made of - chips, cells, tables, fields, forms, facts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from domain.sop_chart_text import width_of

Tone = Literal["neutral", "info", "good", "warn", "bad", "calm"]
CellKind = Literal[
    "text",
    "code",
    "hash",
    "quantity",
    "chip",
    "date",
    "instant",
    "evidence",
    "shelf_life",
    "due",
    "lines",
    "links",
    "who",
]
FieldType = Literal[
    "text",
    "textarea",
    "integer",
    "decimal",
    "choice",
    "boolean",
    "date",
    "datetime",
    "attachment",
    "password",
    "checks",
    "search",
    "file",
    "hidden",
]

WORDY = 10.0
"""From this width on, in type sizes, an option needs the width of a handheld."""


@dataclass(frozen=True)
class Chip:
    """A status: never colour alone, always icon and word."""

    word: str
    icon: str = "dot"
    tone: Tone = "neutral"


@dataclass(frozen=True)
class Cell:
    """One value. `kind` says how it looks, `href` where it leads, `sub` is a second quiet line.

    `instant` is to the minute, `evidence` to the second; both in the page's zone, or in `unit`. `raw` is the
    record itself as it was kept, folded away below. `links` are several words, each with its address or ''.
    """

    value: Any
    kind: CellKind = "text"
    href: str = ""
    sub: str = ""
    unit: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers stand right. The first column is the row's heading on handhelds."""

    label: str
    numeric: bool = False


@dataclass(frozen=True)
class Row:
    """A row; `tone` marks its edge."""

    cells: Sequence[Cell]
    tone: Tone = "neutral"


@dataclass(frozen=True)
class Empty:
    """What a list says when it has nothing: the state in words and what to do next."""

    title: str
    hint: str = ""
    href: str = ""
    action: str = ""
    icon: str = "list"


@dataclass(frozen=True)
class Table:
    """A table with its empty state and the address of its next page ('' at the end)."""

    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: Empty
    next_href: str = ""


@dataclass(frozen=True)
class Option:
    """One choice; those of one group follow one another, under its words."""

    value: str
    label: str
    group: str = ""


@dataclass(frozen=True)
class Upload:
    """A file that is already stored."""

    id: str
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Field:
    """One field of a form with its value and, next to it, what is wrong with it."""

    name: str
    label: str
    type: FieldType = "text"
    value: Any = ""
    required: bool = False
    help: str = ""
    error: str = ""
    options: Sequence[Option] = ()
    unit: str = ""
    min: str = ""
    max: str = ""
    max_length: int = 0
    many: bool = False
    autofocus: bool = False
    autocomplete: str = "off"
    upload_href: str = ""
    uploads: Sequence[Upload] = ()
    accept: str = ""
    suggestions: str = ""
    compact: bool = False
    within: str = ""

    @property
    def id(self) -> str:
        """The element id; dots and brackets of nested names are replaced."""
        named = f"{self.within}-{self.name}" if self.within else self.name
        return "f-" + "".join(c if c.isalnum() else "-" for c in named)

    @property
    def wordy(self) -> bool:
        """Whether an option is a sentence: two of them do not stand beside each other on a handheld."""
        return any(width_of(one.label) >= WORDY for one in self.options)


@dataclass(frozen=True)
class Group:
    """Fields that belong together, under one legend ('' for none)."""

    fields: Sequence[Field]
    legend: str = ""


@dataclass(frozen=True)
class Form:
    """A form that is posted: fields, what the button says, and what went wrong as a whole."""

    action: str
    submit: str
    groups: Sequence[Group]
    cancel_href: str = ""
    problem: str = ""
    hint: str = ""
    multipart: bool = False
    tone: Tone = "info"
    also_wrong: Sequence[Field] = ()
    """Wrong fields outside the groups, labelled as they are told apart there: lines of a document."""

    @property
    def wrong(self) -> list[Field]:
        """The fields with an error, for the summary at the top."""
        return [
            *(field for group in self.groups for field in group.fields if field.error),
            *self.also_wrong,
        ]

    def within(self, dialog: str) -> "Form":
        """The same form in one of several dialogs: its labels lead to its own fields."""
        groups = [
            replace(one, fields=[replace(field, within=dialog) for field in one.fields])
            for one in self.groups
        ]
        return replace(self, groups=groups)


@dataclass(frozen=True)
class Filter:
    """A filter bar: a GET form that swaps the table below it, and what has the id `also`."""

    action: str
    target: str
    fields: Sequence[Field]
    also: str = ""


@dataclass(frozen=True)
class Fact:
    """A labelled value of a record; `wide`: the label is long and stands above the value."""

    label: str
    cell: Cell
    wide: bool = False


@dataclass(frozen=True)
class Action:
    """A link or button at the head of a page."""

    label: str
    href: str
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True)
class Section:
    """A part of a record page: facts, a table, a form, preformatted text - whichever is given."""

    title: str
    facts: Sequence[Fact] = ()
    table: Table | None = None
    form: Form | None = None
    text: str = ""
    note: str = ""
    folded: bool = False
