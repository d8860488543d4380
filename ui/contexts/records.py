"""UI contexts: list, record and form pages, which most nouns share, and the pages of plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Action, Chip, Filter, Form, Section, Table


@dataclass(frozen=True)
class ListPage(Context):
    """A searchable table of one noun."""

    template = "records/list.html"
    title: str
    intro: str
    table: Table
    filter: Filter | None = None
    actions: Sequence[Action] = ()
    tabs: Sequence[tuple[str, str, bool]] = ()
    back: Action | None = None
    beside: Section | None = None


@dataclass(frozen=True)
class RecordPage(Context):
    """One record: what it is, its state, its sections, what can be done with it."""

    template = "records/record.html"
    title: str
    eyebrow: str
    sections: Sequence[Section]
    subtitle: str = ""
    mono: bool = False
    chips: Sequence[Chip] = ()
    actions: Sequence[Action] = ()
    back: Action | None = None
    printable: bool = False
    events: str = ""
    """Where the page hears that something has changed ('' for a page that is not watched)."""


@dataclass(frozen=True)
class FormPage(Context):
    """A page with one form."""

    template = "records/form.html"
    title: str
    form: Form
    eyebrow: str = ""
    intro: str = ""
    back: Action | None = None


@dataclass(frozen=True)
class TablePart(Context):
    """The table alone: what a filter or the next-page button swaps in."""

    template = "_components/table_part.html"
    table: Table


@dataclass(frozen=True)
class MessagePage(Context):
    """A refusal, a missing page or a fault, in words: what happened, why, what to do next."""

    template = "message.html"
    title: str
    message: str
    status: int
    hint: str = ""
    request_id: str = ""
    back_href: str = "/inbox"
    back_label: str = ""


@dataclass(frozen=True)
class DemoPerson:
    """A demo log-in, shown in demo mode only; `posts` are the names of the posts by language."""

    username: str
    password: str
    name: str
    posts: Mapping[str, str]


@dataclass(frozen=True)
class LoginPage(Context):
    """Log-in."""

    template = "login.html"
    title: str
    form: Form
    demo_people: Sequence[DemoPerson] = ()
    demo_password: str = ""
