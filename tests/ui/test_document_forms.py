"""Forms of documents say in plain words which field of which line is wrong, and the focus is there."""

import html
import re
from typing import Any

import pytest

from tests.ui.house import KEY, House

HEAD = {"number": "F-1", "site": "SH1", "ordered_on": "2026-11-20"}
ORDERS: dict[str, dict[str, str]] = {
    "sales_order": {**HEAD, "customer": "C2"},
    "purchase_order": {**HEAD, "supplier": "S1"},
    "dispatch_advice": {
        "number": "F-1",
        "site": "SH1",
        "supplier": "S1",
        "purchase_order": "P-1",
        "shipped_at": "2026-11-20T08:00",
    },
}
PROGRAM = re.compile(r"\w+\.\d+\.\w+|\w+\[\d+\]|\blines\b:|RFC|YYYY|\binputs\.")
"""How programs say where and how something is wrong."""


def line(number: int, **fields: str) -> dict[str, str]:
    return {f"lines.{number}.{name}": value for name, value in fields.items()}


async def refused(house: House, address: str, data: dict[str, Any]) -> tuple[str, list[str], str]:
    """The page in words (English), what its summary lists, and the name of the field with the focus."""
    async with house.as_person("admin") as client:
        await client.post("/language", data={"language": "en", "back": "/"})
        answer = await client.post(address, data=data)
    assert answer.status_code == 422, answer.text
    main = re.sub(r"(?s)<template.*?</template>", "", answer.text.partition("<main")[2])
    listed = re.findall(r"<li><a href=\"#[^\"]+\">([^<]+)</a>: ([^<]+)</li>", main)
    focus = re.findall(r'<(?:input|select|textarea)[^>]*name="([^"]+)"[^>]*autofocus', main, re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", main))
    return text, [html.unescape(f"{label}: {said}") for label, said in listed], ",".join(focus)


@pytest.mark.parametrize("kind", ORDERS)
async def test_a_wrong_line_is_named_with_its_field_and_has_the_focus(house: House, kind: str) -> None:
    rest = {"batch": "B1", "expires_on": "2028-01-01"} if kind == "dispatch_advice" else {}
    data = {
        **ORDERS[kind],
        **line(0, material="M1", quantity="3", unit="盒", **rest),
        **line(1, material="M1", quantity="drei", unit="", **rest),
    }
    text, listed, focus = await refused(house, f"/documents/new/{kind}", data)
    assert [said.partition(":")[0] for said in listed] == ["Line 2, Quantity", "Line 2, Unit"]
    assert focus == "lines.1.quantity"
    assert not PROGRAM.search(text), PROGRAM.search(text)


async def test_what_the_records_refuse_is_named_the_same_way(house: House) -> None:
    data = {**ORDERS["sales_order"], **line(0, material="NOPE", quantity="1", unit="盒")}
    text, listed, focus = await refused(house, "/documents/new/sales_order", data)
    assert [said.partition(":")[0] for said in listed] == ["Line 1, Material"]
    assert focus == "lines.0.material"
    assert not PROGRAM.search(text)


@pytest.mark.parametrize("kind", ORDERS)
async def test_a_form_without_lines_says_so_in_words(house: House, kind: str) -> None:
    text, listed, focus = await refused(house, f"/documents/new/{kind}", {**ORDERS[kind], "site": ""})
    assert "Lines: At least one is needed." in text
    assert [said.partition(":")[0] for said in listed] == ["Site"]
    assert focus == "site"
    assert not PROGRAM.search(text), PROGRAM.search(text)


async def test_a_recall_notice_says_it_in_words(house: House) -> None:
    data = {"number": "R-1", "noticed_on": "yesterday", "scope": "", "materials": "M1"}
    text, listed, focus = await refused(house, "/recalls/new", data)
    assert any(said.startswith("Notice received on: write a date as 2027-11-30") for said in listed), listed
    assert focus == "site"
    assert not PROGRAM.search(text), PROGRAM.search(text)


async def test_an_order_that_follows_is_called_by_its_label(house: House) -> None:
    text, _listed, _focus = await refused(house, "/runs/new", {"sop": KEY, "dispatch_advice": "x"})
    assert "purchase_order" not in text.partition("<form")[0]
    assert not PROGRAM.search(text)
