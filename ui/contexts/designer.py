"""UI contexts: the designer - cards of a draft, the editor of one of them, what the check says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ui.contexts import Context
from ui.contexts.parts import Action, Chip, Field, Tone


@dataclass(frozen=True)
class Remark:
    """What the check says, in words; `href` leads to the card."""

    text: str
    tone: Tone = "bad"
    href: str = ""


@dataclass(frozen=True)
class InsertKind:
    """A kind of step that can be inserted, with one line on what it is for."""

    kind: str
    label: str
    what: str


@dataclass(frozen=True)
class DesignCard:
    """A step as it stands in the list, with the lists of steps inside it."""

    place: str
    id: str
    title: str
    kind: Chip
    sentences: Sequence[str] = ()
    remarks: Sequence[Remark] = ()
    lists: Sequence["CardList"] = ()
    chosen: bool = False


@dataclass(frozen=True)
class CardList:
    """A list of steps: its place, what it is called, its cards."""

    place: str
    label: str
    cards: Sequence[DesignCard]
    removable: bool = False


@dataclass(frozen=True)
class UsableName:
    """A name that an expression may use: what it is in words, its type in words, a value as it is written."""

    name: str
    words: str
    type: str
    example: str = ""


@dataclass(frozen=True)
class Entry:
    """One value in the editor. `put` is where it is sent; `names` can be used in it."""

    fields: Sequence[Field]
    put: str
    redraws: bool = False
    remarks: Sequence[Remark] = ()
    names: Sequence[UsableName] = ()
    hint: str = ""


@dataclass(frozen=True)
class EntryGroup:
    """Values that belong together: a part of the step, which may be moved, renamed, taken away."""

    place: str
    label: str
    entries: Sequence[Entry] = ()
    groups: Sequence["EntryGroup"] = ()
    key: str = ""
    renames: bool = False
    removes: bool = False
    moves: bool = False
    adds: Sequence[tuple[str, str]] = ()
    """Label and address of what can be added."""
    hint: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Editor:
    """The card that is open."""

    place: str
    title: str
    kind: Chip | None
    step_id: str
    remarks: Sequence[Remark]
    entries: Sequence[Entry]
    groups: Sequence[EntryGroup]
    preview: str = ""
    leads: Sequence[Action] = ()
    """What the card decides by or speaks of, to be read on a page of its own."""


@dataclass(frozen=True)
class DesignState:
    """How the draft stands: its revision, what was done last, what can be taken back."""

    base: str
    card: str
    revision: int
    last: str
    can_undo: bool
    can_redo: bool
    errors: int
    warnings: int
    error_href: str = ""
    warning_href: str = ""
    steps: bool = True
    """Whether there are steps to go to."""


@dataclass(frozen=True)
class DesignPage(Context):
    """The page that answers whether this procedure says what I mean."""

    template = "designer/page.html"
    title: str
    eyebrow: str
    back: Action
    state: DesignState
    top: DesignCard
    lists: Sequence[CardList]
    editor: Editor
    kinds: Sequence[InsertKind]
    actions: Sequence[Action] = ()
    problem: str = ""
    starts: str = "{}"
    """What new parts say until somebody writes their words, English by Chinese, as JSON."""


@dataclass(frozen=True)
class DesignRegion(DesignPage):
    """All of it again after a change of its shape."""

    template = "designer/_design.html"


@dataclass(frozen=True)
class DesignChange(DesignPage):
    """What a change of one value changes around its field."""

    template = "designer/_change.html"


@dataclass(frozen=True)
class DesignText(Context):
    """The draft as YAML."""

    template = "designer/text.html"
    title: str
    eyebrow: str
    back: Action
    address: str
    revision: int
    text: str
    remarks: Sequence[Remark] = field(default=())
