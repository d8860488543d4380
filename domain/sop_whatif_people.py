"""Domain: what people said to a run, said again to one that is played by another definition.

Each command goes to the task as it stands now. Who may not do it any more is replaced by somebody else, and
noted; what a task would not accept ends the play; what nobody answered is answered plausibly, and noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from contracts.commands import CommandRun, CommandTask, CompleteTask, SignTask, TakeSignal
from domain.errors import FieldProblem
from domain.sop_bundle import Bundle
from domain.sop_definition import SignatureRule
from domain.sop_plausible import Plausible, Unanswerable
from domain.sop_progress import CommandRefused, Node, commands, signals, signing, task_commands
from domain.sop_progress.refusals import FormInvalid, NotSegregated
from domain.sop_stand_in import LineSets
from domain.sop_whatif_fit import ASSUMED_REASON, Fitting, refusal
from domain.sop_whatif_record import Command, Recorded
from domain.sop_whatif_walk import Halt, Note, Noted, Walk
from domain.timeline_names import step_of


class Halted(Exception):
    """The play ends here; `halt` says why."""

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt.why)
        self.halt = halt


class People:
    """The people of one run that is played again; `spoken` are the paths at which anything is recorded."""

    def __init__(self, recorded: Recorded, bundle: Bundle, run: Noted, walk: Walk, sets: LineSets) -> None:
        self.bundle, self.before, self.run, self.walk = bundle, recorded.bundle, run, walk
        self.plausible = Plausible(bundle, sets)
        self.fitting = Fitting(bundle, recorded.bundle, self.plausible)
        self.spoken = {path for said in recorded.said if (path := path_of(said.command))}
        self.persons = 0

    def node_for(self, path: str, *, exact: bool = False) -> Node | None:
        """The task or wait at a path; else, unless `exact`, one of the step that has no answer of its own."""
        nodes = self.run.state.nodes
        if exact or path in nodes or "!" in path:
            return nodes.get(path)
        step = step_of(path)
        return next(
            (
                node
                for node in nodes.values()
                if node.step == step and node.kind in ("human", "wait") and node.path not in self.spoken
            ),
            None,
        )

    def say(self, command: Command, numbered: Any, shift: timedelta) -> None:
        """Says it at the time of the run; what is refused is noted, what a form refuses ends the play."""
        try:
            match command:
                case CompleteTask():
                    self._complete(command, numbered)
                case SignTask():
                    self._sign(command)
                case TakeSignal():
                    self._event(command)
                case CommandTask():
                    self._command_task(command, shift)
                case CommandRun():
                    node = self.node_for(command.path) if command.path else None
                    path = node.path if node else None
                    commands.command(self.run, command.model_copy(update={"path": path}))
        except FormInvalid as invalid:
            self._halt(step_of(path_of(command)), invalid.fields)
        except CommandRefused as refused:
            step = step_of(path_of(command)) or str(getattr(command, "to", None) or "")
            self._refused(step, kind_of(command), refused)

    # -- answers and signatures ------------------------------------------------------------------

    def _complete(self, said: CompleteTask, numbered: Any) -> None:
        node = self._known(said.path)
        here = {"path": node.path, "epoch": node.epoch}
        if node.kind == "incident":
            commands.complete(self.run, said.model_copy(update=here))
            return
        fitted = self.fitting.fit(node, said, numbered)
        self.assume(*fitted.assumed)
        if fitted.refused:
            self.walk.refused += fitted.refused
            raise Halted(Halt("refused", node.step, fitted.refused[0].code))
        rule = None
        if node.rules:
            rule = said.rule if said.rule in node.rules else node.rules[0]
            if said.rule is None:
                self.assume(Note("signature", node.step, self._post(node, rule)))
        given = {
            "outcome": fitted.outcome,
            "data": fitted.data,
            "lines": fitted.lines,
            "reason": fitted.reason,
        }
        wanted = said.model_copy(update={**here, **given, "rule": rule})
        try:
            commands.complete(self.run, wanted)
        except NotSegregated as refused:
            commands.complete(self.run, wanted.model_copy(update=self._other_person(node, refused)))
        if rule is not None:
            self._signed(node, rule)

    def _sign(self, said: SignTask) -> None:
        """A signature that is not asked for any more is not given."""
        node = self._known(said.path)
        rule = self._same_rule(node, said.rule)
        if rule is not None:
            self._give_signature(node, rule, said.actor, said.performers)

    def _give_signature(self, node: Node, rule: int, actor: str, performers: Sequence[str]) -> None:
        command = SignTask(
            submission="",
            path=node.path,
            epoch=node.epoch,
            actor=actor,
            performers=list(performers),
            hash="",
            content_hash=node.content_hash or "",
            rule=rule,
        )
        try:
            commands.sign(self.run, command)
        except CommandRefused as refused:
            commands.sign(self.run, command.model_copy(update=self._other_person(node, refused)))
        self._signed(node, rule)

    def _other_person(self, node: Node, refused: CommandRefused) -> dict[str, Any]:
        """Who did it then may not do it now: somebody else would have to."""
        self._refused(node.step, "person", refused)
        self.assume(Note("person", node.step))
        person = self._person()
        return {"actor": person, "performers": [person]}

    def _signed(self, node: Node, rule: int) -> None:
        self.run.stops[node.path].signers.append(self._post(node, rule))

    # -- everything else -------------------------------------------------------------------------

    def _event(self, said: TakeSignal) -> None:
        node = self._known(said.path)
        here = {"path": node.path, "key": node.key, "event": node.event}
        signals.take_signal(self.run, said.model_copy(update=here))

    def _command_task(self, said: CommandTask, shift: timedelta) -> None:
        if said.kind == "remind":
            return
        node = self.node_for(said.path, exact=said.kind == "withdraw")
        given: dict[str, Any] = {"epoch": node.epoch if node else self._epoch_of(said)}
        if node is not None:
            given["path"] = node.path
        if said.kind == "refuse" and node is not None and said.rule is not None:
            given["rule"] = self._same_rule(node, said.rule)
        if said.until is not None:
            given["until"] = said.until + shift
        task_commands.command(self.run, said.model_copy(update=given))

    def _epoch_of(self, said: CommandTask) -> int:
        """The epoch in which a task that is done was completed."""
        done = (one for scope in self.run.state.scopes.values() for one in scope.completed.values())
        return next((one.epoch for one in done if one.path == said.path), said.epoch)

    # -- which signature -------------------------------------------------------------------------

    def _post(self, node: Node, rule: int) -> str:
        """The post that gives the signature: the rule's own, else the step's."""
        rules = _rules(self.bundle, node.step)
        own = rules[rule].post if rule < len(rules) else None
        return own or self.run.stops[node.path].post

    def _same_rule(self, node: Node, rule: int) -> int | None:
        """The missing signature that is the same rule, else one of the same post; None when there is none."""
        missing = signing.missing(self.run, node)
        old, new = _rules(self.before, node.step), _rules(self.bundle, node.step)
        if rule >= len(old):  # added by hand
            return rule if rule in missing else None
        listed = [one for one in missing if one < len(new)]
        same = [one for one in listed if new[one] == old[rule]]
        alike = [one for one in listed if new[one].post == old[rule].post]
        return next(iter([*same, *alike]), None)

    # -- what nobody answered --------------------------------------------------------------------

    def sign_plausibly(self, node: Node) -> bool:
        """Gives the next missing signature; False when nobody's turn it is."""
        rule = next(iter(signing.asked(self.run, node).turn(node.signed, node.refused)), None)
        if rule is None:
            return False
        self.assume(Note("signature", node.step, self._post(node, rule)))
        person = self._person()
        self._give_signature(node, rule, person, [person])
        return True

    def complete_plausibly(self, node: Node) -> None:
        """Completes a task with the outcome that stands first and plausible data."""
        self.run.stops[node.path].assumed = True
        self.assume(Note("step", node.step))
        human = self.bundle.steps[node.step].human
        assert human is not None
        outcome, person = self.plausible.outcome(node.step), self._person()
        chosen = human.outcomes.get(outcome)
        try:
            lines = self.plausible.results(node, [{}], person) if human.lines else None
            data = {} if human.lines else self.plausible.data(node, {})
        except Unanswerable as wrong:
            self._halt(node.step, [wrong.problem])
            return
        rule = node.rules[0] if node.rules else None
        commands.complete(
            self.run,
            CompleteTask(
                submission="",
                path=node.path,
                epoch=node.epoch,
                actor=person,
                performers=[person],
                outcome=outcome,
                data=data,
                lines=lines,
                reason=ASSUMED_REASON if chosen and chosen.reason == "required" else None,
                hash="",
                rule=rule,
            ),
        )
        if rule is not None:
            self._signed(node, rule)

    def assume(self, *notes: Note) -> None:
        """Notes what was assumed, each once."""
        self.walk.assumed += [note for note in notes if note not in self.walk.assumed]

    def _person(self) -> str:
        self.persons += 1
        return f"assumed-{self.persons}"

    def _known(self, path: str) -> Node:
        node = self.node_for(path)
        assert node is not None
        return node

    def _refused(self, step: str, what: str, refused: CommandRefused) -> None:
        words = refused.message("zh"), refused.message("en")
        self.walk.refused.append(Note("refused", step, what, refused.code, *words))

    def _halt(self, step: str, problems: Sequence[FieldProblem]) -> None:
        self.walk.refused += [refusal(step, one) for one in problems]
        raise Halted(Halt("refused", step, problems[0].code if problems else ""))


def path_of(command: Command) -> str:
    """The task or wait that a command is about; "" for one about the run."""
    return "" if isinstance(command, CommandRun) else command.path


def kind_of(command: Command) -> str:
    """complete, sign, event, or the kind of the command."""
    match command:
        case CompleteTask():
            return "complete"
        case SignTask():
            return "sign"
        case TakeSignal():
            return "event"
        case _:
            return command.kind


def _rules(bundle: Bundle, step: str) -> list[SignatureRule]:
    found = bundle.steps.get(step)
    return list(found.human.signature_rules) if found and found.human else []
