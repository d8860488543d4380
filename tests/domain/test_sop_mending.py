"""An unfinished place hides neither the rest of a definition nor what is wrong with it."""

import pytest

from domain.sop_document import Data, put
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_mending import behind, mended
from domain.sop_yaml import document_of, parse
from domain.yaml_text import write
from services import sop_files

WHOLE: Data = document_of(sop_files.newest("quality_hold").text).data
STEPS: list[Data] = WHOLE["steps"]
INVESTIGATION = next(n for n, step in enumerate(STEPS) if step.get("id") == "investigation")


def unfinished(*path: str | int, value: object = "") -> str:
    return write(put(WHOLE, ("steps", INVESTIGATION, *path), value))


@pytest.mark.parametrize(
    "text",
    [
        unfinished("human", "lines", value={"of": "", "complete_when": "all"}),
        unfinished("human", "due", value="soon"),
        unfinished("human", "spell", value=1),
        unfinished("human", "instruction", value=None),
        unfinished("human", "post", value=None),
        unfinished("for_each", value={"lines": "", "steps": []}),
    ],
)
def test_an_unfinished_place_is_mended_or_given_up(text: str) -> None:
    with pytest.raises(DefinitionInvalid):
        parse(text)
    other = mended(text)
    if "for_each" not in text:
        assert other is not None and other.cards == {f"steps/{INVESTIGATION}"}
        assert next(parse(other.text).definition.walk()).id == "lock"
    else:
        assert other is None  # two kinds at once: nobody knows which one is meant


def test_findings_elsewhere_stand_where_the_text_has_them() -> None:
    text = unfinished("human", "spell", value=1)
    other = mended(text)
    assert other is not None
    line = next(n for n, said in enumerate(other.text.splitlines(), 1) if "id: decision" in said)
    own = next(n for n, said in enumerate(text.splitlines(), 1) if "id: decision" in said)
    found = [
        Finding("warning", "english_missing", "decision", line, 5, "缺少英文", "the English text is missing"),
        Finding("error", "expression", "decision", line, 5, "没有", "there is no `investigation.finding`"),
    ]
    told = behind(text, other, found)
    assert [(one.rule, one.line) for one in told] == [("english_missing", own)]


def test_what_is_no_yaml_is_not_mended() -> None:
    assert mended("a: [") is None
    assert mended("- a") is None
