"""What is signed is bound to all that was shown and answered: any difference is another hash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answers import answer_hash
from domain.signatures import MeaningMismatch, Rule, check_meaning, rule_for
from domain.sop_definition import Text
from domain.sop_progress.refusals import CommandRefused
from domain.submissions import (
    REFUSAL_KINDS,
    SubmissionRefused,
    command_content,
    printable,
    signed_content,
    signing_content,
)

BASE = {
    "task_content": "a" * 64,
    "epoch": 1,
    "outcome": "ok",
    "data": {"x": 1},
    "lines_root": None,
    "reason": None,
}


@pytest.mark.parametrize(
    "change",
    [
        {"task_content": "b" * 64},
        {"epoch": 2},
        {"outcome": "bad"},
        {"data": {"x": 2}},
        {"data": {"x": "1"}},
        {"lines_root": "c" * 64},
        {"reason": ""},
    ],
)
def test_any_difference_is_another_signed_content(change: dict[str, object]) -> None:
    assert signed_content(**{**BASE, **change}) != signed_content(**BASE)  # type: ignore[arg-type]


def test_kinds_of_hashes_never_meet() -> None:
    hashes = {
        signed_content(**BASE),  # type: ignore[arg-type]
        signing_content(content_hash="a" * 64, epoch=1, rule=0, actor="x"),
        command_content(kind="cancel", run="r", actor="x", reason="y", to=None, task_path=None),
        answer_hash(outcome="ok", data={"x": 1}, lines=None, reason=None),
    }
    assert len(hashes) == 4


def test_every_refusal_of_the_interpreter_has_its_kind() -> None:
    for refusal in CommandRefused.__subclasses__():
        assert REFUSAL_KINDS[refusal.code] == refusal.kind
        assert SubmissionRefused(refusal.code, "中", "en").kind == refusal.kind
    assert SubmissionRefused("something new", "中", "").message("en") == "中"


def rule(index: int, post: str | None = None) -> Rule:
    return Rule(index, Text(zh="验收", en="accepted"), post or "acceptor", post, None, None)


def test_the_first_unmet_rule_that_the_signer_can_give_is_taken() -> None:
    rules = [rule(0), rule(1, "second"), rule(2, "third")]
    assert rule_for(rules, (), lambda r: True) == rules[0]
    assert rule_for(rules, (0,), lambda r: r.post_id == "third") == rules[2]
    assert rule_for(rules, (0, 1, 2), lambda r: True) is None


def test_a_meaning_is_the_definitions_in_either_language() -> None:
    for said in (None, "", "验收", " accepted "):
        check_meaning(rule(0), said)
    with pytest.raises(MeaningMismatch):
        check_meaning(rule(0), "rejected")


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda v: st.lists(v) | st.dictionaries(st.text(), v))
)
def test_what_is_kept_can_be_printed_and_stays_so(value: object) -> None:
    kept = printable(value)
    assert printable(kept) == kept
    assert "\x00" not in str(kept)
    repr(kept).encode()
