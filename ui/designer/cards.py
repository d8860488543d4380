"""UI designer: the draft as cards in their order, each with what it says and what the check says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.sop_document import Data, kind_of, place_of
from domain.yaml_text import Path
from services.sop_names import readable
from ui.contexts.designer import CardList, DesignCard, Remark
from ui.contexts.parts import Chip
from ui.contexts.runs import StepCard
from ui.designer.desk import Desk, gathered
from ui.pages.sop_reading import KINDS, Reader

BODIES = {"for_each": "steps", "repeat": "steps"}


def lists_of(desk: Desk) -> list[CardList]:
    """The procedure and its sections."""
    return _Cards(desk).lists()


def head_card(desk: Desk) -> DesignCard:
    """The card of what is said before the steps."""
    _ = desk.view.words.gettext
    remarks = gathered([desk.remark(one) for one in desk.findings if one.card == ""], desk.view.words)
    kind = Chip(_("Procedure"), "book", "info")
    return DesignCard("", "", desk.pick(desk.data.get("title")), kind, remarks=remarks, chosen=not desk.path)


def _nothing_called(step: Data) -> bool:
    """Whether a step is to call a procedure and nobody has chosen which."""
    call = step.get("call")
    return isinstance(call, Mapping) and not call.get("sop")


class _Cards:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.remarks: dict[str, list[Remark]] = {}
        for one in desk.findings:
            self.remarks.setdefault(one.card, []).append(desk.remark(one))
        self.told = self.read_aloud()

    def read_aloud(self) -> dict[str, StepCard]:
        """The sentences of each step, by its id; none while the text is no definition."""
        definition = readable(self.desk.draft.source)
        if definition is None:
            return {}
        known = self.desk.names.known
        reader = Reader(
            self.desk.view.words, known.get("post", {}), definition, self.desk.tables, known.get("sop", {})
        )
        return {step.id: reader.card(step) for step in definition.walk()}

    def lists(self) -> list[CardList]:
        _ = self.desk.view.words.gettext
        found = [self.body(("steps",), _("Steps"), self.desk.data.get("steps"))]
        sections = self.desk.data.get("sections")
        for key, body in sections.items() if isinstance(sections, Mapping) else ():
            first = body[0] if isinstance(body, list) and body and isinstance(body[0], dict) else None
            name = self.desk.title(first) if first else key
            label = _("Section %(name)s", name=name)
            found.append(self.body(("sections", key), label, body, removable=True))
        return found

    def body(self, path: Path, label: str, steps: Any, *, removable: bool = False) -> CardList:
        cards = [
            self.card((*path, index), step)
            for index, step in enumerate(steps if isinstance(steps, list) else [])
            if isinstance(step, dict)
        ]
        return CardList(place_of(path), label, cards, removable)

    def card(self, path: Path, step: Data) -> DesignCard:
        place, kind = place_of(path), kind_of(step)
        word, icon, tone = KINDS.get(kind, (kind or "?", "alert", "warn"))
        said = self.told.get(str(step.get("id") or f"end_{step.get('end')}"))
        return DesignCard(
            place,
            str(step.get("id", "")),
            self.desk.title(step),
            Chip(self.desk.view.words.gettext(word), icon, tone),
            said.sentences if said and not _nothing_called(step) else (),
            gathered(self.remarks.get(place, []), self.desk.view.words),
            self.inner(path, step),
            chosen=path == self.desk.path,
        )

    def inner(self, path: Path, step: Data) -> list[CardList]:
        """The lists of steps inside a step."""
        found = [
            self.body((*path, kind, name), "", step[kind].get(name))
            for kind, name in BODIES.items()
            if isinstance(step.get(kind), Mapping)
        ]
        parallel = step.get("parallel")
        branches = parallel.get("branches") if isinstance(parallel, Mapping) else None
        for number, (name, body) in enumerate(branches.items() if isinstance(branches, Mapping) else (), 1):
            label = self.desk.view.words.gettext("Branch %(n)s", n=number)
            found.append(self.body((*path, "parallel", "branches", name), label, body))
        return found
