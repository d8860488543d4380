"""The two catalogues: exactly the messages in use, none untranslated, parameters kept."""

import ast
import re

import pytest
from babel.messages.catalog import Message

from ui.extraction import updated, used_messages
from ui.translation import LANGUAGES, catalogue_path, read_catalogue, translations

CALLS = {"_", "gettext", "ngettext", "mark", "n", "n_"}
"""Also what `ngettext` is sometimes called: extraction does not find it by those names."""


def forms(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (str(value),)


def messages(language: str) -> list[Message]:
    return [message for message in read_catalogue(language) if message.id]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_exactly_the_messages_in_use(language: str) -> None:
    used = {message.id for message in used_messages() if message.id}
    assert {message.id for message in messages(language)} == used, "run: python -m ui.extraction"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_untranslated(language: str) -> None:
    missing = [
        message.id for message in messages(language) if not all(forms(message.string)) or message.fuzzy
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_written_the_same_way_twice(language: str) -> None:
    assert catalogue_path(language).read_bytes() == updated(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_parameters_survive_translation(language: str) -> None:
    for message in messages(language):
        wanted = {name for form in forms(message.id) for name in re.findall(r"%\((\w+)\)s", form)}
        for form in forms(message.string):
            assert set(re.findall(r"%\((\w+)\)s", form)) <= wanted, message.id
            assert not re.search(r"%(?!\(\w+\)s|%)", form), message.id


def test_chinese_is_chinese() -> None:
    plain = {"GTINs", "(required)"}
    english = [
        m.id
        for m in messages("zh")
        if not re.search(r"[\u4e00-\u9fff，、；：（）]", forms(m.string)[0]) and forms(m.id)[0] not in plain
    ]
    assert english == []


def test_what_is_translated_stands_where_extraction_finds_it() -> None:
    """A message inside an f-string is not extracted: it would stay English on a Chinese page."""
    known = {form for m in messages("en") for form in forms(m.id)}
    hidden = [
        f"{path.name}: {text.value!r}"
        for path in sorted((catalogue_path("en").parents[3]).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in CALLS
        for text in call.args[:1]
        if isinstance(text, ast.Constant) and text.value not in known
    ]
    assert hidden == []


def test_a_count_takes_its_form_in_each_language() -> None:
    for n, en in ((1, "1 day"), (2, "2 days"), (0, "0 days")):
        assert translations("en").ngettext("%(n)s day", "%(n)s days", n) == en
        assert translations("zh").ngettext("%(n)s day", "%(n)s days", n) == f"{n} 天"


def test_a_text_without_english_is_shown_in_chinese_and_the_other_way_round() -> None:
    assert translations("en").pick({"zh": "收货", "en": ""}) == "收货"
    assert translations("zh").pick({"zh": "", "en": "received"}) == "received"
