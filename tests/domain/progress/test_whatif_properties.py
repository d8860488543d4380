"""Any procedure, told anything in any order, goes again exactly as it is recorded: what-if rests on that.

Where things happen while the database is behind, at one instant, a run may be said not to be comparable; a change
that is none never sends a run another way.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, event, given, settings

from contracts.advance import Act, RecordDecision
from domain.sop_whatif import compare, replay
from domain.sop_whatif_record import KINDS, Effect, Recorded, Said, Usual
from tests.domain.progress import test_properties as properties
from tests.domain.progress.shadow import Shadow
from tests.domain.progress.test_properties import MOVES, WEIGHTS, Crowd
from tests.procedures import MONDAY

PLAYED = {
    move: weight
    for move, weight in WEIGHTS.items()
    if move not in (Crowd.it_goes_over_to_the_same_in_other_words, Crowd.somebody_forges)
}
KEPT = {**KINDS, "read_calls": "call_read", "cancel_calls": "order"}
ROWS = [(n, {"number": n, "label": f"l{n}"}) for n in range(1, 6)]
"""What the stand-in for the database has in every line set."""


class Written(Shadow):
    """A run that is written down as the database does it: what was accepted, what each operation came to."""

    hurried = False

    def __init__(self, raw: dict[str, Any]) -> None:
        self.said: list[Said] = []
        self.kept: list[Effect] = []
        self.sets: set[str] = set()
        super().__init__(raw)

    def look(self) -> None:
        """Only notes where the run has been: what must be true of it is asked by the property about it."""
        self.looking = False
        super().look()

    def note_taken_back(self, scope: str, entry: str) -> None:
        """The same of what was taken back."""

    def settle(self, advances: int = properties.ALL) -> None:
        """The database keeps up, unless `hurried`: then things happen while it is behind, at one instant."""
        super().settle(advances if self.hurried else properties.ALL)

    def take_in(self, command: Any) -> Any:
        answer = super().take_in(command)
        self.said.append(Said(command, self.number + 1, len(self.said), self.now))
        return answer

    def advance(self, operations: list[Any]) -> Any:
        result = super().advance(operations)
        if result.forged:
            self.said = [one for one in self.said if one.command.submission not in result.forged]
            return result
        for one in operations:
            if one.op == "fetch_lines":
                self.sets.add(one.line_set)
            elif one.op in KEPT:
                kind = "chunk" if isinstance(one, Act) and one.chunk else KEPT[one.op]
                came: dict[str, Any] = {}
                if result.asked is not None and result.asked.path == one.path:
                    came = {"asked": result.asked.model_dump(mode="json", exclude_defaults=True)}
                if isinstance(one, Act):
                    came["inputs"] = one.inputs
                if isinstance(one, RecordDecision):
                    came["result"] = one.result
                self.kept.append(
                    Effect(one.path, kind, self.number, getattr(one, "action", None), came, self.now)
                )
        return result

    def pass_time(self, advances: int = properties.ALL, **delta: int) -> None:
        """The clock goes on; what is due happens when it is."""
        until = self.now + timedelta(**delta)
        while (wake := self.run.next_wakeup()) is not None and wake <= until:
            self.now = max(self.now, wake)
            self.run.fire(self.now)
            self.settle()
        self.now = until

    def recorded(self) -> Recorded:
        """What is known of the run once it is over."""
        return Recorded(
            start=self.begin,
            bundle=self.run.bundle,
            state=self.run.state.ended or "",
            outcome=self.run.state.outcome,
            started_at=MONDAY,
            ended_at=self.now,
            said=self.said,
            effects=self.kept,
            lines=dict.fromkeys(self.sets, ROWS),
        )


def played_out(random: Random, *, hurried: bool) -> Recorded:
    """A run to which anything has happened, as it is recorded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(properties, "Shadow", Written)
        crowd = Crowd(random)
    assert isinstance(crowd.d, Written)
    crowd.d.hurried = hurried
    for _ in range(random.randint(0, MOVES)):
        random.choices(list(PLAYED), weights=list(PLAYED.values()))[0](crowd)
    crowd.end()
    return crowd.d.recorded()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(), hurried=st.booleans())
def test_a_change_that_is_none_never_sends_a_run_another_way(random: Random, hurried: bool) -> None:
    run = played_out(random, hurried=hurried)
    result = compare(run, run.bundle, Usual())
    event(result.verdict)
    assert result.verdict in ("same", "incomparable"), result


def test_what_happened_goes_again_exactly_as_it_is_recorded() -> None:
    """A hundred runs, always the same: of a thousand, one may have too much at one instant."""
    wrong: dict[int, str] = {}
    for seed in range(100):
        run = played_out(Random(seed), hurried=False)
        walk, why = replay(run)
        assert why or walk.assumed == walk.refused == []
        wrong |= {seed: why} if why else {}
    assert wrong == {}
