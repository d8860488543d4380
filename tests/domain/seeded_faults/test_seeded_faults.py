"""Every rule of the linter finds its seeded fault and names the card; what is shipped has no false alarm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.action_catalogue import CATALOGUE
from domain.sop_yaml import parse
from services import sop_files
from tests.domain.seeded_faults.all_faults import FAULTS
from tests.domain.seeded_faults.edits import Fault, found, linted

AT_LEAST = 40


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.rule}-{fault.sop}-{fault.step}")
def test_a_seeded_fault_is_found_and_names_its_card(fault: Fault) -> None:
    findings = found(fault)
    mine = [f for f in findings if f.rule == fault.rule and f.step_id == fault.step]
    assert mine, f"not found among {[str(f) for f in findings if f.rule != 'refusal_unrouted']}"
    assert any(fault.says in f.en for f in mine), [f.en for f in mine]
    assert all(f.zh and f.zh != f.en for f in mine)


def test_at_least_forty_faults_cover_every_rule() -> None:
    assert len(FAULTS) >= AT_LEAST
    root = Path(__file__).parents[3]
    code = "".join(path.read_text(encoding="utf-8") for path in root.glob("domain/sop_lint*.py"))
    rules = set(re.findall(r'lint\.(?:error|warning)\(\s*f?"([a-z_{}]+)"', code))
    named = rules - {"table_{kind}"} | {"table_gap", "table_overlap", "expression", "schema"}
    assert named <= {fault.rule for fault in FAULTS}


def test_a_text_that_is_no_definition_is_found_at_its_line() -> None:
    text = sop_files.newest("quality_hold").text.replace("\nsteps:\n", "\nsteps: []\nsteps:\n", 1)
    (doubled,) = linted(text)
    assert (doubled.rule, doubled.zh) == ("yaml", "键“steps”重复")
    assert text.splitlines()[doubled.line - 2 : doubled.line] == ["steps: []", "steps:"]


LEFT_TO_THE_OWNER = {
    "batch_unknown": "the batch that is to be held is not on record: whoever names it puts that right",
    "batch_unreadable": "a document of the recall's scope cannot be read: its author corrects it",
    "goods_carried_off": "what a new count corrects was carried on: it is put back first",
    "insufficient_stock": "the books have less than was picked: a stocktake comes before anything else",
    "ledger_changed": "the books moved between count and adjustment: they are counted again",
    "location_unknown": "a place was put out of use after it was scanned",
    "location_unsuitable": "a place was given another class after it was scanned",
    "material_unknown": "master data are missing: the delivery waits until they are there",
    "no_recall_zone": "a site without such a zone: set up once, by its owner",
    "no_rejected_zone": "as above",
    "no_returned_zone": "as above",
    "no_shipping_zone": "as above",
    "no_storage_place": "as above",
    "no_waiting_zone": "as above",
    "not_allocated": "somebody took the allocation back while the decision was made",
    "not_in_transit": "the goods are not where the books have them",
    "over_quantity": "more than may go back was approved",
    "plan_incomplete": "the plan names a place that does not exist",
    "quantity_differs": "what was counted is not what was sent, and nobody confirmed it",
    "quantity_mismatch": "the lines do not add up to what arrived",
    "quantity_not_returnable": "more than was sold",
    "reason_missing": "a line was answered without its reason",
    "return_exceeds_delivery": "more than was delivered",
    "return_exceeds_sale": "more than was sold",
    "serial_conflict": "a serial number is on record elsewhere: perhaps a forgery, never routine",
    "serial_elsewhere": "as above",
    "serial_not_delivered": "as above",
    "serial_not_sold": "as above",
    "serials_incomplete": "not every piece was scanned",
    "serials_unclear": "nobody knows which pieces these are",
    "stock_changed": "the books moved between order and record",
    "stock_gone": "as above",
    "stock_reserved": "what is to be adjusted was promised meanwhile",
    "batch_on_hold": "a batch was sealed after it was approved",
}
"""Refusals that no shipped procedure routes, and why an incident for its owner is right."""


def test_what_is_shipped_has_no_error_no_warning_and_only_these_notes() -> None:
    left = []
    for file in sop_files.definition_files():
        for finding in linted(file.text):
            assert finding.severity == "note", f"{file.key}: {finding}"
            assert finding.rule == "refusal_unrouted", f"{file.key}: {finding}"
            step = next(one for one in parse(file.text).definition.walk() if one.id == finding.step_id)
            refusals = CATALOGUE[step.action or ""].refusals
            unrouted = [name for name in refusals if name not in step.refusals]
            assert all(refusals[name].en in finding.en for name in unrouted)
            left += [(name, file.key) for name in unrouted]
    assert {name for name, _ in left} == LEFT_TO_THE_OWNER.keys()
