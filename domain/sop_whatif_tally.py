"""Domain: what a what-if over many runs comes to - counts, outcomes, durations, and the work of each post.

A tally grows batch by batch and is plain data. Durations and work are compared over the runs that came to an
end by both definitions; the others are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from pydantic import BaseModel, ConfigDict

from domain.sop_whatif import NoteOut, RunResult, Verdict, Work

ENDED: tuple[Verdict, ...] = ("same", "steps", "other")
DIFFERING: tuple[Verdict, ...] = ("other", "refused", "stopped")


class Pair(BaseModel):
    """How many runs end in an outcome before and in another (or the same) after."""

    model_config = ConfigDict(frozen=True)

    before: str
    after: str
    runs: int


class Counted(BaseModel):
    """An assumption or a refusal, and in how many runs."""

    model_config = ConfigDict(frozen=True)

    note: NoteOut
    runs: int


class Tally(BaseModel):
    """All runs so far. `steps` says how many walk a step before and after, `seconds` both durations of each.

    `signed_otherwise` runs have other signatures; `why` are the reasons of those that are not comparable.
    """

    model_config = ConfigDict(frozen=True)

    runs: int = 0
    verdicts: dict[str, int] = {}
    outcomes: list[Pair] = []
    parts_at: dict[str, int] = {}
    steps: dict[str, tuple[int, int]] = {}
    work: dict[str, tuple[Work, Work]] = {}
    seconds: list[tuple[int, int]] = []
    signatures: tuple[int, int] = (0, 0)
    signed_otherwise: int = 0
    refused: list[Counted] = []
    assumed: list[Counted] = []
    why: dict[str, int] = {}
    unknown: list[str] = []

    @property
    def compared(self) -> int:
        """Runs that come to an end by both definitions."""
        return sum(self.verdicts.get(one, 0) for one in ENDED)

    @property
    def differing(self) -> int:
        """Runs that would not go the same way: by another way, refused, or without an end."""
        return sum(self.verdicts.get(one, 0) for one in DIFFERING)

    @property
    def middle(self) -> tuple[int, int] | None:
        """The median seconds of a run before and after; None without one that ended by both."""
        if not self.seconds:
            return None
        before, after = zip(*self.seconds, strict=True)
        return int(median(before)), int(median(after))

    def and_(self, results: Sequence[RunResult]) -> Tally:
        """With further results."""
        ended = [one for one in results if one.verdict in ENDED]
        told = [one for one in results if one.verdict != "incomparable"]
        signed = [one.signatures for one in ended]
        why = [one.why for one in results if one.verdict == "incomparable"]
        return Tally(
            runs=self.runs + len(results),
            verdicts=_added(self.verdicts, [one.verdict for one in results]),
            outcomes=_pairs(self.outcomes, ended),
            parts_at=_added(self.parts_at, [one.parts_at for one in told if one.parts_at]),
            steps=_steps(self.steps, told),
            work=_work(self.work, ended),
            seconds=[*self.seconds, *((one.before.seconds, one.after.seconds) for one in ended)],
            signatures=(
                self.signatures[0] + sum(before for before, _ in signed),
                self.signatures[1] + sum(after for _, after in signed),
            ),
            signed_otherwise=self.signed_otherwise + sum(before != after for before, after in signed),
            refused=_counted(self.refused, [one.refused for one in told]),
            assumed=_counted(self.assumed, [one.assumed for one in told]),
            why=_added(self.why, why),
            unknown=sorted({*self.unknown, *(step for one in ended for step in one.after.unknown)}),
        )


def _added(known: dict[str, int], more: Sequence[str]) -> dict[str, int]:
    return dict(sorted((Counter(known) + Counter(more)).items()))


def _pairs(known: Sequence[Pair], ended: Sequence[RunResult]) -> list[Pair]:
    found = Counter({(one.before, one.after): one.runs for one in known})
    found.update((one.before.outcome or "", one.after.outcome or "") for one in ended)
    return [Pair(before=b, after=a, runs=n) for (b, a), n in sorted(found.items())]


def _counted(known: Sequence[Counted], of_runs: Iterable[Sequence[NoteOut]]) -> list[Counted]:
    """In how many runs each is noted; which line of a work list it was does not matter."""
    found: Counter[NoteOut] = Counter({one.note: one.runs for one in known})
    for notes in of_runs:
        found.update({one.model_copy(update={"what": _without_line(one.what)}) for one in notes})
    return [Counted(note=note, runs=n) for note, n in found.most_common()]


def _without_line(what: str) -> str:
    number, dot, name = what.partition(".")
    return name if dot and number.isdigit() else what


def _steps(known: dict[str, tuple[int, int]], told: Sequence[RunResult]) -> dict[str, tuple[int, int]]:
    sides: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for one in told:
        for counter, side in zip(sides, (one.before, one.after), strict=True):
            counter.update({part.step for part in side.path})
    found = dict(known)
    for step in dict.fromkeys([*sides[0], *sides[1]]):
        before, after = found.get(step, (0, 0))
        found[step] = before + sides[0][step], after + sides[1][step]
    return found


def _work(known: dict[str, tuple[Work, Work]], ended: Sequence[RunResult]) -> dict[str, tuple[Work, Work]]:
    found = dict(known)
    for one in ended:
        for post in {*one.before.work, *one.after.work}:
            before, after = found.get(post, (Work(), Work()))
            found[post] = (
                _sum(before, one.before.work.get(post, Work())),
                _sum(after, one.after.work.get(post, Work())),
            )
    return dict(sorted(found.items()))


def _sum(one: Work, other: Work) -> Work:
    return Work(
        tasks=one.tasks + other.tasks,
        signatures=one.signatures + other.signatures,
        seconds=one.seconds + other.seconds,
        unknown=one.unknown + other.unknown,
    )
