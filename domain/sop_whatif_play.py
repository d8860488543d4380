"""Domain: a finished run played again - by the definition that it had, or by a changed one (D7).

The same state machine as everywhere, fed with what is recorded: people's commands in their order, the answers
of actions, events and calls, at the time that each took. Where the definition asks for something that nobody
answered, it is answered plausibly and noted; what it would refuse ends the play, with field and rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.advance import Operation, RecordDecision
from contracts.commands import CommandRun, CommandTask, CompleteTask, TakeSignal
from contracts.runs import RunStart
from domain.errors import Refusal
from domain.sop_bundle import Bundle
from domain.sop_progress import Node, of_bundle
from domain.sop_progress.called import calls_ended
from domain.sop_progress.withdrawal import ASKING
from domain.sop_stand_in import LineSets, input_value
from domain.sop_whatif_answers import Answers
from domain.sop_whatif_people import Halted, People, kind_of, path_of
from domain.sop_whatif_record import KINDS, Recorded, Said, Usual
from domain.sop_whatif_walk import Halt, Note, Noted, Walk
from domain.timeline_names import step_of

MOST_TURNS = 20_000
NEVER = 10**9
"""An advance that no run comes to."""
WANTED = {"complete": "open", "sign": "awaiting_signature", "event": "waiting"}
"""The state in which a task or wait takes a command; the other commands are asked of the run itself."""


@dataclass(frozen=True)
class _Next:
    """Something recorded that can happen now, and when; `said` is None for the end of a call at `call`."""

    at: datetime
    order: int
    said: Said | None = None
    call: str = ""


def play(recorded: Recorded, bundle: Bundle, *, base: Walk | None = None, usual: Usual | None = None) -> Walk:
    """Plays the run by `bundle`; without `base` it is the definition that the run had, at the recorded times.

    With `base`, that play, each step takes as long as it took there; `usual` tells the rest.
    """
    player = _Player(recorded, bundle, base, usual or Usual())
    try:
        player.to_the_end()
    except Halted as halted:
        player.walk.halt = halted.halt
    except Refusal as refused:
        player.walk.halt = Halt("stuck", code=refused.code)
    return player.told()


class _Player:
    def __init__(self, recorded: Recorded, bundle: Bundle, base: Walk | None, usual: Usual) -> None:
        self.recorded, self.bundle, self.base, self.usual = recorded, bundle, base, usual
        self.walk = Walk()
        sets = LineSets({id_: [dict(data) for _, data in rows] for id_, rows in recorded.lines.items()})
        self.answers = Answers(bundle, recorded, sets, self._assume)
        self.run: Noted = of_bundle(bundle, self._start(), Noted)
        self.people = People(recorded, bundle, self.run, self.walk, sets)
        self.now = recorded.started_at
        self.shift = timedelta()
        self.advance = 0
        self.numbers = {(one.kind, one.path): one.advance for one in recorded.effects}
        self.left = sorted(recorded.said, key=lambda said: said.order)
        self.began = {stop.path: stop.began for stop in base.stops} if base else {}
        self.unfinished = {stop.path for stop in base.stops if stop.ended is None} if base else set()

    def to_the_end(self) -> None:
        """Says what was said, answers what was answered and lets time pass until the run is over."""
        self.run.start(self.now)
        for _ in range(MOST_TURNS):
            self._say_what_is_due()
            operations = self.run.take()
            if operations:
                self._perform(operations)
            elif self.run.over or not self._go_on():
                return
        raise Halted(Halt("endless"))

    def told(self) -> Walk:
        """What the play came to."""
        walk, state = self.walk, self.run.state
        walk.stops = list(self.run.stops.values())
        walk.state, walk.outcome = state.ended, state.outcome
        if walk.halt is None and state.ended is None:
            walk.halt = self._why_it_stands()
        counting = (CompleteTask, CommandRun, TakeSignal)
        walk.unused = [
            step_of(path_of(said.command)) or kind_of(said.command)
            for said in self.left
            if isinstance(said.command, counting)
        ]
        walk.lasted = self.now - self.recorded.started_at
        return walk

    def _why_it_stands(self) -> Halt:
        nodes = list(self.run.state.nodes.values())
        incident = next((node for node in nodes if node.kind == "incident"), None)
        if incident is not None:
            stop = self.run.stops.get(incident.of or "")
            return Halt("incident", incident.step, stop.how if stop else "")
        return Halt("stuck", next((node.step for node in nodes if node.status != "inside"), ""))

    def _start(self) -> RunStart:
        """The run's own start, with plausible inputs where the definition asks for more."""
        start = self.recorded.start
        lacking = {
            name: input_value(wanted, None)
            for name, wanted in self.bundle.definition.inputs.items()
            if wanted.required and name not in start.inputs
        }
        for name in lacking:
            self._assume(Note("input", "", name))
        return start.model_copy(update={"inputs": {**start.inputs, **lacking}}) if lacking else start

    def _assume(self, note: Note) -> None:
        if note not in self.walk.assumed:
            self.walk.assumed.append(note)

    def _perform(self, operations: list[Operation]) -> None:
        told = ((KINDS.get(one.op, one.op), str(getattr(one, "path", ""))) for one in operations)
        numbers = [self.numbers[one] for one in told if one in self.numbers]
        self.advance = max([self.advance + 1, *numbers])
        for operation in operations:
            if operation.op in KINDS:
                self.walk.trace.append((KINDS[operation.op], str(getattr(operation, "path", ""))))
            if isinstance(operation, RecordDecision):
                self.walk.decisions[operation.path] = operation.result
            elif isinstance(operation, ASKING):
                self.run.answer(self.answers.to(operation, self.now), self.now)

    # -- what comes next -------------------------------------------------------------------------

    def _say_what_is_due(self) -> None:
        """What people had said before this advance, in its order, as long as it can be said."""
        while self.left and self.left[0].advance <= self.advance + 1:
            found = self._possible(self.left[0], exact=True)
            wake = self.run.next_wakeup() if self.base is not None else None
            late = self.base is not None and self.left[0].advance <= self.advance
            if found is None or (wake is not None and wake < found.at):
                break
            if late and _leads_elsewhere(self.left[0]):
                break  # the advances do not go with those of then: first what is under way
            self._do(found)
        for word in self._word_of_calls():
            if word.order <= self.advance + 1:
                self._do(word)

    def _go_on(self) -> bool:
        """The earliest of what is recorded, or the clock; then what nobody answered. False: that was all."""
        found = self._all_possible()
        wake = self.run.next_wakeup()
        earliest = min(found, key=lambda one: (one.at, one.order), default=None)
        if earliest is not None and (wake is None or wake > earliest.at):
            self._do(earliest)
            return True
        if earliest is None and self._without_them(wake):
            return True
        if wake is not None:
            self.now = max(self.now, wake)
            self.run.fire(self.now)
            return True
        return self._answer_plausibly(new=False)

    def _all_possible(self) -> list[_Next]:
        """What can be said now; behind a command that leads back only what stands at its own path."""
        found: list[_Next] = []
        exact = self.base is None
        for said in self.left:
            if _leads_elsewhere(said):
                exact = True
                continue
            possible = self._possible(said, exact=exact)
            if possible is not None:
                found.append(possible)
        return [*found, *self._word_of_calls()]

    def _possible(self, said: Said, *, exact: bool = False) -> _Next | None:
        """The command with the time at which it is said now; None when it cannot be said (yet)."""
        if _leads_elsewhere(said):
            return _Next(said.at + self.shift, said.order, said)
        if self.run.state.suspended and not isinstance(said.command, TakeSignal):
            return None  # an event that was let in before is taken
        node = self.people.node_for(path_of(said.command), exact=exact)
        wanted = WANTED.get(kind_of(said.command))
        if node is None or (wanted is not None and node.status != wanted):
            return None
        return _Next(self._when(said, node.path), said.order, said)

    def _when(self, said: Said, path: str) -> datetime:
        """The recorded time; by another definition so long after the step's beginning as it was then."""
        if self.base is None:
            return said.at
        was, stop = self.began.get(path_of(said.command)), self.run.stops.get(path)
        if was is None or stop is None:
            return max(self.now, said.at + self.shift)
        return max(self.now, stop.began + (said.at - was))

    def _word_of_calls(self) -> list[_Next]:
        """Calls of which it was known that they had ended, when that was; those that nobody made at once.

        `order` is the advance in which it was asked how they ended; where that is not known, never too early.
        """
        state = self.run.state
        waiting = [
            (node.path, node.path, node.reads + 1, node.step)
            for node in state.nodes.values()
            if node.kind == "call" and node.status == "waiting" and not node.told
        ]
        waiting += [
            ("", back.path.partition("@")[0], back.asks + 1, "")
            for back in state.reworks.values()
            if back.calling_off == "waiting" and not back.told
        ]
        found = []
        for path, asked_at, number, step in waiting:
            known = self.answers.word(asked_at, number)
            if known is not None:
                at = known.at or self.now
                found.append(_Next(max(self.now, at + self.shift), known.advance, call=path))
            elif not step or not self.answers.known(path, "call"):
                found.append(_Next(self.now, NEVER, call=path))
            elif self.base is not None and (last := self.answers.over(step)) is not None:
                found.append(_Next(max(self.now, (last.at or self.now) + self.shift), NEVER, call=path))
        return found

    def _without_them(self, wake: datetime | None) -> bool:
        """Nobody can say anything: a command about the run that is due, what is new, or such a command."""
        said = next((one for one in self.left if _leads_elsewhere(one)), None)
        back = _Next(said.at + self.shift, said.order, said) if said else None
        if back is not None and back.at <= self.now:
            self._do(back)
            return True
        if self._answer_plausibly(new=True):
            return True
        if back is not None and (wake is None or wake > back.at):
            self._do(back)
            return True
        return False

    def _do(self, found: _Next) -> None:
        self.now = self.run.now = max(self.now, found.at)
        if found.said is None:
            calls_ended(self.run, found.call, self.now)
            return
        said = found.said
        self.left.remove(said)
        if self.base is not None:
            self.shift = self.now - said.at
        lines = getattr(said.command, "lines", None)
        self.people.say(said.command, self.answers.numbered(lines.id) if lines else {}, self.shift)

    def _answer_plausibly(self, *, new: bool) -> bool:
        """Answers or signs one open task; with `new` only one that was not left open in the run itself."""
        if self.run.state.suspended or self.base is None:
            return False  # what is recorded is whole: nothing is assumed
        for node in list(self.run.state.nodes.values()):
            if node.kind != "human" or (new and node.path in self.unfinished):
                continue
            self.run.now = self.now
            if node.status == "awaiting_signature" and self.people.sign_plausibly(node):
                return True
            if node.status == "open":
                self._complete_plausibly(node)
                return True
        return False

    def _complete_plausibly(self, node: Node) -> None:
        usual = self.usual.durations.get(node.step)
        if usual is None:
            self.walk.unknown.add(node.step)
        self.now = self.run.now = self.now + (usual or timedelta())
        self.people.complete_plausibly(node)


def _leads_elsewhere(said: Said) -> bool:
    """A command about the run, or one that takes back what is done: what was said later belongs behind it."""
    command = said.command
    return isinstance(command, CommandRun) or (
        isinstance(command, CommandTask) and command.kind == "withdraw"
    )
