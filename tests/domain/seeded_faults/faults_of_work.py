"""Seeded faults of people, actions, expressions, forms and words."""

from __future__ import annotations

from domain.decision_table import DecisionTable
from tests.domain.seeded_faults.edits import PEOPLE, WORDS, Data, Fault, at


def _human(data: Data, step: str) -> Data:
    human: Data = at(data, step)["human"]
    return human


def _changed(tables: dict[str, DecisionTable], **more: object) -> dict[str, DecisionTable]:
    table = tables["stocktake_thresholds"]
    return {**tables, table.key: DecisionTable.model_validate({**table.model_dump(), **more})}


def _without_last_row(tables: dict[str, DecisionTable]) -> dict[str, DecisionTable]:
    rows = [row.model_dump() for row in tables["stocktake_thresholds"].rows]
    return _changed(tables, rows=rows[:-1], tests=[])


def _unlike_its_test(tables: dict[str, DecisionTable]) -> dict[str, DecisionTable]:
    test = tables["stocktake_thresholds"].tests[0]
    other = next(v for v in ("none", "warehouse", "quality") if v != test.expect["verdict"])
    return _changed(tables, tests=[{"given": test.given, "expect": {**test.expect, "verdict": other}}])


def _twice(tables: dict[str, DecisionTable]) -> dict[str, DecisionTable]:
    rows = [row.model_dump() for row in tables["stocktake_thresholds"].rows]
    return _changed(tables, rows=[*rows, rows[-1]], hit_policy="unique", tests=[])


ONE = frozenset({"Wang"})
TWO = frozenset({"Wang", "Li"})

PEOPLE_AND_TIME = (
    Fault(
        "post_unknown",
        "destruction",
        "selection",
        "no post `qa_specialst`",
        lambda d: _human(d, "selection").update(post="qa_specialst"),
    ),
    Fault(
        "post_vacant",
        "destruction",
        "selection",
        "nobody holds the post `qa_specialist`",
        lambda d: None,
        people={**PEOPLE, "qa_specialist": frozenset()},
    ),
    Fault(
        "deadline",
        "quality_hold",
        "investigation",
        "no deadline",
        lambda d: [_human(d, "investigation").pop(key, None) for key in ("due", "remind", "escalate")],
    ),
    Fault(
        "remind",
        "quality_hold",
        "decision",
        "not before the deadline",
        lambda d: _human(d, "decision").update(remind=["P30D"]),
    ),
    Fault(
        "escalate",
        "quality_hold",
        "decision",
        "before the deadline",
        lambda d: _human(d, "decision")["escalate"].update(after="PT1H"),
    ),
    Fault(
        "escalate",
        "sales_return",
        "arrival",
        "the post that has them anyway",
        lambda d: _human(d, "arrival")["escalate"].update(to={"post": "receiver"}),
    ),
    Fault(
        "separate_from",
        "destruction",
        "approval",
        "“List what may be destroyed” is neither a step of a person",
        lambda d: _human(d, "approval").update(separate_from=["propose"]),
    ),
    Fault(
        "separate_from",
        "purchase_return",
        "approval",
        "“Choose what goes back”: both posts are held by one and the same person",
        lambda d: None,
        people={**PEOPLE, "buyer": ONE, "qa_manager": ONE},
    ),
    Fault(
        "separate_from",
        "stocktaking",
        "approval",
        "nobody is left for this step who has not to do",
        lambda d: None,
        people={**PEOPLE, "keeper": TWO, "reviewer": TWO, "warehouse_manager": TWO, "qa_manager": TWO},
    ),
    Fault(
        "separate_from",
        "quality_hold",
        "investigation",
        "“Decision of quality” does not come before this step",
        lambda d: _human(d, "investigation").update(separate_from=["decision"]),
    ),
    Fault(
        "signers",
        "destruction",
        "execution",
        "2 signers are needed, 1 hold the posts",
        lambda d: _human(d, "execution").pop("separate_from"),
        people={**PEOPLE, "warehouse_manager": ONE, "qa_specialist": ONE},
    ),
    Fault(
        "signature_policy",
        "destruction",
        "execution",
        "3 needed, 2 listed",
        lambda d: _human(d, "execution").update(signature_policy={"need": 3}),
    ),
    Fault(
        "commands",
        "destruction",
        "approval",
        "`remind` is there twice",
        lambda d: _human(d, "approval").update(commands=["remind", "remind"]),
    ),
)

ACTIONS = (
    Fault(
        "action_unknown",
        "quality_hold",
        "unlock",
        "no action `quality.relase_batch`",
        lambda d: at(d, "unlock").update(action="quality.relase_batch"),
    ),
    Fault(
        "input_missing",
        "receiving_acceptance",
        "match",
        "`dispatch_advice` is missing",
        lambda d: at(d, "match")["with"].pop("dispatch_advice"),
    ),
    Fault(
        "input_unknown",
        "receiving_acceptance",
        "sample",
        "no input `share`",
        lambda d: at(d, "sample")["with"].update(share="'10'"),
    ),
    Fault(
        "type",
        "receiving_acceptance",
        "lock",
        "`reason` must be a text, this is yes or no",
        lambda d: at(d, "lock")["with"].update(reason="match.cold_chain"),
    ),
    Fault(
        "type",
        "expiry_check",
        "tell_moved",
        "yes or no is wanted here, this is a whole number",
        lambda d: at(d, "tell_moved").update(when="lock.count"),
    ),
    Fault(
        "columns",
        "stocktaking",
        "review",
        "no column `price`",
        lambda d: _human(d, "review")["lines"].update(reveal=["price"]),
    ),
    Fault(
        "refusal_unknown",
        "destruction",
        "order",
        "no refusal `no_furnace`",
        lambda d: at(d, "order")["refusals"].update(no_furnace="nothing"),
    ),
    Fault(
        "refusal_unrouted",
        "purchase_return",
        "propose",
        "open an incident: There is no such supplier",
        lambda d: at(d, "propose")["refusals"].pop("supplier_unknown"),
    ),
    Fault(
        "undo",
        "receiving_acceptance",
        "waiting_zone",
        "undo: receiving.return_from_waiting_zone",
        lambda d: at(d, "waiting_zone").pop("undo"),
    ),
    Fault(
        "undo",
        "quality_hold",
        "unlock",
        "irreversible: …",
        lambda d: at(d, "unlock").pop("irreversible"),
    ),
    Fault(
        "call_unknown",
        "recall",
        "contacted",
        "no version of `recall_customer` is in force",
        lambda d: at(d, "contacted")["call"].update(sop="recall_customer"),
    ),
    Fault(
        "call_cycle",
        "recall_consignee",
        "confirm",
        "the calls lead back",
        lambda d: d["steps"].insert(
            0, {"id": "confirm", "call": {"sop": "recall_consignee", "with": {}}, "title": WORDS}
        ),
    ),
    Fault(
        "table_unknown",
        "transfer",
        "cold_chain",
        "no decision table `cold_chain_limit`",
        lambda d: at(d, "cold_chain")["decide"].update(table="cold_chain_limit"),
    ),
    Fault("table_test", "stocktaking", "verdict", "test 1", lambda d: None, tables=_unlike_its_test),
    Fault("table_gap", "stocktaking", "verdict", "has no row for", lambda d: None, tables=_without_last_row),
    Fault("table_overlap", "stocktaking", "verdict", "has several rows", lambda d: None, tables=_twice),
)

EXPRESSIONS_AND_FORMS = (
    Fault(
        "expression",
        "receiving_acceptance",
        "excursion",
        "unknown name `cold_chain.verdit`",
        lambda d: at(d, "excursion")["decide"].update(value="cold_chain.verdit == 'excursion'"),
    ),
    Fault(
        "expression",
        "transfer",
        "difference",
        "`>` does not fit a whole number and a text",
        lambda d: at(d, "difference").update(when="count.lines.count_differs > 'x'"),
    ),
    Fault(
        "expression",
        "outbound_review",
        "reallocate",
        "may be absent",
        lambda d: at(d, "reallocate").update(when="short_decision.outcome == 'reallocate'"),
    ),
    Fault("scope", "quality_hold", None, "the scope must name its site", lambda d: d["scope"].pop("site")),
    Fault(
        "document_kind",
        "receiving_acceptance",
        None,
        "the kind must be one of",
        lambda d: d["inputs"]["purchase_order"].update(kind="invoice"),
    ),
    Fault(
        "form",
        "destruction",
        "execution",
        "has its form in `lines`",
        lambda d: _human(d, "execution").update(form={"note": {"type": "text", "label": WORDS}}),
    ),
    Fault(
        "field",
        "receiving_acceptance",
        "arrival",
        "the bounds are not valid",
        lambda d: _human(d, "arrival")["form"]["temperature"].update(min="61"),
    ),
    Fault(
        "field",
        "quality_hold",
        "investigation",
        "options belong to `choice`",
        lambda d: _human(d, "investigation").update(form={"why": {"type": "choice", "label": WORDS}}),
    ),
    Fault(
        "chinese_missing",
        "destruction",
        "selection",
        "Chinese text is missing",
        lambda d: _human(d, "selection")["instruction"].update(zh=" "),
    ),
    Fault(
        "english_missing",
        "destruction",
        "selection",
        "English text is missing",
        lambda d: _human(d, "selection")["instruction"].pop("en"),
    ),
    Fault(
        "message_unknown",
        "destruction",
        "tell_refused",
        "no message `refusd`",
        lambda d: at(d, "tell_refused")["notify"].update(template="refusd"),
    ),
    Fault(
        "placeholder",
        "receiving_acceptance",
        "tell_quality",
        "{supplier} has no value",
        lambda d: at(d, "tell_quality")["notify"]["with"].pop("supplier"),
    ),
    Fault(
        "message_unused",
        "destruction",
        None,
        "not used",
        lambda d: d["messages"].update(spare={"title": WORDS, "body": WORDS}),
    ),
    Fault("clauses", "quality_hold", None, "no clause is named", lambda d: d.pop("clauses")),
    Fault("cases", "quality_hold", None, "there are no cases", lambda d: d.pop("cases")),
    Fault(
        "case",
        "quality_hold",
        None,
        "there is no step `decison`",
        lambda d: d["cases"][0]["answers"].update(decison={}),
    ),
    Fault(
        "too_large",
        "quality_hold",
        None,
        "too large",
        lambda d: d.update(summary={"zh": "长" * 100_000, "en": "long"}),
    ),
    Fault(
        "schema",
        "quality_hold",
        "decision",
        "human.post",
        lambda d: _human(d, "decision").pop("post"),
    ),
    Fault(
        "schema",
        "recall",
        "report",
        "human.due",
        lambda d: _human(d, "report").update(due="soon"),
    ),
)
