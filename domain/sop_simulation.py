"""Domain: trying a definition out - a case is played through the same state machine that runs it for real.

People answer what the case says (or plausibly), actions are stood in for, time passes at once. Used by
the definition's own cases, before approval and by `xunji sop simulate`. It knows no engine and no database.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts.advance import Act, AskedResult, FetchLines, Line, NotifyPost, Operation, Undo
from contracts.calls import CallRuns, CallsRead, CancelCalls, ReadCalls
from contracts.commands import CompleteTask, SignTask
from contracts.runs import RunStart
from contracts.signals import AwaitSignal, EventTaken
from contracts.tasks import OpenIncident
from domain.canonical import sha256_of
from domain.errors import Refusal
from domain.signals import checked
from domain.sop_bundle import Bundle
from domain.sop_calls import outcomes_of
from domain.sop_case import CaseFinding, SimulationResult, compare
from domain.sop_definition import Case, Text
from domain.sop_order import form_as_written
from domain.sop_plausible import Plausible, Unanswerable
from domain.sop_progress import Node, commands, load
from domain.sop_progress.called import calls_ended
from domain.sop_stand_in import LineSets, filled, input_value, outputs_of
from domain.sop_watched import Watched

__all__ = ["CaseFinding", "SimulationResult", "simulate"]

START = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
MOST_ADVANCES = 20_000


class _Stuck(Exception):
    def __init__(self, zh: str, en: str, *, place: tuple[str, str] | None = None) -> None:
        super().__init__(en)
        self.finding = CaseFinding(zh, en)
        if place:
            said = Text(zh=zh, en=en)
            where = ".".join(place)
            self.finding = CaseFinding(f"{where}：{zh}", f"{where}: {en}", "answer", place, said)


def simulate(bundle: Bundle, case: Case) -> SimulationResult:
    """Plays a case and compares it with what it expects."""
    result = SimulationResult()
    play = _Play(bundle, case, result)
    try:
        play.to_the_end()
    except _Stuck as stuck:
        result.findings.append(stuck.finding)
    except Refusal as refused:
        result.findings.append(CaseFinding(refused.message("zh"), refused.message("en")))
    play.take_stock()
    compare(case, result)
    return result


class _Play:
    def __init__(self, bundle: Bundle, case: Case, result: SimulationResult) -> None:
        self.bundle, self.case, self.result = bundle, case, result
        self.sets = LineSets()
        self.now = START
        self.passes: dict[str, int] = {}
        self.submissions = 0
        self.ended: dict[str, dict[str, int]] = {}
        self.plausible = Plausible(bundle, self.sets)
        inputs = {
            name: input_value(input_, case.inputs.get(name))
            for name, input_ in bundle.definition.inputs.items()
            if input_.required or name in case.inputs
        }
        scope = bundle.definition.scope
        context = {"inputs": inputs, "run": {"now": "2026-06-01T01:00:00.000000Z"}}
        self.run = load(
            RunStart(
                run_id="simulation",
                bundle=bundle.to_json(),
                sha256=bundle.sha256,
                inputs=inputs,
                actor="starter",
                site=bundle.evaluator.value("", scope.site, context) if scope.site else None,
                department=bundle.evaluator.value("", scope.department, context)
                if scope.department
                else None,
                mode="drill",
            ),
            Watched,
        )

    def to_the_end(self) -> None:
        """Answers and passes time until the run ends, or only an incident is left."""
        self.run.start(self.now)
        for _ in range(MOST_ADVANCES):
            operations = self.run.take()
            if operations:
                self._perform(operations)
            elif self.run.state.ended or self.result.incident or not self._go_on():
                return
        raise _Stuck("流程没有尽头", "the run does not come to an end")

    def take_stock(self) -> None:
        """What the run came to."""
        self.result.outcome = self.run.state.outcome
        self.result.walked, self.result.ways = frozenset(self.run.walked), frozenset(self.run.ways)
        scope = self.run.state.scopes.get("")
        if scope:
            self.result.path = [entry.partition("#")[0] for entry in scope.trail]

    def _perform(self, operations: list[Operation]) -> None:
        for operation in operations:
            match operation:
                case Act():
                    self.run.answer(self._act(operation), self.now)
                case FetchLines():
                    lines = list(enumerate(self.sets.kept.get(operation.line_set, []), 1))
                    chunk = [Line(line=n, data=data) for n, data in lines if n > operation.after]
                    chunk = chunk[: operation.limit]
                    self.run.answer(AskedResult(path=operation.path, lines=chunk), self.now)
                case AwaitSignal():
                    self.run.answer(self._event(operation), self.now)
                case CallRuns():
                    self._call(operation)
                case ReadCalls() | CancelCalls():
                    self._read(operation)
                case Undo():
                    self.run.answer(AskedResult(path=operation.path), self.now)
                case NotifyPost():
                    self.result.notified.append(operation.to.post)
                case OpenIncident():
                    self.result.incident = operation.code
                case _:
                    pass

    def _act(self, act: Act) -> AskedResult:
        given = self._answer(act.step)
        if "refused" in given:
            return AskedResult(path=act.path, refused=str(given["refused"]), message="simulated")
        outputs = outputs_of(self.bundle.actions[act.action], act.inputs, given, self.sets)
        return AskedResult(path=act.path, outputs=outputs)

    def _call(self, call: CallRuns) -> None:
        """The called runs end at once as the case says: `{outcome}`, for lines `{lines: [{outcome}]}`."""
        given = self._answer(call.step)
        path = call.path.partition("@")[0]
        if "refused" in given:
            refused = AskedResult(path=call.path, refused=str(given["refused"]), message="simulated")
            self.run.answer(refused, self.now)
            return
        known = outcomes_of(self.bundle.calls[call.sop])
        said = given.get("lines") or [given]
        outcomes = self.ended.setdefault(path, {})
        for run in call.runs:
            number = sum(outcomes.values()) if run.line is not None else 0
            outcome = str(said[min(number, len(said) - 1)].get("outcome", known[0]))
            if outcome not in known:
                raise _Stuck(f"“{call.sop}”没有结局“{outcome}”", f"`{call.sop}` has no outcome `{outcome}`")
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        self.run.answer(AskedResult(path=call.path), self.now)
        calls_ended(self.run, path, self.now)

    def _read(self, asked: ReadCalls | CancelCalls) -> None:
        outcomes = self.ended.pop(asked.paths[-1]) if isinstance(asked, ReadCalls) else {}
        read = CallsRead(outcomes=outcomes)
        self.run.answer(AskedResult(path=asked.path, calls=read), self.now)

    def _event(self, asked: AwaitSignal) -> AskedResult:
        """The event as the case says, at once; `{timed_out: true}` lets time pass without it."""
        given = dict(self._answer(asked.step))
        if given.pop("timed_out", False):
            return AskedResult(path=asked.path)
        wait = self.bundle.steps[asked.step].wait
        assert wait is not None
        form = form_as_written(self.bundle.order, f"{asked.step}/data", wait.data)
        needed = [name for name, field in form.items() if field.required]
        data, problems = checked(form, filled(form, given, needed))
        if problems:
            first = problems[0]
            raise _Stuck(first.zh, first.en, place=(asked.step, first.field))
        signal = f"signal-{asked.path}"
        return AskedResult(path=asked.path, event=EventTaken(signal=signal, at=self.now, data=data))

    def _answer(self, step: str) -> dict[str, Any]:
        """The case's answer to a step; a list gives one answer per pass, the last one for all further."""
        answer = self.case.answers.get(step) or {}
        if isinstance(answer, list):
            number = self.passes[step] = self.passes.get(step, 0) + 1
            answer = answer[min(number, len(answer)) - 1] if answer else {}
        if not isinstance(answer, dict):
            raise _Stuck(f"步骤“{step}”的答复无效", f"the answer to `{step}` is not valid")
        return answer

    def _go_on(self) -> bool:
        """Completes one open task, or lets time pass to the next instant; False when neither is left."""
        for node in list(self.run.state.nodes.values()):
            if node.kind == "human" and node.status in {"open", "awaiting_signature"}:
                self._work(node)
                return True
        wake = self.run.next_wakeup()
        if wake is None:
            return False
        self.now = max(self.now, wake)
        self.run.fire(self.now)
        return True

    def _work(self, node: Node) -> None:
        human = self.bundle.steps[node.step].human
        assert human is not None
        self.run.now = self.now
        if node.status == "awaiting_signature":
            self._sign(node)
            return
        answer = dict(self._answer(node.step))
        outcome = str(answer.pop("outcome", self.plausible.outcome(node.step)))
        reason = answer.pop("reason", None)
        chosen = human.outcomes.get(outcome)
        if reason is None and chosen and chosen.reason == "required":
            reason = "simulated"
        try:
            given = answer.get("lines") or [{}]
            actor = f"{node.step}-person-1"
            lines = self.plausible.results(node, given, actor) if human.lines else None
            data = {} if human.lines else self.plausible.data(node, answer)
        except Unanswerable as wrong:
            place = (wrong.step, wrong.problem.field)
            raise _Stuck(wrong.problem.zh, wrong.problem.en, place=place) from wrong
        self.submissions += 1
        commands.complete(
            self.run,
            CompleteTask(
                submission=f"submission-{self.submissions}",
                path=node.path,
                epoch=node.epoch,
                actor=actor,
                outcome=outcome,
                data=data,
                lines=lines,
                reason=reason,
                hash=sha256_of("simulated", 1, data=data),
                rule=node.rules[0] if node.rules else None,
            ),
        )
        self._signed(node.step, 1 if node.rules else 0)

    def _sign(self, node: Node) -> None:
        self.submissions += 1
        rule = next(rule for rule in node.rules if rule not in node.signed)
        commands.sign(
            self.run,
            SignTask(
                submission=f"submission-{self.submissions}",
                path=node.path,
                epoch=node.epoch,
                actor=f"{node.step}-person-{len(node.signed) + 1}",
                hash="simulated",
                content_hash=node.content_hash or "",
                rule=rule,
            ),
        )
        self._signed(node.step, 1)

    def _signed(self, step: str, count: int) -> None:
        self.result.signatures[step] = self.result.signatures.get(step, 0) + count
