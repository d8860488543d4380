"""Domain: what-if - past runs held against a changed definition: other ways, durations, work by post (D7).

A run counts only if playing the definition that it really had gives exactly the path, the decisions and the
end that are recorded; what does not is counted openly, with the reason. Then it is played by the changed one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.sop_bundle import Bundle
from domain.sop_whatif_play import play
from domain.sop_whatif_record import KINDS, Recorded, Usual
from domain.sop_whatif_walk import Halt, Note, Stop, Walk

Verdict = Literal["same", "steps", "other", "refused", "stopped", "incomparable"]
VERDICTS: tuple[Verdict, ...] = ("same", "steps", "other", "refused", "stopped", "incomparable")
"""Same way; the same but for steps that only one of the definitions has; another way; a recorded answer would
not be accepted; it comes to no end; playing it again does not give what is recorded."""
MOST_SHOWN = 120
"""Steps of a path that are told; a run over thousands of lines walks the same ones again and again."""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class PathStep(_Told):
    """A step as it was walked, so many times in a row, and how it was left."""

    step: str
    how: str = ""
    times: int = 1
    assumed: bool = False


class Work(_Told):
    """What a post had to do; `seconds` in hand, which nobody knows of the `unknown` tasks."""

    tasks: int = 0
    signatures: int = 0
    seconds: int = 0
    unknown: int = 0


class Side(_Told):
    """A run by one of the definitions. `seconds` from its start to its end; `unknown` steps count none."""

    path: list[PathStep] = []
    state: str | None = None
    outcome: str | None = None
    seconds: int = 0
    work: dict[str, Work] = {}
    unknown: list[str] = []


class NoteOut(_Told):
    """An assumption or a refusal: its kind, the step, what it is about, the rule and its words."""

    kind: str
    step: str
    what: str = ""
    code: str = ""
    zh: str = ""
    en: str = ""


class RunResult(_Told):
    """One run by both definitions; `parts_at` is where the ways part, `why` why it comes to no end."""

    verdict: Verdict
    before: Side = Side()
    after: Side = Side()
    parts_at: str = ""
    why: str = ""
    at: str = ""
    code: str = ""
    assumed: list[NoteOut] = []
    refused: list[NoteOut] = []
    unused: list[str] = []

    @property
    def signatures(self) -> tuple[int, int]:
        """Signatures before and after."""
        before, after = (sum(w.signatures for w in side.work.values()) for side in (self.before, self.after))
        return before, after


def replay(recorded: Recorded) -> tuple[Walk, str]:
    """The run played by the definition that it had, and what differs from what is recorded ("" nothing)."""
    walk = play(recorded, recorded.bundle)
    return walk, differs(walk, recorded)


def differs(walk: Walk, recorded: Recorded) -> str:
    """What of a play is not as it is recorded: halted, answers, path, decisions or end; "" when all is."""
    if walk.halt is not None:
        return "halted"
    if walk.assumed or walk.refused:
        return "answers"
    kept = set(KINDS.values())
    kinds = {"chunk": "action"}
    trace = [(kinds.get(one.kind, one.kind), one.path) for one in recorded.effects]
    if sorted(one for one in trace if one[0] in kept) != sorted(walk.trace):
        return "path"
    decided = {one.path: one.result.get("result") for one in recorded.effects if one.kind == "decision"}
    if decided != walk.decisions:
        return "decisions"
    return "" if (walk.state, walk.outcome) == (recorded.state, recorded.outcome) else "end"


def compare(recorded: Recorded, bundle: Bundle, usual: Usual) -> RunResult:
    """What becomes of one recorded run by another definition."""
    base, wrong = replay(recorded)
    if wrong:
        code = base.halt.code if base.halt else ""
        return RunResult(verdict="incomparable", why=wrong, code=code, at=base.halt.step if base.halt else "")
    walk = play(recorded, bundle, base=base, usual=usual)
    verdict, parts_at = _judged(base, walk, recorded.bundle, bundle)
    if verdict not in ("same", "steps") and not _holds_still(base, recorded, usual):
        return RunResult(verdict="incomparable", why="order")
    return RunResult(
        verdict=verdict,
        before=_side(base, recorded, usual),
        after=_side(walk, recorded, usual),
        parts_at=parts_at,
        **_halted(walk.halt),
        assumed=[_note(one) for one in walk.assumed],
        refused=[_note(one) for one in walk.refused],
        unused=sorted(set(walk.unused)),
    )


def _holds_still(base: Walk, recorded: Recorded, usual: Usual) -> bool:
    """Whether the run goes its own way in times that are told from the steps, and not from the clock.

    What happened in branches at one instant may come in another order then: that is no effect of a change.
    """
    control = play(recorded, recorded.bundle, base=base, usual=usual)
    return _judged(base, control, recorded.bundle, recorded.bundle)[0] == "same"


def _judged(base: Walk, walk: Walk, before: Bundle, after: Bundle) -> tuple[Verdict, str]:
    parts_at = _parts_at(base, walk, before, after)
    return _verdict(base, walk, parts_at, before, after), parts_at


def _halted(halt: Halt | None) -> dict[str, str]:
    return {"why": halt.why, "at": halt.step, "code": halt.code} if halt else {}


def _note(note: Note) -> NoteOut:
    return NoteOut(kind=note.kind, step=note.step, what=note.what, code=note.code, zh=note.zh, en=note.en)


def _verdict(base: Walk, walk: Walk, parts_at: str, before: Bundle, after: Bundle) -> Verdict:
    if walk.halt is not None:
        return "refused" if walk.halt.why == "refused" else "stopped"
    if parts_at or (base.state, base.outcome) != (walk.state, walk.outcome):
        return "other"
    only = [s.step for s in base.stops if s.step not in after.steps]
    only += [s.step for s in walk.stops if s.step not in before.steps]
    return "steps" if only else "same"


def _parts_at(base: Walk, walk: Walk, before: Bundle, after: Bundle) -> str:
    """The first step that both definitions have and that was left another way, or walked by one alone.

    What was begun and taken back before it was done is no way.
    """
    both = before.steps.keys() & after.steps.keys()
    old, new = (
        {s.place: s for s in one.stops if s.step in both and (s.ended or s.kind == "end")}
        for one in (base, walk)
    )
    for place, stop in old.items():
        if place not in new:
            return _last_common(old, new, place) or stop.step
        if new[place].how != stop.how:
            return stop.step
    return next((_last_common(new, old, place) or s.step for place, s in new.items() if place not in old), "")


def _last_common(walked: Mapping[str, Stop], other: Mapping[str, Stop], place: str) -> str:
    """The step before, where the ways part: the last one that both walked."""
    last = ""
    for one, stop in walked.items():
        if one == place:
            return last
        if one in other:
            last = stop.step
    return last


def _side(walk: Walk, recorded: Recorded, usual: Usual) -> Side:
    return Side(
        path=_path(walk.stops),
        state=walk.state,
        outcome=walk.outcome,
        seconds=int(walk.lasted.total_seconds()),
        work=_work(walk, recorded, usual),
        unknown=sorted(walk.unknown),
    )


def _path(stops: Sequence[Stop]) -> list[PathStep]:
    told: list[PathStep] = []
    for stop in stops:
        one = PathStep(step=stop.step, how=stop.how, assumed=stop.assumed)
        if told and told[-1].model_copy(update={"times": 1}) == one:
            told[-1] = told[-1].model_copy(update={"times": told[-1].times + 1})
        elif len(told) < MOST_SHOWN:
            told.append(one)
    return told


def _work(walk: Walk, recorded: Recorded, usual: Usual) -> dict[str, Work]:
    """Tasks that were done and signatures that were given, by post, with the time in hand."""
    hands = {one.path: one.hands for one in recorded.worked}
    tasks: Counter[str] = Counter()
    signed: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for stop in walk.stops:
        if stop.kind != "human" or stop.ended is None:
            continue
        tasks[stop.post] += 1
        signed.update(stop.signers)
        took = (
            usual.hands.get(stop.step) if stop.assumed else hands.get(stop.path, usual.hands.get(stop.step))
        )
        if took is None:
            unknown[stop.post] += 1
        else:
            seconds[stop.post] += int(took.total_seconds())
    return {
        post: Work(tasks=tasks[post], signatures=signed[post], seconds=seconds[post], unknown=unknown[post])
        for post in sorted({*tasks, *signed})
    }
