"""The reference of the API says what the code does: every code once, every call, in both languages."""

import json
import re

from api.app import create_api
from api.schemas.runs import RunIn
from domain.errors import Refusal
from domain.sop_yaml import parse
from services import sop_files
from tests.api.error_reference import ABSTRACT, PAGE, refusals, render

CALLS = PAGE.with_name("api.md")


def test_every_code_of_a_refusal_is_defined_in_one_class() -> None:
    twice = {
        code: [f"{cls.__module__}.{cls.__name__}" for cls in classes]
        for code, classes in refusals().items()
        if len(classes) > 1
    }
    assert twice == {}


def test_every_code_is_a_word_with_words_in_both_languages() -> None:
    for code, (cls, *_) in refusals().items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code), code
        if code in ABSTRACT:
            continue
        assert cls.zh and cls.en, code
        own = (cls.zh, cls.en) != (Refusal.zh, Refusal.en)
        assert own, f"{code} says nothing of its own"


def test_the_page_of_errors_is_the_one_that_the_code_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "python -m tests.api.error_reference > the page"


def test_every_input_of_a_shipped_procedure_is_told_and_the_example_is_one_that_it_takes() -> None:
    text = CALLS.read_text(encoding="utf-8")
    schema = create_api(None).openapi()["components"]["schemas"]["RunIn"]  # type: ignore[arg-type]
    written = [json.loads(body) for body in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    for source in sop_files.definition_files():
        definition = parse(source.text).definition
        told = re.findall(rf"^\| `{definition.sop}` \|(.*?)(?=\n\n|\n\| `)", text, re.DOTALL | re.MULTILINE)
        assert told, definition.sop
        assert set(definition.inputs) <= set(re.findall(r"`([a-z_]+)`", told[0]))
        for example in (*written, *schema["examples"]):
            if example.get("sop") == definition.sop:
                RunIn.model_validate(example)
                assert set(example["inputs"]) <= set(definition.inputs)
    assert {"receiving_acceptance"} <= {example.get("sop") for example in (*written, *schema["examples"])}


def test_every_call_has_its_line_in_the_reference_and_every_line_is_a_call() -> None:
    paths = create_api(None).openapi()["paths"]  # type: ignore[arg-type] # nothing is asked of the platform
    served = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
    written = re.findall(r"^\| `([A-Z]+ /[^`]*)`", CALLS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(written) == len(set(written))
    assert set(written) == served
