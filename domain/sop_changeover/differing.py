"""Domain: the two versions of a changeover beside each other, and what an obstacle is.

Differences of steps are those of `domain.sop_changes`, with its sentences: what a reviewer read when the
version was approved is what a run is refused by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.sop_changes import Change, changes
from domain.sop_changes.reasons import LOOK, WORDS
from domain.sop_changes.shape import matches
from domain.sop_definition import Text
from domain.sop_diff import steps_by_place

if TYPE_CHECKING:
    from domain.sop_bundle import Bundle
    from domain.sop_definition import Step
    from domain.sop_progress import Progress

NOT_WORDS = (
    *("id", "for_each.as", "call.as"),
    *("human.form.*.max_length", "human.lines.form.*.max_length", "wait.data.*.max_length"),
)
"""What reads like words to a reviewer, and means something to a run."""
KEPT = 32
DIFFERS = "differs"
"""The code of what is told as a change of the procedure is told."""


@dataclass(frozen=True)
class Obstacle:
    """One reason why a run cannot go on by a version: where it stands, and a sentence; `code` sorts it.

    `path` leads to what differs in the step: whoever knows the names of posts can say it with them.
    """

    code: str
    step: str | None
    where: Text
    sentence: Text
    path: str = ""

    def in_language(self, language: str) -> str:
        """`Acceptance: second signature added`, in `zh` or `en`."""
        colon = ": " if language == "en" else "："
        return f"{self.where.in_language(language)}{colon}{self.sentence.in_language(language)}"

    def as_json(self) -> dict[str, str | None]:
        """The obstacle for programs: code, step, and the sentence in both languages."""
        said = {language: self.in_language(language) for language in ("zh", "en")}
        return {"code": self.code, "step": self.step, "path": self.path, **said}


class Versions:
    """A run by the version that it is pinned to (`old`) and the same state by the other one (`new`)."""

    def __init__(self, old: Progress, new: Progress) -> None:
        self.old, self.new = old, new
        self.was, self.now = _Places(old.bundle), _Places(new.bundle)
        self.changes = _changes(old.bundle, new.bundle)

    def of_step(self, step: str, harmless: Sequence[str], dropped: Sequence[str] = ()) -> Iterator[Obstacle]:
        """What differs of a step beyond words and `harmless` (patterns as in the rules of changes).

        What is `dropped` may be gone in the new version: more was asked for than it asks.
        """
        for change in self.changes.get(self.was.place.get(step), ()):
            if change.fact.op == "removed" and _fits(dropped, change.fact.keys):
                continue
            if not _harmless(change, harmless):
                yield self.said(change, step)

    def inside(self, step: str, harmless: Sequence[str], branch: str = "") -> Iterator[Obstacle]:
        """What differs of the steps inside a step (a branch), those that came, went or moved among them."""
        prefix = f"{self.was.place[step]}/{branch}/" if branch else f"{self.was.place[step]}/"
        for place, found in self.changes.items():
            if place is not None and place.startswith(prefix):
                for change in found:
                    if not _harmless(change, harmless):
                        yield self.said(change, place.rpartition("/")[2])

    @staticmethod
    def said(change: Change, step: str) -> Obstacle:
        """A change as an obstacle, in the change's words."""
        return Obstacle(DIFFERS, step, change.where, change.sentence, ".".join(change.fact.keys))

    def obstacle(self, code: str, step: str, zh: str, en: str) -> Obstacle:
        """An obstacle at a step, called as the old version calls it."""
        return Obstacle(code, step, self.title(step), Text(zh=zh, en=en))

    def title(self, step: str) -> Text:
        """What a step is called: by the old version, by the new one, or its id."""
        for side in (self.was, self.now):
            found = side.steps.get(step)
            if found is not None and found.title is not None:
                return Text(zh=found.title.zh, en=found.title.in_language("en"))
        return Text(zh=step, en=step)


class _Places:
    """The steps of a version by id, and where each stands."""

    def __init__(self, bundle: Bundle) -> None:
        self.steps: Mapping[str, Step] = bundle.steps
        self.place = {step.id: place for place, step in steps_by_place(bundle.definition).items()}


_changes_of: dict[tuple[str, str], Mapping[str | None, list[Change]]] = {}


def _changes(old: Bundle, new: Bundle) -> Mapping[str | None, list[Change]]:
    """The changes by the place of their step; of a pair of versions they are found once per process."""
    key = (old.sha256, new.sha256)
    found = _changes_of.get(key)
    if found is None:
        while len(_changes_of) >= KEPT:
            del _changes_of[next(iter(_changes_of))]
        grouped: dict[str | None, list[Change]] = {}
        for change in changes(old.definition, new.definition):
            grouped.setdefault(change.step, []).append(change)
        found = _changes_of[key] = grouped
    return found


def _harmless(change: Change, patterns: Sequence[str]) -> bool:
    keys = change.fact.keys
    if keys and change.why in (WORDS, LOOK) and not _fits(NOT_WORDS, keys):
        return True
    return bool(keys) and _fits(patterns, keys)


def _fits(patterns: Sequence[str], keys: Sequence[str]) -> bool:
    return any(matches(pattern.split("."), keys) for pattern in patterns)
