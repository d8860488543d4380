"""Seeded faults of names, flow, conditions and loops."""

from __future__ import annotations

from tests.domain.seeded_faults.edits import WORDS, Data, Fault, at


def _insert(data: Data, before: str, step: Data) -> None:
    place = next(n for n, one in enumerate(data["steps"]) if one.get("id") == before)
    data["steps"].insert(place, step)


def _last_out(data: Data) -> None:
    data["steps"].pop()


def _inner_end(data: Data) -> None:
    at(data, "work")["parallel"]["branches"]["red"].append({"end": "early", "title": WORDS})


FLOW = (
    Fault(
        "duplicate_id",
        "quality_hold",
        "decision",
        "`decision` is used twice",
        lambda d: at(d, "investigation").update(id="decision"),
    ),
    Fault(
        "reserved_name", "quality_hold", "run", "reserved", lambda d: at(d, "investigation").update(id="run")
    ),
    Fault(
        "unreachable",
        "destruction",
        "order",
        "cannot be reached",
        lambda d: _insert(d, "order", {"end": "early", "title": WORDS}),
    ),
    Fault(
        "unreachable",
        "quality_hold",
        "reject_for_return",
        "nothing leads to the section `to_supplier`",
        lambda d: at(d, "decision")["human"]["outcomes"]["return_to_supplier"].update(go="rejected"),
    ),
    Fault("dead_end", "sales_return", "settle", "breaks off here", _last_out),
    Fault(
        "target",
        "quality_hold",
        "decision",
        "no step or section `rejectd`",
        lambda d: at(d, "decision")["human"]["outcomes"]["reject"].update(go="rejectd"),
    ),
    Fault(
        "target",
        "purchase_return",
        "hand_over",
        "“Approve the return” comes before",
        lambda d: at(d, "hand_over").update(go="approval"),
    ),
    Fault(
        "target",
        "expiry_check",
        "carry",
        "entered from the root only",
        lambda d: at(d, "carry").update(go="nothing"),
    ),
    Fault(
        "routes",
        "receiving_acceptance",
        "cold_chain",
        "`refuse` has no route",
        lambda d: at(d, "cold_chain")["routes"].pop("refuse"),
    ),
    Fault(
        "routes",
        "stocktaking",
        "verdict",
        "the decision never gives `manager`",
        lambda d: at(d, "verdict")["routes"].update(manager="next"),
    ),
    Fault(
        "routes",
        "receiving_acceptance",
        "excursion",
        "open-ended",
        lambda d: at(d, "excursion").update(decide={"value": "inputs.dispatch_advice.carrier"}),
    ),
    Fault(
        "wait_for",
        "recall_consignee",
        "confirmation",
        "only 2 branches",
        lambda d: at(d, "confirmation")["parallel"].update(wait_for=3),
    ),
    Fault("end_inside", "expiry_check", "end_early", "ends the whole run", _inner_end),
    Fault(
        "send_back",
        "purchase_return",
        "pick",
        "“Check and hand over”: it does not come before",
        lambda d: at(d, "pick")["human"].update(send_back=["hand_over"]),
    ),
    Fault(
        "send_back_irreversible",
        "receiving_acceptance",
        "put_away",
        "“Write the acceptance record” in between cannot be undone",
        lambda d: at(d, "put_away")["human"].update(send_back=["acceptance"]),
    ),
    Fault(
        "loop",
        "recall",
        "reporting",
        "rests on nothing done inside",
        lambda d: at(d, "reporting")["repeat"].update(until="consignees.lines.count == 0"),
    ),
    Fault(
        "loop",
        "recall",
        "settle",
        "up to 200 rounds at once",
        lambda d: at(d, "settle")["repeat"]["steps"].pop(1),
    ),
    Fault(
        "constant",
        "stocktaking",
        "alarm",
        "always true",
        lambda d: at(d, "alarm").update(when="2 > 1"),
    ),
    Fault(
        "never_done",
        "destruction",
        "order",
        "no path does this step",
        lambda d: at(d, "order").update(when="approval.outcome == 'refused'"),
    ),
    Fault(
        "never_done",
        "stocktaking",
        "approval",
        "no path does this step",
        lambda d: at(d, "approval").update(when="verdict.verdict == 'none'"),
    ),
    Fault(
        "decision_unused",
        "purchase_return",
        "anything_gone",
        "nothing comes of this decision",
        lambda d: (at(d, "anything_gone").pop("routes"), d["sections"].pop("recalled")),
    ),
    Fault(
        "misplaced",
        "quality_hold",
        "investigation",
        "`undo` belongs to actions",
        lambda d: at(d, "investigation").update(undo="quality.undo_hold"),
    ),
)
