"""Any procedure, told anything in any order: never stuck, nothing twice, nobody forgotten, all undone in order.

What must be true is in `shadow`; here is what people, clock and database do to a run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from contracts.commands import CompleteTask, SignTask
from contracts.payload import ADDED_FROM
from contracts.signals import EventTaken
from domain.sop_progress import CommandRefused, Node, rework, task_commands
from domain.sop_progress import signing as task_signing
from tests.domain.progress.changing import change_over
from tests.domain.progress.random_procedures import procedure
from tests.domain.progress.shadow import Shadow
from tests.procedures import text
from tests.saying import COME_AT, completion, doing, event, ordering, signing

PERSONS = ("p1", "p2", "p3")
MOVES = 40
ALL = 1_000_000


class Crowd:
    """Everything that can happen to a run, chosen by `random`."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.raw = procedure(random)
        self.d = Shadow(self.raw)
        self.strangers = 0
        self.words = 0

    @property
    def tasks(self) -> list[Node]:
        nodes = self.d.run.state.nodes.values()
        return [node for node in nodes if node.status in ("open", "awaiting_signature")]

    @property
    def active(self) -> bool:
        state = self.d.run.state
        return not (state.suspended or state.ended or state.ending)

    def stranger(self) -> str:
        """A person who has done nothing yet: nothing but the state of the run can be against them."""
        self.strangers += 1
        return f"stranger{self.strangers}"

    def say(self, command: Any, advances: int | None = None) -> str:
        """Says it; what is refused changes nothing. The code of the refusal, or nothing."""
        before = self.d.run.state.model_dump()
        node = before["nodes"].get(getattr(command, "path", None) or "")
        try:
            self.d.take_in(command)
        except CommandRefused as refusal:
            assert self.d.run.state.model_dump() == before
            return refusal.code
        if isinstance(command, CompleteTask | SignTask) and node["kind"] == "human":
            self.d.note_work(command, node["step"])
        self.d.look()
        self.d.settle(self.random.choice((0, 1, 2, ALL, ALL, ALL)) if advances is None else advances)
        return ""

    def named(self, node: Node, rule: int) -> str | None:
        """Whose signature it is, if it was asked of one person."""
        return next((signer.person for signer in node.added if signer.rule == rule), None)

    def answer(self, node: Node, actor: str) -> Any:
        """A well-formed answer to a task."""
        if node.status == "awaiting_signature":
            rule = task_signing.asked(self.d.run, node).turn(node.signed, node.refused)[0]
            actor = self.named(node, rule) or actor
            return signing(node.path, actor, rule, epoch=node.epoch, content_hash=node.content_hash)
        outcomes = ["ok"] * 6 + ["no"]
        if node.kind == "human" and "out" in self.d.run.plan.steps[node.step].human.outcomes:  # type: ignore[union-attr]
            outcomes.append("out")
        return completion(
            node.path,
            actor,
            outcome="retry" if node.kind == "incident" else self.random.choice(outcomes),
            epoch=node.epoch,
            reason="because",
            rule=node.rules[0] if node.rules else None,
            performers=self.random.choices(PERSONS, k=self.random.choice((0, 0, 0, 1))),
        )

    # -- moves -----------------------------------------------------------------------------------

    def somebody_works(self) -> None:
        if self.tasks:
            code = self.say(self.answer(self.random.choice(self.tasks), self.random.choice(PERSONS)))
            assert code in {"", "not_segregated", "already_signed", "run_suspended"}

    def a_stranger_works(self) -> None:
        if self.tasks and self.active:
            node = self.random.choice(self.tasks)
            who = self.stranger()
            command = self.answer(node, who).model_copy(update={"performers": []})
            code = self.say(command)
            assert code == "" or (command.actor != who and code in {"not_segregated", "already_signed"})

    def anything_is_said(self) -> None:
        pick = self.random.choice
        path = pick([*self.d.entered, "nowhere#1", *self.d.run.state.nodes])
        outcome = pick(("ok", "no", "retry", "out", "maybe"))
        rule = pick((None, 0, 1, 7))
        self.say(completion(path, pick(PERSONS), outcome, epoch=pick((0, 1, 1, 2)), rule=rule))
        self.say(signing(path, pick(PERSONS), rule or 0, content_hash=pick(("h", "x"))))

    def somebody_forges(self) -> None:
        """As the workflow does it: the database does not confirm, the copy of the state comes back."""
        if not self.tasks or not self.active:
            return
        who = self.stranger()
        command = self.answer(self.random.choice(self.tasks), who)
        command = command.model_copy(update={"performers": [], "actor": who})
        if isinstance(command, SignTask) and command.rule >= ADDED_FROM:
            return  # the signature of somebody named is not a stranger's
        d = self.d
        before = d.run.state.model_copy(deep=True)
        d.take_in(command)
        d.effects.forged.add(command.submission)
        assert d.advance(d.run.take()).forged == [command.submission]
        d.run.state = before
        d.look()

    def an_event_comes(self) -> None:
        """To a wait, or to where nobody waits (any more, or yet)."""
        waiting = [node.path for node in self.d.run.state.nodes.values() if node.event is not None]
        path = self.random.choice([*waiting, *waiting, *self.d.entered, "nowhere#1"])
        code = self.say(event(path))
        if path not in waiting:
            assert code in {"wait_over", "run_ended"}

    def an_event_came_before(self) -> None:
        self.d.effects.come["erp_answer", "PO-1"] = EventTaken(signal="s", at=COME_AT, data={"count": 1})

    def a_called_run_ends(self) -> None:
        """One of those open, or all of a call; word of it may come at once, late or twice."""
        calls = [path for path, runs in self.d.effects.called.items() if any(not r.outcome for r in runs)]
        if not calls:
            return
        path, pick = self.random.choice(calls), self.random.choice
        number = pick((0, None, None))
        people = self.random.choices(PERSONS, k=pick((0, 0, 1)))
        left = self.d.effects.called[path]
        outcome = "cancelled" if any("cancel" in run.ordered for run in left) else pick(("done", "lost"))
        if self.d.effects.end_call(path, outcome, *people, number=number):
            self.word(path)

    def word_comes(self) -> None:
        self.word(self.random.choice([*self.d.effects.called, "nowhere#1"]))

    def word(self, path: str) -> None:
        self.d.word(path, self.random.choice((0, 1, ALL)))

    def somebody_stops_the_run(self) -> None:
        self.say(ordering(self.random.choice(("suspend", "resume"))))

    def somebody_resumes_it(self) -> None:
        state = self.d.run.state
        if state.suspended and not state.ended:  # an event may have ended it
            assert self.say(ordering("resume")) == ""

    def somebody_sends_back(self) -> None:
        run, pick = self.d.run, self.random.choice
        to = pick(sorted({e.partition("#")[0] for s in run.state.scopes.values() for e in s.trail} | {"h1"}))
        path = pick([None, *run.state.nodes])
        command = ordering("send_back", to=to, path=path)
        try:
            scope = rework.scope_of(run, to, path)
        except CommandRefused:
            assert self.say(command) != ""
            return
        if self.active and not run.state.reworks:
            entry = next(e for e in reversed(scope.trail) if e.partition("#")[0] == to)
            self.d.note_send_back(scope.path, entry)
        self.say(command)

    def somebody_does_something_with_a_task(self) -> None:
        """Delegates, hands over, adds a signer, refuses, reminds - well-formed or not quite."""
        if not self.tasks:
            return
        node, pick, run = self.random.choice(self.tasks), self.random.choice, self.d.run
        kind = pick(
            ("delegate", "hand_over", "add_signer", "add_signer", "refuse", "refuse", "withdraw", "remind")
        )
        actor, person = pick(PERSONS), pick((*PERSONS, self.stranger()))
        more: dict[str, Any] = {"person": person} if kind in {"delegate", "hand_over", "add_signer"} else {}
        if kind == "add_signer":
            more = pick((more, {"post": "manager"})) | {"order": pick(("before", "after"))}
        if kind == "delegate":
            more["until"] = self.d.now + timedelta(hours=self.random.randint(0, 5))
        if kind == "refuse" and node.status == "awaiting_signature":
            turn = task_signing.asked(run, node).turn(node.signed, node.refused)
            more["rule"] = pick((*turn, 0))
            actor = self.named(node, more["rule"]) or pick((actor, self.stranger()))
        if kind == "withdraw":
            actor = pick((node.completer or actor, actor))
        if node.delegation and kind == "hand_over":
            actor, more["person"] = pick((node.delegation.by, node.delegation.to)), node.delegation.by
        self.command(doing(kind, node.path, actor, epoch=node.epoch, **more), node)

    def somebody_takes_a_completion_back(self) -> None:
        scopes = self.d.run.state.scopes.values()
        known = [(s, step, done) for s in scopes for step, done in s.completed.items()]
        if known:
            scope, _, done = self.random.choice(known)
            command = doing("withdraw", done.path, done.actor, epoch=done.epoch)
            entry = done.path.removeprefix(scope.path)
            try:
                task_commands.check(self.d.run, command, self.d.now)
            except CommandRefused:
                pass
            else:
                self.d.note_taken_back(scope.path, entry)
            self.command(command, None)

    def command(self, command: Any, node: Node | None) -> None:
        step = command.path.rpartition(".")[2].partition("#")[0]
        before = node.model_copy(deep=True) if node else None
        self.d.looking = False  # until it is noted, the two accounts differ
        run = self.d.run
        kept = run.state.model_dump()
        try:
            self.d.take_in(command)
        except CommandRefused:
            assert run.state.model_dump() == kept
            self.d.looking = True
            return
        self.d.note_command(command, before, step)
        self.d.looking = True
        self.d.look()
        self.d.settle(self.random.choice((0, 1, 2, ALL, ALL, ALL)))

    def the_next_action_is_different(self) -> None:
        self.d.effects.mood = self.random.choice(("failing", "chunked"))

    def what_was_refused_is_not_any_more(self) -> None:
        self.d.effects.refusing = not self.d.effects.refusing

    def time_passes(self) -> None:
        self.d.pass_time(self.random.choice((0, 1, ALL)), hours=self.random.randint(1, 12))

    def the_database_catches_up(self) -> None:
        self.d.settle()

    def it_continues_as_new(self) -> None:
        self.d.continue_as_new()

    def it_goes_over_to_the_same_in_other_words(self) -> None:
        state = self.d.run.state
        self.words += 1
        words = {**self.raw, "title": text(f"in other words {self.words}")}
        if state.ended or state.ending or state.reworks:
            with pytest.raises(CommandRefused):
                change_over(self.d, words)
        else:
            change_over(self.d, words, self.random.choice((0, ALL)))

    def somebody_cancels(self) -> None:
        self.say(ordering("cancel"))

    def end(self) -> None:
        """Whatever has happened, the run can be ended, and then everything that can be undone is."""
        state = self.d.run.state
        if not (state.ended or state.ending):
            assert self.say(ordering("cancel"), ALL) == ""
        self.d.settle()
        for path in self.d.effects.called:
            self.d.effects.end_call(path, "cancelled")
            self.d.word(path)
        assert self.d.run.over


WEIGHTS: dict[Callable[[Crowd], None], int] = {
    Crowd.a_stranger_works: 10,
    Crowd.somebody_works: 14,
    Crowd.anything_is_said: 2,
    Crowd.an_event_comes: 6,
    Crowd.an_event_came_before: 1,
    Crowd.a_called_run_ends: 8,
    Crowd.word_comes: 1,
    Crowd.somebody_forges: 2,
    Crowd.somebody_stops_the_run: 1,
    Crowd.somebody_resumes_it: 4,
    Crowd.somebody_sends_back: 4,
    Crowd.somebody_does_something_with_a_task: 8,
    Crowd.somebody_takes_a_completion_back: 3,
    Crowd.the_next_action_is_different: 2,
    Crowd.what_was_refused_is_not_any_more: 1,
    Crowd.time_passes: 5,
    Crowd.the_database_catches_up: 5,
    Crowd.it_continues_as_new: 2,
    Crowd.it_goes_over_to_the_same_in_other_words: 2,
}


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(), moves=st.integers(0, MOVES))
def test_whatever_happens_the_run_can_be_trusted(random: Random, moves: int) -> None:
    crowd = Crowd(random)
    for _ in range(moves):
        move = random.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
        move(crowd)
        if random.randint(0, 99) == 0:
            crowd.somebody_cancels()
    crowd.end()
