"""Domain: what the actions, events and calls of a run had answered, given again where it is asked for again.

An answer is found by its path; where the definition has moved the step, by the step, then by the action with
the same inputs. What was never asked is stood in for, and noted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from contracts.advance import Act, AskedResult, FetchLines, Line, Undo
from contracts.calls import CallRuns, CallsRead, CancelCalls, ReadCalls
from contracts.signals import AwaitSignal, EventTaken
from domain.action_spec import LineSetType
from domain.signals import checked
from domain.sop_bundle import Bundle
from domain.sop_calls import outcomes_of
from domain.sop_order import form_as_written
from domain.sop_stand_in import LineSets, filled, outputs_of
from domain.sop_whatif_record import Effect, Recorded
from domain.sop_whatif_walk import Note
from domain.timeline_names import step_of

ACTIONS = ("action", "chunk")


class Answers:
    """The recorded answers of one run, each given once; `note` hears what is assumed."""

    def __init__(
        self, bundle: Bundle, recorded: Recorded, sets: LineSets, note: Callable[[Note], None]
    ) -> None:
        self.bundle, self.recorded, self.sets, self.note = bundle, recorded, sets, note
        self.numbers = {id_: [number for number, _ in rows] for id_, rows in recorded.lines.items()}
        self.left = [effect for effect in recorded.effects if effect.result.get("asked") is not None]
        self.by_path = {(effect.path, effect.kind): effect for effect in self.left}
        self.called: dict[str, dict[str, int]] = {}

    def to(self, asked: Any, now: datetime) -> AskedResult:
        """The answer to an operation that asks for one."""
        match asked:
            case FetchLines():
                return self._lines(asked)
            case Act():
                return self._act(asked)
            case AwaitSignal():
                return self._event(asked, now)
            case Undo():
                return self._undo(asked)
            case _:
                return self._of_calls(asked)

    def numbered(self, id_: str) -> dict[int, Mapping[str, Any]]:
        """The lines of a set by their numbers."""
        lines = self.sets.kept.get(id_, [])
        return dict(zip(self.numbers.get(id_) or range(1, len(lines) + 1), lines, strict=True))

    def known(self, path: str, kind: str) -> bool:
        """Whether anything was recorded at the path, or at the same step."""
        step = step_of(path)
        return any(
            effect.kind == kind and (effect.path == path or step_of(effect.path) == step)
            for effect in self.recorded.effects
        )

    def word(self, path: str, number: int) -> Effect | None:
        """What was asked of called runs at a path for the `number`th time, because there was word."""
        reads = [f"{path}@read{number}", f"{path}@calls{number}"]
        return next((found for one in reads for kind in ("call_read", "order")
                     if (found := self.by_path.get((one, kind)))), None)  # fmt: skip

    def over(self, step: str) -> Effect | None:
        """The last reading of the calls of a step, once none was open."""
        reads = [one for one in self.recorded.effects if one.kind == "call_read"]
        mine = [one for one in reads if step_of(one.path.partition("@")[0]) == step]
        return next((one for one in reversed(mine) if not _calls(one).get("open")), None)

    def _lines(self, asked: FetchLines) -> AskedResult:
        rows = self.numbered(asked.line_set).items()
        chunk = [Line(line=number, data=dict(data)) for number, data in rows if number > asked.after]
        return AskedResult(path=asked.path, lines=chunk[: asked.limit])

    def _taken(self, effect: Effect, path: str) -> AskedResult:
        self.by_path.pop((effect.path, effect.kind), None)
        self.left.remove(effect)
        return AskedResult.model_validate({**effect.result["asked"], "path": path})

    def _found(self, path: str, kinds: tuple[str, ...], action: str | None = None) -> Effect | None:
        """By the path, else the first of the same step (of the same action) that nobody has had yet."""
        for kind in kinds:
            effect = self.by_path.get((path, kind))
            if effect is not None and effect.action == action:
                return effect
        step = step_of(path.partition("@")[0])
        return next(
            (
                effect
                for effect in self.left
                if effect.kind in kinds
                and effect.action == action
                and step_of(effect.path.partition("@")[0]) == step
                and "cursor" not in effect.result["asked"]
            ),
            None,
        )

    # -- actions ---------------------------------------------------------------------------------

    def _act(self, act: Act) -> AskedResult:
        effect = self._found(act.path, ACTIONS, act.action) or self._elsewhere(act)
        if effect is None:
            self.note(Note("action", act.step, act.action))
            outputs = outputs_of(self.bundle.actions[act.action], act.inputs, {}, self.sets)
            return AskedResult(path=act.path, outputs=outputs)
        if effect.result.get("inputs") != act.inputs and not act.chunk:
            self.note(Note("inputs", act.step, act.action))
        answer = self._taken(effect, act.path)
        if answer.refused is None and answer.error is None and answer.cursor is None:
            return self._whole(act, answer)
        return answer

    def _elsewhere(self, act: Act) -> Effect | None:
        """The same action with the same inputs at a step of another name."""
        return next(
            (
                effect
                for effect in self.left
                if effect.kind == "action"
                and effect.action == act.action
                and effect.result.get("inputs") == act.inputs
                and step_of(effect.path) not in self.bundle.steps
            ),
            None,
        )

    def _whole(self, act: Act, answer: AskedResult) -> AskedResult:
        """An answer of an earlier version of the action, with the outputs that it did not have yet."""
        wanted = self.bundle.actions[act.action].outputs
        lacking = [
            name
            for name, type_ in wanted.items()
            if name not in answer.outputs and (isinstance(type_, LineSetType) or not type_.endswith("?"))
        ]
        if not lacking:
            return answer
        self.note(Note("outputs", act.step, ", ".join(lacking)))
        made = outputs_of(self.bundle.actions[act.action], act.inputs, answer.outputs, LineSets())
        outputs = {**answer.outputs, **{name: made[name] for name in lacking}}
        return answer.model_copy(update={"outputs": outputs})

    def _undo(self, asked: Undo) -> AskedResult:
        effect = self.by_path.get((asked.path, "undo"))
        return self._taken(effect, asked.path) if effect else AskedResult(path=asked.path)

    # -- events and calls ------------------------------------------------------------------------

    def _event(self, asked: AwaitSignal, now: datetime) -> AskedResult:
        effect = self._found(asked.path, ("wait",))
        if effect is not None:
            return self._taken(effect, asked.path)
        wait = self.bundle.steps[asked.step].wait
        assert wait is not None
        self.note(Note("event", asked.step, asked.event))
        form = form_as_written(self.bundle.order, f"{asked.step}/data", wait.data)
        needed = [name for name, field in form.items() if field.required]
        data, _problems = checked(form, filled(form, {}, needed))
        return AskedResult(path=asked.path, event=EventTaken(signal="assumed", at=now, data=data))

    def _of_calls(self, asked: CallRuns | ReadCalls | CancelCalls) -> AskedResult:
        if isinstance(asked, CallRuns):
            return self._call(asked)
        if isinstance(asked, ReadCalls):
            return self._read(asked)
        effect = self.by_path.get((asked.path, "order"))
        return self._taken(effect, asked.path) if effect else AskedResult(path=asked.path, calls=CallsRead())

    def _call(self, asked: CallRuns) -> AskedResult:
        effect = self._found(asked.path, ("call",))
        if effect is not None:
            return self._taken(effect, asked.path)
        path = asked.path.partition("@")[0]
        if not self.known(path, "call"):
            self.note(Note("call", asked.step, asked.sop))
        outcome = outcomes_of(self.bundle.calls[asked.sop])[0]
        ended = self.called.setdefault(path, {})
        ended[outcome] = ended.get(outcome, 0) + len(asked.runs)
        return AskedResult(path=asked.path)

    def _read(self, asked: ReadCalls) -> AskedResult:
        """How the called runs stood, as it was read then; of calls that nobody made, as was assumed."""
        exact = self.by_path.get((asked.path, "call_read"))
        if exact is not None:
            return self._taken(exact, asked.path)
        assumed = self.called.get(asked.paths[-1])
        last = self.over(step_of(asked.paths[-1])) if assumed is None else None
        read = _calls(last) if last else {"outcomes": assumed or {}}
        return AskedResult(path=asked.path, calls=CallsRead.model_validate(read))


def _calls(effect: Effect) -> Mapping[str, Any]:
    found: Mapping[str, Any] = effect.result["asked"].get("calls") or {}
    return found
