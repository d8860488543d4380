"""UI designer: a decision table as its editor shows it - grids, what is to be said, columns as fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from domain.decision_table_document import SIDES, columns
from domain.sop_document import Data
from services.decision_table_editing import TableDraft
from ui.contexts.decision_tables import TableEditorPage
from ui.contexts.designer import DesignState, Entry, EntryGroup, Remark
from ui.contexts.parts import Action, Field, Option
from ui.pages.decision_table_grid import KINDS, POLICIES, GridMaker, ways
from ui.pages.decision_table_record import LIST, title_of
from ui.translation import mark
from ui.view import View

PARTS = {
    "inputs": (mark("Conditions"), mark("Add a condition")),
    "outputs": (mark("Results"), mark("Add a result")),
}


def address_of(draft: TableDraft) -> str:
    """The editor's address of a draft."""
    return f"{LIST}/{draft.row.key}/versions/{draft.row.id}/edit"


def page_of(
    kind: type[TableEditorPage], view: View, draft: TableDraft, problem: str = "", focus: str = ""
) -> TableEditorPage:
    """The editor, or the part of it that `kind` is."""
    _ = view.words.gettext
    maker = GridMaker(draft.data, draft.looked, view.words, edits=True)
    base, severities = address_of(draft), [one.severity for one in draft.looked.remarks]
    last = ""
    if draft.last:
        what = view.words.pick({"zh": draft.last.what_zh, "en": draft.last.what_en})
        last = f"{what} · {draft.last.person}"
    state = DesignState(
        base,
        "",
        draft.revision,
        last,
        draft.can_undo,
        draft.can_redo,
        severities.count("error"),
        severities.count("warning"),
        "#table-said",
        "#table-said",
        steps=False,
    )
    version = f"{LIST}/{draft.row.key}/versions/{draft.row.id}"
    policy = POLICIES.get(str(draft.data.get("hit_policy", "first")))
    return kind(
        title=title_of(view, draft.row),
        eyebrow=_("Edit the table"),
        back=Action(_("Draft: read, submit"), version),
        state=state,
        rows=maker.rows(),
        tests=maker.tests(),
        remarks=maker.general(),
        parts=_Parts(view, draft, base, maker).made(),
        ways=ways(view.words),
        policy=_(policy) if policy else "",
        actions=[Action("YAML", f"{base}/text", "document")],
        problem=problem,
        focus=focus,
    )


class _Parts:
    """The table's own values and its columns, as groups of fields."""

    def __init__(self, view: View, draft: TableDraft, base: str, maker: GridMaker) -> None:
        self.view, self.draft, self.base, self.maker = view, draft, base, maker

    def made(self) -> list[EntryGroup]:
        return [self.head(), *(self.side(side) for side in SIDES)]

    def head(self) -> EntryGroup:
        _, data = self.view.words.gettext, self.draft.data
        policies = [Option(key, _(words)) for key, words in POLICIES.items()]
        chosen = str(data.get("hit_policy", "first"))
        clauses = data.get("clauses")
        listed = "; ".join(str(one) for one in clauses) if isinstance(clauses, list) else ""
        entries = [
            self.words("title", mark("Title"), data.get("title"), required=True),
            self.entry(
                "hit_policy",
                "line",
                mark("Which row counts"),
                Field(
                    "hit_policy", _("Which row counts"), "choice", chosen, options=policies, required=True,
                    compact=True,
                ),
                redraws=True,
            ),
            self.entry(
                "clauses",
                "list",
                mark("Clauses"),
                Field("clauses", _("Clauses"), value=listed),
                hint=_("Where the rule comes from, separated by ;"),
            ),
        ]  # fmt: skip
        outputs = columns(data, "outputs")
        if len(outputs) > 1:
            options = [Option(key, self.maker.label(raw, key)) for key, raw in outputs.items()]
            now = str(data.get("value") or next(iter(outputs)))
            label = _("The result that decides where a procedure goes")
            field = Field("value", label, "choice", now, options=options, required=True, compact=True)
            entries.append(
                self.entry("value", "line", mark("The result that decides where a procedure goes"), field)
            )
        return EntryGroup("title", _("Title and rule"), entries)

    def side(self, side: str) -> EntryGroup:
        """The columns of a side."""
        _, found = self.view.words.gettext, columns(self.draft.data, side)
        label, add = PARTS[side]
        groups = [self.column(side, key, raw, len(found)) for key, raw in found.items()]
        adding = [(_(add), self.address("add", at=side))]
        return EntryGroup(side, _(label), groups=groups, adds=adding)

    def column(self, side: str, key: str, raw: Data, among: int) -> EntryGroup:
        """A column: what it is called, its kind, its choices."""
        _, place = self.view.words.gettext, f"{side}/{key}"
        kinds = [Option(code, _(word)) for code, word in KINDS.items()]
        type_ = str(raw.get("type", "string"))
        field = Field(f"{place}/type", _("Kind"), "choice", type_, options=kinds, required=True, compact=True)
        entries = [
            self.words(f"{place}/label", mark("Label"), raw.get("label"), required=True, redraws=True),
            self.entry(f"{place}/type", "type", mark("Kind"), field, redraws=True),
        ]
        if side == "inputs":
            yes = [Option("true", _("Yes"))]
            ticked = ["true"] if raw.get("optional") is True else []
            may = Field(f"{place}/optional", _("May be missing"), "checks", ticked, options=yes)
            entries.append(self.entry(f"{place}/optional", "flag", mark("May be missing"), may, redraws=True))
        groups = [self.options(place, raw)] if type_ == "string" else []
        return EntryGroup(
            place,
            self.maker.label(raw, key),
            entries,
            groups,
            key=key,
            renames=True,
            removes=among > 1,
            moves=among > 1,
            folded=True,
        )

    def options(self, place: str, raw: Data) -> EntryGroup:
        """The choices of a column, each with its words."""
        _ = self.view.words.gettext
        options, words = raw.get("options"), raw.get("words")
        listed: Sequence[Any] = options if isinstance(options, list) else ()
        said = words if isinstance(words, dict) else {}
        groups = [
            EntryGroup(
                f"{place}/options/{number}",
                self.maker.label({"label": said.get(one)}, str(one)),
                [self.words(f"{place}/words/{one}", mark("Words"), said.get(one), redraws=True)],
                key=str(one),
                renames=True,
                removes=True,
                moves=len(listed) > 1,
                folded=True,
            )
            for number, one in enumerate(listed)
        ]
        adding = [(_("Add a choice"), self.address("add", at=f"{place}/options"))]
        hint = _("With choices a cell is chosen, without them it is typed.")
        return EntryGroup(f"{place}/options", _("Choices"), groups=groups, adds=adding, hint=hint)

    def words(
        self, place: str, label: str, value: Any, *, required: bool = False, redraws: bool = False
    ) -> Entry:
        """A text in both languages."""
        _ = self.view.words.gettext
        said = value if isinstance(value, dict) else {}
        in_zh, in_en = _("%(what)s in Chinese", what=_(label)), _("%(what)s in English", what=_(label))
        fields = [
            Field(f"{place}/zh", in_zh, value=said.get("zh", ""), required=required),
            Field(f"{place}/en", in_en, value=said.get("en", "")),
        ]
        put = self.address("put", at=place, widget="words", label=label)
        return Entry(fields, put, redraws=redraws, remarks=self.said(place))

    def entry(
        self, place: str, widget: str, label: str, field: Field, *, redraws: bool = False, hint: str = ""
    ) -> Entry:
        put = self.address("put", at=place, widget=widget, label=label)
        return Entry([field], put, redraws=redraws, remarks=self.said(place), hint=hint)

    def said(self, place: str) -> list[Remark]:
        """What is said of a value; of a column as a whole it stands at its words."""
        column = place.removesuffix("/label")
        return self.maker.remarks(place) or (self.maker.remarks(column) if column != place else [])

    def address(self, command: str, **query: str) -> str:
        return f"{self.base}/{command}?{urlencode(query)}"
