"""Proofs: each kind of sentence holds where it should, fails with its path where it should, and says so."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from domain.action_catalogue import CATALOGUE
from domain.sop_deeds import DEEDS, PREPARING
from domain.sop_definition import SopDefinition
from domain.sop_findings import Finding
from domain.sop_lint import lint
from domain.sop_proof import Proof
from domain.sop_proof_proposals import proposals
from domain.sop_proof_words import path_words, sentence
from domain.sop_proofs import Prover, Result
from domain.sop_yaml import parse, to_yaml
from services import sop_files
from tests.domain.language.definitions import ALL_ACTIONS, WORDS, definition, human

SHIP = {"id": "ship", "action": "outbound.issue", "irreversible": WORDS}
END = {"end": "done"}
YES_NO = {"outcomes": {"yes": {"label": WORDS}, "no": {"label": WORDS}}}
SIGNED = {"signature": {"meaning": WORDS}}
LINES = {"id": "make", "action": "probe.lines", "with": {"n": "3"}}


def prove(steps: list[dict[str, Any]], proof: dict[str, Any], bound: int = 5_000, **more: Any) -> Result:
    return Prover(definition(steps, **more), ALL_ACTIONS, {}, bound=bound).prove(Proof.model_validate(proof))


def never(**without: Any) -> dict[str, Any]:
    return {"never": {"deed": "ship"}, "without": without}


def path(result: Result) -> list[str]:
    return [step.step + (f"={step.answer}" if step.answer else "") for step in result.path]


def test_a_signature_that_every_path_asks_for_holds_and_one_that_a_skip_avoids_does_not() -> None:
    check = human("check", **SIGNED)
    assert prove([check, SHIP, END], never(signed="check")).verdict == "holds"
    ask = human("ask", **YES_NO)
    failed = prove([ask, {**check, "when": "ask.outcome == 'yes'"}, SHIP, END], never(signed="check"))
    assert (failed.verdict, path(failed)) == ("fails", ["ask=no", "check", "ship"])
    assert [step.why for step in failed.path] == ["outcome", "skipped", "done"]


def test_a_signature_under_a_condition_is_none() -> None:
    rules = {"signatures": [{"meaning": WORDS, "when": "make.lines.count > 2"}]}
    assert prove([LINES, human("check", **rules), SHIP, END], never(signed="check")).verdict == "fails"


@pytest.mark.parametrize(
    ("policy", "persons", "verdict"),
    [({}, ["a"], "holds"), ({"need": "any"}, ["a"], "fails"), ({"need": "majority"}, ["a"], "holds")],
)
def test_two_signatures_of_a_step_are_two_persons_unless_the_policy_asks_for_fewer(
    policy: dict[str, Any], persons: list[str], verdict: str
) -> None:
    more = {"signature_policy": policy} if policy else {}
    rules = {"signatures": [{"meaning": WORDS}, {"meaning": WORDS, "post": "second"}], **more}
    steps = [human("a", **rules), SHIP, END]
    assert prove(steps, never(persons=persons)).verdict == verdict
    assert prove(steps, never(persons="any")).verdict == verdict
    assert prove(steps, never(signed_by="second")).verdict == ("fails" if policy else "holds")


def test_two_persons_are_two_steps_of_which_one_is_separate_from_the_other() -> None:
    apart = [human("pick"), human("review", separate_from=["pick"]), SHIP, END]
    assert prove(apart, never(persons=["pick", "review"])).verdict == "holds"
    assert prove(apart, never(persons="any")).verdict == "holds"
    anybody = [human("pick"), human("review"), SHIP, END]
    assert prove(anybody, never(persons=["pick", "review"])).verdict == "fails"
    assert prove(anybody, never(persons="any")).verdict == "fails"


def test_an_outcome_is_that_of_the_answer_that_stands() -> None:
    refuse = {"no": {"label": WORDS, "go": "stop"}}
    ask = human("ask", outcomes={**YES_NO["outcomes"], **refuse})
    steps, sections = [ask, SHIP, END], {"stop": [{"end": "stopped"}]}
    assert prove(steps, never(done="ask", outcome="yes"), sections=sections).verdict == "holds"
    after = {"after": {"step": "ask", "outcome": "no"}, "never": {"deed": "ship"}}
    assert prove(steps, after, sections=sections).verdict == "holds"
    ends = {"after": {"step": "ask", "outcome": "no"}, "ends": ["stopped"]}
    assert prove(steps, ends, sections=sections).verdict == "holds"
    all_ends = prove(steps, {"ends": ["done"]}, sections=sections)
    assert path(all_ends) == ["ask=no", "end_stopped=stopped"]
    straight = [human("ask", **YES_NO), SHIP, END]
    assert prove(straight, never(done="ask", outcome="yes")).verdict == "fails"
    assert path(prove(straight, after)) == ["ask=no", "ship"]


def test_who_is_sent_back_answers_anew_and_the_new_answer_stands() -> None:
    """A refusal may be sent back and reworked: the deed afterwards is no deed after a refusal."""
    refuse = {"no": {"label": WORDS, "go": "look"}}
    ask = human("ask", outcomes={**YES_NO["outcomes"], **refuse})
    look = human("look", send_back=["ask"], outcomes={"stop": {"label": WORDS, "go": "stop"}})
    steps = [ask, {**SHIP, "go": "fin"}, look, {"id": "fin", "end": "done"}]
    sections = {"stop": [{"end": "stopped"}]}
    after = {"after": {"step": "ask", "outcome": "no"}, "never": {"deed": "ship"}}
    assert prove(steps, after, sections=sections).verdict == "holds"
    assert prove(steps, never(done="ask", outcome="yes"), sections=sections).verdict == "holds"


def test_a_refused_action_is_not_done_and_its_refusal_is_a_way_of_its_own() -> None:
    book = {"id": "hold", "action": "holds.close", "with": {"lines": "make.lines"}, "irreversible": WORDS}
    proof = {"never": {"deed": "release"}, "without": {"done": "say"}}
    say = {"id": "say", "action": "probe.refuse", "refusals": {"not_today": "hold"}}
    assert path(prove([LINES, say, book, END], proof)) == ["make", "say=not_today", "hold"]
    away = {**say, "refusals": {"not_today": "stop"}}
    sections = {"stop": [{"end": "stopped"}]}
    assert prove([LINES, away, book, END], proof, sections=sections).verdict == "holds"


def test_each_line_needs_its_own_evidence_and_outside_a_loop_that_of_a_line_is_none() -> None:
    each = {"id": "each", "for_each": {"lines": "make.lines", "steps": [human("check", **SIGNED), SHIP]}}
    assert prove([LINES, each, END], never(signed="check")).verdict == "holds"
    some = human("check", **SIGNED) | {"when": "line.number > 1"}
    each = {"id": "each", "for_each": {"lines": "make.lines", "steps": [some, SHIP]}}
    assert prove([LINES, each, END], never(signed="check")).verdict == "fails"
    inside = {"id": "each", "for_each": {"lines": "make.lines", "steps": [human("check", **SIGNED)]}}
    outside = prove([LINES, inside, SHIP, END], never(signed="check"))
    assert path(outside) == ["make", "each", "ship"]


def test_a_refusal_of_one_line_does_not_bind_the_next_but_what_follows_all_of_them() -> None:
    ask = human("ask", outcomes={"yes": {"label": WORDS}, "no": {"label": WORDS, "go": "last"}})
    last = {"id": "last", "action": "probe.echo"}
    each = {"id": "each", "for_each": {"lines": "make.lines", "steps": [ask, SHIP, last]}}
    after = {"after": {"step": "ask", "outcome": "no"}, "never": {"deed": "ship"}}
    assert prove([LINES, each, END], after).verdict == "holds"
    inside = {"id": "each", "for_each": {"lines": "make.lines", "steps": [human("ask", **YES_NO)]}}
    assert prove([LINES, inside, SHIP, END], after).verdict == "fails"


def test_each_round_needs_its_own_evidence_and_the_last_one_counts_behind_it() -> None:
    def again(steps: list[dict[str, Any]], until: str) -> dict[str, Any]:
        return {"id": "again", "repeat": {"steps": steps, "limit": 3, "until": until}}

    look, ask = human("look", **SIGNED), human("ask", **YES_NO)
    assert (
        prove([again([look, ask], "ask.outcome == 'yes'"), SHIP, END], never(signed="look")).verdict
        == "holds"
    )
    outcome = never(done="ask", outcome="yes")
    settled = prove([again([ask], "ask.outcome == 'yes'"), SHIP, END], outcome)
    assert (settled.verdict, bool(settled.ruled_out)) == ("holds", True)
    other = prove([again([ask], "ask.outcome == 'no'"), SHIP, END], outcome)
    assert path(other) == ["again", "ask=no", "ship"]
    early = again([{**SHIP, "when": "make.lines.count > 2"}, look], "look.outcome == 'done'")
    assert prove([LINES, early, END], never(signed="look")).verdict == "fails"


def test_branches_are_walked_in_every_order_and_the_first_that_is_enough_ends_them() -> None:
    def both(wait_for: str) -> dict[str, Any]:
        branches = {"left": [human("check", **SIGNED)], "right": [human("other", **SIGNED), SHIP]}
        return {"id": "both", "parallel": {"branches": branches, "wait_for": wait_for}}

    assert prove([both("all"), END], never(signed="other")).verdict == "holds"
    assert path(prove([both("all"), END], never(signed="check"))) == ["both", "other", "ship"]
    after = {"id": "both", "parallel": {"branches": {"l": [human("check", **SIGNED)], "r": [human("x")]}}}
    assert prove([after, SHIP, END], never(signed="check")).verdict == "holds"
    after["parallel"]["wait_for"] = "any"  # type: ignore[index]
    assert path(prove([after, SHIP, END], never(signed="check"))) == ["both", "x", "ship"]


def test_one_condition_has_one_value_until_what_it_rests_on_changes() -> None:
    """Two steps under the same condition are both done or both skipped; after a new answer it may differ."""
    when = "make.lines.count > 2"
    steps = [LINES, human("check", **SIGNED) | {"when": when}, {**SHIP, "when": when}, END]
    held = prove(steps, never(signed="check"))
    assert held.verdict == "holds"
    assert {(step, guard.source, guard.value) for step, guard in held.ruled_out} == {
        ("ship", when, "true"),
        ("ship", when, "false"),
    }
    anew = [*steps[:2], {**LINES, "id": "more"}, {**SHIP, "when": when.replace("make", "more")}, END]
    assert prove(anew, never(signed="check")).verdict == "fails"
    by_time = "run.now > timestamp('2026-01-01T00:00:00Z')"
    clock = [human("check", **SIGNED) | {"when": by_time}, {**SHIP, "when": by_time}, END]
    assert prove(clock, never(signed="check")).verdict == "fails"


def test_a_time_out_leaves_a_wait_without_its_answer() -> None:
    wait = {"event": "answer", "key": "'1'", "timeout": {"after": "P1D", "go": "next"}}
    heard = {"id": "heard", "wait": wait}
    assert path(prove([heard, SHIP, END], never(done="heard"))) == ["heard", "ship"]
    stopped = {"id": "heard", "wait": {**wait, "timeout": {"after": "P1D", "go": "stop"}}}
    sections = {"stop": [{"end": "stopped"}]}
    assert prove([stopped, SHIP, END], never(done="heard"), sections=sections).verdict == "holds"


def test_more_situations_than_the_bound_prove_nothing() -> None:
    branches = {f"b{n}": [human(f"h{n}{m}") for m in range(4)] for n in range(4)}
    steps = [{"id": "both", "parallel": {"branches": branches}}, human("check", **SIGNED), SHIP, END]
    assert prove(steps, never(signed="check"), bound=100).verdict == "undecided"
    assert prove(steps, never(signed="check")).verdict == "holds"


def test_a_sentence_about_what_the_procedure_never_does_says_nothing() -> None:
    assert prove([human("check", **SIGNED), END], never(signed="check")).verdict == "idle"


@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"never": {"deed": "ship"}},
        {"never": {"deed": "ship", "step": "a"}, "without": {"signed": "a"}},
        {"never": {"deed": "ship"}, "without": {"signed": "a", "done": "b"}},
        {"never": {"deed": "ship"}, "without": {"signed": "a", "outcome": "b"}},
        {"ends": ["done"], "without": {"signed": "a"}},
        {"ends": []},
    ],
)
def test_what_is_no_sentence_is_refused(proof: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Proof.model_validate(proof)


def test_sentences_and_paths_read_in_both_languages() -> None:
    file = sop_files.newest("receiving_acceptance")
    shipped = parse(file.text).definition
    said = sentence(shipped.proofs[0], shipped)
    assert said.zh == "没有“逐批验收”的签名，任何路径都不会将药品入合格品库"
    assert said.en == "No path books stock in without a signature on “Acceptance batch by batch”"
    result = Prover(shipped, CATALOGUE, sop_files.tables()).prove(Proof(ends=["held"]))
    assert path_words(result.path, shipped).zh.startswith("核对采购订单（被拒绝：查无此采购订单） → 拒收")


def test_shipped_proofs_hold_and_their_states_are_counted() -> None:
    for file in sop_files.definition_files():
        shipped = parse(file.text).definition
        prover = Prover(shipped, CATALOGUE, sop_files.tables(), sop_files.called_sops())
        assert shipped.proofs, file.key
        for proof in shipped.proofs:
            result = prover.prove(proof)
            assert result.verdict == "holds", sentence(proof, shipped).en
            assert 0 < result.states < result.bound


def test_what_is_usual_before_a_deed_is_offered_and_holds_in_what_is_shipped() -> None:
    for file in sop_files.definition_files():
        shipped = parse(file.text).definition
        offered = proposals(Prover(shipped, CATALOGUE, sop_files.tables(), sop_files.called_sops()))
        assert not [sentence(r.proof, shipped).en for r in offered if r.verdict != "holds"]
        assert not [r for r in offered if r.proof in shipped.proofs]
    alone = definition([human("pick"), SHIP, END])
    (offer,) = proposals(Prover(alone, CATALOGUE, {}))
    assert (offer.verdict, sentence(offer.proof, alone).zh) == (
        "fails",
        "没有第二人签名或复核，任何路径都不会将药品发给客户",
    )


def test_every_action_on_stock_or_holds_does_a_deed_or_prepares_one() -> None:
    named = [action for deed in DEEDS.values() for action in deed.actions]
    assert len(named) == len(set(named))
    touching = {spec.name for spec in CATALOGUE.values() if {"stock", "hold"} & set(spec.effects)}
    assert touching <= set(named) | PREPARING
    assert set(named) | PREPARING <= CATALOGUE.keys()
    assert not set(named) & PREPARING


def findings(steps: list[dict[str, Any]], *proofs: dict[str, Any], **more: Any) -> list[Finding]:
    text = to_yaml(definition(steps, proofs=list(proofs), clauses=["GSP 1"], **more))
    return [f for f in lint(parse(text), ALL_ACTIONS, {}) if f.rule.startswith("proof")]


def test_the_linter_reports_a_failing_proof_at_its_card_with_the_path() -> None:
    (found,) = findings([human("pick"), human("review"), SHIP, END], never(persons=["pick", "review"]))
    assert (found.severity, found.rule, found.step_id) == ("error", "proof", "ship")
    assert found.en.endswith("It fails on this path: pick → review → ship")
    assert "pick” and “review” may be done by the same person" in found.en
    assert "不符合的路径：pick → review → ship" in found.zh


@pytest.mark.parametrize(
    ("proof", "step", "says"),
    [
        ({"never": {"deed": "fly"}, "without": {"done": "pick"}}, None, "deed `fly`"),
        ({"never": {"step": "fly"}, "without": {"done": "pick"}}, None, "step `fly`"),
        (never(signed="nobody"), "ship", "step `nobody`"),
        (never(signed="pick"), "pick", "has no signature"),
        (never(done="pick", outcome="maybe"), "pick", "never ends with `maybe`"),
        (never(persons=["pick", "ship"]), "ship", "is no step of a person"),
        ({"ends": ["heaven"]}, None, "outcome `heaven`"),
        ({"after": {"step": "both"}, "never": {"deed": "ship"}}, "both", "no single step"),
    ],
)
def test_a_proof_that_names_what_is_not_there_is_an_error(
    proof: dict[str, Any], step: str | None, says: str
) -> None:
    both = {"id": "both", "parallel": {"branches": {"a": [human("x")]}}}
    (found,) = findings([human("pick"), both, SHIP, END], proof)
    assert (found.severity, found.rule, found.step_id) == ("error", "proof_unknown", step)
    assert says in found.en


def test_a_proof_that_says_nothing_is_a_warning_and_one_that_holds_no_finding() -> None:
    checked = [human("check", **SIGNED), SHIP, END]
    assert findings(checked, never(signed="check"), never(persons="any"))[0].step_id == "ship"
    assert findings(checked, never(signed="check")) == []
    idle = findings(checked, {"never": {"deed": "destroy"}, "without": {"signed": "check"}})
    assert [(f.severity, f.rule) for f in idle] == [("warning", "proof_idle")]


def test_without_proofs_a_definition_reads_and_hashes_as_before() -> None:
    plain = definition([human("check"), END])
    assert "proofs" not in plain.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    file = sop_files.newest("outbound_review")
    shipped: SopDefinition = parse(file.text).definition
    assert parse(to_yaml(shipped)).definition.proofs == shipped.proofs
