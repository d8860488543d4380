"""What the approval of a count shows: the dearest differences first, with value and cause, and all others by a link."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from services.stocktakes import Differences, Variance
from ui.pages import task_evidence
from ui.translation import translations
from ui.view import View


def variance(line: int, value: str | None, **review: Any) -> Variance:
    data = {
        "material_name": "头孢克肟胶囊",
        "batch_number": f"B{line}",
        "location": "B-02-04",
        "expected": 451,
        "variance": -line,
        "unit": "盒",
        **({"value": value} if value else {}),
    }
    return Variance(line, data, "Cefixime capsules", "adjust" if review else None, review or None, "冯晓明")


def shown(language: Any, *lines: Variance) -> Any:
    view = cast("View", SimpleNamespace(words=translations(language)))
    found = cast("Differences", SimpleNamespace(run=SimpleNamespace(id="R"), lines=lines))
    return task_evidence.variances(view, found)


def test_the_dearest_differences_stand_first_with_value_and_cause() -> None:
    lines = [variance(at, f"{Decimal(at) * 10}.00") for at in range(1, 9)]
    section = shown("en", *lines, variance(9, "-14247.09", cause="lost", reason="没找到"))
    first, *_others, last = section.facts
    assert first.label == "B9 · B-02-04"
    assert first.cell.value == "-9\u00a0盒 · -14247.09 CNY"
    assert first.cell.sub.startswith("Cefixime capsules · Books 451\u00a0盒 · Lost · 没找到 · ")
    assert len(section.facts) == task_evidence.DEAREST + 1
    assert (last.label, last.cell.href) == ("All 9, by value, with photos", "/runs/R/variances")


def test_what_has_no_price_says_so_and_comes_last() -> None:
    section = shown("zh", variance(1, None), variance(2, "5.00"))
    assert [fact.cell.value for fact in section.facts[:2]] == ["-2\u00a0盒 · 5.00 元", "-1\u00a0盒 · 未定价"]
