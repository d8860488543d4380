"""Deliveries on their ways through `receiving_acceptance`, with stand-ins for its actions: what is recorded of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.advance import Act, AskedResult
from contracts.commands import CommandRun, CompleteTask, SignTask
from contracts.payload import LineSetRef
from domain.action_catalogue import CATALOGUE
from domain.sop_bundle import Bundle, build
from domain.sop_stand_in import LineSets, input_value, outputs_of
from domain.sop_yaml import parse
from services import sop_files
from tests.effects import Effects
from tests.engine.running import Playing, Stage
from tests.saying import completion, ordering, signing

KEY = "receiving_acceptance"
PLAIN = {"transport_mode": "ambient", "packaging": "intact"}
COLD = {
    "transport_mode": "refrigerated",
    "packaging": "intact",
    "temperature": "5.2",
    "lowest": "3.0",
    "highest": "7.9",
    "temperature_record": ["00000000-0000-7000-8000-000000000001"],
}
WARM = {**COLD, "temperature": "9.1", "highest": "9.4"}
RESULTS = LineSetRef(id="00000000-0000-7000-8000-000000000003", count=2, root="2" * 64)
BATCHES = [{"batch_number": "A1", "quantity": 100}, {"batch_number": "A2", "quantity": 40}]

Said = CompleteTask | SignTask | CommandRun


class ReceivingEffects(Effects):
    """The actions of receiving as the simulation stands in for them."""

    def __init__(self, bundle: Bundle, batch: dict[str, Any], refused: str | None) -> None:
        super().__init__()
        self.bundle, self.refused, self.sets = bundle, refused, LineSets()
        self.given = {"match": {"lines": [{**line, **batch} for line in BATCHES]}}

    def _act(self, act: Act) -> AskedResult:
        if act.step == "match" and self.refused:
            return AskedResult(path=act.path, refused=self.refused, message="refused")
        step = self.bundle.steps[act.step]
        if step.undo or step.irreversible:
            self.done.append(act.path)
        if step.irreversible:
            self.irreversible.add(act.path)
        outputs = outputs_of(
            self.bundle.actions[act.action], act.inputs, self.given.get(act.step, {}), self.sets
        )
        return AskedResult(path=act.path, outputs=outputs)


@dataclass(frozen=True)
class Way:
    """What the goods are, and who says what at which open task, in order."""

    said: list[tuple[str, Said, str]]
    batch: dict[str, Any] = field(default_factory=dict)
    refused: str | None = None
    ends: tuple[str, str] = ("completed", "completed")


def arrived(data: dict[str, Any], outcome: str = "received", **more: Any) -> tuple[str, Said, str]:
    command = completion("arrival#1", "receiver", outcome, data=data, rule=0, **more)
    return "arrival#1", command, "done"


def listed(path: str, actor: str, state: str = "done", **more: Any) -> tuple[str, Said, str]:
    return path, completion(path, actor, lines=RESULTS, rule=0, **more), state


def decided(outcome: str, **more: Any) -> tuple[str, Said, str]:
    path, data = "excursion_decision#1", {"assessment": "stability data looked at"}
    return path, completion(path, "quality", outcome, data=data, rule=0, **more), "done"


ACCEPTED, STORED = listed("acceptance#1", "acceptor"), listed("put_away#1", "keeper")

WAYS: dict[str, Way] = {
    "normal": Way([arrived(PLAIN), ACCEPTED, STORED]),
    "cold_chain": Way([arrived(COLD), ACCEPTED, STORED], {"cold_chain": True}),
    "refused_on_arrival": Way(
        [arrived({**PLAIN, "packaging": "damaged"}, "refused", reason="seal broken")],
        ends=("completed", "refused"),
    ),
    "refused_at_match": Way([], refused="supplier_blocked", ends=("completed", "refused")),
    "kept_on_hold": Way(
        [arrived(WARM), decided("keep", reason="too warm for too long")],
        {"cold_chain": True},
        ends=("completed", "held"),
    ),
    "hold_released": Way([arrived(WARM), decided("continue"), ACCEPTED, STORED], {"cold_chain": True}),
    "special_control": Way(
        [
            (
                "arrival#1",
                completion("arrival#1", "p1", "received", data=PLAIN, rule=0),
                "awaiting_signature",
            ),
            ("arrival#1", signing("arrival#1", "p1", 1), "already_signed"),
            ("arrival#1", signing("arrival#1", "p2", 1), "done"),
            ("acceptance#1", completion("acceptance#1", "p2", lines=RESULTS, rule=0), "not_segregated"),
            listed("acceptance#1", "p3", "awaiting_signature"),
            ("acceptance#1", signing("acceptance#1", "p1", 1), "not_segregated"),
            ("acceptance#1", signing("acceptance#1", "p4", 1), "done"),
            listed("put_away#1", "p5", "awaiting_signature"),
            ("put_away#1", signing("put_away#1", "p6", 1), "done"),
        ],
        {"special_control": True},
    ),
    "sampled_again_and_cancelled": Way(
        [
            arrived(PLAIN),
            ("acceptance#1", ordering("send_back", to="sample", path="acceptance#1"), "running"),
            listed("acceptance#2", "acceptor", epoch=2),
            ("put_away#1", ordering("cancel"), "cancelling"),
        ],
        ends=("cancelled", "cancelled"),
    ),
}
"""How a delivery can go. Which quantities are accepted stands in the lines, not in a history."""


def receiving_bundle() -> Bundle:
    definition = parse(sop_files.newest(KEY).text).definition
    return build(definition, sop_files.tables(), sop_files.limits(), None, CATALOGUE)


async def play_way(stage: Stage, name: str) -> Playing:
    """Plays a delivery to its end."""
    way, bundle = WAYS[name], receiving_bundle()
    inputs = {key: input_value(part, None) for key, part in bundle.definition.inputs.items()}
    effects = ReceivingEffects(bundle, way.batch, way.refused)
    playing = await stage.run(bundle, effects, inputs=inputs)
    for path, command, expected in way.said:
        await playing.open(path)
        assert await playing.say(command) == expected, (name, path)
    assert await playing.result() == way.ends
    return playing
