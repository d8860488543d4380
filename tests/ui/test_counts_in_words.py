"""A number that is said in English agrees with its noun; a number and its unit stay on one line."""

import re
from pathlib import Path

import pytest

from ops.settings import REPOSITORY
from ui import formats
from ui.pages.line_context import NO_QUANTITY
from ui.translation import translations

COUNT = r"%\((?:n|rows|lines|total|count|loaded|open|missing)\)s (?!(?:is|was|has)\b)[a-z]+s\b"
SAID = re.compile(rf"(?<!n)(?:gettext|\b_|mark)\(\s*(['\"])((?:(?!\1).)*{COUNT}(?:(?!\1).)*)\1")
"""A counted noun in a message that has no form for one."""
ALWAYS_SEVERAL = {"At least %(n)s characters."}
"""Said of a number that is never one."""
SOURCES = sorted((*(REPOSITORY / "ui").rglob("*.py"), *(REPOSITORY / "ui/templates").rglob("*.html")))


def counted(text: str) -> set[str]:
    return {found.group(2) for found in SAID.finditer(text)} - ALWAYS_SEVERAL


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_counted_noun_has_a_form_for_one(path: Path) -> None:
    assert counted(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('_("%(n)s differences", n=1)', {"%(n)s differences"}),
        ("words.gettext(\n  'Read: %(rows)s rows.', rows=1)", {"Read: %(rows)s rows."}),
        ('words.ngettext("%(n)s day", "%(n)s days", 1)', set()),
        ('_("v%(n)s", n=1)', set()),
    ],
)
def test_the_search_finds_what_it_is_for(text: str, found: set[str]) -> None:
    assert counted(text) == found


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1 difference, worth 9 CNY"), (2, "2 differences, together worth 9")]
)
def test_one_difference_is_one(n: int, said: str) -> None:
    one = "%(n)s difference, worth %(value)s CNY without its sign."
    several = "%(n)s differences, together worth %(value)s CNY without signs."
    assert translations("en").ngettext(one, several, n, value="9").startswith(said)
    assert translations("zh").ngettext(one, several, n, value="9").startswith(str(n))


def test_a_number_and_its_unit_are_not_parted() -> None:
    assert " " not in formats.quantity(603, "盒") and " " not in formats.quantity(12_603, "盒")
    assert formats.quantity(603, "盒").startswith("603") and formats.quantity(603, "盒").endswith("盒")


def test_a_unit_without_a_quantity_is_called_one() -> None:
    assert translations("zh").gettext(NO_QUANTITY, unit="盒") == "单位：盒"
    assert translations("en").gettext(NO_QUANTITY, unit="盒") == "Unit: 盒"
