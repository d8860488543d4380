"""The printed orders say what the purchase and sales records must: who made it, how much, at what price (GSP 68, 91)."""

from typing import Any

import pytest

from domain.documents import PurchaseOrderIn
from services import document_notes, documents
from tests.pdf_text import text_of
from tests.services.company import Company, order


def priced(**more: Any) -> dict[str, Any]:
    return order("PO-9", {"line": 1, "material": "M1", "quantity": "40", "unit": "盒", **more})


@pytest.mark.parametrize(("language", "words"), [("zh", "单价（元）"), ("en", "Price (CNY)")])
async def test_a_purchase_order_says_price_amount_form_and_manufacturer(
    company: Company, language: str, words: str
) -> None:
    made = await company.enter(priced(price="12.5"))
    _name, content = await document_notes.pdf(company.platform, made, actor=company.admin, language=language)
    text = text_of(content)
    found = await documents.get(company.platform, made, actor=company.admin)
    [line] = found.lines.items
    assert line.manufacturer and line.dosage_form
    for told in (words, "12.5", "500.00", line.manufacturer, line.dosage_form):
        assert told.replace(" ", "") in text, told


async def test_an_order_of_before_has_no_price_and_is_printed_all_the_same(company: Company) -> None:
    made = await company.enter(priced())
    _name, content = await document_notes.pdf(company.platform, made, actor=company.admin)
    assert "PO-9" in text_of(content)


@pytest.mark.parametrize("price", ["-1", "1,5", "1.23456", "", "NaN"])
def test_what_is_no_price_is_refused(price: str) -> None:
    with pytest.raises(ValueError, match="price"):
        PurchaseOrderIn.model_validate(priced(price=price))
