"""Small procedures, one per construct of the language, and a stand-in for the database of effects.

The same procedures are driven purely (domain), through a real engine (workflow tests) and recorded for the
replay gate, so that a construct is proven the same way everywhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from contracts.advance import (
    Act,
    AdvanceInput,
    AdvanceResult,
    AskedResult,
    FetchLines,
    Line,
    OpenIncident,
    OpenTask,
    SettleTask,
    Undo,
    WithdrawTask,
)
from contracts.commands import CommandRun, CompleteTask, SignTask
from contracts.payload import LineSetRef
from contracts.runs import RunStart
from domain.action_catalogue import CATALOGUE, PROBE_CATALOGUE
from domain.decision_table import DecisionTable
from domain.sop_bundle import Bundle, build
from domain.sop_definition import SopDefinition

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ALL_ACTIONS = {**CATALOGUE, **PROBE_CATALOGUE}


def text(words: str) -> dict[str, str]:
    return {"zh": words, "en": words}


def human(step: str, post: str = "receiver", **more: Any) -> dict[str, Any]:
    return {"id": step, "human": {"post": post, "instruction": text(step), "due": "PT8H", **more}}


def definition(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "sop": "probe",
        "title": text("probe"),
        "owner": {"department": "quality", "post": "qa_manager"},
        "scope": {},
        "steps": list(steps),
        **more,
    }


def bundle_of(raw: dict[str, Any], tables: dict[str, DecisionTable] | None = None) -> Bundle:
    return build(SopDefinition.model_validate(raw), tables or {}, {}, None, ALL_ACTIONS)


def start_of(bundle: Bundle, run_id: str = "r1", **more: Any) -> RunStart:
    return RunStart(
        run_id=run_id,
        bundle=bundle.to_json(),
        sha256=bundle.sha256,
        actor="starter",
        site="SH1",
        department="warehouse",
        time_zone="Asia/Shanghai",
        semantics=1,
        mode=more.pop("mode", "live"),
        inputs=more.pop("inputs", {}),
        **more,
    )


OK = {"ok": {"label": text("ok")}, "bad": {"label": text("bad"), "go": "refused", "reason": "required"}}
REFUSED = {"refused": [{"end": "refused"}]}
LINES = {"id": "make", "action": "probe.lines", "with": {"n": "5"}}

PROCEDURES: dict[str, dict[str, Any]] = {
    "human": definition(
        human(
            "one",
            outcomes=OK,
            form={"count": {"type": "integer", "label": text("count"), "required": True, "min": 1}},
        ),
        human("two", "acceptor", separate_from=["one"]),
        {"end": "completed"},
        sections=REFUSED,
    ),
    "signatures": definition(
        human(
            "accept",
            "acceptor",
            signatures=[
                {"meaning": text("accepted")},
                {"meaning": text("seconded"), "post": "second_acceptor"},
            ],
        ),
        {"end": "completed"},
    ),
    "action": definition(
        {"id": "echo", "action": "probe.echo", "with": {"text": "'a'", "number": "3"}},
        human("look", form={"x": {"type": "text", "label": text("x"), "required_if": "echo.number > 2"}}),
        {"end": "completed"},
    ),
    "refusal_routed": definition(
        {"id": "ask", "action": "probe.refuse", "refusals": {"not_today": "refused"}},
        {"end": "completed"},
        sections=REFUSED,
    ),
    "incident": definition(human("first"), {"id": "ask", "action": "probe.refuse"}, {"end": "completed"}),
    "decide": definition(
        human("measure", form={"count": {"type": "integer", "label": text("c"), "required": True}}),
        {"id": "many", "decide": {"value": "measure.count > 10"}, "routes": {"true": "next", "false": "few"}},
        {"end": "many"},
        sections={
            "few": [{"id": "tell", "notify": {"to": {"post": "buyer"}, "template": "few"}}, {"end": "few"}]
        },
        messages={"few": {"title": text("few"), "body": text("few")}},
    ),
    "parallel_all": definition(
        {"id": "both", "parallel": {"branches": {"left": [human("a")], "right": [human("b"), human("c")]}}},
        {"end": "completed"},
    ),
    "parallel_any": definition(
        {
            "id": "race",
            "parallel": {"wait_for": "any", "branches": {"left": [human("a")], "right": [human("b")]}},
        },
        {"end": "completed"},
    ),
    "for_each_serial": definition(
        LINES,
        {"id": "each", "for_each": {"lines": "make.lines", "chunk": 2, "steps": [human("check")]}},
        {"end": "completed"},
    ),
    "for_each_concurrent": definition(
        LINES,
        {
            "id": "each",
            "for_each": {
                "lines": "make.lines",
                "mode": "concurrent",
                "limit": 3,
                "chunk": 4,
                "steps": [human("check"), human("verify", "acceptor", separate_from=["check"])],
            },
        },
        {"end": "completed"},
    ),
    "wait": definition({"id": "pause", "wait": {"for": "PT2H"}}, human("after"), {"end": "completed"}),
    "wait_until": definition({"id": "pause", "wait": {"until": "run.now"}}, {"end": "completed"}),
    "repeat": definition(
        {
            "id": "again",
            "repeat": {
                "limit": 3,
                "until": "try.outcome == 'ok'",
                "steps": [human("try", outcomes={"ok": {"label": text("ok")}, "no": {"label": text("no")}})],
            },
        },
        {"end": "completed"},
    ),
    "deadlines": definition(
        human(
            "slow",
            due="PT2H",
            remind=["PT1H"],
            escalate={"after": "PT3H", "to": {"post": "warehouse_manager"}},
        ),
        {"end": "completed"},
    ),
    "rework": definition(
        human("first"),
        {"id": "act", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"},
        human("second", "acceptor", separate_from=["first"], send_back=["first"]),
        {"end": "completed"},
    ),
}
"""One procedure per construct; the tests say which path through it they take."""


class Effects:
    """Stands in for the database: answers what an advance asks, remembers what it did, counts deliveries."""

    def __init__(self) -> None:
        self.operations: list[Any] = []
        self.done: list[str] = []
        self.undone: list[str] = []
        self.open: dict[str, OpenTask | OpenIncident] = {}
        self.advances: list[AdvanceInput] = []
        self.forged: set[str] = set()
        self.refusing = True
        self.answers: dict[str, AskedResult] = {}
        self.irreversible: set[str] = set()

    def perform(self, given: AdvanceInput) -> AdvanceResult:
        self.advances.append(given)
        settled = {o.submission for o in given.operations if isinstance(o, SettleTask)}
        if settled & self.forged:
            return AdvanceResult(forged=sorted(settled & self.forged))
        asked = None
        for operation in given.operations:
            self.operations.append(operation)
            if isinstance(operation, OpenTask | OpenIncident):
                self.open[operation.path] = operation
            elif isinstance(operation, WithdrawTask) or (
                isinstance(operation, SettleTask) and operation.state == "done"
            ):
                self.open.pop(operation.path, None)
            asked = self._asked(operation) or asked
        return AdvanceResult(asked=asked)

    def _asked(self, operation: Any) -> AskedResult | None:
        if isinstance(operation, Act):
            return self.answers.get(operation.path) or self._act(operation)
        if isinstance(operation, FetchLines):
            rows = range(operation.after + 1, min(operation.after + operation.limit, 5) + 1)
            lines = [Line(line=n, data={"number": n, "label": f"l{n}"}) for n in rows]
            return AskedResult(path=operation.path, lines=lines)
        if isinstance(operation, Undo):
            return self._undo(operation)
        return None

    def _undo(self, undo: Undo) -> AskedResult:
        """As the database does it: the last effect that can be undone; those that cannot are passed and named."""
        below = [
            path
            for path in self.done
            if any(
                not prefix or path == prefix or path.startswith(tuple(prefix + sign for sign in ".[@~"))
                for prefix in undo.prefixes
            )
        ]
        stay: list[str] = []
        while below and below[-1] in self.irreversible:
            stay.append(below.pop())
            self.done.remove(stay[-1])
        undone = below.pop() if below else None
        if undone:
            self.done.remove(undone)
            self.undone.append(undone)
        return AskedResult(path=undo.path, undone=undone, remaining=len(below), irreversible=stay)

    def _act(self, act: Act) -> AskedResult:
        if act.action == "probe.refuse" and self.refusing:
            return AskedResult(path=act.path, refused="not_today", message="not today")
        if act.action == "probe.lines":
            lines = LineSetRef(
                id="00000000-0000-7000-8000-000000000001",
                count=5,
                root="0" * 64,
                aggregates={"sum_number": 15},
            )
            return AskedResult(path=act.path, outputs={"lines": lines.model_dump()})
        if act.action == "probe.effect":
            self.done.append(act.path)
        return AskedResult(path=act.path, outputs=act.inputs)

    def kinds(self) -> Counter[str]:
        return Counter(o.op for o in self.operations)


_NUMBERS = iter(range(1, 1_000_000))


def submission() -> str:
    return hashlib.sha256(str(next(_NUMBERS)).encode()).hexdigest()[:32]


def completion(path: str, actor: str = "p1", outcome: str = "done", **more: Any) -> CompleteTask:
    return CompleteTask(
        submission=more.pop("submission", None) or submission(),
        path=path,
        epoch=more.pop("epoch", 1),
        actor=actor,
        outcome=outcome,
        hash=more.pop("hash", "h"),
        performers=more.pop("performers", []),
        data=more.pop("data", {}),
        **more,
    )


def signing(path: str, actor: str, rule: int, **more: Any) -> SignTask:
    return SignTask(
        submission=submission(),
        path=path,
        epoch=more.get("epoch", 1),
        actor=actor,
        performers=[],
        hash="s",
        content_hash=more.get("content_hash", "h"),
        rule=rule,
    )


def ordering(
    kind: Any, to: str | None = None, actor: str = "boss", reason: str = "because", path: str | None = None
) -> CommandRun:
    return CommandRun(
        submission=submission(), kind=kind, actor=actor, hash="c", reason=reason, to=to, path=path
    )
