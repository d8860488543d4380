"""The reference of the API says what the code does: every code once, every call, in both languages."""

import re

from api.app import create_api
from domain.errors import Refusal
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


def test_every_call_has_its_line_in_the_reference_and_every_line_is_a_call() -> None:
    paths = create_api(None).openapi()["paths"]  # type: ignore[arg-type] # nothing is asked of the platform
    served = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
    written = re.findall(r"^\| `([A-Z]+ /[^`]*)`", CALLS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(written) == len(set(written))
    assert set(written) == served
