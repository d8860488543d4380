"""Seeded faults that break what a shipped definition promises: each kind of proof at least once."""

from __future__ import annotations

from typing import Any

from tests.domain.seeded_faults.edits import Data, Fault, at


def _human(data: Data, step: str) -> Data:
    human: Data = at(data, step)["human"]
    return human


def _promise(data: Data, **proof: Any) -> None:
    data["proofs"] = [proof]


def _past(data: Data, step: str, target: str) -> None:
    at(data, step).update(go=target)


def _nobody_reviews(data: Data) -> None:
    _promise(data, never={"deed": "adjust"}, without={"persons": "any"})
    for step in ("second_count", "review", "approval"):
        _human(data, step).pop("separate_from")


def _rejected_goods_are_inspected(data: Data) -> None:
    _human(data, "excursion_decision")["outcomes"]["reject"].update(go="check")
    at(data, "cold_chain")["routes"].update(refuse="reject_all")


PROOFS = (
    # signed: the step is skipped on some path, or its signature is asked for only sometimes
    Fault(
        "proof",
        "receiving_acceptance",
        "book_in",
        "without a signature on “Acceptance batch by batch”",
        lambda d: at(d, "acceptance").update(when="match.cold_chain"),
    ),
    Fault(
        "proof",
        "receiving_acceptance",
        "unlock",
        "“Decide on the excursion” is signed only under a condition",
        lambda d: _human(d, "excursion_decision")["signature"].update(when="match.special_control"),
    ),
    Fault(
        "proof",
        "outbound_review",
        "settle",
        "without a signature on “Decide on what the review refused”",
        lambda d: at(d, "settle").pop("when"),
    ),
    # signed_by
    Fault(
        "proof",
        "recall",
        "conclusion",
        "without a signature by the post “qa_manager”",
        lambda d: [_human(d, step).pop("signature") for step in ("scope", "assessment")],
    ),
    # done, with an outcome
    Fault(
        "proof",
        "destruction",
        "record",
        "unless “Approve the destruction” ended with “Approve”",
        lambda d: _human(d, "approval")["outcomes"]["refused"].update(go="next"),
    ),
    Fault(
        "proof",
        "quality_hold",
        "unlock",
        "unless “Decision of quality” ended with “Release”",
        lambda d: _human(d, "decision")["outcomes"]["reject"].update(go="next"),
    ),
    # two persons at two steps
    Fault(
        "proof",
        "outbound_review",
        "issue",
        "“Pick” and “Outbound review” may be done by the same person",
        lambda d: _human(d, "review").pop("separate_from"),
    ),
    Fault(
        "proof",
        "transfer",
        "dispatch",
        "It fails on this path",
        lambda d: _past(d, "pick", "dispatch"),
    ),
    # two persons at one step
    Fault(
        "proof",
        "destruction",
        "record",
        "“Destroy before a witness” is not always signed by two persons",
        lambda d: _human(d, "execution")["signatures"].pop(),
    ),
    # two persons anywhere
    Fault("proof", "stocktaking", "adjust", "without a second person", _nobody_reviews),
    # after ... never, also with what must stand
    Fault(
        "proof",
        "stocktaking",
        "adjust",
        "After “Approval by quality” ended with “Do not approve”",
        lambda d: _human(d, "approval")["outcomes"]["refused"].update(go="next"),
    ),
    Fault(
        "proof",
        "stocktaking",
        "adjust",
        "After “Who approves” ended with “",
        lambda d: at(d, "approval").update(when="verdict.verdict == 'warehouse'"),
    ),
    Fault(
        "proof",
        "transfer",
        "book_in",
        "After “Decide on the excursion” ended with “Reject everything”",
        _rejected_goods_are_inspected,
    ),
    # ends, after something and always
    Fault(
        "proof",
        "receiving_acceptance",
        "end_refused",
        "every path ends with",
        lambda d: _human(d, "excursion_decision")["outcomes"]["keep"].update(go="refuse"),
    ),
    Fault(
        "proof",
        "expiry_check",
        "end_nothing_expired",
        "Every path ends with",
        lambda d: _promise(d, ends=["expired_locked"]),
    ),
    # a step as the subject
    Fault(
        "proof",
        "quality_hold",
        "tell_released",
        "No path performs “Tell the warehouse”",
        lambda d: _promise(d, never={"step": "tell_released"}, without={"signed_by": "manager"}),
    ),
    Fault(
        "proof_unknown",
        "outbound_review",
        "issue",
        "no step `reveiw`",
        lambda d: _promise(d, never={"deed": "ship"}, without={"persons": ["pick", "reveiw"]}),
    ),
    Fault(
        "proof_unknown",
        "destruction",
        "approval",
        "never ends with `approve`",
        lambda d: _promise(d, never={"deed": "destroy"}, without={"done": "approval", "outcome": "approve"}),
    ),
    Fault(
        "proof_idle",
        "expiry_check",
        None,
        "says nothing",
        lambda d: _promise(d, never={"deed": "destroy"}, without={"persons": "any"}),
    ),
)
