"""Small procedures, one per construct of the language.

The same procedures are driven purely (domain), through a real engine (workflow tests) and recorded for the
replay gate, so that a construct is proven the same way everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contracts.payload import SEMANTICS
from contracts.runs import RunStart
from domain.action_catalogue import CATALOGUE, PROBE_CATALOGUE
from domain.decision_table import DecisionTable
from domain.sop_bundle import Bundle, build
from domain.sop_calls import CalledSop, called_sop
from domain.sop_definition import SopDefinition

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ALL_ACTIONS = {**CATALOGUE, **PROBE_CATALOGUE}
TABLES = {
    "size": DecisionTable.model_validate(
        {
            "key": "size",
            "version": 3,
            "title": {"zh": "大小", "en": "Size"},
            "inputs": {"count": {"type": "int", "label": {"zh": "数量", "en": "Count"}}},
            "outputs": {
                "size": {"type": "string", "label": {"zh": "大小", "en": "Size"}, "options": ["big", "small"]}
            },
            "hit_policy": "first",
            "rows": [
                {"when": {"count": ">= 10"}, "then": {"size": "big"}},
                {"when": {}, "then": {"size": "small"}},
            ],
        }
    )
}


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


ERRAND = {
    **definition(
        human(
            "go", outcomes={"done": {"label": text("done")}, "lost": {"label": text("lost"), "go": "lost"}}
        ),
        {"end": "done"},
        sections={"lost": [{"end": "lost"}]},
    ),
    "sop": "errand",
    "inputs": {"number": {"type": "integer", "required": True}, "note": {"type": "text"}},
    "scope": {"site": "'SH1'", "department": "'warehouse'"},
}
"""What the procedures below call."""


def bundle_of(raw: dict[str, Any], called: Mapping[str, CalledSop] | None = None) -> Bundle:
    if called is None:
        errand = build(SopDefinition.model_validate(ERRAND), TABLES, {}, None, ALL_ACTIONS)
        called = {"errand": called_sop(errand, 1)}
    return build(SopDefinition.model_validate(raw), TABLES, {}, None, ALL_ACTIONS, called)


def start_of(bundle: Bundle, run_id: str = "r1", **more: Any) -> RunStart:
    return RunStart(
        run_id=run_id,
        bundle=bundle.to_json(),
        sha256=bundle.sha256,
        actor="starter",
        site="SH1",
        department="warehouse",
        time_zone="Asia/Shanghai",
        semantics=more.pop("semantics", SEMANTICS),
        mode=more.pop("mode", "live"),
        inputs=more.pop("inputs", {}),
        **more,
    )


OK = {"ok": {"label": text("ok")}, "bad": {"label": text("bad"), "go": "refused", "reason": "required"}}
REFUSED = {"refused": [{"end": "refused"}]}
CALL = {"id": "errand", "call": {"sop": "errand", "with": {"number": "7"}}}
ERRANDS = {"sop": "errand", "lines": "make.lines", "with": {"number": "line.number", "note": "line.label"}}
LINES = {"id": "make", "action": "probe.lines", "with": {"n": "5"}}

EVENT: dict[str, Any] = {
    "id": "reply",
    "wait": {
        "event": "erp_answer",
        "key": "'PO-1'",
        "data": {
            "count": {"type": "integer", "label": text("count"), "required": True},
            "note": {"type": "text", "label": text("note")},
        },
        "timeout": {"after": "PT2H", "go": "silent"},
    },
}
SILENT = {"silent": [{"end": "silent"}]}

PROCEDURES: dict[str, dict[str, Any]] = {
    "changed_over": definition(
        human("first"), human("slow", due="PT2H", remind=["PT1H"]), human("old"), {"end": "completed"}
    ),
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
    "event": definition(EVENT, human("after"), {"end": "answered"}, sections=SILENT),
    "event_silent": definition(
        {**EVENT, "wait": {**EVENT["wait"], "timeout": {"after": "PT1S", "go": "silent"}}},
        {"end": "answered"},
        sections=SILENT,
    ),
    "event_found": definition(human("first"), EVENT, human("after"), {"end": "answered"}, sections=SILENT),
    "event_in_race": definition(
        {"id": "race", "parallel": {"wait_for": "any", "branches": {"left": [human("a")], "right": [EVENT]}}},
        {"end": "completed"},
        sections=SILENT,
    ),
    "events_long": definition(
        {
            "id": "again",
            "repeat": {
                "limit": 50,
                "until": "reply.count >= 8",
                "steps": [
                    {"id": "reply", "wait": {k: v for k, v in EVENT["wait"].items() if k != "timeout"}}
                ],
            },
        },
        {"end": "completed"},
    ),
    "call": definition(
        human("first"),
        CALL,
        {"id": "judge", "decide": {"value": "errand.outcome == 'done'"}},
        human("last", separate_from=["errand"], send_back=["first"]),
        {"end": "completed"},
    ),
    "call_lines": definition(
        LINES,
        {"id": "errands", "call": ERRANDS},
        {"id": "judge", "decide": {"value": "errands.count_lost"}},
        human("last"),
        {"end": "completed"},
    ),
    "call_detached": definition(
        LINES, {"id": "errands", "call": {**ERRANDS, "mode": "detach"}}, human("last"), {"end": "completed"}
    ),
    "call_cancelled": definition(
        {"id": "one", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"},
        CALL,
        {"end": "completed"},
    ),
    "calls_long": definition(
        {
            "id": "again",
            "repeat": {
                "limit": 50,
                "until": "step.n >= 8",
                "steps": [
                    human("step", form={"n": {"type": "integer", "label": text("n"), "required": True}}),
                    CALL,
                ],
            },
        },
        {"end": "completed"},
    ),
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
    "work_list": definition(
        LINES,
        human("count", lines={"of": "make.lines", "form": {"n": {"type": "integer", "label": text("n")}}}),
        {"id": "many", "decide": {"value": "count.lines.count > 3"}},
        {"end": "completed"},
    ),
    "decide_table": definition(
        human("measure", form={"count": {"type": "integer", "label": text("c"), "required": True}}),
        {
            "id": "judge",
            "decide": {"table": "size", "with": {"count": "measure.count"}},
            "routes": {"big": "next", "small": "few"},
        },
        {"end": "many"},
        sections={"few": [{"end": "few"}]},
    ),
    "notify": definition(
        {"id": "tell", "notify": {"to": {"post": "buyer"}, "template": "few", "with": {"n": "3"}}},
        {"end": "completed"},
        messages={"few": {"title": text("few: {n}"), "body": text("few")}},
    ),
    "parallel_some": definition(
        {
            "id": "race",
            "parallel": {
                "wait_for": 2,
                "branches": {"left": [human("a")], "right": [human("b")], "last": [human("c")]},
            },
        },
        {"end": "completed"},
    ),
    "wait_short": definition({"id": "pause", "wait": {"for": "PT1S"}}, human("after"), {"end": "completed"}),
    "reminded": definition(
        human(
            "slow",
            due="PT2S",
            remind=["PT1S"],
            escalate={"after": "PT3S", "to": {"post": "warehouse_manager"}},
        ),
        {"end": "completed"},
    ),
    "chunked": definition(
        {"id": "act", "action": "probe.effect", "with": {"text": "'chunks'"}, "undo": "probe.undo_effect"},
        {"end": "completed"},
    ),
    "cancelled": definition(
        {"id": "one", "action": "probe.effect", "with": {"text": "'x'"}, "undo": "probe.undo_effect"},
        {"id": "two", "action": "probe.effect", "with": {"text": "'y'"}, "irreversible": "it has left"},
        {"id": "six", "action": "probe.effect", "with": {"text": "'z'"}, "undo": "probe.undo_effect"},
        human("look"),
        {"end": "completed"},
    ),
    "long": definition(
        {
            "id": "again",
            "repeat": {
                "limit": 50,
                "until": "step.n >= 8",
                "steps": [
                    human("step", form={"n": {"type": "integer", "label": text("n"), "required": True}})
                ],
            },
        },
        {"end": "completed"},
    ),
}
"""One procedure per construct; the tests say which path through it they take."""
PROCEDURES["forged"] = PROCEDURES["human"]
CHANGED = definition(human("first"), human("slow", due="P1D"), human("new"), {"end": "completed"})
"""What a run of `changed_over` goes over to while its second task is open."""
