"""Every end of a shipped procedure is told in words; people never read its code, and no refusal is green."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.sop_definition import end_title
from domain.sop_yaml import parse
from domain.yaml_text import read
from services import sop_files
from ui.translation import LANGUAGES, Language, translations
from ui.words import RUN_OUTCOMES, outcome_words, run_chip

FILES = sop_files.definition_files()
REFUSALS = {
    "receiving_acceptance": ("已拒收", "Delivery refused"),
    "outbound_review": ("未放行发货", "Not released for shipment"),
    "destruction": ("销毁未获批准", "Destruction not approved"),
    "record_destruction": ("记录销毁未获批准", "Destruction of records not approved"),
    "purchase_return": ("退货未获批准", "Return not approved"),
}
"""The same end is another thing in another procedure: only a delivery is refused."""


def ends(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("end"), str):
            yield node["end"]
        for value in node.values():
            yield from ends(value)
    elif isinstance(node, list):
        for value in node:
            yield from ends(value)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.key}-v{file.version}")
def test_every_end_has_words(file: sop_files.SopFile) -> None:
    found = set(ends(read(file.text).data))
    assert found - {"completed"} <= set(RUN_OUTCOMES), found - set(RUN_OUTCOMES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.key}-v{file.version}")
def test_a_refusal_is_told_as_its_procedure_means_it(file: sop_files.SopFile) -> None:
    definition = parse(file.text).definition
    title = end_title(definition, "refused")
    if "refused" not in {step.end for step in definition.walk()}:
        assert title is None
        return
    said = tuple(outcome_words("refused", title, translations(language)) for language in ("zh", "en"))
    assert said == REFUSALS[file.key]


def test_without_a_title_the_word_of_the_code_is_shown_and_nothing_while_it_runs() -> None:
    english = translations("en")
    assert outcome_words("destroyed", None, english) == "Destroyed"
    assert outcome_words("of_another_house", None, english) == "of_another_house"
    assert outcome_words(None, None, english) == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", [*RUN_OUTCOMES, "of_another_house", None])
def test_a_run_that_is_over_is_green_only_when_it_went_well(outcome: str | None, language: Language) -> None:
    chip = run_chip("completed", outcome, translations(language))
    expected = RUN_OUTCOMES[outcome][2] if outcome in RUN_OUTCOMES else "good"
    assert chip.tone == expected
    assert run_chip("running", outcome, translations(language)).tone == "info"
