"""One scan says which batch a line is; the rest is scanned or typed - the rule by itself."""

from contextlib import nullcontext

import pytest

from domain.errors import Refusal
from domain.scanned_lines import LineNotScanned, QuantityNotScanned, QuantityNotTold, check_told

OUTCOMES = {"picked": {"reason": "optional"}, "short": {"reason": "required"}}


@pytest.mark.parametrize(
    ("outcome", "quantity", "scanned", "typed", "refusal"),
    [
        ("picked", 200, 200, False, None),  # scanned in full
        ("picked", 200, 1, True, None),  # one scanned, the others counted
        ("picked", 200, 1, False, QuantityNotTold),
        ("picked", 200, 0, True, LineNotScanned),
        ("picked", 200, 0, False, LineNotScanned),
        ("short", 199, 1, True, None),
        ("short", 199, 0, True, QuantityNotScanned),
        ("short", 0, 0, True, None),  # nothing is there: nothing to scan
    ],
)
def test_what_is_said_to_be_there_was_scanned_and_counted(
    outcome: str, quantity: int, scanned: int, typed: bool, refusal: type[Refusal] | None
) -> None:
    work = {"scan": "required", "outcomes": OUTCOMES}
    with pytest.raises(refusal) if refusal else nullcontext():
        check_told(work, 1, outcome, quantity=quantity, scanned=scanned, typed=typed)


@pytest.mark.parametrize("scan", [True, False])
def test_lists_that_do_not_ask_for_scans_do_not_ask_for_this(scan: bool) -> None:
    work = {"scan": scan, "outcomes": OUTCOMES}
    check_told(work, 1, "picked", quantity=5, scanned=0, typed=False)
