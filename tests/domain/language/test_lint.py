"""The linter: one seeded fault per rule, found at its line; a sound definition has no findings."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from domain.decision_table import DecisionTable
from domain.sop_calls import CalledSop
from domain.sop_definition import Input
from domain.sop_findings import Finding
from domain.sop_lint import lint, lint_text
from domain.sop_yaml import parse
from tests.domain.language.definitions import ALL_ACTIONS, TABLE
from tests.domain.language.small import BASE, PEOPLE, POSTS

ERRAND = CalledSop(
    key="errand",
    version=1,
    sha256="0" * 64,
    inputs={
        "number": Input(type="integer", required=True),
        "advice": Input(type="document", kind="dispatch_advice"),
    },
    outcomes=("done", "lost"),
    irreversible=True,
)
SET_APART = "scan: true\n        counted: {outcome: fine, apart: {quantity: found, serials: names}}"
CALLED = {"errand": ERRAND, "round_about": replace(ERRAND, key="round_about", reaches=("errand", "small"))}


def findings(
    text: str, table: DecisionTable = TABLE, people: dict[str, set[str]] | None = None
) -> list[Finding]:
    return lint(parse(text), ALL_ACTIONS, {"temperature": table}, POSTS, people or PEOPLE, CALLED)


def test_a_sound_definition_has_no_findings() -> None:
    assert [str(f) for f in findings(BASE)] == []


# rule -> (what is replaced, by what, a text on the line where the finding must stand)
SEEDED: list[tuple[str, str, str, str]] = [
    ("expression", "text: inputs.advice.number", "text: inputs.advice.numbr", "inputs.advice.numbr"),
    ("expression", "text: inputs.advice.number", "text: arrival.reason", "text: arrival.reason"),
    ("expression", "text: arrival.mode", "text: pause.at", "text: pause.at"),
    ("expression", "until: look.outcome", "until: check.lines", "until:"),
    ("type", "with: {n: '3'}", "with: {n: \"'3'\"}", "with: {n:"),
    ("type", "lines: check.lines", "lines: check.lines.count", "lines: check"),
    ("type", "mode: arrival.mode,", "mode: make.lines.count,", "decide:"),
    ("type", "when: make.lines.count > 2", "when: make.lines.count", "when: make"),
    ("scope", "site: inputs.advice.site, ", "", "scope:"),
    ("reserved_name", "- id: both", "- id: run", "id: run"),
    ("reserved_name", "{id: note, ", "{id: next, ", "id: next"),
    ("reserved_name", "temperature: {type", "outcome: {type", "outcome: {type"),
    ("reserved_name", "{found: {", "{number: {", "{number: {"),
    (
        "reserved_name",
        "      lines: check.lines",
        "      as: arrival\n      lines: check.lines",
        "as: arrival",
    ),
    ("duplicate_id", "{id: note, ", "{id: tell, ", "id: tell, notify"),
    ("unreachable", "  - id: both\n", "  - end: early\n  - id: both\n", "id: both"),
    ("unreachable", "sections:\n", "sections:\n  lost: [{end: lost}]\n", "lost:"),
    ("dead_end", "  - end: completed\n", "", "id: note"),
    ("target", "go: refuse}", "go: nowhere}", "go: nowhere"),
    ("target", "excursion: refuse}", "excursion: make}", "excursion: make"),
    ("target", "excursion: refuse}", "excursion: tell}", "excursion: tell"),
    ("target", "with: {text: arrival.mode}}", "with: {text: arrival.mode}, go: refuse}", "go: refuse}]"),
    ("target", "bad: {label: {zh: 坏, en: Bad}}", "bad: {label: {zh: 坏, en: Bad}, go: refuse}", "bad: {"),
    ("wait_for", "wait_for: all", "wait_for: 3", "wait_for: 3"),
    ("end_inside", "[{id: pause, wait: {for: PT1H}}]", "[{end: early}]", "end: early"),
    ("send_back", "send_back: [effect]", "send_back: [note]", "send_back: [note]"),
    (
        "send_back_irreversible",
        "undo: probe.undo_effect",
        "irreversible: {zh: 已发出, en: gone}",
        "send_back:",
    ),
    ("action_unknown", "action: probe.effect", "action: probe.efect", "probe.efect"),
    ("input_missing", "    with: {n: '3'}\n", "", "id: make"),
    ("input_missing", "mode: arrival.mode, ", "", "decide:"),
    ("input_unknown", "{n: '3'}", "{n: '3', m: '4'}", "with: {n"),
    ("refusal_unknown", "with: {n: '3'}", "with: {n: '3'}\n    refusals: {bored: refuse}", "refusals:"),
    (
        "refusal_unrouted",
        "action: probe.echo, with: {text: arrival.mode}",
        "action: probe.refuse",
        "probe.refuse",
    ),
    ("undo", "    undo: probe.undo_effect\n", "", "action: probe.effect"),
    ("undo", "undo: probe.undo_effect", "undo: holds.close", "undo: holds.close"),
    (
        "undo",
        "undo: probe.undo_effect",
        "undo: probe.undo_effect\n    irreversible: {zh: 否, en: no}",
        "irreversible",
    ),
    ("table_unknown", "table: temperature", "table: humidity", "table: humidity"),
    ("routes", "excursion: refuse}", "}", "routes:"),
    ("routes", "excursion: refuse}", "excursion: refuse, other: next}", "other: next"),
    ("post_unknown", "post: acceptor", "post: acceptr", "post: acceptr"),
    ("post_unknown", "{to: {post: buyer}", "{to: {post: byer}", "byer"),
    ("deadline", "      due: P1D\n", "", "human:"),
    ("remind", "remind: [PT1H]", "remind: [PT3H]", "remind:"),
    ("escalate", "after: PT4H", "after: PT1H", "escalate:"),
    ("separate_from", "separate_from: [arrival]", "separate_from: [check]", "separate_from:"),
    ("separate_from", "separate_from: [arrival]", "separate_from: [look]", "separate_from:"),
    ("separate_from", "separate_from: [arrival]", "separate_from: [make]", "separate_from:"),
    ("document_kind", "kind: dispatch_advice", "kind: love_letter", "love_letter"),
    (
        "form",
        "      lines:\n        of",
        "      form: {x: {type: text, label: {zh: 字, en: x}}}\n      lines:\n        of",
        "form: {x",
    ),
    ("columns", "of: make.lines\n", "of: make.lines\n        reveal: [price]\n", "reveal:"),
    ("field", "of: make.lines\n", "of: make.lines\n        scan: required\n", "scan: required"),
    ("field", "required: true}\nmessages:", "required_with: {why: x}}\nmessages:", "advice:"),
    (
        "columns",
        "of: make.lines\n",
        f"of: make.lines\n        {SET_APART}\n",
        "apart:",
    ),
    (
        "field",
        "of: make.lines\n",
        f"of: make.lines\n        {SET_APART}\n",
        "apart:",
    ),
    (
        "field",
        "          options: {ambient: {zh: 常温, en: Ambient}, refrigerated: {zh: 冷藏, en: Refrigerated}}\n",
        "",
        "mode:",
    ),
    ("field", "max: '60'", "max: '-90'", "temperature:"),
    ("field", "{type: integer,", "{type: integer, many: true,", "found"),
    ("field", "{type: integer,", "{type: integer, pattern: '[',", "found"),
    ("field", "{type: integer,", "{type: integer, required_if: 'true',", "found"),
    ("field", "{type: integer,", "{type: boolean, min: 1,", "found"),
    ("field", "bad: {label: {zh: 坏, en: Bad}}", "bad: {label: {zh: 坏, en: Bad}, reason: required}", "bad:"),
    ("chinese_missing", "zh: 小流程", "zh: ' '", "title:"),
    ("english_missing", "zh: 小流程, en: Small", "zh: 小流程", "title:"),
    ("clauses", "clauses: GSP 1\n", "", "sop: small"),
    ("deadline", "wait: {for: PT1H}", "wait: {event: lorry, key: \"'1'\"}", "event: lorry"),
    ("schema", "wait: {for: PT1H}", "wait: {event: lorry}", "wait: {event"),
    ("schema", "wait: {for: PT1H}", "wait: {for: PT1H, keep: P1D}", "wait: {for"),
    ("type", "wait: {for: PT1H}", "wait: {event: lorry, key: '1'}", "event: lorry"),
    (
        "target",
        "wait: {for: PT1H}",
        "wait: {event: lorry, key: \"'1'\", timeout: {after: P1D, go: nowhere}}",
        "event: lorry",
    ),
    (
        "field",
        "wait: {for: PT1H}",
        "wait: {event: lorry, key: \"'1'\", data: {photo: {type: attachment, label: {zh: 照, en: P}}}}",
        "event: lorry",
    ),
    (
        "reserved_name",
        "wait: {for: PT1H}",
        "wait: {event: lorry, key: \"'1'\", data: {at: {type: date, label: {zh: 日, en: D}}}}",
        "event: lorry",
    ),
    (
        "signature_policy",
        "      signatures:",
        "      signature_policy: {need: 3}\n      signatures:",
        "need: 3",
    ),
    (
        "signature_policy",
        "      signatures:",
        "      signature_policy: {need: 2}\n      signatures:",
        "need: 2",
    ),
    (
        "signature_policy",
        "      signatures:",
        "      signature_policy: {need: any}\n      signatures:",
        "any",
    ),
    ("signature_policy", "due: PT2H", "due: PT2H\n      signature_policy: {need: all}", "signature_policy"),
    ("commands", "due: PT2H", "due: PT2H\n      commands: [remind, delegate, remind]", "commands:"),
    ("schema", "due: PT2H", "due: PT2H\n      commands: [forget]", "commands:"),
    ("schema", "due: PT2H", "due: PT2H\n      signature_policy: {need: 0}", "signature_policy"),
    ("call_unknown", "wait: {for: PT1H}", "call: {sop: nowhere}", "call:"),
    ("call_cycle", "wait: {for: PT1H}", "call: {sop: small}", "call:"),
    ("call_cycle", "wait: {for: PT1H}", "call: {sop: round_about}", "call:"),
    ("input_missing", "wait: {for: PT1H}", "call: {sop: errand}", "call:"),
    ("input_unknown", "wait: {for: PT1H}", "call: {sop: errand, with: {number: '1', x: '2'}}", "call:"),
    ("type", "wait: {for: PT1H}", "call: {sop: errand, with: {number: 'true'}}", "call:"),
    ("type", "wait: {for: PT1H}", "call: {sop: errand, lines: make.lines.count}", "call:"),
    ("expression", "wait: {for: PT1H}", "call: {sop: errand, with: {number: line.number}}", "call:"),
    ("reserved_name", "wait: {for: PT1H}", "call: {sop: errand, lines: make.lines, as: make}", "call:"),
    ("too_large", "zh: 小流程", f"zh: {'长' * 100_000}", "sop: small"),
    ("message_unknown", "template: hello", "template: hallo", "hallo"),
    ("message_unused", "template: hello", "template: hallo", "hello:"),
    ("placeholder", ", with: {number: inputs.advice.number}", "", "id: note"),
    ("case", "answers: {arrival:", "answers: {arival:", "arival"),
    ("case", "expect: {outcome: completed}", "expect: {outcome: done}", "outcome: done"),
    ("case", "expect: {outcome: completed}", "expect: {outcome: completed, path: [nowhere]}", "nowhere"),
    ("case", "answers: {arrival:", "inputs: {order: {}}, answers: {arrival:", "inputs: {order"),
    ("cases", BASE[BASE.index("cases:") :], "", "sop: small"),
    ("yaml", "limit: 3", "limit: 3\n      limit: 4", "limit: 4"),
    ("yaml", "limit: 3", "limit: 3.5", "limit: 3.5"),
    ("schema", "      limit: 3\n", "", "repeat:"),
    ("schema", "due: P1D", "due: P1Q", "due: P1Q"),
]


@pytest.mark.parametrize(("rule", "old", "new", "where"), SEEDED)
def test_a_seeded_fault_is_found_at_its_line(rule: str, old: str, new: str, where: str) -> None:
    assert old in BASE
    text = BASE.replace(old, new, 1)
    parsed, found = lint_text(text, ALL_ACTIONS, {"temperature": TABLE}, POSTS, CALLED)
    if parsed is not None:
        found = lint(parsed, ALL_ACTIONS, {"temperature": TABLE}, POSTS, PEOPLE, CALLED)
    lines = text.splitlines()
    places = [f"{f.line}: {lines[f.line - 1]}" for f in found if f.rule == rule]
    assert places, f"{rule} not found; found {[str(f) for f in found]}"
    assert any(where in place for place in places), places
    assert all(f.zh and f.en and f.column >= 1 for f in found)


def test_an_expression_is_faulted_at_its_column() -> None:
    text = BASE.replace("text: inputs.advice.number", "text: \"'no. ' + inputs.advice.numbr\"")
    (found,) = findings(text)
    line = text.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith("inputs.advice.numbr")


def test_a_send_back_into_another_list_is_an_error() -> None:
    text = BASE.replace(
        "{post: receiver, instruction: {zh: 看, en: Look}, due: PT1H}",
        "{post: receiver, instruction: {zh: 看, en: Look}, due: PT1H, send_back: [tell]}",
    )
    assert [f.rule for f in findings(text)] == ["send_back"]
    outward = text.replace("send_back: [tell]", "send_back: [check]")
    assert findings(outward) == []


def test_what_belongs_to_another_kind_is_misplaced() -> None:
    text = BASE.replace(
        "  - id: again\n", "  - id: again\n    undo: probe.undo_effect\n    routes: {a: next}\n"
    )
    assert [f.rule for f in findings(text)] == ["misplaced", "misplaced"]


def test_a_line_set_without_a_needed_column_is_an_error() -> None:
    text = BASE.replace(
        "  - end: completed\n",
        "  - {id: hold, action: holds.open, with: {lines: make.lines}, undo: holds.close}\n  - end: completed\n",
    )
    assert [f.rule for f in findings(text)] == ["columns"]


def test_an_open_ended_value_cannot_be_routed() -> None:
    text = BASE.replace(
        "decide: {table: temperature, with: {mode: arrival.mode, temperature: arrival.temperature}}\n    routes: {within: next, excursion: refuse}",
        "decide: {value: arrival.mode + '!'}\n    routes: {ambient: next}",
    )
    assert [f.rule for f in findings(text)] == ["routes"]
    closed = text.replace("arrival.mode + '!'", "arrival.mode").replace(
        "{ambient: next}", "{ambient: next, refrigerated: next}"
    )
    assert findings(closed) == []
    yes_no = text.replace("arrival.mode + '!'", "arrival.mode == 'ambient'").replace(
        "{ambient: next}", "{'true': next}"
    )
    assert [f.en for f in findings(yes_no)] == ["`false` has no route"]


def with_call(call: str, then: str = "") -> str:
    return BASE.replace(
        "  - id: both\n", f"  - {{id: errands, call: {{sop: errand, {call}}}}}\n{then}  - id: both\n", 1
    )


def used(text: str) -> list[str]:
    """The rules that find something, but that nothing uses the decision that only looks."""
    return [f.rule for f in findings(text) if f.rule != "decision_unused"]


def test_a_call_gets_what_the_called_procedure_asks_for_and_says_how_it_ended() -> None:
    sees = "  - {id: judge, decide: {value: %s}}\n"
    one = with_call("with: {number: make.lines.count, advice: inputs.advice}", sees % "errands.outcome")
    assert used(one) == []
    lines = "lines: make.lines, as: one, with: {number: one.number}"
    counts = "errands.count_lost + errands.count_done + errands.count_cancelled + errands.count"
    assert used(with_call(lines, sees % counts)) == []
    detached = with_call(f"mode: detach, {lines}", sees % "errands.count")
    assert used(detached) == []
    assert used(detached.replace("errands.count", "errands.count_done")) == ["expression"]
    assert used(one.replace("number: make.lines.count", "number: one.number")) == ["expression"]


def test_a_step_may_be_separate_from_a_call_and_not_sent_back_over_one_that_cannot_be_undone() -> None:
    apart = with_call("with: {number: '1'}").replace(
        "{post: receiver, instruction: {zh: 看, en: Look}, due: PT1H}",
        "{post: receiver, instruction: {zh: 看, en: Look}, due: PT1H, separate_from: [errands]}",
    )
    assert findings(apart) == []
    back = apart.replace("separate_from: [errands]", "send_back: [errands]")
    assert [f.rule for f in findings(back)] == ["send_back_irreversible"]


def test_posts_that_nobody_or_only_one_person_holds_are_errors() -> None:
    assert [f.rule for f in findings(BASE, people={**PEOPLE, "buyer": set()})] == ["post_vacant"]
    one = {"the same person"}
    found = findings(BASE, people={**PEOPLE, "receiver": one, "acceptor": one, "second": one})
    assert [f.rule for f in found] == ["separate_from", "signers"]


def test_too_few_different_people_are_found_where_nobody_is_left() -> None:
    """Pair by pair there is somebody; together there is not."""
    rules = "      signatures:\n        - {meaning: {zh: 验收, en: accepted}}\n"
    third = BASE.replace(rules, rules + "        - {meaning: {zh: 看, en: seen}, post: receiver}\n")
    people = {**PEOPLE, "acceptor": {"Li"}, "receiver": {"Li", "Wang"}, "second": {"Wang", "Chen"}}
    found = findings(third, people=people)
    assert [(f.rule, f.step_id) for f in found] == [("separate_from", "check")]
    assert "nobody is left for this step" in found[0].en
    assert findings(third, people={**people, "receiver": {"Li", "Wang", "Zhao", "Sun"}}) == []
    alone = third.replace("      separate_from: [arrival]\n", "")
    assert [f.rule for f in findings(alone, people={**people, "receiver": {"Li"}})] == ["signers"]


def test_values_that_can_be_listed_can_be_routed() -> None:
    """Of an input with options, an event's choice, a called procedure's end and a table's output."""
    decide = "decide: {table: temperature, with: {mode: arrival.mode, temperature: arrival.temperature}}\n    routes: {within: next, excursion: refuse}"
    assert decide in BASE

    def routed(value: str, routes: str, before: str = "", inputs: str = "") -> list[str]:
        text = BASE.replace("required: true}\nmessages:", f"required: true}}\n{inputs}messages:", 1)
        made = f"{decide}\n{before}  - id: route\n    decide: {{value: {value}}}\n    routes: {{{routes}}}"
        found = findings(text.replace(decide, made, 1))
        return [f.rule for f in found if f.rule != "send_back_irreversible"]

    why = "  why: {type: text, required: true, label: {zh: 由, en: Why}, options: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}}\n"
    assert routed("inputs.why", "a: next, b: next", inputs=why) == []
    assert routed("inputs.why", "a: next", inputs=why) == ["routes"]
    call = "  - {id: errands, call: {sop: errand, with: {number: '1'}}}\n"
    assert routed("errands.outcome", "done: next, lost: next, cancelled: refuse", call) == []
    assert routed("errands.outcome", "done: next, lost: next", call) == ["routes"]
    field = "{type: choice, required: true, label: {zh: 答, en: Answer}, options: {y: {zh: 是, en: Y}, n: {zh: 否, en: N}}}"
    event = f"  - {{id: heard, wait: {{event: erp, key: \"'1'\", data: {{said: {field}}}}}}}\n"
    assert routed("heard.said", "y: next, n: next", event) == ["deadline"]
    assert routed("cold.verdict", "within: next, excursion: refuse") == []
    assert routed("inputs.advice.carrier", "a: next") == ["routes"]


def test_a_table_with_a_gap_an_overlap_or_a_failing_test_is_an_error() -> None:
    gap = TABLE.model_copy(update={"rows": TABLE.rows[:2]})
    assert "table_gap" in {f.rule for f in findings(BASE, gap)}
    overlap = TABLE.model_copy(update={"hit_policy": "unique"})
    assert "table_overlap" in {f.rule for f in findings(BASE, overlap)}
    raw = TABLE.model_dump() | {"tests": [{"given": {"mode": "ambient"}, "expect": {"verdict": "excursion"}}]}
    assert "table_test" in {f.rule for f in findings(BASE, DecisionTable.model_validate(raw))}


def test_every_rule_of_the_linter_is_seeded_and_documented() -> None:
    root = Path(__file__).parents[3]
    code = "".join(path.read_text(encoding="utf-8") for path in root.glob("domain/sop_lint*.py"))
    rules = set(re.findall(r'lint\.(?:error|warning|note)\(\s*f?"([a-z_{}]+)"', code)) | {
        "expression",
        "yaml",
        "schema",
    }
    rules = (rules - {"table_{kind}"}) | {"table_gap", "table_overlap"}
    seeded = {seed[0] for seed in SEEDED} | {
        "misplaced",
        "post_vacant",
        "signers",
        "table_test",
        "table_gap",
        "table_overlap",
        *("proof", "proof_unknown", "proof_idle", "loop", "constant", "never_done", "decision_unused"),
    }
    assert rules == seeded
    reference = (root / "docs/reference/sop-language.md").read_text(encoding="utf-8")
    assert {rule for rule in rules if f"`{rule}`" not in reference} == set()


def test_words_are_asked_of_a_text_that_cannot_be_read() -> None:
    parsed, found = lint_text("a: [", ALL_ACTIONS, {})
    assert parsed is None
    assert [f.rule for f in found] == ["yaml"]
